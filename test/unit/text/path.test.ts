import { expect, test } from 'vitest';
import { canonicalPath } from '../../../src/text/path.ts';

test.each([
  ['/bin/sh', '/bin/sh'], ['/bin/./sh', '/bin/sh'], ['//bin//sh/', '/bin/sh'], ['/bin/../tmp/evil', '/tmp/evil'], ['/../../bin/sh', '/bin/sh'], ['bin/../../sh', '../sh'],
  ['../../sh', '../../sh'], ['./sh', 'sh'], ['', ''], ['/', '/'], ['/..', '/'], ['/bin/..sh', '/bin/..sh'], ['/bin/.../sh', '/bin/.../sh'],
])('the path %s is %s', (written, canonical) => {
  expect(canonicalPath(written)).toBe(canonical);
  expect(canonicalPath(canonical)).toBe(canonical);
});
