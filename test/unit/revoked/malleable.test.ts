import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { keyBundle, keylessBundle } from '../../world/bundle.ts';
import type { BundleJson } from '../../world/bundle.ts';
import { bundleEvidence } from '../../world/domain.ts';
import { sha256Hex } from '../../world/encode.ts';
import type { Scene } from '../policy/every-field/judge.ts';
import { KEYLESS, trusting } from '../policy/every-field/signer-rows.ts';
import { DAY, DIGEST, doc, HOUR, iso, keyed, keys, NOW, WORKFLOW, world } from '../policy/every-field/world.ts';
import { otherForm } from './other-form.ts';
import { verdictWith } from './scenes.ts';
import type { Thing } from './scenes.ts';

const [GOOD, REVOKED] = ['admit POLICY_SATISFIED', 'deny POLICY_REVOKED'];

/** Evidence as anybody can rewrite it once it is published: bytes of his own, and no key. */
function rewritten(bytes: Uint8Array, change: (material: Record<string, unknown>) => object): UnverifiedEvidence {
  const bundle = JSON.parse(Buffer.from(bytes).toString('utf8')) as BundleJson;
  return bundleEvidence(Buffer.from(JSON.stringify({ ...bundle, verificationMaterial: change({ ...bundle.verificationMaterial }) })));
}

const material = (bytes: Uint8Array) => (JSON.parse(Buffer.from(bytes).toString('utf8')) as {
  readonly verificationMaterial: {
    readonly certificate: { readonly rawBytes: string };
    readonly tlogEntries: readonly { readonly logIndex: string; readonly canonicalizedBody: string; readonly logId: { readonly keyId: string }; readonly inclusionPromise?: unknown }[];
  };
}).verificationMaterial;

describe('A4: a certificate is revoked in every form that is the same certificate', () => {
  const stampedRoot = doc('TrustRoot', 'world', { sigstore: { trustedRoot: world.trustedRoot(), require: { transparencyLog: 0, timestamps: 1 } } });
  const bytes = keylessBundle(world, { digest: DIGEST, identity: WORKFLOW, log: 'none', tsa: true, at: NOW - HOUR });
  const der = Buffer.from(material(bytes).certificate.rawBytes, 'base64');
  const other = otherForm(der);
  const flipped = rewritten(bytes, (all) => ({ ...all, certificate: { rawBytes: other.der.toString('base64') } }));
  const scene = (evidence: UnverifiedEvidence): Scene => {
    const { documents, ...rest } = trusting({ keyless: KEYLESS }, { evidence: [evidence] });
    return { ...rest, documents: documents.map((one) => (one.metadata['name'] === 'world' ? stampedRoot : one)) };
  };
  const [issued, found] = [`sha256:${sha256Hex(der)}`, other.fingerprint];

  test.each([
    ['as it was issued', bundleEvidence(bytes)], ['with n - s for s', flipped],
  ])('A4: found %s', async (_, evidence) => {
    expect(await verdictWith(scene(evidence))).toBe(GOOD);
    expect(await verdictWith(scene(evidence), { certificate: { fingerprint: issued } })).toBe(REVOKED);
    expect(await verdictWith(scene(evidence), { certificate: { fingerprint: found } })).toBe(REVOKED);
    expect(await verdictWith(scene(evidence), { certificate: { fingerprint: `sha256:${'0'.repeat(64)}` } })).toBe(GOOD);
  });
});

describe('A5: a log entry is revoked whatever of it is shown', () => {
  const stripped = (bytes: Uint8Array): UnverifiedEvidence =>
    rewritten(bytes, (all) => ({ ...all, tlogEntries: material(bytes).tlogEntries.map(({ inclusionPromise: _, ...entry }) => entry) }));
  const more = { digest: DIGEST, log: 'v1', tsa: true, at: NOW - HOUR } as const;
  const kinds: readonly (readonly [string, Uint8Array, (evidence: UnverifiedEvidence) => Scene])[] = [
    ['by a certificate', keylessBundle(world, { identity: WORKFLOW, ...more }), (evidence) => trusting({ keyless: KEYLESS }, { evidence: [evidence] })],
    ['by a key', keyBundle(world, { key: keys.alice, ...more }), (evidence) => trusting(keyed(keys.alice), { evidence: [evidence] })],
  ];
  describe.each(kinds)('signed %s', (_, bytes, scene) => {
    const [entry] = material(bytes).tlogEntries;
    const logId = Buffer.from(entry?.logId.keyId ?? '', 'base64').toString('hex');
    const leaf = sha256Hex(Buffer.concat([Uint8Array.of(0), Buffer.from(entry?.canonicalizedBody ?? '', 'base64')]));
    const index = Number(entry?.logIndex);
    const [whole, bare] = [scene(bundleEvidence(bytes)), scene(stripped(bytes))];
    test.each<[string, Thing, string, string]>([
      ['its index', { logIndex: { logId, index } }, REVOKED, REVOKED],
      ['its leaf hash', { logEntry: leaf }, REVOKED, REVOKED],
      ['its UUID', { logEntry: `108e9186e8c5677a${leaf}` }, REVOKED, REVOKED],
      // Nobody can say that the entry is not this one once the promise is gone.
      ['the index of another entry', { logIndex: { logId, index: index + 1 } }, GOOD, REVOKED],
      ['the index that it has inside of its shard', { logIndex: { logId, index: 6 } }, GOOD, REVOKED],
      ['the index of another entry, since yesterday', { logIndex: { logId, index: index + 1 }, compromisedAt: iso(NOW - DAY) }, GOOD, REVOKED],
      ['its index, but only from now on', { logIndex: { logId, index }, compromisedAt: iso(NOW) }, GOOD, GOOD],
      ['the same index of another log', { logIndex: { logId: '0'.repeat(64), index } }, GOOD, GOOD],
      ['another leaf hash', { logEntry: '0'.repeat(64) }, GOOD, GOOD],
    ])('A5: by %s, with and without the promise', async (_name, thing, promised, unpromised) => {
      expect(await verdictWith(whole, thing)).toBe(promised);
      expect(await verdictWith(bare, thing)).toBe(unpromised);
    });
  });

  test('A5: a log of one tree (Rekor v2) proves the index without a promise', async () => {
    const bytes = keylessBundle(world, { digest: DIGEST, identity: WORKFLOW, log: 'v2', at: NOW - HOUR });
    const [entry] = material(bytes).tlogEntries;
    const logId = Buffer.from(entry?.logId.keyId ?? '', 'base64').toString('hex');
    const scene = trusting({ keyless: KEYLESS }, { evidence: [bundleEvidence(bytes)] });
    expect(await verdictWith(scene, { logIndex: { logId, index: entry?.logIndex } })).toBe(REVOKED);
    expect(await verdictWith(scene, { logIndex: { logId, index: Number(entry?.logIndex) + 1 } })).toBe(GOOD);
  });
});
