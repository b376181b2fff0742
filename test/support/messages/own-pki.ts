/** Mistakes about certificates of one's own authorities. */
import { DIGEST, NOW, HOUR, policy } from '../../acceptance/fixes/support.ts';
import { layerEvidence } from '../../world/domain.ts';
import { createOwnPki, signedByHolder } from '../../world/own-pki.ts';
import type { Holder, HolderOptions, OwnPki } from '../../world/own-pki.ts';
import { denial, OF_POD } from './mistake.ts';
import type { Mistake, MistakeGroup } from './mistake.ts';

const DAY = 24 * HOUR;
const [pki, stranger] = [createOwnPki(NOW), createOwnPki(NOW, 'Other')];
const document = (kind: string, name: string, spec: object): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
const RELEASE = { subject: 'C=DE, O=Acme, CN=release' };
const under = (x509: object = RELEASE, more: object = {}): string =>
  document('TrustRoot', 'acme-pki', { x509: { certificates: pki.root.certificate.pem } })
  + document('Signer', 'release', { identities: [{ x509: { ...x509, trustRoot: 'acme-pki' } }], ...more })
  + policy({ signature: { by: ['release'] } });

function signed(options: HolderOptions = {}, policies = under(), chain?: readonly Holder[], from: OwnPki = pki): Mistake['says'] {
  return denial({ policies, evidence: [layerEvidence(signedByHolder(DIGEST, from.issue(options), chain ?? [from.intermediate]))] });
}

const lost = pki.issue();
const SIGN = /sign it as release: cosign sign --key KEY --certificate CERTIFICATE --certificate-chain CHAIN IMAGE/;

export const OWN_PKI: MistakeGroup = {
  title: 'Certificates of one\'s own authorities',
  rows: [
    { row: 'X1', mistake: 'signed by somebody else of the same authority', ...OF_POD, found: /found .*CN=build/, fixMust: SIGN, fixMustNot: /add the signer/, says: signed({ subject: [['C', 'DE'], ['O', 'Acme'], ['CN', 'build']] }) },
    { row: 'X2', mistake: 'signed with the certificate of a server', ...OF_POD, found: /not for codeSigning \(extended key usage: serverAuth\)/, fixMust: SIGN, says: signed({ usages: ['serverAuth'] }) },
    { row: 'X3', mistake: 'the chain was not given to cosign', ...OF_POD, found: /found .*issued by O=Acme, CN=signing|found .*signing/, fixMust: SIGN, says: signed({}, under(), []) },
    { row: 'X4', mistake: 'signed below another root', ...OF_POD, found: /found .*Other/, fixMust: SIGN, says: signed({}, under(), undefined, stranger) },
    { row: 'X5', mistake: 'the certificate has ended, and there is no timestamp', ...OF_POD, found: /is after notAfter/, fixMust: /sign again while the certificate is valid/, says: signed({ notBefore: NOW - 9 * DAY, notAfter: NOW - DAY }) },
    { row: 'X6', mistake: 'the certificate lives longer than the policy wants', ...OF_POD, fixMust: /have a certificate issued that lives no longer/, fixMustNot: /keyless/, says: signed({}, under({ ...RELEASE, maxCertificateLifetime: '30d' })) },
    { row: 'X7', mistake: 'the certificate is revoked', ...OF_POD, fixMust: /sign again with a credential that is not revoked/, says: signed({ key: lost.key, serial: Buffer.from('4d2a', 'hex') }, under(RELEASE, { revocations: [{ certificate: { serial: '4d2a' }, reason: 'laptop lost' }] })) },
    { row: 'X9', mistake: 'signed by somebody whose name looks alike', ...OF_POD, found: /differs .*U\+0435.*expected "e"/, fixMust: SIGN, fixMustNot: /add the signer/, says: signed({ subject: [['C', 'DE'], ['O', 'Acme'], ['CN', 'r\u0435lease']] }) },
    { row: 'X10', mistake: 'signed by somebody who has the other names written into his own', ...OF_POD, found: /found .*CN=x\\, O=Acme/, fixMust: SIGN, fixMustNot: /add the signer/, says: signed({ subject: [['C', 'DE'], ['CN', 'x, O=Acme, CN=release']] }) },
    { row: 'X8', mistake: 'the certificate of an authority signed', ...OF_POD, found: /certificate authority/, fixMust: /certificate/, says: signed({ ca: true, usages: ['codeSigning'], keyUsages: ['digitalSignature', 'keyCertSign'] }) },
  ],
};
