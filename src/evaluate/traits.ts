/** What has to be known of a requirement before it is judged, or without judging it again. */
import type { RequirementOf, Signer, SignerIdentity, SingleRequirement } from '../domain/policy/requirement.ts';

/** The traits of one kind of requirement. */
interface Traits<K extends SingleRequirement['kind']> {
  /** True when its verdict follows from artifact, evidence, policy and clock alone, and not from who asks or from other artifacts. */
  readonly byEvidence: boolean;
  /** True when nothing in the requirement is compared with the present; asked only of kinds that are judged `byEvidence`. */
  timeless(requirement: RequirementOf<K>): boolean;
  /** True when it asks for the layers of the image. */
  readonly layers: boolean;
}

/** What takes signers alone; revocations are judged at the proven time. */
const OF_SIGNERS = { byEvidence: true, timeless: isTimeless, layers: false };

/** What may ask for more than evidence, now or when it is extended: it is judged anew each time. */
const OF_MORE = { byEvidence: false, timeless: () => false, layers: false };

/** The traits of every kind that stands for itself (an anyOf has those of its alternatives): a new kind has to say what it is. */
export const REQUIREMENT_TRAITS: { readonly [K in SingleRequirement['kind']]: Traits<K> } = {
  signature: OF_SIGNERS,
  attestation: OF_SIGNERS,
  provenance: OF_MORE,
  vsa: OF_MORE,
  reproducible: OF_MORE,
  examined: OF_MORE,
  layout: OF_MORE,
  encryption: { ...OF_MORE, layers: true },
  registry: OF_MORE,
  source: OF_MORE,
};

function isTimeless({ maxAge, by }: { readonly maxAge?: number; readonly by: readonly Signer[] }): boolean {
  return maxAge === undefined && by.every(({ validity, identities }) => validity === undefined && identities.every(isTimelessIdentity));
}

function isTimelessIdentity(identity: SignerIdentity): boolean {
  switch (identity.kind) {
    case 'key':
      return identity.notBefore === undefined && identity.notAfter === undefined;
    // Its certificate is judged at the proven time, never by the present.
    case 'keyless':
      return true;
    // Where nothing proves when it was made, its certificate is judged by the present.
    case 'x509':
    case 'spiffe':
      return false;
  }
}
