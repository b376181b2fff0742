import { createHash, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../src/text/json/olpc.ts';
import { makeCa } from '../../world/ca.ts';
import { authorityKeyId, basicConstraints, extendedKeyUsage, keyUsage, subjectAltName } from '../../world/extensions.ts';
import { makeKey } from '../../world/keys.ts';
import type { SigningKey } from '../../world/keys.ts';
import type { Subject } from '../../world/statement.ts';
import { makeCertificate } from '../../world/x509.ts';
import type { Scene } from '../policy/every-field/judge.ts';
import { demanding } from '../policy/every-field/row.ts';
import { DIGEST, doc, HOUR, iso, keyed, keys, MINUTE, NOW, OTHER, says } from '../policy/every-field/world.ts';
import { layout, link, person, signatureBy, signed, step } from '../verify/intoto/support.ts';
import type { Person } from '../verify/intoto/support.ts';
import { demandingLayout, linkFile, verdictWith } from './scenes.ts';
import type { Thing } from './scenes.ts';
import { otherForm } from './other-form.ts';

const [owner, worker, second, third, stranger] = [person('p256'), person('p256'), person('p256'), person(), person('p256')];
const EXPIRES = { expires: '2090-01-01T00:00:00Z' };
const [GOOD, REVOKED] = ['admit POLICY_SATISFIED', 'deny POLICY_REVOKED'];
const SIGNERS = [doc('Signer', 'owner', { identities: [keyed(owner.key, {})] })];

/** What a build says that made the artifact. */
const built = (digest: string = DIGEST): object => ({ ...link('build', {}, {}), products: { image: { sha256: digest.slice(7) } } });
/** A layout of one step that these may do. */
const written = (workers: readonly Person[], more: object = {}): object => signed(layout([step('build', workers, more)], workers, EXPIRES), [owner]);
const BY_OWNERS = { owners: ['owner'] };
const BY_KEYS = { ownerKeys: [JSON.stringify(owner.inToto)] };
/** The artifact came out of one step; its links are by these. */
const scene = (by: readonly Person[], layoutOf: object, more: object = {}, digest?: string): Scene =>
  demandingLayout(written(by, more), layoutOf, { signers: SIGNERS, evidence: by.flatMap((one) => linkFile('build', one, signed(built(digest), [one]))) });

describe('A1: a list binds whoever acts for a signed layout', () => {
  const owners = [['owners who are Signers', BY_OWNERS], ['owners by key', BY_KEYS]] as const;
  describe.each(owners)('%s', (_, by) => {
    test.each<[string, Thing]>([
      ['the key of a functionary', { key: worker.key.keyId }],
      ['the key of the owner', { key: owner.key.keyId }],
      ['the artifact', { digest: DIGEST }],
      ['the key of a functionary, and the date saves nothing that nobody dates', { key: worker.key.keyId, compromisedAt: iso(NOW - MINUTE) }],
      ['the key of the owner, and the date saves nothing that nobody dates', { key: owner.key.keyId, compromisedAt: iso(NOW + HOUR) }],
    ])('A1: %s', async (_name, thing) => {
      expect(await verdictWith(scene([worker], by), thing)).toBe(REVOKED);
    });

    test.each<[string, Thing]>([
      ['nothing of theirs', { key: stranger.key.keyId }], ['another artifact', { digest: OTHER }],
    ])('A1: the good twin revokes %s', async (_name, thing) => {
      expect(await verdictWith(scene([worker], by), thing)).toBe(GOOD);
    });

    test('A1: the platform image for which its index speaks, and the index', async () => {
      const { evidence, ...rest } = scene([worker], by, {}, OTHER);
      const through = { ...rest, documents: demandingLayout(written([worker]), by, { signers: SIGNERS, parent: OTHER }).documents, parent: OTHER, evidence: [], others: { [OTHER]: evidence } };
      expect(await verdictWith(through, { digest: `sha256:${'00'.repeat(32)}` })).toBe(GOOD);
      expect(await verdictWith(through, { digest: DIGEST })).toBe(REVOKED);
      // The image has no links of its own, and that is what it is told when the index does not speak for it.
      expect(await verdictWith(through, { digest: OTHER })).toBe('deny POLICY_LAYOUT_STEP');
    });
  });

  test('A1: what an owner revokes for himself binds those who act on his behalf', async () => {
    const own = (key: string) => [doc('Signer', 'owner', { identities: [keyed(owner.key, {})], revocations: [{ key, reason: 'laptop lost' }] })];
    const of = (key: string): Scene => demandingLayout(written([worker]), BY_OWNERS, { signers: own(key), evidence: scene([worker], BY_OWNERS).evidence });
    expect(await verdictWith(of(worker.key.keyId))).toBe(REVOKED);
    expect(await verdictWith(of(stranger.key.keyId))).toBe(GOOD);
  });

  test('A1: others go on counting for the step of one who is revoked', async () => {
    const three = scene([worker, second, third], BY_OWNERS, { threshold: 2 });
    expect(await verdictWith(three, { key: third.key.keyId })).toBe(GOOD);
    expect(await verdictWith(three, { key: third.key.keyId }, { key: second.key.keyId })).toBe(REVOKED);
  });

  test('A1: who signed a sublayout, and who did a step inside of it', async () => {
    const inner = signed(layout([step('compile', [second])], [second], EXPIRES), [worker]);
    const within = { ...link('compile', {}, {}), products: { image: { sha256: DIGEST.slice(7) } } };
    const nested = demandingLayout(written([worker]), BY_OWNERS, {
      signers: SIGNERS, evidence: [...linkFile('build', worker, inner), ...linkFile('compile', second, signed(within, [second]))],
    });
    expect(await verdictWith(nested)).toBe(GOOD);
    expect(await verdictWith(nested, { key: worker.key.keyId })).toBe(REVOKED);
    expect(await verdictWith(nested, { key: second.key.keyId })).toBe(REVOKED);
    expect(await verdictWith(nested, { key: third.key.keyId })).toBe(GOOD);
  });
});

describe('A1: a list binds whoever attests a step of a policy', () => {
  const SLSA = 'https://slsa.dev/provenance/v1';
  const APP = { name: 'app', digest: { sha256: '22'.repeat(32) } };
  const made = (by: 'alice' | 'bob', about: Subject, material?: Subject) => says(SLSA, {
    buildDefinition: { buildType: 't', externalParameters: {}, resolvedDependencies: material === undefined ? [] : [{ ...material, uri: 'file:app' }] }, runDetails: { builder: { id: 'b' } },
  }, { by, about: [about] });
  const steps = [{ name: 'compile', type: SLSA, by: ['alice'] }, { name: 'pack', type: SLSA, by: ['bob'] }];
  const chained = demanding({ layout: { steps } }, { evidence: [made('alice', APP), made('bob', { name: 'image', digest: { sha256: DIGEST.slice(7) } }, APP)] });

  test.each<[string, Thing, string]>([
    ['who did the first step', { key: keys.alice.keyId }, REVOKED],
    ['who did the last step', { key: keys.bob.keyId }, REVOKED],
    ['what one step handed to the next', { digest: `sha256:${APP.digest.sha256}` }, REVOKED],
    ['the artifact', { digest: DIGEST }, REVOKED],
    ['who did the first step, but only from now on', { key: keys.alice.keyId, compromisedAt: iso(NOW - MINUTE) }, GOOD],
    ['somebody else', { key: keys.carol.keyId }, GOOD],
    ['something else', { digest: OTHER }, GOOD],
  ])('A1: %s', async (_, thing, answer) => {
    expect(await verdictWith(chained, thing)).toBe(answer);
  });

  test('A1: what is missing besides is told as it is', async () => {
    const { evidence, ...scene } = chained;
    expect(await verdictWith({ ...scene, evidence: evidence.slice(0, 1) }, { key: keys.alice.keyId })).toBe('deny POLICY_LAYOUT_STEP');
  });
});

describe('A1: functionaries with several keys, or with certificates', () => {
  test('A1: every key of an OpenPGP key, whichever signed', async () => {
    const [primary, sub] = [makeKey('ed25519'), makeKey('ed25519')];
    const [primaryId, subId] = ['aa'.repeat(20), 'bb'.repeat(20)];
    const pgp = (keyid: string, { spki }: SigningKey): object => ({ keyid, type: 'eddsa', method: 'pgp+eddsa-ed25519', hashes: ['pgp+SHA2'], keyval: { public: { q: spki.subarray(12).toString('hex') }, private: '' } });
    const key = { ...pgp(primaryId, primary), subkeys: { [subId]: pgp(subId, sub) } };
    const document = signed({ ...layout([{ ...step('build', []), pubkeys: [primaryId] }], [], EXPIRES), keys: { [primaryId]: key } }, [owner]);
    const file = { signed: built(), signatures: [pgpSignature(built(), subId, sub)] };
    const by = { keyid: subId, key: sub, inToto: {} };
    const made = demandingLayout(document, BY_OWNERS, { signers: SIGNERS, evidence: linkFile('build', by, file) });
    expect(await verdictWith(made, { key: stranger.key.keyId })).toBe(GOOD);
    expect(await verdictWith(made, { key: sub.keyId })).toBe(REVOKED);
    expect(await verdictWith(made, { key: primary.keyId })).toBe(REVOKED);
  });

  const ca = makeCa({ now: NOW });
  const SPIFFE = 'spiffe://example.com/build/worker-7';
  const [intermediate, root] = ca.chain;
  const authority = (keyid: string, pem = ''): object => ({ keyid, keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: '', certificate: pem } });
  const issue = (key: SigningKey, name = SPIFFE) => makeCertificate({
    subject: [['O', 'example']], issuer: intermediate?.spec.subject ?? [], spki: key.spki, notBefore: NOW - HOUR, notAfter: NOW + HOUR,
    extensions: [keyUsage(['digitalSignature']), extendedKeyUsage(['codeSigning']), basicConstraints(false), authorityKeyId(ca.issuingKey.spki), subjectAltName([{ type: 'uri', value: name }], false)],
  }, ca.issuingKey);
  const constraint = (uris: readonly string[]): object => ({ common_name: '*', dns_names: [''], emails: [''], organizations: ['*'], roots: ['root'], uris });
  /** A step for holders of certificates with these names, and links by holders of these. */
  const certified = (uris: readonly string[], threshold: number, holders: readonly { readonly key: SigningKey; readonly pem: string }[]): Scene => {
    const rules = { cert_constraints: [constraint(uris)], threshold };
    const cas = { rootcas: { root: authority('root', root?.pem) }, intermediatecas: { mid: authority('mid', intermediate?.pem) } };
    const evidence = holders.flatMap(({ key, pem }) => {
      const by: Person = { key, keyid: createHash('sha256').update(pem).digest('hex'), inToto: {} };
      return linkFile('build', by, { signed: built(), signatures: [signatureBy(by, built(), { cert: pem })] });
    });
    return demandingLayout(signed(layout([step('build', [], rules)], [], { ...EXPIRES, ...cas }), [owner]), BY_OWNERS, { signers: SIGNERS, evidence });
  };

  const key = makeKey('p256');
  const own = issue(key);
  const made = certified([SPIFFE], 1, [{ key, pem: own.pem }]);
  test.each<[string, Thing, string]>([
    ['its key', { key: key.keyId }, REVOKED],
    ['its fingerprint', { certificate: { fingerprint: own.fingerprint } }, REVOKED],
    ['the fingerprint of its other form', { certificate: { fingerprint: otherForm(own.der).fingerprint } }, REVOKED],
    ['its serial number', { certificate: { serial: Buffer.from(own.spec.serial).toString('hex') } }, REVOKED],
    ['whom it names', { identity: { issuerRegExp: '.*', subject: SPIFFE } }, REVOKED],
    ['its trust domain and whom it names', { identity: { issuer: SPIFFE.replace(/(?<=[^/])\/(?=[^/]).*/, ''), subject: SPIFFE } }, REVOKED],
    ['another trust domain', { identity: { issuer: 'spiffe://other', subject: SPIFFE } }, GOOD],
    ['the authority that issued it', { certificate: { fingerprint: intermediate?.fingerprint } }, REVOKED],
    ['the key of that authority', { key: ca.issuingKey.keyId }, REVOKED],
    ['somebody else', { identity: { issuerRegExp: '.*', subject: `${SPIFFE}0` } }, GOOD],
    ['a serial number of another trust root', { certificate: { serial: Buffer.from(own.spec.serial).toString('hex'), trustRoot: 'world' } }, GOOD],
  ])('A1: a certificate, by %s', async (_name, thing, answer) => {
    expect(await verdictWith(made, thing)).toBe(answer);
  });

  test('A6: one workload with two certificates is one functionary, two workloads are two', async () => {
    const [renewed, other] = [makeKey('p256'), makeKey('p256')];
    const [again, neighbour] = [{ key: renewed, pem: issue(renewed).pem }, { key: other, pem: issue(other, `${SPIFFE}0`).pem }];
    const one = { key, pem: own.pem };
    expect(await verdictWith(certified([SPIFFE], 2, [one, again]))).toBe('deny POLICY_LAYOUT_STEP');
    expect(await verdictWith(certified([SPIFFE], 1, [one, again]))).toBe(GOOD);
    expect(await verdictWith(certified(['*'], 2, [one, neighbour]))).toBe(GOOD);
    // One key that two names share is one as well.
    expect(await verdictWith(certified(['*'], 2, [one, { key, pem: issue(key, `${SPIFFE}0`).pem }]))).toBe('deny POLICY_LAYOUT_STEP');
  });
});

/** An OpenPGP signature over a classic body (RFC 4880, 5.2.4): version 4, over a binary document, EdDSA, SHA-256. */
function pgpSignature(body: unknown, keyid: string, { privateKey }: SigningKey): object {
  const created = Buffer.from([5, 2, 0x65, 0x53, 0xf1, 0x00]);
  const header = Buffer.concat([Buffer.from([4, 0, 22, 8, 0, created.length]), created]);
  const trailer = Buffer.from([4, 0xff, 0, 0, 0, header.length]);
  const hash = createHash('sha256').update(canonicalJson(body)).update(header).update(trailer).digest();
  return { keyid, other_headers: header.toString('hex'), signature: sign(null, hash, privateKey).toString('hex') };
}

