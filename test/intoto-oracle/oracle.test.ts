import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { shellPattern } from '../../src/text/fnmatch.ts';
import type { LayoutCase } from '../support/layout.ts';
import { verdictOf, verifyCase } from '../support/layout.ts';

const GENERATOR = fileURLToPath(new URL('generate.py', import.meta.url));
const SEED = process.env['INTOTO_SEED'] ?? '20261';
const COUNT = process.env['INTOTO_COUNT'] ?? '800';

interface Generated {
  readonly cases: readonly LayoutCase[];
  readonly patterns: readonly (readonly [string, string, boolean])[];
  readonly gpg: number;
}

/** Has the Python program make supply chains and say what the reference implementation thinks of each. */
function generate(): Generated {
  const python = process.env['INTOTO_PYTHON'];
  if (python === undefined) throw new Error('INTOTO_PYTHON names no Python with in-toto; run `npm run test:intoto`, which installs one');
  const run = spawnSync(python, [GENERATOR, SEED, COUNT], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(run.stderr.slice(-2000));
  const lines = run.stdout.trim().split('\n').map((line) => JSON.parse(line) as LayoutCase & Generated);
  const last = lines.pop();
  return { cases: lines, patterns: last?.patterns ?? [], gpg: last?.gpg ?? 0 };
}

describe('the in-toto reference implementation and Gatehouse', () => {
  let generated: Generated;
  beforeAll(() => {
    generated = generate();
  }, 180_000);

  test('agree on every generated supply chain, but for the documented deviations', () => {
    const { cases, gpg } = generated;
    const wrong = cases.flatMap((one, index) => {
      const verdict = verifyCase(one, Date.now());
      return verdictOf(verdict) === one.ours ? [] : [{ index, case: one.case, reference: one.reference, error: one.error, wanted: one.ours, verdict }];
    });
    const accepted = cases.filter(({ reference }) => reference === 'accepted').length;
    const deviating = cases.filter(({ ours, reference }) => ours !== reference);
    process.stdout.write(`${cases.length} supply chains: reference accepts ${accepted}, refuses ${cases.length - accepted}; ${deviating.length} deviate as documented; OpenPGP keys ${gpg}\n`);
    for (const name of new Set(deviating.map(({ deviation, ours }) => `${ours}: ${deviation ?? ''}`))) process.stdout.write(`  deviation, Gatehouse ${name}\n`);
    expect(wrong).toEqual([]);
    expect(cases.length).toBeGreaterThanOrEqual(200);
    expect(accepted).toBeGreaterThanOrEqual(60);
    expect(cases.length - accepted).toBeGreaterThanOrEqual(60);
  });

  test('where they deviate, Gatehouse accepts what the reference refuses only for what lies beside enough good links', () => {
    const looser = generated.cases.filter(({ reference, ours }) => reference === 'refused' && ours === 'accepted');
    expect(new Set(looser.map(({ deviation }) => deviation))).toEqual(new Set([
      'files are told apart by content, not by name (2.2 step 4)', 'a file that cannot be read is ignored (2.2 step 4)',
      'who says something else neither helps nor harms (ADR 0007)',
    ]));
  });

  test('every deviation is seen to be one', () => {
    const named = new Set(generated.cases.flatMap(({ deviation }) => deviation ?? []));
    const seen = new Set(generated.cases.filter(({ reference, ours }) => reference !== ours).map(({ deviation }) => deviation));
    expect([...named].filter((name) => !seen.has(name))).toEqual([]);
  });

  test('OpenPGP keys of each kind sign good and bad chains', () => {
    const of = (name: string): readonly LayoutCase[] => generated.cases.filter((one) => one.case === name);
    expect(generated.gpg).toBeGreaterThanOrEqual(2);
    for (const name of ['gpg_good', 'owner_gpg', 'gpg_subkey']) expect(of(name).filter(({ reference }) => reference === 'accepted').length).toBeGreaterThanOrEqual(3);
    for (const name of ['gpg_tampered', 'gpg_headers', 'gpg_expired']) expect(of(name).filter(({ reference, ours }) => reference === 'refused' && ours === 'refused').length).toBeGreaterThanOrEqual(3);
  });

  test('C15 every random pattern means what Python fnmatch says', () => {
    const { patterns } = generated;
    const wrong = patterns.filter(([pattern, path, matches]) => shellPattern(pattern).test(path) !== matches);
    expect(wrong).toEqual([]);
    expect(patterns.length).toBeGreaterThanOrEqual(5000);
  });
});
