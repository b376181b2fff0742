/** Enough people vouch when enough distinct signers of the policy do, each by a person of his own. */
import { countApart, crossesNames, largestMatching } from '../../domain/policy/same.ts';
import type { Person } from '../../domain/policy/same.ts';

/** An accepted proof: which signer of the policy it counts for, and the person who made it. */
export interface Vote {
  readonly signer: string;
  readonly person: Person;
}

/**
 * How many votes there are at most of which no two are for the same signer or by the same person (`domain/policy/same.ts`).
 *
 * One key listed under two signers counts once, and so do two signatures by one signer, one holder with two certificates,
 * and one certificate under two trust roots. Further votes never lower the count: what a stranger could leave out decides nothing.
 */
export function countDistinct(votes: readonly Vote[]): number {
  const most = Math.min(
    largestMatching(votes.map(({ signer, person }) => [signer, person.name])),
    largestMatching(votes.map(({ signer, person }) => [signer, person.key])),
    largestMatching(votes.map(({ person }) => [person.key, person.name])),
  );
  // Where each key has one name, those with distinct names have distinct keys, and the first matching is the answer.
  const isPlain = isFunction(votes, 'key', 'name') || isFunction(votes, 'name', 'key');
  const isMatched = isPlain && !crossesNames(votes.map(({ person }) => person));
  return most < 2 || isMatched ? most : tryChoices(votes, most);
}

function isFunction(votes: readonly Vote[], from: 'key' | 'name', to: 'key' | 'name'): boolean {
  const seen = new Map<string, string>();
  for (const { person } of votes) {
    if ((seen.get(person[from]) ?? person[to]) !== person[to]) return false;
    seen.set(person[from], person[to]);
  }
  return true;
}

/** One key under several names and one name with several keys: only trying tells. What is found is never too much. */
function tryChoices(votes: readonly Vote[], most: number): number {
  const bySigner = new Map<string, Person[]>();
  for (const { signer, person } of votes) bySigner.set(signer, [...(bySigner.get(signer) ?? []), person]);
  return countApart([...bySigner.values()], most);
}
