import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkTrustedRoot, compileTrustedRoot, createTrustReader, hashJson, publicGoodRoot } from '../../../../src/trust/index.ts';
import { hasSharedData, sharedData } from '../../../support/shared.ts';
import { makeCa } from '../../../world/ca.ts';
import { sigstoreRoot } from '../../../world/domain.ts';
import { makeKey } from '../../../world/keys.ts';
import type { TrustedRootJson } from '../../../world/trusted-root.ts';
import { makeTsa } from '../../../world/tsa.ts';
import { createWorld } from '../../../world/world.ts';

const NOW = Date.UTC(2026, 2, 1);
const world = createWorld({ now: NOW });
const paths = (json: unknown): string[] => checkTrustedRoot(json).map(({ path }) => path);

/** The world's root with one member replaced, addressed by its path. */
function changed(path: string, value: unknown): unknown {
  const root = structuredClone(world.trustedRoot()) as Record<string, any>;
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '');
  const last = steps.pop() ?? '';
  const owner = steps.reduce<any>((at, step) => at[step], root);
  if (value === undefined) delete owner[last];
  else owner[last] = value;
  return root;
}

describe('trusted roots', () => {
  test('the world, and everything it may be made of, is good', () => {
    expect(checkTrustedRoot(world.trustedRoot())).toEqual([]);
    for (const type of ['p256', 'p521', 'ed25519', 'rsa-2048'] as const) {
      const other = createWorld({ now: NOW, ca: makeCa({ now: NOW, keyType: type }), tsa: makeTsa({ now: NOW, keyType: type, intermediate: true }) });
      expect(checkTrustedRoot(other.trustedRoot())).toEqual([]);
    }
  });

  test('the packaged public-good root is good and compiles', () => {
    const root = publicGoodRoot();
    expect(checkTrustedRoot(root.trustedRoot)).toEqual([]);
    const compiled = compileTrustedRoot(root);
    expect([...compiled.logs.values()].map(({ baseUrl }) => baseUrl)).toEqual(['https://rekor.sigstore.dev', 'https://log2025-1.rekor.sigstore.dev']);
    expect(compiled).toMatchObject({ name: 'sigstore-public-good', require: { transparencyLog: 1, sct: 1, timestamps: 0 } });
    expect([compiled.authorities.length, compiled.ctLogs.size, compiled.timestampAuthorities.length]).toEqual([2, 2, 1]);
  });

  // The shared data lies beside a development checkout; a checkout without it has nothing to test here.
  test.skipIf(!hasSharedData)('every real trusted root is good, except the one that must not be', () => {
    const folder = sharedData('sigstore-conformance/assets/bundle-verify/');
    const files = [
      ...readdirSync(folder).map((name) => `${folder}${name}/trusted_root.json`).filter(existsSync),
      ...['public-good', 'public-key-validity', 'scaffolding'].map((name) => sharedData(`sigstore-go/trusted-roots/${name}.json`)),
      sharedData('sigstore-conformance/production-root/trusted_root.json'),
    ];
    expect(files.length).toBeGreaterThan(30);
    for (const file of files) {
      const expected = file.includes('missing-validity-start') ? ['tlogs[1].publicKey.validFor.start'] : [];
      expect(paths(JSON.parse(readFileSync(file, 'utf8'))), file).toEqual(expected);
    }
  });

  const ca = world.ca.chain.map((one) => ({ rawBytes: one.der.toString('base64') }));
  const otherKey = makeKey();
  test.each<[string, string, unknown, string?]>([
    ['an unknown media type', 'mediaType', 'application/vnd.dev.sigstore.trustedroot+json;version=0.3'],
    ['no media type', 'mediaType', undefined],
    ['a misspelt member', 'ctLogs', []],
    ['J10 a log without a start', 'tlogs[0].publicKey.validFor.start', undefined],
    ['J10 a log without a window', 'tlogs[0].publicKey.validFor', undefined],
    ['J10 a CT log without a start', 'ctlogs[0].publicKey.validFor.start', undefined],
    ['J10 an authority without a start', 'certificateAuthorities[0].validFor.start', undefined],
    ['a window that ends before it starts', 'tlogs[0].publicKey.validFor', { start: '2026-01-02T00:00:00Z', end: '2026-01-01T00:00:00Z' }],
    ['a time in another form', 'tlogs[0].publicKey.validFor.start', '2026-01-01'],
    ['a time that does not exist', 'tlogs[0].publicKey.validFor.start', '2026-13-01T00:00:00Z'],
    ['a misspelt end', 'tlogs[0].publicKey.validFor.End', '2026-01-01T00:00:00Z'],
    ['no base URL', 'tlogs[0].baseUrl', undefined],
    ['a base URL that is none', 'tlogs[0].baseUrl', 'file:///x'],
    ['another hash', 'tlogs[0].hashAlgorithm', 'SHA2_512'],
    ['an unknown kind of key', 'tlogs[0].publicKey.keyDetails', 'PKIX_ECDSA_P256_HMAC_SHA_256'],
    ['a kind that is not the key', 'tlogs[0].publicKey.keyDetails', 'PKIX_ED25519'],
    ['a key that is none', 'tlogs[0].publicKey.rawBytes', 'AAAA'],
    ['base64 that is none', 'tlogs[0].publicKey.rawBytes', 'A-_A'],
    ['an id of another key', 'tlogs[0].logId', { keyId: Buffer.alloc(32).toString('base64') }],
    ['a short id', 'tlogs[0].logId.keyId', 'AAAA'],
    ['a Rekor v2 id of another name', 'tlogs[1].baseUrl', 'https://other.example', 'tlogs[1].logId'],
    ['another key under the same id', 'tlogs[0].publicKey.rawBytes', otherKey.spki.toString('base64'), 'tlogs[0].logId'],
    ['a checkpoint key id of another log', 'tlogs[0].checkpointKeyId', { keyId: 'AAAAAA==' }],
    ['no certificates', 'certificateAuthorities[0].certChain.certificates', []],
    ['certificates in the wrong order', 'certificateAuthorities[0].certChain.certificates', [...ca].reverse(), 'certificateAuthorities[0].certChain.certificates[1]'],
    ['a chain without its root', 'certificateAuthorities[0].certChain.certificates', ca.slice(0, 1), 'certificateAuthorities[0].certChain.certificates[0]'],
    ['a broken certificate', 'certificateAuthorities[0].certChain.certificates[0].rawBytes', 'AAAA'],
    ['a timestamp authority without its chain', 'timestampAuthorities[0].certChain.certificates', [{ rawBytes: world.tsa.signer.der.toString('base64') }]],
    ['a leaf as authority', 'certificateAuthorities[0].certChain.certificates', world.tsa.chain.map((one) => ({ rawBytes: one.der.toString('base64') })), 'certificateAuthorities[0].certChain.certificates[0]'],
    ['a list that is none', 'tlogs', {}],
    ['too many logs', 'tlogs', Array.from({ length: 65 }, () => ({}))],
  ])('%s', (_, path, value, expected) => {
    const found = paths(changed(path, value));
    expect(found.some((one) => one.startsWith(expected ?? path.replace(/\.keyId$/, '')))).toBe(true);
  });

  test('B15 an authority below one that permits none (path length)', () => {
    const lower = makeCa({ now: NOW });
    const chain = [...lower.chain.slice(0, 1), ...world.ca.chain].map((one) => ({ rawBytes: one.der.toString('base64') }));
    expect(paths(changed('certificateAuthorities[0].certChain.certificates', chain))).toContain('certificateAuthorities[0].certChain.certificates[1]');
  });

  test('all problems are told, not the first', () => {
    const root = world.trustedRoot({ map: (one: TrustedRootJson) => ({ ...one, mediaType: 'x', tlogs: [{}, {}], ctlogs: [{}] }) });
    expect(new Set(paths(root).map((path) => path.split('.')[0]))).toEqual(new Set(['mediaType', 'tlogs[0]', 'tlogs[1]', 'ctlogs[0]']));
  });

  test('a log listed twice', () => {
    expect(paths(world.trustedRoot({ map: (one) => ({ ...one, tlogs: [one.tlogs[0], one.tlogs[0]] }) }))).toEqual(['tlogs[1]']);
  });

  test.each([[null], [undefined], [3], ['x'], [[]], [{}], [{ mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' }]])('%o is no trusted root', (json) => {
    expect(paths(json).length).toBeGreaterThan(0);
  });

  test('no JSON throws', () => {
    fc.assert(fc.property(fc.jsonValue(), (json) => {
      expect(checkTrustedRoot(json).length).toBeGreaterThan(0);
      expect(checkTrustedRoot({ ...world.trustedRoot(), tlogs: json, certificateAuthorities: [json] })).toBeInstanceOf(Array);
    }));
  });

  test('compiling a bad root throws with the place', () => {
    const root = sigstoreRoot(world, { root: { map: (one) => ({ ...one, mediaType: 'x' }) } });
    expect(() => compileTrustedRoot(root)).toThrow(/mediaType/);
  });
});

describe('the trust reader', () => {
  test('hash does not depend on the order of keys, and on nothing else', () => {
    expect(hashJson({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(hashJson({ b: [{ d: 3, c: 2 }], a: 1 }));
    expect(hashJson({ a: 1 })).toBe(hashJson({ a: 1, b: undefined }));
    expect(hashJson([1, 2])).not.toBe(hashJson([2, 1]));
    expect(hashJson({ a: '1' })).not.toBe(hashJson({ a: 1 }));
    expect(hashJson({})).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test('is what the policy compiler needs', () => {
    const reader = createTrustReader();
    expect(reader.trustedRoot(reader.publicGood)).toEqual([]);
    expect(reader.key(makeKey().publicKeyPem).ok).toBe(true);
    expect(publicGoodRoot().id).toBe(publicGoodRoot().id);
  });
});
