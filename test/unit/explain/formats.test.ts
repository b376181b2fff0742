import { describe, expect, test } from 'vitest';
import { githubCommands, junitXml, sarifLog, tapText } from '../../../src/explain/index.ts';
import type { ReportedCase } from '../../../src/explain/index.ts';

const CASES: readonly ReportedCase[] = [
  { name: 'Pod shop/web', group: 'app.yaml', outcome: 'passed' },
  { name: 'Pod shop/<b>', group: 'app.yaml', outcome: 'failed', summary: 'FETCH_NONE_FOUND', text: 'first "line"\nsecond & last\u0000', file: 'app.yaml', line: 7 },
  { name: 'c # d', group: 'b', outcome: 'error', summary: '100%, a: b' },
  { name: 'e', group: 'b', outcome: 'warned', summary: 'w' },
];

describe('formats of other tools', () => {
  test('junit: suites by group, counts, and no character that XML cannot hold', () => {
    const text = junitXml(CASES);
    expect(text).toContain('<testsuites name="gatehouse" tests="4" failures="1" errors="1" skipped="0">');
    expect(text).toContain('name="Pod shop/&lt;b&gt;"');
    expect(text).toContain('first &quot;line&quot;\nsecond &amp; last\ufffd</failure>');
    expect(text).not.toMatch(/[\u0000-\u0008]/);
  });

  test('tap: what could not be found out is not ok, and a # in a name is no directive', () => {
    expect(tapText(CASES).split('\n').filter((line) => /^(?:not )?ok/.test(line))).toEqual([
      'ok 1 - app.yaml: Pod shop/web', 'not ok 2 - app.yaml: Pod shop/<b>', 'not ok 3 - b: c \\# d', 'ok 4 - b: e',
    ]);
  });

  test('github: a line break or a colon ends no command', () => {
    expect(githubCommands(CASES).split('\n')).toEqual([
      '::error file=app.yaml,line=7,title=Pod shop/<b>%3A FETCH_NONE_FOUND::first "line"%0Asecond & last\u0000',
      '::error title=c # d%3A 100%25%2C a%3A b::100%25, a: b', '::warning title=e%3A w::w',
    ]);
  });

  test('sarif: a result for each problem, at its place', () => {
    const log = sarifLog([{ severity: 'warning', file: 'a b.yaml', line: 3, column: 5, path: 'spec.mode', message: 'm' }], '1') as { runs: { results: unknown[] }[] };
    expect(log.runs[0]?.results).toEqual([{
      ruleId: 'policy-advice', ruleIndex: 0, level: 'warning', message: { text: 'spec.mode: m' },
      locations: [{ physicalLocation: { artifactLocation: { uri: 'a%20b.yaml' }, region: { startLine: 3, startColumn: 5 } } }],
    }]);
  });
});
