/** RFC 3161 countersignatures of Notary Project signatures: by an authority below a root of the tsa store, whose path comes in the token. */
import { hash } from 'node:crypto';
import type { ProvenTime } from '../../domain/policy/identity.ts';
import { equal } from '../../pki/certificate.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { verifySignedData } from '../../pki/cms/signed-data.ts';
import type { SignerInfo } from '../../pki/cms/signed-data.ts';
import { readTimestampToken } from '../../pki/cms/timestamp-token.ts';
import type { TimestampToken } from '../../pki/cms/timestamp-token.ts';
import { Malformed, readDer, TAG } from '../../pki/der.ts';
import { EXTENSION, keyUsage } from '../../pki/extensions.ts';
import { keptCertificate } from '../../pki/kept-certificates.ts';
import { nameText } from '../../pki/name-text.ts';
import { invalidAt, leafProblem, soundPaths } from '../../pki/path.ts';
import { TIME_STAMPING } from '../../pki/profiles.ts';
import { refuse } from '../problem.ts';
import type { NotaryChain } from './chain.ts';

const LONGEST = 8;
const MOST_ATTEMPTS = 24;
const MOST_EMBEDDED = 10;

/** What a token proves, and by whom: the authority's certificate first, its anchor last. */
export interface StampedTime {
  readonly time: ProvenTime;
  readonly path: readonly [Certificate, ...Certificate[]];
}

/**
 * Proves that the signature existed at a time (trust-store-trust-policy, "Authentic Timestamp"): the token is over its bytes, by an
 * authority below one of `roots` that is for timestamps only, names that authority's certificate by hash, and all that the authority holds
 * possible, its time with its accuracy to both sides, lies inside the validity of every certificate of the signer's chain.
 *
 * Not established: that no certificate of the path is revoked. Refuses with VERIFY_TIMESTAMP or _CERTIFICATE_EXPIRED; throws
 * `Malformed`.
 */
export function proveCountersignature(
  der: Uint8Array, signature: Uint8Array, chain: NotaryChain, roots: readonly Certificate[],
): StampedTime {
  const token = readTimestampToken(readDer(der));
  if (!equal(hash(token.imprint.algorithm, signature, 'buffer'), token.imprint.hash)) wrong('the timestamp is about another signature');
  if (token.signerHash.version !== 2) wrong('the timestamp does not name its signer\'s certificate by a strong hash (signing-certificate-v2)');
  const signer = signerOf(token);
  requireProfile(signer);
  // The path first: with keys of his own a stranger would choose what a verification costs.
  const path = requirePath(signer, token, roots);
  if (!verifySignedData(token.signed, signer.key)) wrong('the signature of the timestamp does not verify');
  const { time, accuracy } = token;
  const outside = invalidAt(chain, time - accuracy) ?? invalidAt(chain, time + accuracy);
  if (outside !== undefined)
    refuse('VERIFY_CERTIFICATE_EXPIRED', {
      found: `${timeText(time)}, give or take ${accuracy} ms (timestamp)`,
      expected: `a time from ${timeText(outside.notBefore)} to ${timeText(outside.notAfter)}`,
      cause: `the certificate of ${nameText(outside.subject)} may not have been valid then`,
    });
  // The end of what is possible: not later than that the signature existed.
  return { time: { source: 'timestamp', at: time + accuracy, earliest: time - accuracy, by: nameText(signer.subject) }, path };
}

/** The one certificate of the token that the signed attributes name, and the signer's identifier as well. */
function signerOf({ signed, signerHash }: TimestampToken): Certificate {
  const der = signed.certificates.slice(0, MOST_EMBEDDED).find((one) => equal(hash(signerHash.algorithm, one, 'buffer'), signerHash.hash));
  if (der === undefined) return wrong('the timestamp does not bring the certificate of its signer');
  const certificate = keptCertificate(der);
  return isSignerOf(certificate, signed.signer.id) ? certificate : wrong('the timestamp names two certificates as its signer\'s');
}

function isSignerOf(certificate: Certificate, id: SignerInfo['id']): boolean {
  if ('issuer' in id) return equal(id.issuer, certificate.issuer) && equal(id.serial, certificate.serial);
  const own = certificate.extensions.get(EXTENSION.subjectKeyId);
  return own !== undefined && equal(readDer(own.value, TAG.octetString).content, id.keyId);
}

function requireProfile(signer: Certificate): void {
  const usage = keyUsage(signer);
  const problem = leafProblem(signer, TIME_STAMPING);
  if (problem !== undefined) wrong(`the certificate of the authority is not for timestamping only (${problem.extension ?? problem.rule})`);
  if (signer.key.asymmetricKeyType === 'ed25519') wrong('the authority signs by another algorithm than RSA or ECDSA');
  if (usage === undefined || usage.enciphers || usage.certSign || usage.crlSign)
    wrong('the certificate of the authority is not for signatures alone (key usage)');
}

/** The first sound path that was valid at the time. */
function requirePath(signer: Certificate, { signed, time }: TimestampToken, roots: readonly Certificate[]): StampedTime['path'] {
  let left = MOST_ATTEMPTS;
  const attempt = (): boolean => (left -= 1) >= 0;
  const carried = signed.certificates.slice(0, MOST_EMBEDDED).flatMap(readable).filter((one) => !equal(one.der, signer.der));
  const paths = soundPaths(signer, { anchors: roots, between: carried, longest: LONGEST, attempt }, TIME_STAMPING);
  if (paths.length === 0)
    refuse('VERIFY_TIMESTAMP', {
      found: `${timeText(time)} by ${nameText(signer.subject)}`,
      expected: roots.map(({ subject }) => nameText(subject)).join(' or '),
      cause: 'no path leads from the authority to a root of the tsa store',
    });
  const able = paths.filter(([, ...authorities]) => authorities.every((one) => keyUsage(one)?.certSign === true));
  if (able.length === 0) wrong('an authority above that of the timestamp has no key usage for signing certificates');
  const valid = able.find((path) => invalidAt(path, time) === undefined);
  if (valid === undefined) wrong('a certificate of the authority was not valid at the time that it tells');
  return [signer, ...valid.slice(1)];
}

function readable(der: Uint8Array): Certificate[] {
  try {
    return [keptCertificate(der)];
  } catch (error) {
    if (error instanceof Malformed) return [];
    throw error;
  }
}

function wrong(cause: string): never {
  return refuse('VERIFY_TIMESTAMP', { cause });
}

function timeText(at: number): string {
  return new Date(at).toISOString();
}
