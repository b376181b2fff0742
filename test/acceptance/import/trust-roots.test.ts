/** TrustRoots of policy-controller, written out and by TUF, and policies that name them: the same people under the same root. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { answers } from '../../support/cookbook.ts';
import { TufRepo } from '../../world/tuf.ts';
import { createWorld } from '../../world/world.ts';
import { compileErrors, imported, joined, places } from '../../unit/migrate/support.ts';

const NOW = Date.parse('2026-11-01T12:00:00Z');
const world = createWorld({ now: NOW });
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const pem = (label: string, der: Uint8Array): string => `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64').replaceAll(/(.{64})/g, '$1\n')}\n-----END ${label}-----\n`;
const chain = (certificates: readonly { readonly der: Uint8Array }[]): string => base64(certificates.map(({ der }) => pem('CERTIFICATE', der)).join(''));
const log = (key: { readonly spki: Uint8Array }, baseURL: string): unknown => ({ baseURL, hashAlgorithm: 'sha-256', publicKey: base64(pem('PUBLIC KEY', key.spki)) });

const root = (spec: unknown): string => JSON.stringify({ apiVersion: 'policy.sigstore.dev/v1alpha1', kind: 'TrustRoot', metadata: { name: 'acme' }, spec });
const KEYS = root({ sigstoreKeys: {
  certificateAuthorities: [{ subject: { organization: 'acme', commonName: 'acme' }, uri: 'https://fulcio.acme.example', certChain: chain(world.ca.chain) }],
  tLogs: [log(world.rekor.key, 'https://rekor.acme.example')], ctLogs: [log(world.ctLog.key, 'https://ctfe.acme.example')],
  timestampAuthorities: [{ subject: { organization: 'acme', commonName: 'tsa' }, uri: 'https://tsa.acme.example', certChain: chain(world.tsa.chain) }],
} });
const policy = (keyless: object, ctlog: object = { url: 'https://rekor.acme.example', trustRootRef: 'acme' }): string => JSON.stringify({
  apiVersion: 'policy.sigstore.dev/v1beta1', kind: 'ClusterImagePolicy', metadata: { name: 'p' },
  spec: { images: [{ glob: 'ghcr.io/acme/**' }], authorities: [{ name: 'release', keyless: { url: 'https://fulcio.acme.example', identities: [{ issuer: 'https://id.acme.example', subject: 'a@acme.example' }], ...keyless }, ctlog }] },
});

async function decision(policies: string, by: unknown): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'import-'));
  const image = 'ghcr.io/acme/app:1';
  writeFileSync(join(folder, 'p.yaml'), policies);
  writeFileSync(join(folder, 't.yaml'), JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PolicyTest', metadata: { name: 't' }, spec: {
    policies: ['p.yaml'], at: '2026-11-01T12:00:00Z', artifacts: [{ image, evidence: [{ by, signature: {} }] }], cases: [{ name: 'it', image, expect: { decision: 'admit' } }],
  } }));
  return (await answers(join(folder, 't.yaml')))[0]?.actual.decision;
}

test('I5: a policy under a TrustRoot that is written out: its people under it, and nobody under another root', async () => {
  // The policy stands before the root that it names: order is of no account.
  const result = imported(`${policy({ trustRootRef: 'acme' })}\n---\n${KEYS}`);
  expect(compileErrors(result)).toEqual([]);
  expect(places(result, 'unsaid', 'refused')).toEqual([]);
  const person = { issuer: 'https://id.acme.example', subject: 'a@acme.example' };
  expect(await decision(joined(result), 'p-release')).toBe('admit');
  expect(await decision(joined(result), { keyless: { ...person, trustRoot: 'acme' } })).toBe('admit');
  expect(await decision(joined(result), { keyless: person })).toBe('deny');
});

test('I5: without the TrustRoot in the same import, or with another for the log, the authority falls away', () => {
  expect(places(imported(policy({ trustRootRef: 'acme' })), 'unsaid')).toEqual([expect.stringContaining('keyless.trustRootRef')]);
  expect(joined(imported(policy({ trustRootRef: 'acme' })))).toContain('- nobody\n');
  const other = imported(`${KEYS}\n---\n${KEYS.replace('"acme"', '"other"')}\n---\n${policy({ trustRootRef: 'other' })}`);
  expect(places(other, 'unsaid')).toEqual([expect.stringContaining('ctlog.trustRootRef')]);
});

test('I5: a TUF repository is one of ours; a packed one is told', () => {
  const repo = new TufRepo({ now: NOW });
  const text = Buffer.from(repo.roots[0] ?? []).toString('utf8');
  const result = imported(`${root({ remote: { root: base64(text), mirror: 'https://tuf.acme.example/', targets: 'elsewhere', trustedRootTarget: 'acme.json' } })}\n---\n${policy({ trustRootRef: 'acme' })}`);
  expect(compileErrors(result)).toEqual([]);
  expect(joined(result)).toMatch(/mirror: https:\/\/tuf\.acme\.example\n[\s\S]*targets: https:\/\/tuf\.acme\.example\/elsewhere\n[\s\S]*target: acme\.json/);
  const packed = imported(`${root({ repository: { root: 'e30=', mirrorFS: 'e30=' } })}\n---\n${policy({ trustRootRef: 'acme' })}`);
  expect(places(packed, 'unsaid')).toEqual([expect.stringContaining('spec.repository'), expect.stringContaining('keyless.trustRootRef')]);
});

test('I5: a key whose signatures have to be in the log of a TrustRoot', () => {
  const key = world.key();
  const authority = { key: { data: pem('PUBLIC KEY', key.spki) }, ctlog: { trustRootRef: 'acme' } };
  const text = JSON.stringify({ apiVersion: 'policy.sigstore.dev/v1beta1', kind: 'ClusterImagePolicy', metadata: { name: 'p' }, spec: { images: [{ glob: '**' }], authorities: [authority] } });
  const result = imported(`${text}\n---\n${KEYS}`);
  expect(compileErrors(result)).toEqual([]);
  expect(joined(result)).toContain('transparencyLog: required\n        trustRoot: acme\n');
});
