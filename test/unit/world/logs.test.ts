import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keylessBundle } from '../../world/bundle.ts';
import type { KeylessOptions } from '../../world/bundle.ts';
import { makeCa } from '../../world/ca.ts';
import { makeCtLog } from '../../world/ct-log.ts';
import { makeKey } from '../../world/keys.ts';
import { makeRekor } from '../../world/rekor.ts';
import { makeRekor2, noteKeyId } from '../../world/rekor2.ts';
import { makeTsa } from '../../world/tsa.ts';
import { createWorld } from '../../world/world.ts';
import type { WorldOptions } from '../../world/world.ts';
import { ask } from './oracle.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
const artifact = Buffer.from('artifact');
const base = { artifact, identity: { san: 'alice@acme.example', issuer: 'https://accounts.example' } };
const shared = createWorld({ now: NOW });

function verdict(parts: Partial<WorldOptions>, options: Partial<KeylessOptions> = {}): string {
  const world = createWorld({ ...shared, ...parts });
  return ask(keylessBundle(world, { ...base, ...options }), { root: world.trustedRoot(), artifact });
}

describe('worlds made of other parts are accepted', () => {
  test.each<[string, () => Partial<WorldOptions>]>([
    ['P-256 authority', () => ({ ca: makeCa({ now: NOW, keyType: 'p256' }) })],
    ['P-521 authority', () => ({ ca: makeCa({ now: NOW, keyType: 'p521' }) })],
    ['RSA authority', () => ({ ca: makeCa({ now: NOW, keyType: 'rsa-2048' }) })],
    ['authority without intermediate', () => ({ ca: makeCa({ now: NOW, intermediate: false }) })],
    ['RSA CT log', () => ({ ctLog: makeCtLog({ key: makeKey('rsa-2048') }) })],
    ['empty log', () => ({ rekor: makeRekor({ prefill: 0 }) })],
    ['log without shards', () => ({ rekor: makeRekor({ shardOffset: 0 }) })],
    ['P-256 timestamp authority', () => ({ tsa: makeTsa({ now: NOW, keyType: 'p256' }) })],
    ['RSA timestamp authority', () => ({ tsa: makeTsa({ now: NOW, keyType: 'rsa-2048' }) })],
    ['timestamp authority with intermediate', () => ({ tsa: makeTsa({ now: NOW, intermediate: true }) })],
  ])('%s', (_name, parts) => {
    expect(verdict(parts(), { tsa: true })).toBe('accepted');
  });

  test.each<[string, () => Partial<WorldOptions>]>([
    ['P-256 key', () => ({ rekor2: makeRekor2({ key: makeKey('p256') }) })],
    ['witnesses', () => ({ rekor2: makeRekor2({ witnesses: [{ name: 'witness.example', key: makeKey('ed25519') }] }) })],
    ['empty tree', () => ({ rekor2: makeRekor2({ prefill: 0 }) })],
  ])('Rekor v2 with %s', (_name, parts) => {
    expect(verdict(parts(), { log: 'v2' })).toBe('accepted');
  });
});

test('inclusion proofs of both logs are accepted at any place of trees of any size', () => {
  fc.assert(
    fc.property(fc.nat(40), fc.nat(40), fc.constantFrom('v1' as const, 'v2' as const), (prefill, growBy, log) => {
      const options = { log, override: { log: { growBy } } };
      expect(verdict({ rekor: makeRekor({ prefill }), rekor2: makeRekor2({ prefill }) }, options)).toBe('accepted');
    }),
    { numRuns: 30 },
  );
});

describe('timestamps', () => {
  test.each<[string, NonNullable<KeylessOptions['override']>['timestamp']]>([
    ['without certificate', { embed: [] }],
    ['with the whole chain', { embed: shared.tsa.chain }],
    ['with SHA-512 imprint', { imprintHash: 'sha512' }],
    ['with milliseconds', { fraction: '123' }],
    ['with nonce', { nonce: 7n }],
    ['with finer accuracy', { accuracy: { seconds: 0, millis: 500 } }],
    ['without accuracy', { accuracy: false }],
    ['without signing-certificate attribute (the oracle does not look)', { essCertificate: false }],
  ])('%s are accepted', (_name, timestamp) => {
    expect(verdict({}, { log: 'v2', override: { timestamp: timestamp ?? {} } })).toBe('accepted');
  });

  test.each<[string, NonNullable<KeylessOptions['override']>['timestamp']]>([
    ['changed after signing', { tstInfo: (info) => Buffer.concat([info.subarray(0, -1), Buffer.from([0])]), signature: () => Buffer.alloc(8) }],
    ['naming another certificate', { signer: makeTsa({ now: NOW }).signer }],
    ['of another content type', { contentType: '1.2.840.113549.1.7.1' }],
    ['before the authority', { at: NOW - 10 * 365 * 24 * 3600_000 }],
  ])('%s are refused', (_name, timestamp) => {
    expect(verdict({}, { log: 'v2', override: { timestamp: timestamp ?? {} } })).toMatch(/TIMESTAMP_ERROR/);
  });
});

test('times in evidence come from the clock argument alone', () => {
  const at = Date.UTC(2025, 5, 1);
  const world = createWorld({ ...shared, now: at });
  const bundle = JSON.parse(keylessBundle(world, base).toString()) as { verificationMaterial: { tlogEntries: [{ integratedTime: string }] } };
  expect(bundle.verificationMaterial.tlogEntries[0].integratedTime).toBe(String(at / 1000));
});

describe('identifiers as real logs have them', () => {
  test('Rekor v2 key id: that of a public staging log (C2SP signed-note)', () => {
    const spki = Buffer.from('MCowBQYDK2VwAyEAPn+AREHoBaZ7wgS1zBqpxmLSGnyhxXj4lFxSdWVB8o8=', 'base64');
    expect(noteKeyId('log2025-alpha1.rekor.sigstage.dev', { type: 'ed25519', spki }).toString('base64')).toBe('8w1amZ2S5mJIQkQmPxdMuOrL/oJkvFg9MnQXmeOCXck=');
    expect(noteKeyId('another.rekor.sigstage.dev', { type: 'ed25519', spki }).toString('base64')).not.toBe('8w1amZ2S5mJIQkQmPxdMuOrL/oJkvFg9MnQXmeOCXck=');
  });

  test('Rekor v1 counts globally, its proof in the shard; Rekor v2 has one index and no time', () => {
    const body = { kind: 'hashedrekord', apiVersion: '0.0.1', spec: {} };
    expect(makeRekor({ prefill: 3, shardOffset: 100 }).append(body, NOW)).toMatchObject({ logIndex: 103, integratedTime: NOW / 1000, proof: { logIndex: 3, treeSize: 4 } });
    expect(makeRekor2({ prefill: 3 }).append(body, NOW)).toMatchObject({ logIndex: 3, integratedTime: 0, proof: { logIndex: 3, treeSize: 4 } });
  });
});
