import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { comparePath } from '../../../src/text/path.ts';

describe('F14: places in the order in which people count', () => {
  test.each([
    [['spec.containers[10]', 'spec.containers[9]', 'spec.containers[0]'], ['spec.containers[0]', 'spec.containers[9]', 'spec.containers[10]']],
    [['a[2].b[11]', 'a[2].b[3]', 'a[1].b[20]'], ['a[1].b[20]', 'a[2].b[3]', 'a[2].b[11]']],
    [['spec.initContainers[1]', 'spec.containers[10]'], ['spec.containers[10]', 'spec.initContainers[1]']],
    [['task-10', 'task-9', 'task', ''], ['', 'task', 'task-9', 'task-10']],
    [['x18446744073709551617', 'x18446744073709551616'], ['x18446744073709551616', 'x18446744073709551617']],
  ])('F14: %j', (given, sorted) => {
    expect(given.toSorted(comparePath)).toEqual(sorted);
  });

  const text = fc.stringMatching(/^[ab[\].019]{0,8}$/);
  test('F14: it is a total order', () => {
    fc.assert(fc.property(text, text, text, (a, b, c) => {
      expect(Math.sign(comparePath(a, b))).toBe(-Math.sign(comparePath(b, a)) + 0);
      expect(comparePath(a, b) === 0).toBe(a === b);
      if (comparePath(a, b) <= 0 && comparePath(b, c) <= 0) expect(comparePath(a, c)).toBeLessThanOrEqual(0);
    }), { numRuns: 3000 });
  });
});
