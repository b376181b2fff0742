/** Who may answer for an issuer: the issuer itself, or whom it has certified for exactly that (RFC 6960, 4.2.2.2). */
import type { Certificate } from '../certificate.ts';
import { isIssuedBy, parseCertificate } from '../certificate.ts';
import { Malformed } from '../der.ts';
import { extendedKeyUsage } from '../extensions.ts';
import { leafProblem } from '../path.ts';
import { OWN_SIGNING, USAGE } from '../profiles.ts';
import { keyHash } from './ocsp-request.ts';

/** The responder as an answer names it: by name (DER), or by the SHA-1 of its key. */
export type ResponderId = { readonly name: Uint8Array } | { readonly keyHash: Uint8Array };

/** Certificates that come with an answer; honest ones bring one, or the whole path. */
const MOST_CERTIFICATES = 8;

/**
 * The certificate whose key has to have signed the answer. A delegated one must be issued by `issuer` itself, be for OCSP signing
 * and for nothing that would make it an authority; when it is valid is asked by whoever knows the present. Throws {@link Malformed}.
 */
export function responderOf(id: ResponderId, carried: readonly Uint8Array[], issuer: Certificate): Certificate {
  if (isNamed(id, issuer)) return issuer;
  if (carried.length > MOST_CERTIFICATES)
    throw new Malformed(`answer brings ${carried.length} certificates, at most ${MOST_CERTIFICATES} are read`);
  const named = carried.map((der) => parseCertificate(der)).filter((certificate) => isNamed(id, certificate));
  const delegated = named.find((certificate) => isIssuedBy(certificate, issuer));
  if (delegated === undefined) throw new Malformed('answer is by a responder whom the issuer has not certified');
  if (extendedKeyUsage(delegated)?.usages.includes(USAGE.ocspSigning) !== true)
    throw new Malformed('responder is not certified for OCSP signing');
  const problem = leafProblem(delegated, OWN_SIGNING);
  if (problem !== undefined) throw new Malformed(`certificate of the responder breaks a rule: ${problem.rule}`);
  return delegated;
}

function isNamed(id: ResponderId, certificate: Certificate): boolean {
  return 'name' in id
    ? Buffer.compare(id.name, certificate.subject) === 0
    : Buffer.compare(id.keyHash, keyHash(certificate, 'sha1')) === 0;
}
