import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { envelopeEvidence } from '../../../support/notation/judge.ts';
import { extendedKeyUsage } from '../../../world/extensions.ts';
import { descriptorOf, makeImage } from '../../../world/image.ts';
import { makeNotary, notarySign } from '../../../world/notation.ts';
import type { NotarySigning } from '../../../world/notation.ts';
import { createOwnPki } from '../../../world/own-pki.ts';
import type { Holder } from '../../../world/own-pki.ts';
import { makeList, points } from '../../../world/revocation.ts';
import type { ListedSerial } from '../../../world/revocation.ts';
import type { TimestampAuthority } from '../../../world/tsa.ts';
import { feedScene } from '../../feeds/certificates/support.ts';
import { judge } from '../../policy/every-field/judge.ts';
import { DAY, doc, HOUR, IMAGE, NOW } from '../../policy/every-field/world.ts';

/** Signatures of the Notary Project whose timestamp authority, or whose signing authority, was revoked. */
const [GOOD, REVOKED, OPEN] = ['admit POLICY_SATISFIED', 'deny POLICY_REVOKED', 'deny VERIFY_REVOCATION_UNKNOWN'];
const image = makeImage({ seed: 'notation' });
const [OF_SIGNERS, OF_STAMPS, OF_AUTHORITIES] = ['signers', 'stamps', 'authorities'].map((name) => `http://crl.acme.example/${name}.crl`) as [string, string, string];
const SERIAL = Buffer.from('4711', 'hex');
const signers = createOwnPki(NOW);
const stampers = createOwnPki(NOW, 'Stamps');
const between = stampers.issue({
  issuer: stampers.root, ca: true, subject: [['O', 'Stamps'], ['CN', 'between']], usages: [], serial: SERIAL, extensions: [points([OF_AUTHORITIES])],
  notBefore: NOW - 100 * DAY,
});
const leaf = signers.issue({ serial: SERIAL, notBefore: NOW - 100 * DAY, extensions: [points([OF_SIGNERS])], subject: [['C', 'US'], ['O', 'Acme'], ['CN', 'release']] });
const chainOf = (...holders: readonly Holder[]): Holder['certificate'][] => holders.map(({ certificate }) => certificate);
const notary = { key: leaf.key, chain: chainOf(leaf, signers.intermediate, signers.root), root: signers.root.certificate };

function authority(issuer: Holder, above: readonly Holder[]): TimestampAuthority {
  const signer = stampers.issue({
    issuer, serial: SERIAL, subject: [['O', 'Stamps'], ['CN', 'tsa']], notBefore: NOW - 50 * DAY,
    extensions: [extendedKeyUsage(['timeStamping'], true), points([OF_STAMPS])],
  });
  return { key: signer.key, signer: signer.certificate, chain: chainOf(signer, ...above), uri: '' };
}
const tsa = authority(stampers.intermediate, [stampers.intermediate, stampers.root]);
const deep = authority(between, [between, stampers.root]);

const ME: ListedSerial = { serial: SERIAL, at: NOW - DAY };
type Lists = Readonly<Record<string, readonly [Holder, readonly ListedSerial[]]>>;
const CLEAN: Lists = { [OF_SIGNERS]: [signers.intermediate, []], [OF_STAMPS]: [stampers.intermediate, []] };

function signed(signing: Partial<NotarySigning>): UnverifiedEvidence {
  const stamped = signing.tsa === undefined ? {} : { timestamp: { embed: signing.tsa.chain } };
  return envelopeEvidence('notation-jws', notarySign({ notary, target: descriptorOf(image), at: NOW - 3 * DAY, ...stamped, ...signing }), image.manifest);
}

/** The verdict and what is told with it, once the lists were fetched. */
async function verdict(
  root: Readonly<Record<string, unknown>>, signing: Partial<NotarySigning>, lists: Lists, more: Parameters<typeof doc>[] = [],
): Promise<readonly [string, string]> {
  const scene = feedScene(NOW);
  for (const [url, [issuer, revoked]] of Object.entries(lists)) scene.published.set(url, makeList(issuer, { thisUpdate: NOW - HOUR, revoked }));
  const asked = {
    documents: [
      doc('TrustRoot', 'stores', { notation: root }),
      doc('Signer', 'notary', { identities: [{ x509: { subjectIncludes: 'C=US, O=Acme', trustRoot: 'stores' } }] }),
      doc('ClusterArtifactPolicy', 'p', { artifacts: [{ image: '**' }], require: [{ name: 'signed', signature: { by: ['notary'] } }] }),
      ...more.map((one) => doc(...one)),
    ],
    artifact: { ...IMAGE, raw: `ghcr.io/acme/app:1@${image.digest}`, digest: image.digest },
    namespace: 'prod', labels: {}, evidence: [], others: { [image.digest]: [signed(signing)] }, certificates: scene.feed,
  };
  await judge(asked);
  await scene.pass(0);
  const { verdict: said, message, notes } = await judge(asked);
  return [said, message + notes.join('\n')];
}
const STAMPED = { ca: signers.root.certificate.pem, tsa: stampers.root.certificate.pem };

describe('the authority of a timestamp', () => {
  test.each<[string, string, TimestampAuthority, Lists, string]>([
    ['is not revoked', 'hard', tsa, CLEAN, GOOD],
    ['is revoked', 'hard', tsa, { ...CLEAN, [OF_STAMPS]: [stampers.intermediate, [ME]] }, REVOKED],
    ['is revoked, under soft', 'soft', tsa, { ...CLEAN, [OF_STAMPS]: [stampers.intermediate, [ME]] }, REVOKED],
    ['is revoked, and nobody is asked', 'off', tsa, { ...CLEAN, [OF_STAMPS]: [stampers.intermediate, [ME]] }, GOOD],
    ['is invalid from a later time on, by its own clock', 'hard', tsa, { ...CLEAN, [OF_STAMPS]: [stampers.intermediate, [{ ...ME, invalidFrom: NOW - DAY }]] }, REVOKED],
    ['is one of whom nothing is known', 'hard', tsa, { [OF_SIGNERS]: CLEAN[OF_SIGNERS] ?? [signers.root, []] }, OPEN],
    ['is one of whom nothing is known, under soft', 'soft', tsa, { [OF_SIGNERS]: CLEAN[OF_SIGNERS] ?? [signers.root, []] }, GOOD],
    ['is below one that is revoked', 'hard', deep, { ...CLEAN, [OF_STAMPS]: [between, []], [OF_AUTHORITIES]: [stampers.root, [ME]] }, REVOKED],
    ['is below one that is not', 'hard', deep, { ...CLEAN, [OF_STAMPS]: [between, []], [OF_AUTHORITIES]: [stampers.root, []] }, GOOD],
    ['has a serial number that the signers\' authority has revoked of another', 'hard', tsa, { ...CLEAN, [OF_AUTHORITIES]: [signers.root, [ME]] }, GOOD],
  ])('%s: %s', async (_, revocation, by, lists, expected) => {
    const [said, told] = await verdict({ ...STAMPED, revocation }, { tsa: by }, lists);
    expect(said).toBe(expected);
    if (expected === OPEN || (revocation === 'soft' && expected === GOOD)) expect(told).toContain('certificate 4711 of the timestamp authority');
  });
});

describe('a timestamp that the trust root needs only once a certificate has ended', () => {
  const over = signers.issue({
    serial: SERIAL, notBefore: NOW - 100 * DAY, notAfter: NOW - DAY, extensions: [points([OF_SIGNERS])], subject: [['C', 'US'], ['O', 'Acme'], ['CN', 'release']],
  });
  const ended = { ...notary, key: over.key, chain: chainOf(over, signers.intermediate, signers.root) };
  const stolen: Lists = { ...CLEAN, [OF_STAMPS]: [stampers.intermediate, [ME]] };
  const silent: Lists = { [OF_SIGNERS]: CLEAN[OF_SIGNERS] ?? [signers.root, []] };
  test.each<[string, string, typeof notary, Lists, string]>([
    ['is revoked, and always needed', 'always', notary, stolen, REVOKED],
    ['is revoked, and the certificate valid', 'afterCertExpiry', notary, stolen, GOOD],
    ['is one of whom nothing is known, and the certificate valid', 'afterCertExpiry', notary, silent, GOOD],
    ['is revoked, and the certificate over', 'afterCertExpiry', ended, stolen, REVOKED],
    ['is one of whom nothing is known, and the certificate over', 'afterCertExpiry', ended, silent, OPEN],
    ['is good, and the certificate over', 'afterCertExpiry', ended, CLEAN, GOOD],
  ])('whose authority %s', async (_, verifyTimestamp, by, lists, expected) => {
    expect((await verdict({ ...STAMPED, verifyTimestamp, revocation: 'hard' }, { tsa, notary: by }, lists))[0]).toBe(expected);
  });

  test('and is doubtful spares nothing', async () => {
    const revoked: Lists = { ...stolen, [OF_SIGNERS]: [signers.intermediate, [{ ...ME, reason: 1, invalidFrom: NOW - 2 * DAY }]] };
    const root = { ...STAMPED, verifyTimestamp: 'afterCertExpiry', revocation: 'hard' };
    expect((await verdict(root, { tsa }, revoked))[0]).toBe(REVOKED);
    expect((await verdict(root, { tsa }, { ...revoked, [OF_STAMPS]: [stampers.intermediate, []] }))[0]).toBe(GOOD);
  });
});

describe('a date of invalidity spares what somebody else proves to be older, not what the signer says of himself', () => {
  const revoked: Lists = { ...CLEAN, [OF_SIGNERS]: [signers.intermediate, [{ ...ME, reason: 1, invalidFrom: NOW - 2 * DAY }]] };
  const own = { signingAuthority: signers.root.certificate.pem, revocation: 'hard' };
  const scheme = 'notary.x509.signingAuthority';
  test('stamped before it', async () => {
    expect((await verdict({ ...STAMPED, revocation: 'hard' }, { tsa }, revoked))[0]).toBe(GOOD);
  });
  test('stamped after it', async () => {
    expect((await verdict({ ...STAMPED, revocation: 'hard' }, { tsa, at: NOW - DAY }, revoked))[0]).toBe(REVOKED);
  });
  test('dated by the signing authority whose key was stolen', async () => {
    expect((await verdict(own, { scheme }, CLEAN))[0]).toBe(GOOD);
    const [said, told] = await verdict(own, { scheme }, revoked);
    expect(said).toBe(REVOKED);
    expect(told).toContain('no signing time is proven by others');
  });
  test('the same of a revocation by people', async () => {
    const by = (compromisedAt: string): Parameters<typeof doc> => ['RevocationList', 'r', { revocations: [
      { certificate: { serial: '4711', trustRoot: 'stores' }, reason: 'stolen', compromisedAt },
    ] }];
    const at = new Date(NOW - 2 * DAY).toISOString();
    expect((await verdict({ ...STAMPED }, { tsa }, CLEAN, [by(at)]))[0]).toBe(GOOD);
    expect((await verdict({ signingAuthority: own.signingAuthority }, { scheme }, CLEAN, [by(at)]))[0]).toBe(REVOKED);
  });
});

test('a notary of another world has nobody asked', async () => {
  const stranger = makeNotary({ now: NOW });
  expect((await verdict({ ...STAMPED, revocation: 'hard' }, { notary: stranger, tsa }, CLEAN))[0]).toBe('deny VERIFY_CERTIFICATE_UNTRUSTED');
});
