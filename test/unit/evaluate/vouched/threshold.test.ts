import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countDistinct, type Vote } from '../../../../src/evaluate/vouched/threshold.ts';

/** The definition, tried out: the largest set of votes in which no signer and no credential stands twice. */
function naive(votes: readonly Vote[]): number {
  const [first, ...rest] = votes;
  if (first === undefined) return 0;
  const compatible = rest.filter((vote) => vote.signer !== first.signer && vote.credential !== first.credential);
  return Math.max(naive(rest), 1 + naive(compatible));
}

test('counts like the definition', () => {
  const vote = fc.record({ signer: fc.constantFrom('a', 'b', 'c', 'd'), credential: fc.constantFrom('1', '2', '3', '4') });
  fc.assert(fc.property(fc.array(vote, { maxLength: 9 }), (votes) => {
    expect(countDistinct(votes)).toBe(naive(votes));
  }));
});

test('further votes never lower the count', () => {
  const vote = fc.record({ signer: fc.string({ maxLength: 2 }), credential: fc.string({ maxLength: 2 }) });
  fc.assert(fc.property(fc.array(vote, { maxLength: 12 }), vote, (votes, more) => {
    expect(countDistinct([...votes, more])).toBeGreaterThanOrEqual(countDistinct(votes));
  }));
});
