import { describe, expect, test } from 'vitest';
import { parseCosignAnnotations } from '../../../../src/verify/formats/cosign/cosign-annotations.ts';
import { simpleSigningLayer } from '../../../world/cosign.ts';
import { createWorld } from '../../../world/world.ts';
import { DIGEST, NOW, RELEASE } from '../support.ts';

const world = createWorld({ now: NOW });
const { annotations } = simpleSigningLayer(world, { digest: DIGEST, reference: 'ghcr.io/acme/app' }, { identity: RELEASE }, { tsa: true });
const BUNDLE = 'dev.sigstore.cosign/bundle';
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const SIGNATURE = 'dev.cosignproject.cosign/signature';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

const parse = (change: Record<string, string | undefined> = {}) =>
  parseCosignAnnotations(Object.fromEntries(Object.entries({ ...annotations, ...change }).filter((pair): pair is [string, string] => pair[1] !== undefined)));
const logged = JSON.parse(annotations[BUNDLE] ?? '') as { SignedEntryTimestamp: string; Payload: Record<string, unknown> };
const bundle = (payload: Record<string, unknown>): string => JSON.stringify({ ...logged, Payload: { ...logged.Payload, ...payload } });

describe('legacy cosign annotations', () => {
  test('give signature, certificate, log entry and timestamp', () => {
    const result = parse();
    expect(result.ok).toBe(true);
    if (!result.ok) return;
    expect(result.value.certificateDer?.[0]).toBe(0x30);
    expect(result.value.dating.timestamps).toHaveLength(1);
    const [entry] = result.value.dating.logEntries;
    expect(entry?.integratedTime).toBe(BigInt(NOW / 1000));
    expect(entry?.logId).toHaveLength(32);
    expect(entry?.promise?.length).toBeGreaterThan(0);
    expect(entry?.proof).toBeUndefined();
  });

  test('of a key signature are only the signature', () => {
    const bare = { [BUNDLE]: undefined, [CERTIFICATE]: undefined, [TIMESTAMP]: undefined, 'dev.sigstore.cosign/chain': undefined };
    expect(parse(bare)).toEqual({ ok: true, value: { signature: expect.any(Uint8Array) as Uint8Array, dating: { logEntries: [], timestamps: [] } } });
  });

  test.each<[string, Record<string, string | undefined>]>([
    ['an empty certificate annotation', { [CERTIFICATE]: '' }],
    ['an empty signature, as attestations have', { [SIGNATURE]: '' }],
    ['a chain that is garbage, of which nothing can be used', { 'dev.sigstore.cosign/chain': 'garbage' }],
    ['white space around the certificate', { [CERTIFICATE]: `\n${annotations[CERTIFICATE]}\n` }],
  ])('accept %s', (_, change) => expect(parse(change).ok).toBe(true));

  test('fine: a chain behind the certificate proves nothing: the first is the signer\'s, as cosign reads it', () => {
    const [own, chain] = [annotations[CERTIFICATE] ?? '', annotations['dev.sigstore.cosign/chain'] ?? ''];
    expect(chain).toContain('BEGIN CERTIFICATE');
    const leaf = (change: Record<string, string>): unknown => {
      const read = parse(change);
      return read.ok ? read.value.certificateDer : undefined;
    };
    expect(leaf({ [CERTIFICATE]: `${own}${chain}` })).toEqual(leaf({}));
    expect(leaf({ [CERTIFICATE]: `${chain}${own}` })).not.toEqual(leaf({}));
  });

  test.each<[string, Record<string, string | undefined>]>([
    ['no signature', { [SIGNATURE]: undefined }],
    ['D03 a signature with a space', { [SIGNATURE]: 'AQ ID' }],
    ['a certificate and a private key', { [CERTIFICATE]: `${annotations[CERTIFICATE]}\n-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----` }],
    ['a certificate and text behind it', { [CERTIFICATE]: `${annotations[CERTIFICATE]}\nx` }],
    ['a certificate and half of another', { [CERTIFICATE]: `${annotations[CERTIFICATE]}${annotations[CERTIFICATE]?.slice(0, 200)}` }],
    ['a certificate and a chain of eleven', { [CERTIFICATE]: (annotations[CERTIFICATE] ?? '').repeat(11) }],
    ['a private key for a certificate', { [CERTIFICATE]: '-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----' }],
    ['D19 a megabyte of PEM beginnings', { [CERTIFICATE]: '-----BEGIN CERTIFICATE-----'.repeat(2_000) }],
    ['a log bundle that is no JSON', { [BUNDLE]: '{' }],
    ['D01 a log bundle with two payloads', { [BUNDLE]: annotations[BUNDLE]?.replace('{', '{"Payload":{},') }],
    ['a log id in upper case', { [BUNDLE]: bundle({ logID: String(logged.Payload['logID']).toUpperCase() }) }],
    ['a log id that is too short', { [BUNDLE]: bundle({ logID: 'c0d2' }) }],
    ['a negative log index', { [BUNDLE]: bundle({ logIndex: -1 }) }],
    ['a body that is an object', { [BUNDLE]: bundle({ body: { kind: 'hashedrekord' } }) }],
    ['a timestamp that is no base64', { [TIMESTAMP]: '{"SignedRFC3161Timestamp":"#"}' }],
    ['a timestamp that is missing', { [TIMESTAMP]: '{}' }],
  ])('refuse %s', (_, change) => expect(parse(change)).toMatchObject({ ok: false }));

  test('property keys of Object are no annotations', () => {
    expect(parseCosignAnnotations({})).toMatchObject({ ok: false, problem: { code: 'VERIFY_MALFORMED' } });
  });
});
