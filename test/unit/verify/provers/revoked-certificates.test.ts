import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { NULL } from '../../../world/der.ts';
import { makeKey } from '../../../world/keys.ts';
import { layerEvidence } from '../../../world/domain.ts';
import type { Holder, HolderOptions } from '../../../world/own-pki.ts';
import { createOwnPki, signedByHolder } from '../../../world/own-pki.ts';
import { makeAnswer, makeList, placeName, points, responder } from '../../../world/revocation.ts';
import type { AnswerOptions, ListedSerial, ListOptions } from '../../../world/revocation.ts';
import { stamp } from '../../../world/tsa.ts';
import { feedScene } from '../../feeds/certificates/support.ts';
import type { FeedScene, Published } from '../../feeds/certificates/support.ts';
import { judge } from '../../policy/every-field/judge.ts';
import type { Answer } from '../../policy/every-field/judge.ts';
import { demanding } from '../../policy/every-field/row.ts';
import { DAY, DIGEST, doc, HOUR, NOW, world } from '../../policy/every-field/world.ts';

/** Certificates that their authorities have revoked, from YAML and bytes to the verdict. */
const LIST = 'http://crl.acme.example/signing.crl';
const DELTA = 'http://crl.acme.example/signing-delta.crl';
const OCSP = 'http://ocsp.acme.example';
const ROOTS = 'http://crl.acme.example/root.crl';
const SERIAL = Buffer.from('4711', 'hex');
const pki = createOwnPki(NOW);
const twin = createOwnPki(NOW);
const issuer = pki.intermediate;
const byList = pki.issue({ serial: SERIAL, extensions: [points([LIST])] });
const byResponder = pki.issue({ serial: SERIAL, extensions: [responder(OCSP)] });
const byBoth = pki.issue({ serial: SERIAL, extensions: [points([LIST]), responder(OCSP)] });
const silent = pki.issue({ serial: SERIAL });
const ME: ListedSerial = { serial: SERIAL, at: NOW - DAY };
const OTHER: ListedSerial = { serial: 0x4712, at: NOW - DAY };

const [GOOD, REVOKED, OPEN] = ['admit POLICY_SATISFIED', 'deny POLICY_REVOKED', 'deny VERIFY_REVOCATION_UNKNOWN'];
type Hung = (published: Published) => void;
const list = (options: Partial<ListOptions> = {}, by: Holder = issuer, url = LIST): Hung => (published) =>
  void published.set(url, makeList(by, { thisUpdate: NOW - HOUR, ...options }));
const answer = (options: Partial<AnswerOptions> = {}, by: Holder = issuer): Hung => (published) =>
  void published.set(OCSP, makeAnswer(by, { serial: SERIAL, status: 'good', thisUpdate: NOW - HOUR, ...options }));
const all = (...hung: readonly Hung[]): Hung => (published) => { for (const one of hung) one(published); };
const nothing: Hung = () => undefined;

const signed = (holder: Holder, chain = [pki.intermediate]): UnverifiedEvidence => layerEvidence(signedByHolder(DIGEST, holder, chain));

/** Other evidence than the holder's bare signature, and further fields of the root. */
interface Other {
  readonly evidence?: UnverifiedEvidence;
  readonly more?: object;
}

async function ask(
  holder: Holder, revocation: object | undefined, scene: FeedScene | undefined, chain?: Holder[], { evidence, more }: Other = {},
): Promise<Answer> {
  const documents = [
    doc('Signer', 'tested', { identities: [{ x509: { trustRoot: 'acme', subjectIncludes: 'O=Acme' } }] }),
    doc('TrustRoot', 'acme', { x509: { certificates: pki.root.certificate.pem, ...more, ...(revocation === undefined ? {} : { revocation }) } }),
  ];
  const asked = demanding({ signature: { by: ['tested'] } }, {
    evidence: [evidence ?? signed(holder, chain)], ...(scene === undefined ? {} : { certificates: scene.feed }),
  });
  return judge({ ...asked, documents: [...documents, ...asked.documents] });
}

/** The verdict once everything that was asked for has been fetched. */
async function verdict(holder: Holder, hung: Hung, revocation: object | null = { mode: 'hard' }, other: Other = {}): Promise<string> {
  const scene = feedScene(NOW);
  hung(scene.published);
  await ask(holder, revocation ?? undefined, scene, undefined, other);
  await scene.pass(0);
  const answered = await ask(holder, revocation ?? undefined, scene, undefined, other);
  scene.feed.close();
  return answered.verdict;
}

describe('a certificate that names a list', () => {
  test.each<[string, Hung, string]>([
    ['is not on it', list({ revoked: [OTHER] }), GOOD],
    ['is on it', list({ revoked: [OTHER, ME] }), REVOKED],
    ['is on hold', list({ revoked: [{ ...ME, reason: 6 }] }), REVOKED],
    ['was superseded', list({ revoked: [{ ...ME, reason: 4 }] }), REVOKED],
    ['was revoked in the future', list({ revoked: [{ ...ME, at: NOW + DAY }] }), REVOKED],
    ['is invalid from a later time on, and nothing proves when it signed', list({ revoked: [{ ...ME, invalidFrom: NOW + DAY }] }), REVOKED],
    ['finds nobody there', nothing, OPEN],
    ['finds one that has ended', list({ thisUpdate: NOW - 8 * DAY }), OPEN],
    ['is on one that has ended', list({ thisUpdate: NOW - 8 * DAY, revoked: [ME] }), REVOKED],
    ['finds one from tomorrow', list({ thisUpdate: NOW + DAY }), OPEN],
    ['finds one by another key', list({ key: twin.intermediate.key }), OPEN],
    ['is on one by another key', list({ key: twin.intermediate.key, revoked: [ME] }), OPEN],
    ['finds one of the root', list({}, pki.root), OPEN],
    ['finds one of an authority of the same name', list({}, twin.intermediate), OPEN],
    ['finds a delta', list({ deltaOf: 1 }), OPEN],
    ['finds one of another place', list({ scope: placeName(['http://crl.acme.example/2.crl']) }), OPEN],
    ['finds one of this place', list({ scope: placeName([LIST]) }), GOOD],
    ['finds one about holders alone', list({ scope: Buffer.from('8101ff', 'hex') }), GOOD],
    ['is on one about holders alone', list({ scope: Buffer.from('8101ff', 'hex'), revoked: [ME] }), REVOKED],
    ['finds one about authorities alone', list({ scope: Buffer.from('8201ff', 'hex') }), OPEN],
    ['is on one that writes its number longer', list({ revoked: [{ ...ME, serial: Buffer.from('004711', 'hex') }] }), OPEN],
    ['finds an indirect one', list({ scope: Buffer.from('8401ff', 'hex') }), OPEN],
    ['finds something else', (published) => void published.set(LIST, Buffer.from('<html>')), OPEN],
  ])('%s', async (_, hung, expected) => {
    expect(await verdict(byList, hung)).toBe(expected);
  });
});

describe('deltas', () => {
  const base = list({ number: 5, freshest: [DELTA], revoked: [OTHER] });
  const delta = (options: Partial<ListOptions> = {}, by = issuer): Hung => list({ number: 6, deltaOf: 5, ...options }, by, DELTA);

  test.each<[string, Hung, string]>([
    ['that changes nothing', all(base, delta()), GOOD],
    ['that revokes it', all(base, delta({ revoked: [ME] })), REVOKED],
    ['that takes it off', all(list({ number: 5, freshest: [DELTA], revoked: [{ ...ME, reason: 6 }] }), delta({ revoked: [{ ...ME, reason: 8 }] })), GOOD],
    ['that takes off another', all(list({ number: 5, freshest: [DELTA], revoked: [{ ...ME, reason: 6 }] }), delta({ revoked: [{ ...OTHER, reason: 8 }] })), REVOKED],
    ['that is not there', base, OPEN],
    ['that has ended', all(base, delta({ thisUpdate: NOW - 8 * DAY })), OPEN],
    ['of a later base', all(base, delta({ number: 7, deltaOf: 6 })), OPEN],
    ['that is older than the base', all(base, delta({ number: 4, deltaOf: 3 })), OPEN],
    ['that is none', all(base, list({ number: 6 }, issuer, DELTA)), OPEN],
    ['by another key', all(base, delta({ key: twin.intermediate.key })), OPEN],
    ['by another key that takes it off', all(list({ number: 5, freshest: [DELTA], revoked: [{ ...ME, reason: 6 }] }), delta({ key: twin.intermediate.key, revoked: [{ ...ME, reason: 8 }] })), REVOKED],
  ])('%s', async (_, hung, expected) => {
    expect(await verdict(byList, hung)).toBe(expected);
  });
});

describe('a certificate that names a responder', () => {
  const ocsp = (options: HolderOptions = {}): Holder => pki.issue({ subject: [['CN', 'ocsp']], usages: ['ocspSigning'], ...options });
  test.each<[string, Hung, string]>([
    ['is good', answer(), GOOD],
    ['is good by a delegated one', answer({ by: ocsp() }), GOOD],
    ['is revoked', answer({ status: { at: NOW - DAY } }), REVOKED],
    ['is revoked by an answer that has ended', answer({ status: { at: NOW - 9 * DAY }, thisUpdate: NOW - 8 * DAY }), REVOKED],
    ['is unknown to it', answer({ status: 'unknown' }), OPEN],
    ['finds nobody', nothing, OPEN],
    ['gets an answer that has ended', answer({ thisUpdate: NOW - 2 * DAY }), OPEN],
    ['gets one without an end, an hour old', answer({ nextUpdate: null }), GOOD],
    ['gets one without an end, older', answer({ nextUpdate: null, thisUpdate: NOW - HOUR - 1000 }), OPEN],
    ['gets one about another', answer({ serial: 0x4712 }), OPEN],
    ['gets one by a responder without the usage', answer({ by: ocsp({ usages: ['codeSigning'] }) }), OPEN],
    ['gets one by a responder whose certificate is over', answer({ by: ocsp({ notBefore: NOW - 2 * DAY, notAfter: NOW - 1000 }) }), OPEN],
    ['gets one by another authority', answer({}, twin.intermediate), OPEN],
  ])('%s', async (_, hung, expected) => {
    expect(await verdict(byResponder, hung)).toBe(expected);
  });
});

describe('a responder whose own certificate names a list', () => {
  const number = Buffer.from('5001', 'hex');
  const by = (more: HolderOptions = {}): Holder =>
    pki.issue({ subject: [['CN', 'ocsp']], usages: ['ocspSigning'], serial: number, extensions: [points([ROOTS])], ...more });
  const noCheck = { oid: '1.3.6.1.5.5.7.48.1.5', value: NULL };
  const own = (revoked: readonly ListedSerial[]): Hung => list({ revoked }, issuer, ROOTS);
  const ITS: ListedSerial = { serial: number, at: NOW - DAY };
  const silentOne = by({ extensions: [] });
  test.each<[string, Hung, string, object?]>([
    ['is not on it', all(answer({ by: by() }), own([OTHER])), GOOD],
    ['is on it: whoever has his key calls everybody good', all(answer({ by: by() }), own([ITS])), OPEN],
    ['is on it, and calls one revoked', all(answer({ by: by(), status: { at: NOW - DAY } }), own([ITS])), REVOKED],
    ['is one of whom nothing is known', answer({ by: by() }), OPEN],
    ['finds there a list by somebody else', all(answer({ by: by() }), list({}, twin.intermediate, ROOTS)), OPEN],
    ['needs no asking', all(answer({ by: by({ extensions: [points([ROOTS]), noCheck] }) }), own([ITS])), GOOD],
    ['names none in truth', answer({ by: silentOne }), GOOD],
    ['names none, and was on one of the trust root that has ended', all(answer({ by: silentOne }), list({ thisUpdate: NOW - 8 * DAY, revoked: [ITS] }, issuer, ROOTS)), OPEN, { mode: 'hard', crls: [ROOTS] }],
    ['names none, and was on none', all(answer({ by: silentOne }), list({ thisUpdate: NOW - 8 * DAY, revoked: [OTHER] }, issuer, ROOTS)), GOOD, { mode: 'hard', crls: [ROOTS] }],
    ['is on it, where a list calls the certificate good', all(answer({ by: by() }), own([ITS])), GOOD, { mode: 'hard', crls: [ROOTS] }],
  ])('%s', async (_, hung, expected, revocation = { mode: 'hard' }) => {
    expect(await settledVerdict(byResponder, hung, revocation)).toBe(expected);
  });

  /** The verdict once what was learned of was fetched too. */
  async function settledVerdict(holder: Holder, hung: Hung, revocation: object): Promise<string> {
    const scene = feedScene(NOW);
    hung(scene.published);
    let verdictOf = '';
    for (let turn = 0; turn < 3; turn += 1) {
      verdictOf = (await ask(holder, revocation, scene)).verdict;
      await scene.pass(0);
    }
    scene.feed.close();
    return verdictOf;
  }
});

describe('a certificate that names both', () => {
  test.each<[string, Hung, string]>([
    ['is good by the responder alone', answer(), GOOD],
    ['is good by the list alone', list(), GOOD],
    ['is good by the list where the responder does not know it', all(answer({ status: 'unknown' }), list()), GOOD],
    ['is revoked by the list alone', all(answer(), list({ revoked: [ME] })), REVOKED],
    ['is revoked by the responder alone', all(answer({ status: { at: NOW } }), list()), REVOKED],
    ['is open by neither', nothing, OPEN],
  ])('%s', async (_, hung, expected) => {
    expect(await verdict(byBoth, hung)).toBe(expected);
  });
});

describe('what the trust root says', () => {
  const mine = list({ revoked: [ME] });
  test.each<[string, Holder, Hung, object | null, string]>([
    ['nothing: nobody is asked', byList, mine, null, GOOD],
    ['off: nobody is asked', byList, mine, { mode: 'off' }, GOOD],
    ['soft: revoked is revoked', byList, mine, { mode: 'soft' }, REVOKED],
    ['soft: what is not known is told', byList, nothing, { mode: 'soft' }, GOOD],
    ['hard: a certificate that names nobody is good', silent, mine, { mode: 'hard' }, GOOD],
    ['hard: unless a list of the root is by its issuer', silent, mine, { mode: 'hard', crls: [LIST] }, REVOKED],
    ['hard: and it is not on it', silent, list({ revoked: [OTHER] }), { mode: 'hard', crls: [LIST] }, GOOD],
    ['hard: or could be', silent, nothing, { mode: 'hard', crls: [LIST] }, OPEN],
    ['hard: or is, and has ended', silent, list({ thisUpdate: NOW - 8 * DAY }), { mode: 'hard', crls: [LIST] }, OPEN],
    ['hard: a list of another issuer says nothing', silent, list({}, createOwnPki(NOW, 'Other').intermediate), { mode: 'hard', crls: [LIST] }, GOOD],
    ['hard: certificates that name what cannot be asked are open', pki.issue({ extensions: [points(['ldap://x.example/'])] }), mine, { mode: 'hard' }, OPEN],
    ['hard: and good by a list of the root', pki.issue({ extensions: [points(['ldap://x.example/'])] }), list(), { mode: 'hard', crls: [LIST] }, GOOD],
  ])('%s', async (_, holder, hung, revocation, expected) => {
    expect(await verdict(holder, hung, revocation)).toBe(expected);
  });

  test.each<[string, object]>([
    ['another mode', { mode: 'strict' }], ['no mode', { crls: [LIST] }], ['LDAP', { mode: 'hard', crls: ['ldap://crl.acme.example'] }],
    ['a password', { mode: 'hard', crls: ['http://a:b@crl.acme.example/'] }], ['no URL', { mode: 'hard', crls: ['http://'] }],
    ['another field', { mode: 'hard', ocsp: [OCSP] }], ['seventeen lists', { mode: 'hard', crls: Array.from({ length: 17 }, (_, index) => `${LIST}?${index}`) }],
  ])('with %s it does not compile', async (_, revocation) => {
    expect((await ask(byList, revocation, undefined)).verdict).toBe('refused');
  });

  test('an authority on the path that is revoked takes the path down', async () => {
    const named = pki.issue({ issuer: pki.root, ca: true, subject: [['O', 'Acme'], ['CN', 'signing 2']], usages: [], serial: SERIAL, extensions: [points([ROOTS])] });
    const leaf = pki.issue({ issuer: named });
    const about = (tag: string): Partial<ListOptions> => ({ scope: Buffer.from(`${tag}01ff`, 'hex') });
    for (const [options, expected] of [
      [{ revoked: [OTHER] }, GOOD], [{ revoked: [ME] }, REVOKED], [about('82'), GOOD], [{ ...about('82'), revoked: [ME] }, REVOKED], [about('81'), OPEN],
    ] as const) {
      const scene = feedScene(NOW);
      list(options, pki.root, ROOTS)(scene.published);
      await ask(leaf, { mode: 'hard' }, scene, [named]);
      await scene.pass(0);
      expect((await ask(leaf, { mode: 'hard' }, scene, [named])).verdict).toBe(expected);
    }
  });

  test('an authority that was renewed stands by the certificate that is not revoked, and falls by the other alone', async () => {
    const key = makeKey('p256');
    const renewed = (serial: string, days: number): Holder => pki.issue({
      issuer: pki.root, ca: true, key, subject: [['O', 'Acme'], ['CN', 'signing 3']], usages: [], serial: Buffer.from(serial, 'hex'),
      notAfter: NOW + days * DAY, extensions: [points([ROOTS])],
    });
    // The revoked one lasts longer.
    const [old, young] = [renewed('4711', 90), renewed('4713', 60)];
    const leaf = pki.issue({ issuer: young });
    for (const [chain, revoked, expected] of [
      [[old, young], [ME], GOOD], [[young, old], [ME], GOOD], [[young], [ME], GOOD], [[old], [ME], REVOKED],
      [[old, young], [ME, { serial: 0x4713, at: NOW }], REVOKED], [[old, young], [OTHER], GOOD],
    ] as const) {
      const scene = feedScene(NOW);
      list({ revoked }, pki.root, ROOTS)(scene.published);
      await ask(leaf, { mode: 'hard' }, scene, [...chain]);
      await scene.pass(0);
      expect((await ask(leaf, { mode: 'hard' }, scene, [...chain])).verdict).toBe(expected);
      scene.feed.close();
    }
  });

  test('where nobody asks, hard is open and soft is not', async () => {
    expect((await ask(byList, { mode: 'hard' }, undefined)).verdict).toBe(OPEN);
    expect((await ask(byList, { mode: 'soft' }, undefined)).verdict).toBe(GOOD);
    expect((await ask(byList, { mode: 'off' }, undefined)).verdict).toBe(GOOD);
  });
});

describe('a signature that is proven to be older than the date of invalidity', () => {
  const signedAt = NOW - 3 * DAY;
  const old = pki.issue({ serial: SERIAL, notBefore: NOW - 10 * DAY, extensions: [points([LIST]), responder(OCSP)] });
  const stamped = (): UnverifiedEvidence => {
    const layer = signedByHolder(DIGEST, old, [pki.intermediate]);
    const token = stamp(world.tsa, Buffer.from(layer.annotations?.['dev.cosignproject.cosign/signature'] ?? '', 'base64'), signedAt);
    return layerEvidence({ ...layer, annotations: { ...layer.annotations, 'dev.sigstore.cosign/rfc3161timestamp': JSON.stringify({ SignedRFC3161Timestamp: token.toString('base64') }) } });
  };
  const authority = { chain: world.tsa.chain.map((one) => one.pem).join(''), validFor: { start: new Date(NOW - 900 * DAY).toISOString() } };

  test.each<[string, Hung, boolean, string]>([
    ['stands', list({ revoked: [{ ...ME, reason: 1, invalidFrom: signedAt + 1000 }] }), true, GOOD],
    ['stands by an answer', all(list(), answer({ status: { at: NOW, reason: 1, invalidFrom: signedAt + 1000 } })), true, GOOD],
    ['falls where a list gives no such date', all(list({ revoked: [ME] }), answer({ status: { at: NOW, reason: 1, invalidFrom: signedAt + 1000 } })), true, REVOKED],
    ['falls where the responder gives none', all(list({ revoked: [{ ...ME, invalidFrom: signedAt + 1000 }] }), answer({ status: { at: NOW } })), true, REVOKED],
    ['falls where one of two gives an earlier one', all(list({ revoked: [{ ...ME, invalidFrom: signedAt - 1000 }] }), answer({ status: { at: NOW, invalidFrom: signedAt + 1000 } })), true, REVOKED],
    ['stands where both give later ones', all(list({ revoked: [{ ...ME, invalidFrom: signedAt + 9000 }] }), answer({ status: { at: NOW, invalidFrom: signedAt + 1000 } })), true, GOOD],
    ['falls at that moment', list({ revoked: [{ ...ME, reason: 1, invalidFrom: signedAt }] }), true, REVOKED],
    ['falls after it', list({ revoked: [{ ...ME, reason: 1, invalidFrom: signedAt - 1000 }] }), true, REVOKED],
    ['falls without such a date, however late it was revoked', list({ revoked: [{ ...ME, at: NOW, reason: 4 }] }), true, REVOKED],
    ['falls where the root lists nobody who dates it', list({ revoked: [{ ...ME, reason: 1, invalidFrom: signedAt + 1000 }] }), false, REVOKED],
  ])('%s', async (_, hung, isDated, expected) => {
    expect(await verdict(old, hung, { mode: 'hard' }, { evidence: stamped(), more: isDated ? { timestampAuthorities: [authority] } : {} })).toBe(expected);
  });
});

describe('what is told', () => {
  test('names certificate, time, reason and source', async () => {
    const scene = feedScene(NOW);
    list({ revoked: [{ ...ME, reason: 1 }] })(scene.published);
    const open = await ask(byList, { mode: 'hard' }, scene);
    expect(open.verdict).toBe(OPEN);
    expect(open.message).toContain('certificate 4711');
    expect(open.message).toContain(`${LIST} is being fetched`);
    await scene.pass(0);
    expect((await ask(byList, { mode: 'hard' }, scene)).message)
      .toContain(`certificate 4711 was revoked by its authority at ${new Date(NOW - DAY).toISOString()} (keyCompromise), says ${LIST}`);
  });

  test('under soft a warning says what is not known, and nothing is said of what is', async () => {
    const scene = feedScene(NOW);
    list()(scene.published);
    const warned = await ask(byList, { mode: 'soft' }, scene);
    expect(warned.notes).toEqual([expect.stringMatching(/^ghcr\.io\/acme\/app.*: whether certificate 4711 is revoked is not known: .* is being fetched/)]);
    await scene.pass(0);
    expect((await ask(byList, { mode: 'soft' }, scene)).notes).toEqual([]);
  });

  test('a revocation that arrives changes the next decision', async () => {
    const scene = feedScene(NOW);
    list()(scene.published);
    await ask(byList, { mode: 'hard' }, scene);
    await scene.pass(0);
    expect((await ask(byList, { mode: 'hard' }, scene)).verdict).toBe(GOOD);
    list({ thisUpdate: NOW, revoked: [ME] })(scene.published);
    expect((await ask(byList, { mode: 'hard' }, scene)).verdict).toBe(GOOD);
    const before = scene.feed.generation();
    await scene.pass(2 * HOUR);
    expect(scene.feed.generation()).toBeGreaterThan(before);
    expect((await ask(byList, { mode: 'hard' }, scene)).verdict).toBe(REVOKED);
  });
});
