/** Mistakes about signatures of Notation: certificates, ends, times, plug-ins. */
import type { CertificateStatus } from '../../../src/domain/certificate-status.ts';
import { NAME, NOW, HOUR, policy } from '../../acceptance/fixes/support.ts';
import { descriptorOf, makeImage } from '../../world/image.ts';
import { makeNotary, notarySign } from '../../world/notation.ts';
import type { Notary, NotarySigning } from '../../world/notation.ts';
import { makeTsa } from '../../world/tsa.ts';
import { envelopeEvidence } from '../notation/judge.ts';
import { denial } from './mistake.ts';
import type { Mistake, MistakeGroup } from './mistake.ts';

const image = makeImage({ seed: 'messages' });
const IMAGE = `${NAME}@${image.digest}`;
const [notary, stranger] = [makeNotary({ now: NOW }), makeNotary({ now: NOW, subject: [['C', 'US'], ['ST', 'WA'], ['O', 'Acme'], ['CN', 'intern']] })];
const ended = makeNotary({ now: NOW, leaf: { notAfter: NOW - 24 * HOUR } });
const odd = makeNotary({ now: NOW, keyType: 'ed25519' });
const numbered = makeNotary({ now: NOW, leaf: { serial: Buffer.from('4d2a', 'hex') } });
// The first letter e is that of the Cyrillic alphabet.
const alike = makeNotary({ now: NOW, subject: [['C', 'US'], ['ST', 'WA'], ['O', 'Acme'], ['CN', 'r\u0435lease']] });
const LIST = 'http://crl.acme.example/signing.crl';
const tsa = makeTsa({ now: NOW });
const document = (kind: string, name: string, spec: object): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
const under = (by: Notary, stores: object = {}, signature: object = {}, x509: object = { subject: 'C=US, ST=WA, O=Acme, CN=release' }): string =>
  document('TrustRoot', 'stores', { notation: { ca: by.root.pem, ...stores } }) + document('Signer', 'notary', { identities: [{ x509: { ...x509, trustRoot: 'stores' } }] })
  + policy({ signature: { by: ['notary'], ...signature } });

/** A pod of an image that is signed so. */
function signed(policies: string, signing: Partial<NotarySigning>, manifest: Buffer | undefined = image.manifest, status?: CertificateStatus): Mistake['says'] {
  const envelope = notarySign({ notary, target: descriptorOf(image), at: NOW - HOUR, ...signing });
  return denial({
    policies, ...(status === undefined ? {} : { status }), evidence: [], others: { [image.digest]: [envelopeEvidence('notation-jws', envelope, manifest)] }, artifact: { raw: IMAGE, digest: image.digest },
  });
}

const OF_IMAGE = { artifact: IMAGE, path: 'spec.containers[0].image', policy: 'policy p / r' } as const;
const SIGN = /notation sign IMAGE/;

export const NOTATION: MistakeGroup = {
  title: 'Signatures of Notation',
  rows: [
    { row: 'N1', mistake: 'the certificate has ended, and there is no timestamp', ...OF_IMAGE, found: /is after notAfter/, fixMust: /sign again while the certificate is valid/, says: signed(under(ended), { notary: ended, at: NOW - 48 * HOUR }) },
    { row: 'N2', mistake: 'the end that the signer set has come', ...OF_IMAGE, fixMust: SIGN, says: signed(under(notary), { expiry: NOW - 1000 }) },
    { row: 'N3', mistake: 'signed by somebody else of the same authority', ...OF_IMAGE, found: /found .*CN=intern/, fixMust: SIGN, fixMustNot: /add the signer/, says: signed(under(stranger), { notary: stranger }) },
    { row: 'N4', mistake: 'signed below another root', ...OF_IMAGE, found: /found .*CN=root/, fixMust: SIGN, says: signed(under(stranger), {}) },
    { row: 'N5', mistake: 'the manifest was written anew after it was signed, with another media type', ...OF_IMAGE, fixMust: /sign this digest as notary: notation sign IMAGE/, says: signed(under(notary), { target: { ...descriptorOf(image), mediaType: 'application/vnd.docker.distribution.manifest.v2+json' } }) },
    { row: 'N6', mistake: 'no timestamp where the trust root demands one', ...OF_IMAGE, fixMust: /timestamp authority/, says: signed(under(notary, { tsa: tsa.chain.at(-1)?.pem }), {}) },
    { row: 'N7', mistake: 'signed by a service whose plug-in has to take part', ...OF_IMAGE, found: /found .*com\.acme\.plugin/, fixMust: /plug-in/, says: signed(under(notary), { attributes: { 'io.cncf.notary.verificationPlugin': 'com.acme.plugin' }, critical: ['io.cncf.notary.verificationPlugin'] }) },
    {
      row: 'N18', mistake: 'the authority has revoked the certificate', ...OF_IMAGE, found: /found .*CN=release/, fixMust: /sign again with a credential that is not revoked/,
      says: signed(under(numbered, { revocation: 'hard' }), { notary: numbered }, undefined, { state: 'revoked', revokedAt: NOW - HOUR, reason: 'keyCompromise', source: LIST }),
    },
    {
      row: 'N19', mistake: 'nobody knows yet whether the certificate is revoked', ...OF_IMAGE, found: /found .*certificate 4d2a/, fixMust: /retry in a few seconds/, fixMustNot: /sign/,
      says: signed(under(numbered, { revocation: 'hard' }), { notary: numbered }, undefined, { state: 'unknown', cause: `${LIST} did not answer` }),
    },
    {
      row: 'N11', mistake: 'signed by somebody whose name looks alike', ...OF_IMAGE, found: /differs .*U\+0435.*expected "e"/, fixMust: SIGN, fixMustNot: /add the signer/, says: signed(under(alike), { notary: alike }),
    },
    { row: 'N8', mistake: 'judged offline', ...OF_IMAGE, fixMust: /with its registry, and not offline/, says: signed(under(notary), {}, Buffer.alloc(0)) },
    { row: 'N12', mistake: 'the policy asks for a repository in the signature', ...OF_IMAGE, found: /no repository in the signature/, fixMust: /leave bindRepository out/, fixMustNot: /^sign the artifact under the name/, says: signed(under(notary, {}, { bindRepository: true }), {}) },
    { row: 'N13', mistake: 'the policy asks for its age, and nothing proves one', ...OF_IMAGE, fixMust: /notation sign --timestamp-url/, fixMustNot: /cosign/, says: signed(under(notary, {}, { maxAge: '1h' }), {}) },
    { row: 'N14', mistake: 'the chain in the signature lacks its root', ...OF_IMAGE, found: /issued by .*CN=authority 1/, fixMust: /chain of certificates up to the root/, fixMustNot: /notation sign IMAGE/, says: signed(under(notary), { chain: notary.chain.slice(0, 1).map(({ der }) => der) }) },
    { row: 'N15', mistake: 'the key of the certificate is none that the Notary Project knows', ...OF_IMAGE, found: /ed25519/, fixMust: /key is one of these/, fixMustNot: /Ed25519/, says: signed(under(odd), { notary: odd }) },
    { row: 'N16', mistake: 'a plug-in is declared, and not the attribute that it looks at', ...OF_IMAGE, found: /com\.acme\.job/, fixMust: /verificationPlugins\[\]\.attributes/, fixMustNot: /sign without/, says: signed(under(notary, { verificationPlugins: [{ name: 'com.acme.plugin' }] }), { attributes: { 'io.cncf.notary.verificationPlugin': 'com.acme.plugin', 'com.acme.job': '1' }, critical: ['io.cncf.notary.verificationPlugin', 'com.acme.job'] }) },
    { row: 'N17', mistake: 'the timestamp does not name its signer', ...OF_IMAGE, found: /does not name the certificate of its signer/, fixMust: /sign again/, says: signed(under(notary, { tsa: tsa.chain.at(-1)?.pem }), { tsa, timestamp: { essCertificate: false } }) },
  ],
};
