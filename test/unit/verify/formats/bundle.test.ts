import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBundle } from '../../../../src/verify/formats/bundle.ts';
import { keyBundle, keylessBundle } from '../../../world/bundle.ts';
import type { BundleJson, KeylessOptions } from '../../../world/bundle.ts';
import { base64, hash } from '../../../world/encode.ts';
import { createWorld } from '../../../world/world.ts';
import { DIGEST, NOW, RELEASE } from '../support.ts';

const world = createWorld({ now: NOW });
const ARTIFACT = Buffer.from('a manifest');
const options: KeylessOptions = { identity: RELEASE, digest: DIGEST };

/** JSON of any depth, to be changed in one place. */
interface Json {
  [key: string]: Json;
}

function mutated(change: (bundle: Json) => void, base: KeylessOptions = options): Buffer {
  return keylessBundle(world, { ...base, map: (bundle: BundleJson) => {
    const copy = structuredClone(bundle) as unknown as Json;
    change(copy);
    return copy;
  } });
}

const code = (bytes: Uint8Array): string => {
  const result = parseBundle(bytes);
  return result.ok ? 'ok' : result.problem.code;
};
const material = (bundle: Json): Json => bundle['verificationMaterial'] as Json;
const entry = (bundle: Json): Json => (material(bundle)['tlogEntries'] as unknown as Json[])[0] as Json;
const set = (of: Json, key: string, value: unknown): void => {
  (of as Record<string, unknown>)[key] = value;
};
const drop = (of: Json, key: string): void => {
  delete of[key];
};

describe('bundle', () => {
  test('of version 0.3 with an envelope is parsed into its parts', () => {
    const result = parseBundle(keylessBundle(world, { ...options, tsa: true }));
    expect(result).toMatchObject({ ok: true, value: { version: '0.3', material: { kind: 'certificate' }, content: { kind: 'envelope', envelope: { payloadType: 'application/vnd.in-toto+json' } } } });
    if (result.ok) {
      expect(result.value.dating.timestamps).toHaveLength(1);
      expect(result.value.dating.logEntries[0]).toMatchObject({ integratedTime: BigInt(NOW / 1000), kind: 'dsse', version: '0.0.1' });
    }
  });

  test('with a message signature says which digest it is over', () => {
    const hex = hash(ARTIFACT).toString('hex');
    expect(parseBundle(keylessBundle(world, { identity: RELEASE, artifact: ARTIFACT }))).toMatchObject({ ok: true, value: { content: { kind: 'message', digest: { algorithm: 'sha256', hex } } } });
  });

  test('with a key carries only its hint', () => {
    const key = world.key();
    expect(parseBundle(keyBundle(world, { key, digest: DIGEST }))).toMatchObject({ ok: true, value: { material: { kind: 'key', hint: key.hint }, dating: { logEntries: [], timestamps: [] } } });
  });

  test.each([
    'application/vnd.dev.sigstore.bundle+json;version=0.3',
    'application/vnd.dev.sigstore.bundle.v0.3+json',
  ])('media type %s is accepted', (mediaType) => expect(code(keylessBundle(world, { ...options, mediaType }))).toBe('ok'));

  test.each([
    'application/vnd.dev.sigstore.bundle.v0.4+json',
    'application/vnd.dev.sigstore.bundle.v9.9+jsonGARBAGE',
    'application/vnd.dev.sigstore.bundle+json;version=0.99',
    'application/vnd.dev.sigstore.bundle+json;version=0.3 ',
    'application/vnd.dev.sigstore.bundle+json; version=0.3',
    'APPLICATION/VND.DEV.SIGSTORE.BUNDLE.V0.3+JSON',
    '',
  ])('D04 media type %j is not supported', (mediaType) => expect(code(keylessBundle(world, { ...options, mediaType }))).toBe('VERIFY_FORMAT'));

  test.each(['0.1', '0.2'] as const)('of version %s carries a chain of leaf and intermediates', (version) => {
    expect(code(keylessBundle(world, { ...options, version }))).toBe('ok');
    expect(code(keylessBundle(world, { ...options, version, withChain: true }))).toBe('ok');
  });

  test('B15 a root certificate in the chain is noted, to be looked for in the trust root', () => {
    const root = world.ca.chain.at(-1)?.der ?? Buffer.alloc(0);
    const withRoot = (bundle: Json): void => {
      (material(bundle)['x509CertificateChain']?.['certificates'] as unknown as unknown[]).push({ rawBytes: base64(root) });
    };
    expect(parseBundle(mutated(withRoot, { ...options, version: '0.1' }))).toMatchObject({ ok: true, value: { material: { kind: 'certificate', carriedRoots: [root] } } });
    expect(parseBundle(keylessBundle(world, { ...options, version: '0.1', withChain: true }))).toMatchObject({ ok: true, value: { material: { carriedRoots: [] } } });
  });

  test.each<[string, string, (bundle: Json) => void]>([
    ['null for what is absent', 'ok', (b) => set(material(b), 'publicKey', null)],
    ['an unknown member inside', 'ok', (b) => set(entry(b), 'newField', 1)],
    ['a log index as a number', 'ok', (b) => set(entry(b), 'logIndex', 7)],
    ['no kindVersion', 'ok', (b) => drop(entry(b), 'kindVersion')],
    ['no log entry', 'ok', (b) => set(material(b), 'tlogEntries', [])],
    ['an unknown member at the top', 'VERIFY_MALFORMED', (b) => set(b, 'dsse_envelope', b['dsseEnvelope'])],
    ['two contents', 'VERIFY_MALFORMED', (b) => set(b, 'messageSignature', { signature: 'AQID' })],
    ['no content', 'VERIFY_MALFORMED', (b) => drop(b, 'dsseEnvelope')],
    ['two materials', 'VERIFY_MALFORMED', (b) => set(material(b), 'publicKey', { hint: 'x' })],
    ['no material', 'VERIFY_MALFORMED', (b) => drop(material(b), 'certificate')],
    ['a chain in version 0.3', 'VERIFY_CERTIFICATE_UNTRUSTED', (b) => {
      set(material(b), 'x509CertificateChain', { certificates: [material(b)['certificate']] });
      drop(material(b), 'certificate');
    }],
    ['an empty certificate', 'VERIFY_MALFORMED', (b) => set(material(b), 'certificate', { rawBytes: '' })],
    ['A20 two signatures in the envelope', 'VERIFY_MALFORMED', (b) => {
      const signatures = b['dsseEnvelope']?.['signatures'] as unknown as unknown[];
      signatures.push(signatures[0]);
    }],
    ['no inclusion proof', 'VERIFY_LOG_INVALID', (b) => drop(entry(b), 'inclusionProof')],
    ['a proof without checkpoint', 'VERIFY_LOG_INVALID', (b) => drop(entry(b)['inclusionProof'] as Json, 'checkpoint')],
    ['an empty checkpoint', 'VERIFY_LOG_INVALID', (b) => set(entry(b)['inclusionProof'] as Json, 'checkpoint', { envelope: '' })],
    ['a negative log index', 'VERIFY_MALFORMED', (b) => set(entry(b), 'logIndex', '-1')],
    ['a log index beyond 64 bits', 'VERIFY_MALFORMED', (b) => set(entry(b), 'logIndex', '9223372036854775808')],
    ['a log index in hexadecimal', 'VERIFY_MALFORMED', (b) => set(entry(b), 'logIndex', '0x10')],
    ['a log index with a fraction', 'VERIFY_MALFORMED', (b) => set(entry(b), 'logIndex', 1.5)],
    ['an integrated time that is no number', 'VERIFY_MALFORMED', (b) => set(entry(b), 'integratedTime', 'now')],
    ['no log id', 'VERIFY_MALFORMED', (b) => drop(entry(b), 'logId')],
    ['D03 a body with line breaks', 'VERIFY_MALFORMED', (b) => set(entry(b), 'canonicalizedBody', 'YWJj\nYWJj')],
    ['a timestamp that is no base64', 'VERIFY_MALFORMED', (b) => set(material(b), 'timestampVerificationData', { rfc3161Timestamps: [{ signedTimestamp: '#' }] })],
    ['verificationMaterial as a list', 'VERIFY_MALFORMED', (b) => set(b, 'verificationMaterial', [])],
  ])('%s → %s', (_, expected, change) => expect(code(mutated(change))).toBe(expected));

  test('version 0.1 needs the promise, later versions the proof', () => {
    const noPromise = (bundle: Json): void => drop(entry(bundle), 'inclusionPromise');
    const noProof = (bundle: Json): void => drop(entry(bundle), 'inclusionProof');
    expect([code(mutated(noPromise, { ...options, version: '0.1' })), code(mutated(noProof, { ...options, version: '0.1' }))]).toEqual(['VERIFY_MALFORMED', 'ok']);
    expect([code(mutated(noPromise, { ...options, version: '0.2' })), code(mutated(noProof, { ...options, version: '0.2' }))]).toEqual(['ok', 'VERIFY_LOG_INVALID']);
  });

  test.each<[string, unknown, string]>([
    ['of another algorithm', { algorithm: 'SHA3_256', digest: base64(hash(ARTIFACT)) }, 'VERIFY_ALGORITHM'],
    ['without algorithm', { digest: base64(hash(ARTIFACT)) }, 'VERIFY_ALGORITHM'],
    ['of the wrong length', { algorithm: 'SHA2_256', digest: 'AQID' }, 'VERIFY_MALFORMED'],
    ['with the algorithm as a number', { algorithm: 1, digest: base64(hash(ARTIFACT)) }, 'ok'],
    ['left out', null, 'ok'],
  ])('a message digest %s → %s', (_, messageDigest, expected) => {
    expect(code(mutated((bundle) => set(bundle['messageSignature'] as Json, 'messageDigest', messageDigest), { identity: RELEASE, artifact: ARTIFACT }))).toBe(expected);
  });

  test('G05 log entries and timestamps are limited before any of them is read', () => {
    const entries = (count: number) => (b: Json): void => set(material(b), 'tlogEntries', Array.from({ length: count }, () => entry(b)));
    expect(code(mutated(entries(32)))).toBe('ok');
    expect(code(mutated(entries(33)))).toBe('VERIFY_LIMIT');
    expect(code(mutated((b) => set(material(b), 'tlogEntries', Array.from({ length: 100_000 }, () => 0))))).toBe('VERIFY_LIMIT');
    expect(code(mutated((b) => set(material(b), 'timestampVerificationData', { rfc3161Timestamps: Array.from({ length: 33 }, () => ({ signedTimestamp: 'AQID' })) })))).toBe('VERIFY_LIMIT');
    expect(code(mutated((b) => set(entry(b)['inclusionProof'] as Json, 'hashes', Array.from({ length: 65 }, () => 'AQID'))))).toBe('VERIFY_LIMIT');
  });

  test('G09 property: any one member replaced by a value of another type never throws', () => {
    const good = JSON.parse(keylessBundle(world, { ...options, tsa: true }).toString()) as Json;
    const paths = pathsOf(good);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.constantFrom<unknown>(null, 1, -1, '', 'x'.repeat(70_000), [], {}, [[]], true, 1e400), (path, value) => {
        const copy = structuredClone(good);
        const parent = path.slice(0, -1).reduce((at, key) => at[key] as Json, copy);
        set(parent, path.at(-1) ?? '', value);
        parseBundle(Buffer.from(JSON.stringify(copy)));
      }),
      { numRuns: 500 },
    );
  });
});

function pathsOf(value: unknown, at: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [...(at.length > 0 ? [at] : []), ...Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...at, key]))];
}
