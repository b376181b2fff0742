import type { VerifiedEvidence } from '../domain/evidence.ts';
import type { ProvenCertificate, ProvenSigner, SubjectName } from '../domain/identity.ts';
import type { ReasonCode } from '../domain/reasons.ts';
import type { KeyIdentity, KeylessIdentity, SignerIdentity } from '../domain/requirement.ts';

/** Whether a proof was made by an identity; `near` tells how close a mismatch came, for the message. */
export type IdentityMatch =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: ReasonCode; readonly cause?: string };

const OTHER: IdentityMatch = { ok: false, code: 'VERIFY_SIGNER_UNTRUSTED' };

/**
 * Compares the proven signer with one identity of a policy's signer.
 *
 * Everything compared was proven by `verify/`: key id, certificate names and claims, times, log entries.
 */
export function matchIdentity(identity: SignerIdentity, proof: VerifiedEvidence, now: number): IdentityMatch {
  if (identity.kind === 'key') {
    return proof.signer.kind === 'key' && proof.signer.keyId === identity.keyId
      ? judgeKey(identity, proof, now)
      : OTHER;
  }
  return proof.signer.kind === 'certificate' ? judgeCertificate(identity, proof.signer) : OTHER;
}

function judgeKey(identity: KeyIdentity, proof: VerifiedEvidence, now: number): IdentityMatch {
  if (identity.transparencyLog === 'required') {
    const logged = proof.logEntries.length > 0 && provenRoot(proof.signer) === identity.trustRoot;
    if (!logged) return { ok: false, code: 'POLICY_LOG_REQUIRED' };
  }
  // Times proven under another root say nothing to this signer: the present decides then.
  const dated = identity.trustRoot !== undefined && provenRoot(proof.signer) === identity.trustRoot;
  const at = (dated ? earliestTime(proof) : undefined) ?? now;
  const early = identity.notBefore !== undefined && at < identity.notBefore;
  const late = identity.notAfter !== undefined && at > identity.notAfter;
  if (!early && !late) return { ok: true };
  const what = at === now ? 'no signing time is proven, and now' : 'the proven signing time';
  const limit = early ? `before notBefore ${iso(identity.notBefore)}` : `after notAfter ${iso(identity.notAfter)}`;
  return { ok: false, code: 'POLICY_KEY_WINDOW', cause: `${what} ${iso(at)} is ${limit}` };
}

function judgeCertificate(identity: KeylessIdentity, signer: ProvenCertificate): IdentityMatch {
  if (signer.trustRoot !== identity.trustRoot) return OTHER;
  if (!identity.issuer.test(signer.issuer)) return OTHER;
  if (!subjectTypes(identity.subject.source).includes(signer.subject.type)) return OTHER;
  if (!identity.subject.test(signer.subject.value)) return OTHER;
  for (const claim of identity.claims) {
    const value = Object.hasOwn(signer.claims, claim.name) ? signer.claims[claim.name] : undefined;
    if (value === undefined || !claim.value.test(value)) {
      const seen = value === undefined ? 'absent' : value;
      return { ok: false, code: 'VERIFY_SIGNER_UNTRUSTED', cause: `claim ${claim.name} is ${seen}, expected ${claim.value.source}` };
    }
  }
  return { ok: true };
}

/**
 * The types of certificate names that a policy's subject text is compared with: a text with `://` only with
 * URIs, one with `@` only with e-mail addresses, others with DNS and user names. A name of another type never
 * matches, however alike it reads.
 */
export function subjectTypes(source: string): readonly SubjectName['type'][] {
  const plain = source.replaceAll('\\', '');
  if (plain.includes('://')) return ['uri'];
  if (plain.includes('@')) return ['email'];
  return ['dns', 'username'];
}

/** The earliest proven time: the signature existed then. Epoch milliseconds. */
export function earliestTime(proof: VerifiedEvidence): number | undefined {
  let earliest: number | undefined;
  for (const time of proof.times) if (earliest === undefined || time.at < earliest) earliest = time.at;
  return earliest;
}

function provenRoot(signer: ProvenSigner): string | undefined {
  return signer.trustRoot;
}

function iso(at: number | undefined): string {
  return at === undefined ? '' : new Date(at).toISOString();
}
