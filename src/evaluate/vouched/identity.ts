/** Recognising: the proven signer is the one whom the policy means, in every detail. */
import type { ProvenEvidence } from '../../domain/evidence.ts';
import { subjectTypes } from '../../domain/policy/identity.ts';
import type { ProvenCertificate } from '../../domain/policy/identity.ts';
import type { KeylessIdentity, SignerIdentity } from '../../domain/policy/requirement.ts';
import { recogniseHolder } from './holder.ts';
import type { Recognition } from './recognition.ts';

export type { Recognition } from './recognition.ts';

const OTHER: Recognition = { ok: false };

/**
 * Compares the proven signer with one identity of a policy's signer: who it is, not yet whether its word stands.
 *
 * Everything compared was proven by `verify/`: key id, certificate names and claims.
 */
export function recognise(identity: SignerIdentity, { signer }: ProvenEvidence): Recognition {
  switch (identity.kind) {
    case 'key':
      if (signer.kind !== 'key' || signer.keyId !== identity.keyId || signer.barePayloadKeyId !== identity.barePayloadKeyId) return OTHER;
      if (signer.openPgp?.fingerprint !== identity.openPgp || signer.securityKey !== identity.securityKey) return OTHER;
      if (signer.hashAlgorithm === identity.hashAlgorithm) return { ok: true };
      if (identity.hashAlgorithm === undefined) return OTHER;
      return { ok: false, code: 'VERIFY_HASH', cause: `it was not signed with ${identity.hashAlgorithm}` };
    case 'keyless':
      return signer.kind === 'certificate' ? recogniseCertificate(identity, signer) : OTHER;
    case 'x509':
      return signer.kind === 'x509' ? recogniseHolder(identity, signer) : OTHER;
    case 'spiffe':
      return signer.kind === 'spiffe' && signer.trustRoot === identity.trustRoot && identity.id.test(signer.id) ? { ok: true } : OTHER;
  }
}

function recogniseCertificate(identity: KeylessIdentity, signer: ProvenCertificate): Recognition {
  if (signer.trustRoot !== identity.trustRoot) return OTHER;
  if (!identity.issuer.test(signer.issuer)) return OTHER;
  if (!subjectTypes(identity.subject.source).includes(signer.subject.type)) return OTHER;
  if (!identity.subject.test(signer.subject.value)) return OTHER;
  for (const claim of identity.claims) {
    const value = Object.hasOwn(signer.claims, claim.name) ? signer.claims[claim.name] : undefined;
    if (value === undefined || !claim.value.test(value)) {
      const seen = value === undefined ? 'absent' : value;
      return { ok: false, cause: `claim ${claim.name} is ${seen}, expected ${claim.value.source}` };
    }
  }
  return { ok: true };
}
