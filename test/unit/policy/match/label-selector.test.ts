import { expect, test } from 'vitest';
import { compileSelector } from '../../../../src/policy/match/label-selector.ts';
import type { LabelRequirement } from '../../../../src/policy/match/label-selector.ts';

const clause = (key: string, operator: LabelRequirement['operator'], ...values: string[]): LabelRequirement => ({ key, operator, values });

test.each([
  [[], {}, true, ''],
  [[clause('env', 'In', 'prod')], { env: 'prod' }, true, 'env=prod'],
  [[clause('env', 'In', 'prod')], { env: 'dev' }, false, 'env=prod'],
  [[clause('env', 'In', 'prod')], {}, false, 'env=prod'],
  [[clause('env', 'In', 'a', 'b')], { env: 'b' }, true, 'env in (a,b)'],
  [[clause('env', 'NotIn', 'a')], { env: 'a' }, false, 'env notin (a)'],
  [[clause('env', 'NotIn', 'a')], { env: 'b' }, true, 'env notin (a)'],
  [[clause('env', 'NotIn', 'a')], {}, true, 'env notin (a)'],
  [[clause('env', 'Exists')], { env: '' }, true, 'env'],
  [[clause('env', 'Exists')], {}, false, 'env'],
  [[clause('env', 'DoesNotExist')], {}, true, '!env'],
  [[clause('env', 'DoesNotExist')], { env: '' }, false, '!env'],
  [[clause('a', 'Exists'), clause('b', 'Exists')], { a: '' }, false, 'a,b'],
  [[clause('toString', 'Exists')], {}, false, 'toString'],
  [[clause('constructor', 'DoesNotExist')], {}, true, '!constructor'],
] as const)('%j on %j is %s', (clauses, labels, expected, source) => {
  const matcher = compileSelector(clauses);
  expect(matcher.test(labels)).toBe(expected);
  expect(matcher.source).toBe(source);
});
