import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { pathPattern } from '../../src/evaluate/layout/path-pattern.ts';
import type { LayoutCase } from '../support/layout.ts';
import { verdictOf, verifyCase } from '../support/layout.ts';

/** A Python that has the reference implementation: `python3 -m venv DIR && DIR/bin/pip install in-toto`. */
const PYTHON = process.env['INTOTO_PYTHON'] ?? join(homedir(), '.cache/gatehouse/intoto/bin/python');
const GENERATOR = fileURLToPath(new URL('generate.py', import.meta.url));
const SEED = process.env['INTOTO_SEED'] ?? '20261';
const COUNT = process.env['INTOTO_COUNT'] ?? '400';

const hasReference = existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import in_toto']).status === 0;
if (!hasReference) process.stdout.write(`skipped: no Python with in-toto at ${PYTHON} (set INTOTO_PYTHON)\n`);

interface Generated {
  readonly cases: readonly LayoutCase[];
  readonly patterns: readonly (readonly [string, string, boolean])[];
  readonly gpg: number;
}

function generate(): Generated {
  const run = spawnSync(PYTHON, [GENERATOR, SEED, COUNT], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(run.stderr.slice(-2000));
  const lines = run.stdout.trim().split('\n').map((line) => JSON.parse(line) as LayoutCase & Generated);
  const last = lines.pop();
  return { cases: lines, patterns: last?.patterns ?? [], gpg: last?.gpg ?? 0 };
}

// The oracle is a Python program; where it is not installed its recorded verdicts in test/fixtures/intoto still hold.
describe.skipIf(!hasReference)('the in-toto reference implementation and Gatehouse', () => {
  const { cases, patterns, gpg } = hasReference ? generate() : { cases: [], patterns: [], gpg: 0 };

  test('agree on every generated supply chain, but for the documented deviations', () => {
    const wrong = cases.flatMap((one, index) => {
      const verdict = verifyCase(one, Date.now());
      return verdictOf(verdict) === one.ours ? [] : [{ index, case: one.case, reference: one.reference, error: one.error, wanted: one.ours, verdict }];
    });
    const accepted = cases.filter(({ reference }) => reference === 'accepted').length;
    const deviating = cases.filter(({ deviation }) => deviation !== null);
    process.stdout.write(`${cases.length} supply chains: reference accepts ${accepted}, refuses ${cases.length - accepted}; ${deviating.length} deviate as documented; OpenPGP keys ${gpg}\n`);
    for (const name of new Set(deviating.map(({ deviation }) => deviation))) process.stdout.write(`  deviation: ${name}\n`);
    expect(wrong).toEqual([]);
    expect(cases.length).toBeGreaterThanOrEqual(200);
    expect(accepted).toBeGreaterThanOrEqual(60);
  });

  test('where they deviate, Gatehouse accepts what the reference refuses only for what lies beside enough good links', () => {
    const looser = cases.filter(({ deviation, reference, ours }) => deviation !== null && reference === 'refused' && ours === 'accepted');
    expect(new Set(looser.map(({ deviation }) => deviation))).toEqual(new Set([
      'files are told apart by content, not by name (2.2 step 4)', 'a file that cannot be read is ignored (2.2 step 4)',
    ]));
  });

  test('C15 every random pattern means what Python fnmatch says', () => {
    const wrong = patterns.filter(([pattern, path, matches]) => pathPattern(pattern).test(path) !== matches);
    expect(wrong).toEqual([]);
    expect(patterns.length).toBeGreaterThanOrEqual(5000);
  });
});
