import { describe, expect, test } from 'vitest';
import type { ArtifactRef } from '../../../../src/domain/artifact/artifact.ts';
import { envelopeEvidence } from '../../../support/notation/judge.ts';
import { basicConstraints, extendedKeyUsage, keyUsage } from '../../../world/extensions.ts';
import type { Extension } from '../../../world/extensions.ts';
import { descriptorOf, makeImage } from '../../../world/image.ts';
import { makeKey } from '../../../world/keys.ts';
import type { KeyType } from '../../../world/keys.ts';
import { makeNotary, notarySign } from '../../../world/notation.ts';
import type { NotarySigning } from '../../../world/notation.ts';
import { createOwnPki } from '../../../world/own-pki.ts';
import { makeList, points } from '../../../world/revocation.ts';
import type { ListedSerial } from '../../../world/revocation.ts';
import { makeTsa } from '../../../world/tsa.ts';
import type { TimestampAuthority } from '../../../world/tsa.ts';
import { makeCertificate } from '../../../world/x509.ts';
import type { Name } from '../../../world/x509.ts';
import { feedScene } from '../../feeds/certificates/support.ts';
import type { FeedScene } from '../../feeds/certificates/support.ts';
import { judge } from '../../policy/every-field/judge.ts';
import type { Answer } from '../../policy/every-field/judge.ts';
import { demanding } from '../../policy/every-field/row.ts';
import { DAY, doc, HOUR, NOW } from '../../policy/every-field/world.ts';

/** Countersignatures of Notation, from YAML and bytes to the verdict: when they are needed, and when their authority is revoked. */
const image = makeImage({ seed: 'stamped' });
const artifact: ArtifactRef = { kind: 'image', usage: 'container', path: 'spec.containers[0].image', raw: `ghcr.io/acme/app@${image.digest}`, name: 'ghcr.io/acme/app', digest: image.digest };
const notary = makeNotary({ now: NOW });
const ended = makeNotary({ now: NOW, leaf: { notAfter: NOW - DAY } });
const young = makeNotary({ now: NOW, leaf: { notBefore: NOW - DAY } });
const rootOf = ({ chain }: Pick<TimestampAuthority, 'chain'>): string => chain.at(-1)?.pem ?? '';
const [tsa, stranger] = [makeTsa({ now: NOW }), makeTsa({ now: NOW })];
const [GOOD, REVOKED, OPEN] = ['admit POLICY_SATISFIED', 'deny POLICY_REVOKED', 'deny VERIFY_REVOCATION_UNKNOWN'];

async function ask(stores: object, signing: Partial<NotarySigning>, scene?: FeedScene): Promise<Answer> {
  const by = signing.notary ?? notary;
  const bytes = notarySign({ notary: by, target: descriptorOf(image), at: NOW - 2 * DAY, ...signing });
  const asked = demanding({ signature: { by: ['tested'] } }, {
    artifact, others: { [image.digest]: [envelopeEvidence(signing.format ?? 'notation-jws', bytes, image.manifest)] }, ...(scene === undefined ? {} : { certificates: scene.feed }),
  });
  return judge({
    ...asked,
    documents: [
      doc('Signer', 'tested', { identities: [{ x509: { trustRoot: 'notation', subjectIncludes: 'O=Acme' } }] }),
      doc('TrustRoot', 'notation', { notation: { ca: by.root.pem, tsa: rootOf(tsa), ...stores } }),
      ...asked.documents,
    ],
  });
}

describe.each(['notation-jws', 'notation-cose'] as const)('%s: a timestamp that proves nothing', (format) => {
  test.each<[string, Partial<NotarySigning>, string]>([
    ['is of another authority', { tsa: stranger }, 'VERIFY_TIMESTAMP'],
    ['is over something else', { tsa, timestamp: { message: Buffer.from('other') } }, 'VERIFY_TIMESTAMP'],
    ['names its signer by no hash', { tsa, timestamp: { essCertificate: false } }, 'VERIFY_MALFORMED'],
    ['is older than the certificate', { notary: young, tsa }, 'VERIFY_CERTIFICATE_EXPIRED'],
  ])('%s: refused where timestamps are demanded, and not looked at while the certificates are valid where they are not', async (_, signing, code) => {
    expect((await ask({}, { format, ...signing })).verdict).toBe(`deny ${code}`);
    expect((await ask({ verifyTimestamp: 'afterCertExpiry' }, { format, ...signing })).verdict).toBe(GOOD);
  });

  test('saves no certificate that has ended, and says why', async () => {
    const stores = { verifyTimestamp: 'afterCertExpiry' };
    expect((await ask(stores, { format, notary: ended, tsa })).verdict).toBe(GOOD);
    const { verdict, message } = await ask(stores, { format, notary: ended, tsa: stranger });
    expect(verdict).toBe('deny VERIFY_CERTIFICATE_EXPIRED');
    expect(message).toContain('its timestamp proves no time: no path leads from the authority to a root of the tsa store');
    expect((await ask(stores, { format, notary: ended })).message).not.toContain('timestamp proves');
  });
});

describe('a timestamp authority whose certificate names a list', () => {
  const LIST = 'http://crl.tsa.example/tsa.crl';
  const pki = createOwnPki(NOW, 'Stamps');
  const { certificate: signer, key } = pki.issue({ issuer: pki.root, notBefore: NOW - 30 * DAY, extensions: [extendedKeyUsage(['timeStamping'], true), points([LIST])] });
  const listed: TimestampAuthority = { key, signer, chain: [signer, pki.root.certificate], uri: '' };
  const stores = { tsa: rootOf(listed) };
  const ME = (more: Partial<ListedSerial> = {}): ListedSerial => ({ serial: signer.spec.serial, at: NOW - HOUR, ...more });

  /** The verdict once the list has been fetched. */
  async function verdict(revocation: string, revoked: readonly ListedSerial[] | undefined, signing: Partial<NotarySigning> = {}): Promise<Answer> {
    const scene = feedScene(NOW);
    if (revoked !== undefined) scene.published.set(LIST, makeList(pki.root, { thisUpdate: NOW - HOUR, revoked }));
    const asked = { ...stores, revocation };
    await ask(asked, { tsa: listed, ...signing }, scene);
    await scene.pass(0);
    const answered = await ask(asked, { tsa: listed, ...signing }, scene);
    scene.feed.close();
    return answered;
  }

  test.each<[string, string, readonly ListedSerial[] | undefined, string]>([
    ['is not on it', 'hard', [{ serial: 1, at: NOW - DAY }], GOOD],
    ['is on it', 'hard', [ME()], REVOKED],
    ['is on it, and unknown ones are told only', 'soft', [ME()], REVOKED],
    ['is on it, and nobody is asked', 'off', [ME()], GOOD],
    ['is on it with a date of invalidity after the timestamp, which is its own word', 'hard', [ME({ invalidFrom: NOW })], REVOKED],
    ['finds nobody there', 'hard', undefined, OPEN],
    ['finds nobody there, which is told', 'soft', undefined, GOOD],
  ])('%s (%s)', async (_, mode, revoked, expected) => {
    expect((await verdict(mode, revoked)).verdict).toBe(expected);
  });

  test('is told as what it is, and has no part in a signature that nobody stamped', async () => {
    expect((await verdict('hard', [ME()])).message).toMatch(/certificate [0-9a-f]+ of the timestamp authority was revoked by its authority/);
    expect((await verdict('soft', undefined)).notes.join()).toContain('of the timestamp authority is revoked is not known');
    const unstamped = makeNotary({ now: NOW });
    const bytes = { notary: unstamped, scheme: 'notary.x509.signingAuthority' };
    expect((await ask({ ...stores, signingAuthority: unstamped.root.pem, revocation: 'hard' }, { ...bytes, tsa: listed }, feedScene(NOW))).verdict).toBe(GOOD);
  });
});

describe('a timestamp authority', () => {
  const SIGNS = [keyUsage(['digitalSignature']), extendedKeyUsage(['timeStamping'], true)];
  const CA = [keyUsage(['keyCertSign']), basicConstraints(true)];
  /** Root, authority and signer, each with these extensions. */
  function made({ rootIs = CA, middleIs = CA, signerIs = SIGNS, keyType = 'p256' }: {
    readonly rootIs?: readonly Extension[]; readonly middleIs?: readonly Extension[]; readonly signerIs?: readonly Extension[]; readonly keyType?: KeyType;
  } = {}): TimestampAuthority {
    const window = { notBefore: NOW - 30 * DAY, notAfter: NOW + 30 * DAY };
    const [top, middle, key] = [makeKey(), makeKey(), makeKey(keyType)];
    const name = (cn: string): Name => [['O', 'Stamps'], ['CN', cn]];
    const chain = [
      makeCertificate({ ...window, subject: name('signer'), issuer: name('middle'), spki: key.spki, extensions: signerIs }, middle),
      makeCertificate({ ...window, subject: name('middle'), issuer: name('root'), spki: middle.spki, extensions: middleIs }, top),
      makeCertificate({ ...window, subject: name('root'), issuer: name('root'), spki: top.spki, extensions: rootIs }, top),
    ] as const;
    return { key, signer: chain[0], chain, uri: '' };
  }

  test.each<[string, TimestampAuthority, string]>([
    ['as it should be', made(), GOOD],
    ['whose key commits to content as well', made({ signerIs: [keyUsage(['digitalSignature', 'contentCommitment']), extendedKeyUsage(['timeStamping'], true)] }), GOOD],
    ['below an authority for timestamps alone', made({ middleIs: [...CA, extendedKeyUsage(['timeStamping'])] }), GOOD],
    ['with RSA', made({ keyType: 'rsa-2048' }), GOOD],
    ['with Ed25519, which the specification does not know', made({ keyType: 'ed25519' }), 'deny VERIFY_TIMESTAMP'],
    ['below an authority without key usage', made({ middleIs: [basicConstraints(true)] }), 'deny VERIFY_TIMESTAMP'],
    ['below a root without key usage', made({ rootIs: [basicConstraints(true)] }), 'deny VERIFY_TIMESTAMP'],
    ['below an authority that signs revocation lists only', made({ middleIs: [keyUsage(['cRLSign']), basicConstraints(true)] }), 'deny VERIFY_TIMESTAMP'],
    ['without key usage of its own', made({ signerIs: [extendedKeyUsage(['timeStamping'], true)] }), 'deny VERIFY_TIMESTAMP'],
    ['below an authority for code alone', made({ middleIs: [...CA, extendedKeyUsage(['codeSigning'])] }), 'deny VERIFY_TIMESTAMP'],
  ])('%s', async (_, authority, expected) => {
    expect((await ask({ tsa: rootOf(authority) }, { tsa: authority })).verdict).toBe(expected);
  });
});

describe('a clock that may be wrong by more than others', () => {
  const accuracy = { seconds: 600 };

  test.each<[string, number, string]>([['stamps now', NOW, GOOD], ['stamps what may be past', NOW + 9 * 60_000, GOOD], ['stamps what cannot be yet', NOW + 12 * 60_000, 'deny VERIFY_TIMESTAMP']])('%s', async (_, at, expected) => {
    expect((await ask({}, { tsa, timestamp: { at, accuracy } })).verdict).toBe(expected);
  });

  test('proves no more than its end', async () => {
    const ending = makeNotary({ now: NOW, leaf: { notAfter: NOW + 5 * 60_000 } });
    expect((await ask({}, { notary: ending, tsa, timestamp: { at: NOW, accuracy } })).verdict).toBe('deny VERIFY_CERTIFICATE_EXPIRED');
    expect((await ask({}, { notary: ending, tsa, timestamp: { at: NOW } })).verdict).toBe(GOOD);
  });
});

test('what the tool that signed calls itself is nobody\'s concern, however long', async () => {
  const agent = (value: unknown) => (envelope: Record<string, unknown>): Record<string, unknown> => ({ ...envelope, header: { ...envelope['header'] as object, 'io.cncf.notary.signingAgent': value } });
  expect((await ask({ tsa: undefined }, { map: agent('x'.repeat(5000)) })).verdict).toBe(GOOD);
  expect((await ask({ tsa: undefined }, { map: agent('') })).verdict).toBe(GOOD);
  expect((await ask({ tsa: undefined }, { map: agent(1) })).verdict).toBe('deny VERIFY_MALFORMED');
});
