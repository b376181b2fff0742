import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Examination, Examined } from '../../../src/domain/policy/content-check.ts';
import type { VerifiedEvidence } from '../../../src/domain/evidence.ts';
import type { ExaminedRequirement } from '../../../src/domain/policy/examined-requirement.ts';
import { evaluate } from '../../../src/evaluate/index.ts';
import { attestationProof, HOUR, keyIdentity, NOW, question, signer } from './support.ts';

/** `newest` against an oracle that knows nothing of how it is done (ADR 0035). */
const KEYS = ['0a', '0b', '0c', '0d'].map((pair) => `sha256:${pair.repeat(32)}`);
const BY = KEYS.slice(0, 3).map((key, index) => signer(`s${index}`, keyIdentity(key, { trustRoot: 'root' })));
const AGE = 10 * HOUR;

interface Word { readonly who: number; readonly at: number | undefined; readonly stamp: boolean; readonly statedAt: number | undefined; readonly good: boolean }
// Few moments, so that ties occur, and some beyond maxAge.
const hours = fc.constantFrom(1, 2, 3, 9, 12);
const word: fc.Arbitrary<Word> = fc.record({
  who: fc.constantFrom(0, 0, 0, 1, 1, 2, 3), at: fc.option(hours.map((ago) => NOW - ago * HOUR), { nil: undefined, freq: 8 }),
  stamp: fc.constantFrom(false, false, false, true), statedAt: fc.option(hours.map((ago) => NOW - ago * HOUR), { nil: undefined }), good: fc.constantFrom(true, true, false),
});

function proofOf({ who, at, stamp, statedAt, good }: Word, index: number): VerifiedEvidence {
  const predicateText = JSON.stringify({ statedAt, good });
  return attestationProof({ kind: 'key', keyId: KEYS[who] ?? '', trustRoot: 'root' }, 't', {
    statement: { type: 'v1', predicateType: 't', subjects: [], predicate: {}, predicateText }, evidenceDigest: `e${index}`,
    times: at === undefined ? [] : [{ source: stamp ? 'timestamp' : 'log', at, by: 'ab' }] as VerifiedEvidence['times'],
  });
}

const examine = ({ statement: { text = '' } }: Examination): Examined => {
  const { statedAt, good } = JSON.parse(text) as { statedAt?: number; good: boolean };
  return { ok: true, objections: good ? [] : [{ code: 'POLICY_TEST_RESULT' }], ...(statedAt === undefined ? {} : { claimedAt: statedAt }) };
};

const requirement = (threshold: number, newest: boolean): ExaminedRequirement => ({
  kind: 'examined', name: 'r', by: BY, threshold, written: 'testResult', wanted: 't', types: new Set(['t']), id: 'i', where: [], others: [], maxAge: AGE, ...(newest ? { newest: true } : {}),
});
const holds = (words: readonly Word[], threshold: number, newest = true): boolean =>
  evaluate(requirement(threshold, newest), { ...question(words.map(proofOf)), examine }).verdict === 'satisfied';

/** The newest within maxAge passes, and so does that of `threshold` signers, each by himself. */
function oracle(words: readonly Word[], threshold: number): boolean {
  const counting = words.filter((one) => one.who < 3 && one.at !== undefined && !one.stamp && NOW - one.at <= AGE)
    .map(({ who, at = 0, statedAt = at, good }) => ({ who, good, time: Math.min(at, statedAt) }));
  const passes = (some: typeof counting): boolean => {
    const newest = Math.max(...some.map(({ time }) => time));
    return some.length > 0 && some.every(({ time, good }) => time < newest || good);
  };
  return passes(counting) && [0, 1, 2].filter((one) => passes(counting.filter(({ who }) => who === one))).length >= threshold;
}

describe('newest', () => {
  test('newest: admits exactly where the newest within maxAge passes, by an independent oracle', () => {
    const seen = { true: 0, false: 0 };
    fc.assert(fc.property(fc.array(word, { maxLength: 6 }), fc.integer({ min: 1, max: 3 }), (words, threshold) => {
      const expected = oracle(words, threshold);
      seen[`${expected}`] += 1;
      expect(holds(words, threshold)).toBe(expected);
    }), { numRuns: 5000 });
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(500);
  });

  test('newest: never admits what would be denied without it, and the order does not matter', () => {
    fc.assert(fc.property(fc.array(word, { maxLength: 6 }), fc.integer({ min: 1, max: 3 }), (words, threshold) => {
      if (holds(words, threshold)) expect(holds(words, threshold, false)).toBe(true);
      expect(holds(words.toReversed(), threshold)).toBe(holds(words, threshold));
    }), { numRuns: 2000 });
  });

  test('newest: without it leaving evidence out never admits; with it only what is no older than maxAge can', () => {
    let gained = 0;
    fc.assert(fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), fc.nat(5), (words, gone) => {
      const rest = words.toSpliced(gone % words.length, 1);
      if (!holds(words, 1, false)) expect(holds(rest, 1, false)).toBe(false);
      if (holds(words, 1) || !holds(rest, 1)) return;
      gained += 1;
      const [hidden] = words.slice(gone % words.length);
      expect(hidden?.good).toBe(false);
      expect(rest.some(({ good, at }) => good && at !== undefined && NOW - at <= AGE)).toBe(true);
    }), { numRuns: 5000 });
    expect(gained).toBeGreaterThan(50);
  });
});
