/** The one name and the claims of a certificate, read strictly from its raw bytes. */
import type { SubjectName } from '../../domain/policy/identity.ts';
import type { Certificate } from '../../pki/certificate.ts';
import type { DerNode } from '../../pki/der.ts';
import { decodeUtf8, Malformed, onlyChild, readDer, readOid, sequence, TAG } from '../../pki/der.ts';
import { EXTENSION } from '../../pki/extensions.ts';
import { refuse } from '../problem.ts';

const FULCIO = '1.3.6.1.4.1.57264.1.';
const USERNAME_OID = `${FULCIO}7`;

/** Fulcio's claims (oid-info.md) by the last arc. Arcs 1–6 hold raw text, later ones a DER UTF8String. */
const CLAIMS: readonly (readonly [number, string])[] = [
  [1, 'issuer'],
  [2, 'githubWorkflowTrigger'],
  [3, 'githubWorkflowSha'],
  [4, 'githubWorkflowName'],
  [5, 'githubWorkflowRepository'],
  [6, 'githubWorkflowRef'],
  [8, 'issuer'],
  [9, 'buildSignerURI'],
  [10, 'buildSignerDigest'],
  [11, 'runnerEnvironment'],
  [12, 'sourceRepositoryURI'],
  [13, 'sourceRepositoryDigest'],
  [14, 'sourceRepositoryRef'],
  [15, 'sourceRepositoryIdentifier'],
  [16, 'sourceRepositoryOwnerURI'],
  [17, 'sourceRepositoryOwnerIdentifier'],
  [18, 'buildConfigURI'],
  [19, 'buildConfigDigest'],
  [20, 'buildTrigger'],
  [21, 'runInvocationURI'],
  [22, 'sourceRepositoryVisibilityAtSigning'],
];

/** Who a code-signing certificate says its holder is. */
export interface CertificateIdentity {
  readonly subject: SubjectName;
  readonly issuer: string;
  readonly claims: Readonly<Record<string, string>>;
}

/**
 * Reads the identity from a certificate: exactly one subject alternative name, and the Fulcio claims.
 *
 * All text is decoded strictly from the raw bytes. Refused with VERIFY_CERTIFICATE_PROFILE: no name or several,
 * a name of another type, no OIDC issuer, the two issuer claims in disagreement.
 */
export function readIdentity(certificate: Certificate): CertificateIdentity {
  const claims = readClaims(certificate);
  const subject = readSubject(certificate);
  const issuer = claims.get('issuer');
  if (issuer === undefined || issuer === '')
    refuse('VERIFY_CERTIFICATE_PROFILE', { found: subject.value, cause: 'the certificate names no OIDC issuer' });
  return { subject, issuer, claims: Object.fromEntries(claims) };
}

/** The OIDC issuer that a certificate names, empty when it names none. Throws as {@link readIdentity} does when it names two. */
export function namedIssuer(certificate: Certificate): string {
  return readClaims(certificate).get('issuer') ?? '';
}

/** An identity as one line of text for messages. */
export function identityText({ subject, issuer }: CertificateIdentity): string {
  return `${subject.value} (issuer ${issuer})`;
}

function readClaims(certificate: Certificate): Map<string, string> {
  const claims = new Map<string, string>();
  for (const [arc, name] of CLAIMS) {
    const extension = certificate.extensions.get(`${FULCIO}${arc}`);
    if (extension === undefined) continue;
    const value = decodeUtf8(arc <= 6 ? extension.value : readDer(extension.value, TAG.utf8).content);
    const known = claims.get(name);
    if (known !== undefined && known !== value) {
      refuse('VERIFY_CERTIFICATE_PROFILE', { found: `${known} and ${value}`, cause: 'the certificate names two OIDC issuers' });
    }
    claims.set(name, value);
  }
  return claims;
}

function readSubject(certificate: Certificate): SubjectName {
  const extension = certificate.extensions.get(EXTENSION.subjectAltName);
  const names = extension === undefined ? [] : sequence(readDer(extension.value));
  const [name] = names;
  if (name === undefined || names.length !== 1) {
    refuse('VERIFY_CERTIFICATE_PROFILE', { found: `${names.length} subject alternative names`, expected: 'exactly one' });
  }
  return readGeneralName(name);
}

function readGeneralName(name: DerNode): SubjectName {
  switch (name.tag) {
    case 0x81:
      return { type: 'email', value: ia5Text(name.content) };
    case 0x82:
      return { type: 'dns', value: ia5Text(name.content) };
    case 0x86:
      return { type: 'uri', value: ia5Text(name.content) };
    case 0xa0:
      return { type: 'username', value: readOtherName(name) };
    default:
      return refuse('VERIFY_CERTIFICATE_PROFILE', {
        cause: 'the subject alternative name is neither URI, e-mail, DNS name nor Fulcio user name',
      });
  }
}

function readOtherName(name: DerNode): string {
  // otherName is [0] IMPLICIT SEQUENCE { type-id, value [0] EXPLICIT } (RFC 5280, 4.2.1.6).
  const [typeId, value] = sequence({ ...name, tag: TAG.sequence });
  if (readOid(typeId) !== USERNAME_OID)
    refuse('VERIFY_CERTIFICATE_PROFILE', { cause: 'the subject alternative name is an otherName of an unknown type' });
  const text = onlyChild(value);
  if (value?.tag !== 0xa0 || text.tag !== TAG.utf8) throw new Malformed('user name is not a UTF8String');
  return printable(decodeUtf8(text.content));
}

function ia5Text(bytes: Uint8Array): string {
  if (bytes.some((byte) => byte >= 0x80)) throw new Malformed('subject alternative name is not ASCII');
  return printable(Buffer.from(bytes).toString('latin1'));
}

function printable(text: string): string {
  if (text === '' || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text))
    throw new Malformed('subject alternative name is empty or has control characters');
  return text;
}
