/** `gatehouse inspect` with trust roots that no policy names yet: signers are proven by them, ready to paste; and with those that ask about revocation. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ranCommandLine } from '../support/command-line.ts';
import { startAuthority } from '../world/authority.ts';
import type { FakeAuthority } from '../world/authority.ts';
import { sha256Hex } from '../world/encode.ts';
import type { Digest } from '../../src/domain/artifact/digest.ts';
import { descriptorOf, makeImage } from '../world/image.ts';
import { makeNotary, notarySign, notationReferrer } from '../world/notation.ts';
import { createOwnPki, envelopeByHolders } from '../world/own-pki.ts';
import type { Holder } from '../world/own-pki.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { makeList } from '../world/revocation.ts';
import { makeStatement } from '../world/statement.ts';

const NOW = Date.now();
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-inspect-roots-'));
const [pki, stranger] = [createOwnPki(NOW), createOwnPki(NOW)];
const notary = makeNotary({ now: NOW });
const [GOOD, REVOKED] = [Buffer.from('11', 'hex'), Buffer.from('22', 'hex')];
const artifact = file('app.bin', 'app');
let registry: TestRegistry;
let authority: FakeAuthority;

beforeAll(async () => {
  registry = await startRegistry();
  const [below, above] = [makeList(pki.intermediate, { thisUpdate: NOW - 3_600_000, revoked: [{ serial: REVOKED, at: NOW - 3_600_000 }] }), makeList(pki.root, { thisUpdate: NOW - 3_600_000 })];
  authority = await startAuthority(({ path }) => (path === '/root' ? above : below));
});
afterAll(async () => {
  await registry.close();
  authority.close();
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string | Buffer): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function root(name: string, spec: object): string {
  return file(`${name}.yaml`, JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name }, spec }));
}

function evidenceBy(holder: Holder, name: string, { intermediate } = pki): readonly string[] {
  const statement = makeStatement(`sha256:${sha256Hex(Buffer.from('app'))}` as Digest, { predicateType: 'https://acme.example/tested/v1', predicate: {} });
  return [artifact, '--evidence', file(`${name}.json`, envelopeByHolders(statement, [{ by: holder, chain: [intermediate] }]))];
}

describe('a trust root that no policy names', () => {
  test('of one’s own authorities proves its signers; one of others does not, and says what helps', async () => {
    const given = [...evidenceBy(pki.issue(), 'own'), '--offline'];
    const own = root('acme', { x509: { certificates: pki.root.certificate.pem } });
    const shown = await ranCommandLine('inspect', ...given, '-p', own);
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('trustRoot: "acme"') as string });
    expect(await ranCommandLine('verify', ...given, '-p', own, '-p', file('pasted.yaml', shown.stdout))).toMatchObject({ code: 0 });
    for (const roots of [[], ['-p', root('others', { x509: { certificates: stranger.root.certificate.pem } })]]) {
      const { code, stderr } = await ranCommandLine('inspect', ...given, ...roots);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/fix {5}if you know whose authority issued the certificate, give a TrustRoot of that authority with -p FILE/)]);
    }
  });

  test('of a trust domain proves its workloads, and those of no other one', async () => {
    const given = [...evidenceBy(pki.issue({ subject: [['O', 'SPIRE']], names: [{ type: 'uri', value: 'spiffe://prod.acme.example/ns/ci/sa/build' }] }), 'workload'), '--offline'];
    const of = (trustDomain: string): string => root(trustDomain, { spiffe: { trustDomain, certificates: pki.root.certificate.pem } });
    expect(await ranCommandLine('inspect', ...given, '-p', of('prod.acme.example'))).toMatchObject({ code: 0, stdout: expect.stringContaining('id: "spiffe://prod.acme.example/ns/ci/sa/build"') as string });
    expect(await ranCommandLine('inspect', ...given, '-p', of('dev.acme.example'))).toMatchObject({ code: 1, stdout: '' });
    const demand = [
      { kind: 'Signer', metadata: { name: 'build' }, spec: { identities: [{ spiffe: { id: 'spiffe://dev.acme.example/ns/ci/sa/build', trustRoot: 'dev.acme.example' } }] } },
      { kind: 'ClusterArtifactPolicy', metadata: { name: 'built' }, spec: { artifacts: [{ blob: '**' }], require: [{ name: 'tested', attestation: { by: ['build'], type: 'https://acme.example/tested/v1' } }] } },
    ].map((document) => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', ...document })).join('\n---\n');
    const { code, stdout } = await ranCommandLine('verify', ...given, '-p', of('dev.acme.example'), '-p', file('demand.yaml', demand));
    expect([code, stdout]).toEqual([1, expect.stringMatching(/cause {4}it is a workload of prod\.acme\.example, and trust root dev\.acme\.example speaks for dev\.acme\.example alone\n {2}fix: .*in that workload, by an envelope \(DSSE\) with its SVID/)]);
  });

  test('of Notation proves its signers, by itself and through a trust policy, once each', async () => {
    const image = makeImage({ seed: 'roots' });
    await push(registry, 'acme/app', image, ['v1']);
    await pushReferrer(registry, 'acme/app', notationReferrer({ subject: image, envelope: notarySign({ notary, target: descriptorOf(image), at: NOW - 60_000 }) }));
    const given = [`${registry.host}/acme/app@${image.digest}`, '--plain-http', registry.host, '-p', root('notation', { notation: { ca: notary.root.pem } })];
    expect(await ranCommandLine('inspect', ...given)).toMatchObject({ code: 0, stdout: expect.stringContaining('trustRoot: "notation"') as string });
    const policy = { name: 'acme', registryScopes: [`${registry.host}/acme/app`], signatureVerification: { level: 'strict', override: { revocation: 'skip' } }, trustStores: ['ca:notation'], trustedIdentities: ['*'] };
    const trust = ['-p', file('trustpolicy.json', JSON.stringify({ version: '1.0', trustPolicies: [policy] }))];
    const { code, stdout, stderr } = await ranCommandLine('inspect', ...given, ...trust);
    expect([code, stdout, stderr.match(/✓/g)]).toEqual([0, expect.stringContaining('trustRoot: "notation-acme"'), ['✓']]);
    expect(await ranCommandLine('verify', ...given, ...trust, '-p', file('notation-pasted.yaml', stdout))).toMatchObject({ code: 0 });
  }, 60_000);
});

describe('a trust root that has revocation judged', () => {
  const inspected = async (serial: Buffer, mode: string, ...flags: readonly string[]): Promise<readonly [number, string, string]> => {
    const revocation = { mode, crls: ['signing', 'root'].map((name) => `${authority.url}/${name}`) };
    const own = root('judged', { x509: { certificates: pki.root.certificate.pem, revocation } });
    const { code, stdout, stderr } = await ranCommandLine('inspect', ...evidenceBy(pki.issue({ serial }), serial.toString('hex')), '-p', own, '--plain-http', '127.0.0.1', ...flags);
    return [code, stdout, stderr];
  };

  test('a policy is written for a good certificate, and none for a revoked one', async () => {
    expect(await inspected(GOOD, 'hard')).toEqual([0, expect.stringContaining('trustRoot: "judged"'), expect.any(String)]);
    expect(await inspected(REVOKED, 'hard')).toEqual([1, '', expect.stringMatching(/not asked for: .*POLICY_REVOKED/)]);
    expect(await inspected(REVOKED, 'soft')).toEqual([1, '', expect.stringMatching(/not asked for: .*POLICY_REVOKED/)]);
    expect(await inspected(REVOKED, 'off')).toEqual([0, expect.stringContaining('trustRoot: "judged"'), expect.any(String)]);
  }, 60_000);

  test('where nobody answers, hard asks for nothing and soft for the signer; offline nobody is asked', async () => {
    authority.isDown = true;
    // Nothing but that speaks against the signer: it is open, as it is for verify.
    expect(await inspected(GOOD, 'hard')).toEqual([3, '', expect.stringMatching(/not asked for: .*VERIFY_REVOCATION_UNKNOWN.*\nno policy is written: VERIFY_REVOCATION_UNKNOWN/)]);
    expect(await inspected(GOOD, 'soft')).toEqual([0, expect.stringContaining('trustRoot: "judged"'), expect.any(String)]);
    expect(await inspected(REVOKED, 'hard', '--offline')).toEqual([0, expect.stringContaining('trustRoot: "judged"'), expect.any(String)]);
    authority.isDown = false;
  }, 60_000);

  test('what is not known leaves it open, and what is known beside it decides', async () => {
    const at = (path: string): string => `${authority.url}/${path}`;
    const own = (crls: readonly string[]): readonly string[] => ['-p', root('judged', { x509: { certificates: pki.root.certificate.pem, revocation: { mode: 'hard', crls } } })];
    const [known, unknown] = [own([at('signing'), at('root')]), ['-p', root('open', { x509: { certificates: stranger.root.certificate.pem, revocation: { mode: 'hard', crls: ['http://127.0.0.1:9/none'] } } })]];
    const by = (one: typeof pki, serial: Buffer): readonly string[] => evidenceBy(one.issue({ serial }), `${one === pki ? 'own' : 'other'}-${serial.toString('hex')}`, one).slice(1);
    const shown = (...given: readonly (readonly string[])[]) => ranCommandLine('inspect', artifact, ...given.flat(), '--plain-http', '127.0.0.1');
    // The twins differ in what stands beside the signer of whom nothing is known.
    expect(await shown(by(stranger, GOOD), unknown)).toMatchObject({ code: 3, stdout: '' });
    expect(await shown(by(stranger, GOOD), by(pki, REVOKED), known, unknown)).toMatchObject({ code: 1, stdout: '' });
    expect(await shown(by(stranger, GOOD), by(pki, GOOD), known, unknown)).toMatchObject({ code: 0, stdout: expect.stringContaining('trustRoot: "judged"') as string });
    // Whoever is trusted by nobody here speaks neither for it nor against it.
    expect(await shown(by(stranger, GOOD), by(pki, GOOD), unknown)).toMatchObject({ code: 3, stdout: '' });
    expect(await shown(by(pki, GOOD), unknown)).toMatchObject({ code: 1, stdout: '' });
    const json = await shown(by(stranger, GOOD), unknown, ['-o', 'json']);
    expect([json.code, (JSON.parse(json.stdout) as { readonly undetermined?: string }).undetermined]).toEqual([3, expect.stringMatching(/^VERIFY_REVOCATION_UNKNOWN/)]);
  }, 60_000);

  test('where a root cannot be had it is open what it would prove, and another one that can tells nothing of it', async () => {
    const workload = evidenceBy(pki.issue({ subject: [['O', 'SPIRE']], names: [{ type: 'uri', value: 'spiffe://prod.acme.example/ns/ci/sa/build' }] }), 'far-workload');
    const of = (spec: object): readonly string[] => ['-p', root('prod.acme.example', { spiffe: { trustDomain: 'prod.acme.example', ...spec } })];
    const far = of({ bundleEndpoint: { url: 'https://127.0.0.1:9/bundle', profile: 'https_web' } });
    const told = await ranCommandLine('inspect', ...workload, ...far, '--plain-http', '127.0.0.1');
    expect([told.code, told.stdout, told.stderr]).toEqual([3, '', expect.stringMatching(/no policy is written: VERIFY_TRUST_ROOT_STALE/)]);
    expect(await ranCommandLine('inspect', ...workload, ...of({ certificates: pki.root.certificate.pem }), '--offline')).toMatchObject({ code: 0 });
    expect(await ranCommandLine('inspect', ...workload, ...of({ certificates: stranger.root.certificate.pem }), '--offline')).toMatchObject({ code: 1, stdout: '' });
  }, 60_000);
});
