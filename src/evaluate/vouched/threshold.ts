/** Enough people vouch when enough distinct signers of the policy do, each by a person of his own. */
import { largestMatching, samePerson } from '../../domain/policy/same.ts';
import type { Person } from '../../domain/policy/same.ts';

/** An accepted proof: which signer of the policy it counts for, and the person who made it. */
export interface Vote {
  readonly signer: string;
  readonly person: Person;
}

/** Choices that are tried where keys and names cross; honest evidence needs none. */
const MOST_TRIES = 20_000;

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
  return most < 2 || isFunction(votes, 'key', 'name') || isFunction(votes, 'name', 'key') ? most : tryChoices(votes, most);
}

function isFunction(votes: readonly Vote[], from: keyof Person, to: keyof Person): boolean {
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
  const signers = [...bySigner.values()].toSorted((a, b) => a.length - b.length);
  let best = 0;
  let left = MOST_TRIES;
  const extend = (index: number, chosen: readonly Person[]): void => {
    best = Math.max(best, chosen.length);
    const persons = signers[index];
    if (persons === undefined || best >= most || chosen.length + signers.length - index <= best) return;
    for (const person of persons) {
      left -= 1;
      if (left < 0) return;
      if (!chosen.some((other) => samePerson(person, other))) extend(index + 1, [...chosen, person]);
    }
    extend(index + 1, chosen);
  };
  extend(0, []);
  return best;
}
