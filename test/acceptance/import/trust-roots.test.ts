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

async function decision(policies: string, by: unknown, more: object = {}): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'import-'));
  const image = 'ghcr.io/acme/app:1';
  writeFileSync(join(folder, 'p.yaml'), policies);
  writeFileSync(join(folder, 't.yaml'), JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PolicyTest', metadata: { name: 't' }, spec: {
    policies: ['p.yaml'], at: '2026-11-01T12:00:00Z', artifacts: [{ image, evidence: [{ by, signature: {}, ...more }] }], cases: [{ name: 'it', image, expect: { decision: 'admit' } }],
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

const listing = (more: object): string => root({ sigstoreKeys: {
  certificateAuthorities: [{ subject: { organization: 'acme', commonName: 'acme' }, uri: 'https://fulcio.acme.example', certChain: chain(world.ca.chain) }], ...more,
} });
const LOGS = { tLogs: [log(world.rekor.key, 'https://rekor.acme.example')] };
const STAMPS = { timestampAuthorities: [{ subject: { organization: 'acme', commonName: 'tsa' }, uri: 'https://tsa.acme.example', certChain: chain(world.tsa.chain) }] };
const KEY = pem('PUBLIC KEY', world.rekor.key.spki);
const byKey = JSON.stringify({ apiVersion: 'policy.sigstore.dev/v1beta1', kind: 'ClusterImagePolicy', metadata: { name: 'p' }, spec: {
  images: [{ glob: 'ghcr.io/acme/**' }], authorities: [{ name: 'release', key: { data: KEY }, ctlog: { trustRootRef: 'acme' } }] } });

test.each([
  ['a log that the root does not list', listing(STAMPS), policy({ trustRootRef: 'acme', insecureIgnoreSCT: true })],
  ['a CT log that the root does not list', listing(LOGS), policy({ trustRootRef: 'acme' })],
  ['a CT log that the root does not list, without a word about logs', listing({ ...LOGS, ...STAMPS }), policy({ trustRootRef: 'acme' }, {})],
  ['a log that the root does not list, for a key', listing(STAMPS), byKey],
  ['a root without any time', listing({}), policy({ trustRootRef: 'acme', insecureIgnoreSCT: true }, {})],
])('I5: %s: policy-controller never finds it, and here it is told and shut', async (_, written, rule) => {
  const result = imported(`${written}\n---\n${rule}`);
  expect(compileErrors(result)).toEqual([]);
  expect(places(result, 'unsaid')).not.toEqual([]);
  expect(await decision(joined(result), { keyless: { issuer: 'https://id.acme.example', subject: 'a@acme.example' } })).toBe('deny');
});

test('I5: what is not asked for need not be listed', async () => {
  for (const [written, rule] of [[listing(LOGS), policy({ trustRootRef: 'acme', insecureIgnoreSCT: true })], [listing(STAMPS), policy({ trustRootRef: 'acme', insecureIgnoreSCT: true }, {})]] as const) {
    const result = imported(`${written}\n---\n${rule}`);
    expect(places(result, 'unsaid', 'refused')).toEqual([]);
    expect(await decision(joined(result), 'p-release')).toBe('admit');
  }
  expect(joined(imported(`${listing(LOGS)}\n---\n${byKey}`))).toContain('transparencyLog: required');
});

test('I5: a timestamp that is demanded under the root is demanded here, beside its log', async () => {
  const stamped = policy({ trustRootRef: 'acme' }, {}).replace('"ctlog":{}', '"rfc3161timestamp":{"trustRootRef":"acme"}');
  const result = imported(`${stamped}\n---\n${KEYS}`);
  expect(compileErrors(result)).toEqual([]);
  expect(joined(result)).toMatch(/require:\n\s+timestamps: 1\n/);
  expect(joined(result)).toContain('trustRoot: acme-timestamped\n');
  expect(places(result, 'stricter')).toEqual([expect.stringContaining('keyless.trustRootRef')]);
  // The stand-in of a root that demands timestamps gives one with everything it signs; the log is demanded as well.
  expect(await decision(joined(result), 'p-release')).toBe('admit');
  expect(await decision(joined(result), 'p-release', { log: 'none' })).toBe('deny');
  const bare = imported(`${stamped}\n---\n${KEYS.replace(/,"timestampAuthorities":\[.*?\]/, '')}`);
  expect(places(bare, 'unsaid')).toEqual([expect.stringContaining('rfc3161timestamp')]);
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
