/** Whether tests have passed, the demanded ones among them, and whether the result agrees with itself. */
import type { ContentObjection, TestResultCheck } from '../domain/policy/content-check.ts';
import { field } from '../text/json/fields.ts';
import { limited, object, quoted, text, texts, Unreadable } from './read.ts';
import { compileWildcard, firstMatch } from '../text/wildcard.ts';

/**
 * Checks in-toto's test-result v0.1: the overall result, and that each demanded test is among those that passed
 * (or passed with warnings, where the policy accepts them). Throws Unreadable.
 */
export function checkTestResult(predicate: unknown, check: TestResultCheck): readonly ContentObjection[] {
  const run = object(predicate, 'predicate');
  const result = text(run, 'result');
  if (result === undefined) throw new Unreadable('result', 'PASSED, WARNED or FAILED');
  const failed = texts(field(run, 'failedTests'), 'failedTests');
  const warned = texts(field(run, 'warnedTests'), 'warnedTests');
  const good = [...texts(field(run, 'passedTests'), 'passedTests'), ...(check.accept.includes('WARNED') ? warned : [])];
  const wrong = !(check.accept as readonly string[]).includes(result);
  const missing = check.tests.filter((pattern) => firstMatch([compileWildcard(pattern)], good) === undefined);
  return [
    ...(wrong
      ? [objection(failed.length === 0 ? quoted(result) : quoted(`${result}: ${failed.join(', ')}`), check.accept.join(' or '))]
      : []),
    // A result that calls itself passed although tests failed contradicts itself.
    ...(!wrong && failed.length > 0 ? [objection(quoted(`${result}, but failed: ${failed.join(', ')}`), 'no failed test')] : []),
    // Nor is it accepted for what it calls itself when a test came to something that is not.
    ...(!wrong && failed.length === 0 && missing.length === 0 && warned.length > 0 && !check.accept.includes('WARNED')
      ? [objection(quoted(`${result}, but warned: ${warned.join(', ')}`), 'no test with warnings')]
      : []),
    ...limited(missing.map((pattern) => objection(`no passed test ${pattern}`, `${pattern} among the tests that passed`)), 'tests'),
  ];
}

function objection(found: string, expected: string): ContentObjection {
  return { code: 'POLICY_TEST_RESULT', found, expected };
}
