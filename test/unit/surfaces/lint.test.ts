/** `gatehouse policy lint` in all its forms, and SARIF held against what its schema demands. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { LINT_RULES } from '../../../src/policy/index.ts';
import { ranCommandLine } from '../../support/command-line.ts';
import { policy, signer } from '../policy/support.ts';
import { sarifProblems } from '../../support/sarif.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse lint-'));
const [good, advised, broken] = ['good.yaml', 'advised ü.yaml', 'broken.yaml'].map((name) => join(folder, name)) as [string, string, string];
beforeAll(() => {
  const loose = signer('alice', { identities: [{ keyless: { issuer: 'https://token.actions.githubusercontent.com/', subject: 'a@acme.example' } }] });
  writeFileSync(good, [signer(), policy()].join('\n---\n'));
  writeFileSync(advised, [loose, policy(), policy({ requireDigest: true }, { name: 'other' })].join('\n---\n'));
  writeFileSync(broken, [loose, policy({ 'mod\r\n::error::x': 1 })].join('\n---\n'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const lint = (file: string, ...more: string[]) => ranCommandLine('policy', 'lint', file, ...more);

describe('policy lint', () => {
  test('exit codes: 0 in order or advised, 2 with --fail-on-warn, 64 with errors, in every form', async () => {
    for (const form of ['text', 'json', 'yaml', 'sarif', 'github']) {
      expect((await lint(good, '-o', form)).code).toBe(0);
      expect((await lint(good, '-o', form, '--fail-on-warn')).code).toBe(0);
      expect((await lint(advised, '-o', form)).code).toBe(0);
      expect((await lint(advised, '-o', form, '--fail-on-warn')).code).toBe(2);
      expect((await lint(broken, '-o', form)).code).toBe(64);
    }
  });

  test('text: places on standard error, the count on standard output; notes are counted apart', async () => {
    expect(await lint(good)).toEqual({ code: 0, stdout: '1 policy in order, 0 warnings\n', stderr: '' });
    const ran = await lint(advised);
    expect(ran.stdout).toBe('2 policies in order, 1 warning, 1 note\n');
    expect(ran.stderr.split('\n').map((line) => line.slice(advised.length).replace(/: spec.*/, ''))).toEqual([':1:127: warning', ':5:129: note', '']);
  });

  test('json and yaml are the same report, and every problem of advice names its rule', async () => {
    const [json, yaml] = await Promise.all([lint(advised, '-o', 'json'), lint(advised, '-o', 'yaml')]);
    expect(parse(yaml.stdout)).toEqual(JSON.parse(json.stdout));
    const { problems } = JSON.parse(json.stdout) as { problems: { rule?: string; severity: string }[] };
    expect(problems.map(({ rule, severity }) => [rule, severity])).toEqual([['issuer-trailing-slash', 'warning'], ['policies-overlap', 'note']]);
  });

  test('what is suppressed is counted, listed with its reason, and a suppression in SARIF; it fails nothing', async () => {
    const kept = join(folder, 'kept.yaml');
    const why = { annotations: { 'lint.gatehouse.dev/pattern-everything': 'a cluster for tests' } };
    writeFileSync(kept, [signer(), policy({ artifacts: [{ image: '**' }, { image: '**' }] }, why)].join('\n---\n'));
    expect(await lint(kept)).toMatchObject({ code: 0, stdout: '1 policy in order, 1 warning, 2 suppressed\n' });
    const json = JSON.parse((await lint(kept, '-o', 'json')).stdout) as { problems: object[]; suppressed: object[] };
    expect([json.problems.length, json.suppressed]).toMatchObject([1, [{ rule: 'pattern-everything', suppressed: { reason: 'a cluster for tests' } }, {}]]);
    const log = JSON.parse((await lint(kept, '-o', 'sarif')).stdout) as { runs: { results: { ruleId: string; suppressions: object[] }[] }[] };
    expect(sarifProblems(log)).toEqual([]);
    expect(log.runs[0]?.results.map(({ ruleId, suppressions }) => [ruleId, suppressions])).toEqual([
      ['demand-twice', []], ...Array.from({ length: 2 }, () => ['pattern-everything', [{ kind: 'inSource', justification: 'a cluster for tests' }]]),
    ]);
    writeFileSync(kept, [signer(), policy({ artifacts: [{ image: '**' }] }, why)].join('\n---\n'));
    for (const form of ['text', 'json', 'sarif', 'github']) expect((await lint(kept, '-o', form, '--fail-on-warn')).code).toBe(0);
    expect((await lint(good, '-o', 'sarif')).stdout).not.toContain('suppressions');
  });

  test('sarif: files are named by relative references, whatever they are called, and columns count as they are said to', async () => {
    for (const name of ['a#b.yaml', 'a?b.yaml', 'a%20b.yaml', 'a b.yaml']) {
      const file = join(folder, name);
      writeFileSync(file, `{"x": "😀", "kind": 1}`);
      const { runs } = JSON.parse((await lint(file, '-o', 'sarif')).stdout) as {
        runs: { columnKind: string; results: { locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startColumn: number } } }[] }[] }[];
      };
      const { artifactLocation: { uri }, region } = runs[0]?.results[0]?.locations[0]?.physicalLocation ?? { artifactLocation: { uri: '' }, region: { startColumn: 0 } };
      const read = new URL(uri, 'file:///elsewhere/');
      expect([decodeURIComponent(read.pathname), read.hash, read.search]).toEqual([file, '', '']);
      expect([runs[0]?.columnKind, region.startColumn]).toEqual(['utf16CodeUnits', 21]);
    }
  });

  test('sarif: what the schema of 2.1.0 demands, one result for each problem, rules described', async () => {
    for (const file of [good, advised, broken]) {
      const log = JSON.parse((await lint(file, '-o', 'sarif')).stdout) as unknown;
      expect(sarifProblems(log)).toEqual([]);
    }
    const { runs } = JSON.parse((await lint(advised, '-o', 'sarif')).stdout) as {
      runs: { tool: { driver: { rules: { id: string; shortDescription: { text: string } }[] } }; results: { ruleId: string; level: string }[] }[];
    };
    expect(runs[0]?.results.map(({ ruleId, level }) => [ruleId, level])).toEqual([['issuer-trailing-slash', 'warning'], ['policies-overlap', 'note']]);
    for (const { id, shortDescription } of runs[0]?.tool.driver.rules ?? []) expect(shortDescription.text).toBe((LINT_RULES as Record<string, string>)[id]);
  });

  test('sarif: the check of this test finds what is wrong', () => {
    expect(sarifProblems({ version: '2.1.0' })).not.toEqual([]);
    expect(sarifProblems({ version: '2.1.0', runs: [{ tool: { driver: { name: 'x', rules: [] } }, results: [{ ruleId: 'a', level: 'fatal' }] }] })).toHaveLength(3);
  });

  test('github: a command for each, and no text of a file begins another one', async () => {
    const { stdout } = await lint(broken, '-o', 'github');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.split(/ file=.*?,line=/).map((part) => part.split('::')[0] || part))).toEqual([
      ['::warning', '1,col=127,title=issuer-trailing-slash'], ['::error', expect.stringMatching(/^3,col=\d+,title=policy-invalid$/)],
    ]);
    expect((await lint(good, '-o', 'github')).stdout).toBe('');
  });
});
