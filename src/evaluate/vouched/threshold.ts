/** An accepted proof: which signer it counts for, and the key or identity that made it. */
export interface Vote {
  readonly signer: string;
  /** Key id, or issuer and subject of a certificate: two votes by one credential are one person. */
  readonly credential: string;
}

/**
 * How many distinct signers vouch with distinct credentials: the size of a maximum matching between the two.
 *
 * One key listed under two signers counts once, and so do two signatures by one signer. Numbers are small
 * (policies list few signers), so augmenting paths suffice.
 */
export function countDistinct(votes: readonly Vote[]): number {
  const credentials = new Map<string, Set<string>>();
  for (const vote of votes) {
    const set = credentials.get(vote.signer) ?? new Set<string>();
    credentials.set(vote.signer, set.add(vote.credential));
  }
  const holder = new Map<string, string>();
  let count = 0;
  for (const signer of credentials.keys()) if (augment(signer, credentials, holder, new Set())) count += 1;
  return count;
}

function augment(
  signer: string,
  credentials: ReadonlyMap<string, ReadonlySet<string>>,
  holder: Map<string, string>,
  visited: Set<string>,
): boolean {
  for (const credential of credentials.get(signer) ?? []) {
    if (visited.has(credential)) continue;
    visited.add(credential);
    const current = holder.get(credential);
    if (current === undefined || augment(current, credentials, holder, visited)) {
      holder.set(credential, signer);
      return true;
    }
  }
  return false;
}
