/** Signers, expectations and proofs in words for messages. */
import type { VerifiedEvidence } from '../domain/evidence.ts';
import { distinguishedNameText, holderText } from '../text/names/distinguished-name.ts';
import { usagesText } from '../text/names/usages.ts';
import type { ProvenSigner } from '../domain/policy/identity.ts';
import type { KeylessIdentity, Signer, SignerIdentity, X509Identity } from '../domain/policy/requirement.ts';

/** A proven signer as a reader recognises it: `subject (issuer …)` or the key id. */
export function describeSigner(signer: ProvenSigner): string {
  switch (signer.kind) {
    case 'key':
      return signer.openPgp === undefined ? `${keyWord(signer)} ${signer.keyId}` : `OpenPGP key ${signer.openPgp.fingerprint} (${signer.keyId})`;
    case 'certificate':
      return `${signer.subject.value} (issuer ${signer.issuer})`;
    case 'x509':
      return `${holderText(signer)} (issued by ${distinguishedNameText(signer.issuer)})`;
    case 'spiffe':
      return signer.id;
  }
}

function keyWord({ securityKey }: { readonly securityKey?: string }): string {
  return securityKey === undefined ? 'key' : 'security key';
}

/** What a policy's signer would accept, one line for each identity. */
export function describeExpected(signers: readonly Signer[]): string[] {
  return signers.flatMap((signer) => signer.identities.map((identity) => `${signer.name}: ${describeIdentity(identity)}`));
}

function describeIdentity(identity: SignerIdentity): string {
  switch (identity.kind) {
    case 'key':
      return identity.openPgp === undefined ? `${keyWord(identity)} ${identity.keyId}` : `OpenPGP key ${identity.openPgp}`;
    case 'keyless':
      return describeKeyless(identity);
    case 'x509':
      return describeX509(identity);
    case 'spiffe':
      return identity.id.source;
  }
}

function describeX509({ subject, san, issuer, usages }: X509Identity): string {
  const who = subject?.kind === 'includes' ? `a certificate whose subject includes ${subject.source}` : subject?.source ?? san?.source ?? '';
  const usual = usages.length === 0 || usagesText(usages) === 'codeSigning';
  return `${who}${issuer === undefined ? '' : ` (issued by ${issuer.source})`}${usual ? '' : `, for ${usagesText(usages)}`}`;
}

function describeKeyless(identity: KeylessIdentity): string {
  const claims = identity.claims.map((claim) => `, ${claim.name} ${claim.value.source}`).join('');
  return `${identity.subject.source} (issuer ${identity.issuer.source}${claims})`;
}

/** What a proof is, for the list of evidence: signature, or the attestation's type. */
export function describeProof(proof: VerifiedEvidence): string {
  const what = proof.statement && proof.kind === 'attestation' ? `attestation ${proof.statement.predicateType}` : 'signature';
  return `${what} by ${describeSigner(proof.signer)}`;
}
