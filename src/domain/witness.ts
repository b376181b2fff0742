/** Collections of Witness: what a run of it saw in one step, as predicates of their own types inside of one statement. */

/** Predicate type of the statement that Witness signs for each step (in-toto/go-witness attestation/collection.go). */
export const WITNESS_COLLECTION = 'https://witness.testifysec.com/attestation-collection/v0.1';

/** Begins the types of its attestors: `https://witness.dev/attestations/git/v0.1`. */
export const WITNESS_ATTESTOR = 'https://witness.dev/attestations/';

/** What went into the step and what came out of it, by path. */
export const WITNESS_MATERIAL = `${WITNESS_ATTESTOR}material/v0.1`;
export const WITNESS_PRODUCT = `${WITNESS_ATTESTOR}product/v0.1`;

/** True for a collection, where an attestor of Witness is asked for: what keeps the one from being proven keeps the other. */
export function mayHold(claimedType: string, type: string): boolean {
  return claimedType === WITNESS_COLLECTION && type.startsWith(WITNESS_ATTESTOR);
}
