import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { shellPattern } from '../../../../src/text/fnmatch.ts';
import type { LayoutCase } from '../../../support/layout.ts';
import { verdictOf, verifyCase } from '../../../support/layout.ts';

const FIXTURE = fileURLToPath(new URL('../../../fixtures/intoto/cases.jsonl.gz', import.meta.url));
const NOW = Date.parse('2026-06-01T00:00:00Z');

const lines = gunzipSync(readFileSync(FIXTURE)).toString('utf8').trim().split('\n').map((line) => JSON.parse(line) as LayoutCase & { patterns: [string, string, boolean][] });
const last = lines.pop();
const cases: readonly LayoutCase[] = lines;

/** What Gatehouse says of the cases it refuses: a code of verification, or the kind of the first problem. */
const REASONS: Record<string, string> = {
  bad_expiry: 'VERIFY_MALFORMED', bad_rule: 'VERIFY_MALFORMED', key_listed_wrongly: 'VERIFY_MALFORMED', no_steps: 'VERIFY_MALFORMED', threshold_zero: 'VERIFY_MALFORMED',
  layout_key_swapped: 'VERIFY_SIGNATURE_INVALID', layout_tampered: 'VERIFY_SIGNATURE_INVALID', owner_missing: 'VERIFY_SIGNATURE_INVALID', owner_wrong: 'VERIFY_SIGNATURE_INVALID', unsigned_member: 'VERIFY_SIGNATURE_INVALID',
  expired: 'expired', sub_expired: 'expired',
  parameter_missing: 'parameter', parameter_unfilled: 'parameter', parameters: 'rule',
  inspect_bad: 'rule', inspect_undeclared: 'inspection',
  changed_between: 'rule', extra_product: 'rule', agreed_on_bad: 'rule', random_rules: 'rule', require_consumed: 'rule', require_missing: 'rule', sub_rule: 'rule',
  nobody_agrees: 'disagreement', threshold_disagree: 'disagreement',
  same_key_twice: 'threshold', wrong_name_for_key: 'threshold',
};

describe('supply chains judged by the in-toto reference implementation', () => {
  test('there are enough of them, on both sides', () => {
    expect(cases.length).toBeGreaterThanOrEqual(30);
    expect(cases.filter(({ reference }) => reference === 'accepted').length).toBeGreaterThanOrEqual(12);
    expect(cases.filter(({ reference }) => reference === 'refused').length).toBeGreaterThanOrEqual(20);
  });

  test.each(cases.map((one) => [one.case, one] as const))('%s', (name, one) => {
    const verdict = verifyCase(one, NOW);
    expect(verdictOf(verdict)).toBe(one.ours);
    if (one.deviation === null) expect(verdictOf(verdict)).toBe(one.reference);
    const reason = verdict.stage === 'proof' ? verdict.problem.code : verdict.ok ? 'accepted' : (verdict.problems[0]?.kind ?? '');
    if (one.ours === 'refused') expect(reason).toMatch(REASONS[name] === undefined ? /^(?:link-missing|threshold)$/ : new RegExp(`^${REASONS[name]}$`));
  });

  test('every accepted one is refused when it is judged after its end', () => {
    for (const one of cases.filter(({ ours }) => ours === 'accepted')) expect(verdictOf(verifyCase(one, Date.parse('2100-01-01T00:00:00Z')))).toBe('refused');
  });

  test('A08 every accepted one is refused for an artifact that it did not make', () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    for (const one of cases.filter(({ ours }) => ours === 'accepted')) {
      const verdict = verifyCase({ ...one, artifacts: one.artifacts.map(({ path }) => ({ path, digest })) }, NOW);
      expect(verdict).toMatchObject({ stage: 'judgement', ok: false });
      expect(verdictOf(verifyCase({ ...one, artifacts: [] }, NOW))).toBe('refused');
    }
  });

  test('A17 leaving out any one file never makes a refused one accepted', () => {
    for (const one of cases.filter(({ ours }) => ours === 'refused')) {
      for (const index of one.files.keys()) expect([one.case, verdictOf(verifyCase({ ...one, files: one.files.toSpliced(index, 1) }, NOW))]).toEqual([one.case, 'refused']);
    }
  });

  test('C15 patterns mean what Python fnmatch says', () => {
    const wrong = (last?.patterns ?? []).filter(([pattern, path, matches]) => shellPattern(pattern).test(path) !== matches);
    expect(wrong).toEqual([]);
    expect(last?.patterns.length).toBeGreaterThanOrEqual(500);
  });
});
