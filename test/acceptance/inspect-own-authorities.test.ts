import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ranCommandLine } from '../support/command-line.ts';
import { sha256Hex } from '../world/encode.ts';
import type { Digest } from '../../src/domain/artifact/digest.ts';
import { createOwnPki, envelopeByHolders } from '../world/own-pki.ts';
import type { Holder, HolderOptions } from '../world/own-pki.ts';
import { makeKey } from '../world/keys.ts';
import { makeStatement } from '../world/statement.ts';

/** `gatehouse inspect` names signers by certificates of one's own authorities and workloads, and the Signer that it prints admits what it found. */
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-inspect-own-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const pki = createOwnPki(Date.now());
const stranger = createOwnPki(Date.now());
const ID = 'spiffe://prod.acme.example/ns/ci/sa/build';
const file = (name: string, text: string | Buffer): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const roots = (kind: 'x509' | 'spiffe', { root } = pki): string => {
  const certificates = root.certificate.pem;
  const identity = kind === 'x509' ? { subject: 'CN=nobody', trustRoot: 'acme' } : { id: 'spiffe://prod.acme.example/nobody', trustRoot: 'acme' };
  return [
    { kind: 'TrustRoot', metadata: { name: 'acme' }, spec: { [kind]: { certificates, ...(kind === 'spiffe' ? { trustDomain: 'prod.acme.example' } : {}) } } },
    { kind: 'Signer', metadata: { name: 'nobody' }, spec: { identities: [{ [kind]: identity }] } },
    { kind: 'ClusterArtifactPolicy', metadata: { name: 'none' }, spec: { artifacts: [{ blob: 'none' }], require: [{ name: 'none', signature: { by: ['nobody'] } }] } },
  ].map((document) => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', ...document })).join('\n---\n');
};

describe.each<[string, 'x509' | 'spiffe', HolderOptions, string]>([
  ['a name with a comma and spaces', 'x509', { subject: [['C', 'DE'], ['O', 'Acme, Inc.'], ['CN', ' release "+" ']] }, 'subject: "C=DE, O=Acme\\\\, Inc., CN=\\\\ release \\\\\\"\\\\+\\\\\\"\\\\ "'],
  ['an alternative name alone', 'x509', { subject: [], names: [{ type: 'email', value: 'release@acme.example' }] }, 'san: "release@acme.example"'],
  ['a URN alone', 'x509', { subject: [], names: [{ type: 'uri', value: 'urn:acme:release' }] }, 'san: "urn:acme:release"'],
  ['a name that no policy can say before one that it can', 'x509', { subject: [], names: [{ type: 'uri', value: 'tag:acme' }, { type: 'dns', value: 'acme.example' }] }, 'san: "acme.example"'],
  ['a blank that does not break before its name', 'x509', { subject: [['CN', '\u00a0release']] }, 'subject: "CN=\u00a0release"'],
  ['another usage', 'x509', { usages: ['emailProtection'] }, 'eku: ["emailProtection"]'],
  ['no usage', 'x509', { usages: [] }, 'eku: ["any"]'],
  ['a workload', 'spiffe', { subject: [['O', 'SPIRE']], names: [{ type: 'uri', value: ID }], usages: ['serverAuth'] }, `id: "${ID}"`],
])('a certificate of %s', (name, kind, options, line) => {
  const slug = name.replaceAll(' ', '-');
  const artifact = file(`${slug}.bin`, name);
  const statement = makeStatement(`sha256:${sha256Hex(Buffer.from(name))}` as Digest, { predicateType: 'https://acme.example/tested/v1', predicate: {} });
  const evidence = file(`${slug}.json`, envelopeByHolders(statement, [{ by: pki.issue(options), chain: [pki.intermediate] }]));
  const given = [artifact, '--evidence', evidence, '--offline', '-p'];

  test('is printed, and what is printed admits', async () => {
    const own = file(`${slug}-roots.yaml`, roots(kind));
    const { code, stdout, stderr } = await ranCommandLine('inspect', ...given, own);
    expect([code, stderr, stdout]).toEqual([0, expect.stringMatching(/✓ attestation [^]* by {6}.*, under acme\n {5}at {6}no time is proven/), expect.stringContaining(line)]);
    const policy = stdout.slice(stdout.indexOf('apiVersion:')).replace('mode: warn', 'mode: enforce');
    const pasted = file(`${slug}-pasted.yaml`, `${policy}\n---\n${roots(kind)}`);
    expect(await ranCommandLine('verify', ...given, pasted)).toMatchObject({ code: 0 });
    const others = file(`${slug}-others.yaml`, `${policy}\n---\n${roots(kind, stranger)}`);
    expect(await ranCommandLine('verify', ...given, others)).toMatchObject({ code: 1 });
  });
});

test('one signature that several paths prove, since its authority was renewed, is told once', async () => {
  const [now, day] = [Date.now(), 86_400_000];
  const key = makeKey();
  const renewed = [[-day, day], [day / 2, 900 * day]].map(([from = 0, to = 0]) =>
    pki.issue({ subject: [['CN', 'renewed']], ca: true, issuer: pki.root, key, notBefore: now + from, notAfter: now + to }));
  const statement = makeStatement(`sha256:${sha256Hex(Buffer.from('renewed'))}` as Digest, { predicateType: 'https://acme.example/tested/v1', predicate: {} });
  const holder = pki.issue({ issuer: renewed[0] as Holder });
  const evidence = file('renewed.json', envelopeByHolders(statement, [{ by: holder, chain: renewed }]));
  const given = [file('renewed.bin', 'renewed'), '--evidence', evidence, '--offline', '-p', file('renewed-roots.yaml', roots('x509'))];
  const { code, stdout, stderr } = await ranCommandLine('inspect', ...given);
  expect([code, `${stdout}${stderr}`.match(/✓ attestation/g)]).toEqual([0, ['✓ attestation']]);
  const { stdout: json } = await ranCommandLine('inspect', ...given, '-o', 'json');
  expect((JSON.parse(json) as { evidence: { verified: unknown[] }[] }).evidence[0]?.verified).toHaveLength(2);
});
