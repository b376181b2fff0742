import { describe, expect, test } from 'vitest';
import type { PlainTrust } from '../../../../src/domain/policy/trust-root.ts';
import { checkTrustedRoot } from '../../../../src/trust/index.ts';
import { plainTrust } from '../../../../src/trust/sigstore/plain-lists.ts';
import { base64, pem } from '../../../world/encode.ts';
import { makeKey } from '../../../world/keys.ts';
import { createWorld } from '../../../world/world.ts';

const NOW = Date.UTC(2026, 5, 1);
const world = createWorld({ now: NOW });
const validFor = { start: '2021-01-01T00:00:00.000Z' };
const chainOf = (chain: readonly { readonly der: Uint8Array }[]): string => chain.map(({ der }) => pem('CERTIFICATE', der)).join('');

const LISTS: PlainTrust = {
  certificateAuthorities: [{ chain: chainOf(world.ca.chain), uri: world.ca.uri, validFor }],
  timestampAuthorities: [{ chain: chainOf(world.tsa.chain), validFor }],
  transparencyLogs: [{ publicKey: world.rekor.key.publicKeyPem, baseUrl: world.rekor.baseUrl, validFor }, { publicKey: world.rekor2.key.publicKeyPem, baseUrl: world.rekor2.baseUrl, validFor }],
  ctLogs: [{ publicKey: world.ctLog.key.publicKeyPem, baseUrl: world.ctLog.baseUrl, validFor }],
};

type Json = { tlogs: { logId: { keyId: string }; publicKey: { rawBytes: string; keyDetails: string } }[] };

describe('plain lists', () => {
  test('make the trusted root that lists the same authorities', () => {
    const { content, problems } = plainTrust(LISTS);
    expect(problems).toEqual([]);
    expect(checkTrustedRoot(content)).toEqual([]);
    const expected = world.trustedRoot() as unknown as Json;
    const made = content as Json;
    expect(made.tlogs.map(({ logId, publicKey }) => [logId.keyId, publicKey.rawBytes, publicKey.keyDetails])).toEqual(expected.tlogs.map(({ logId, publicKey }) => [logId.keyId, publicKey.rawBytes, publicKey.keyDetails]));
    expect(made).toMatchObject({ certificateAuthorities: (expected as unknown as Record<string, { certChain: unknown }[]>)['certificateAuthorities']?.map(({ certChain }) => ({ certChain })) });
  });

  test.each(['p256', 'p384', 'p521', 'rsa-2048', 'ed25519'] as const)('take %s log keys', (type) => {
    const key = makeKey(type);
    expect(plainTrust({ ...LISTS, ctLogs: [{ publicKey: key.publicKeyPem, baseUrl: 'https://ct.example', validFor }] }).problems).toEqual([]);
  });

  test('take a log id that does not follow from the key only when it fits', () => {
    const key = makeKey('ed25519');
    const log = { publicKey: key.publicKeyPem, baseUrl: 'https://rekor.example', validFor };
    const withId = (logId: string) => plainTrust({ ...LISTS, transparencyLogs: [{ ...log, logId }] }).problems;
    expect(withId(key.hint)).toEqual([]);
    expect(withId(base64(Buffer.alloc(32)))).toMatchObject([{ path: 'transparencyLogs[0].logId' }]);
  });

  test.each<readonly [string, Partial<PlainTrust>, RegExp]>([
    ['a log key that is none', { ctLogs: [{ publicKey: 'x', baseUrl: 'https://x', validFor }] }, /^ctLogs\[0\]\.publicKey$/],
    ['a private key', { ctLogs: [{ publicKey: '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----', baseUrl: 'https://x', validFor }] }, /^ctLogs\[0\]\.publicKey$/],
    ['a weak key', { ctLogs: [{ publicKey: makeKey('rsa-1024').publicKeyPem, baseUrl: 'https://x', validFor }] }, /^ctLogs\[0\]\.publicKey$/],
    ['a chain that is none', { certificateAuthorities: [{ chain: 'x', validFor }] }, /^certificateAuthorities\[0\]\.chain$/],
    ['text between certificates', { certificateAuthorities: [{ chain: `${LISTS.certificateAuthorities[0]?.chain ?? ''}x`, validFor }] }, /^certificateAuthorities\[0\]\.chain$/],
    ['a chain upside down', { certificateAuthorities: [{ chain: chainOf([...world.ca.chain].reverse()), validFor }] }, /^certificateAuthorities\[0\]\.chain$/],
    ['J10 no window', { transparencyLogs: [{ publicKey: world.rekor.key.publicKeyPem, baseUrl: 'https://x' }] }, /^transparencyLogs\[0\]\.validFor$/],
    ['J10 a window without a start', { transparencyLogs: [{ publicKey: world.rekor.key.publicKeyPem, baseUrl: 'https://x', validFor: {} }] }, /^transparencyLogs\[0\]\.validFor\.start$/],
    ['a base URL that is none', { transparencyLogs: [{ publicKey: world.rekor.key.publicKeyPem, baseUrl: 'ftp://x', validFor }] }, /^transparencyLogs\[0\]\.baseUrl$/],
    ['a log twice', { ctLogs: [0, 1].map(() => ({ publicKey: world.ctLog.key.publicKeyPem, baseUrl: 'https://x', validFor })) }, /^ctLogs\[1\]$/],
  ])('%s is a problem at its place', (_name, change, path) => {
    const { problems } = plainTrust({ ...LISTS, ...change });
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem.path).toMatch(path);
  });

  test('nothing at all is a problem', () => {
    expect(plainTrust({ certificateAuthorities: [], timestampAuthorities: [], transparencyLogs: [], ctLogs: [] }).problems).toHaveLength(1);
  });
});
