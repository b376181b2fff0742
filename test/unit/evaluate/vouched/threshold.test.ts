import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countPersons, samePerson } from '../../../../src/domain/policy/same.ts';
import type { Person } from '../../../../src/domain/policy/same.ts';
import { countDistinct, type Vote } from '../../../../src/evaluate/vouched/threshold.ts';

/** The definition, tried out: the largest set of votes of which no two are for one signer or by one person. */
function naive(votes: readonly Vote[]): number {
  const [first, ...rest] = votes;
  if (first === undefined) return 0;
  const compatible = rest.filter((vote) => vote.signer !== first.signer && !samePerson(vote.person, first.person));
  return Math.max(naive(rest), 1 + naive(compatible));
}

function naivePersons(persons: readonly Person[]): number {
  const [first, ...rest] = persons;
  if (first === undefined) return 0;
  return Math.max(naivePersons(rest), 1 + naivePersons(rest.filter((other) => !samePerson(other, first))));
}

const signer = fc.constantFrom('a', 'b', 'c', 'd');
const some = fc.constantFrom('1', '2', '3', '4');
const crossed: fc.Arbitrary<Person> = fc.record({ key: some.map((one) => `k${one}`), name: some.map((one) => `n${one}`) });
const further: fc.Arbitrary<Person> = fc.record({ key: some.map((one) => `k${one}`), name: fc.oneof(some.map((one) => `n${one}`), some.map((one) => `a${one}`)), also: fc.array(some.map((one) => `a${one}`), { maxLength: 2 }) });
const person = fc.oneof(crossed, further, some.map((key): Person => ({ key, name: key })), some.map((name): Person => ({ key: `of ${name}`, name })));

describe('distinct votes', () => {
  test('counts like the definition', () => {
    fc.assert(fc.property(fc.array(fc.record({ signer, person }), { maxLength: 9 }), (votes) => {
      expect(countDistinct(votes)).toBe(naive(votes));
    }), { numRuns: 1000 });
  });

  test('persons alone are counted like the definition', () => {
    fc.assert(fc.property(fc.array(person, { maxLength: 9 }), (persons) => {
      expect(countPersons(persons)).toBe(naivePersons(persons));
    }), { numRuns: 1000 });
  });

  test('further votes never lower the count', () => {
    const vote = fc.record({ signer, person });
    fc.assert(fc.property(fc.array(vote, { maxLength: 12 }), vote, (votes, more) => {
      expect(countDistinct([...votes, more])).toBeGreaterThanOrEqual(countDistinct(votes));
    }), { numRuns: 1000 });
  });

  test('many votes in which keys and names cross cost a bounded number of tries', () => {
    const votes = Array.from({ length: 400 }, (_, index): Vote => ({ signer: `s${index % 40}`, person: { key: `k${index % 20}`, name: `n${(index * 7) % 20}` } }));
    expect(countDistinct(votes)).toBeLessThanOrEqual(20);
  });
});
