import { describe, test } from 'vitest';
import { check, titled } from './every-field/check.ts';
import { ALTERNATIVES, NAMESPACED } from './every-field/rows.ts';

/** The rows of every-field.test.ts in the other places where a requirement can stand. */
describe('every field does the same in a policy of a namespace', () => {
  test.each(titled(NAMESPACED))('%s', async (_, row) => check(row));
});

describe('every field of a requirement does the same inside of anyOf, with a name and without', () => {
  test.each(titled(ALTERNATIVES))('%s', async (_, row) => check(row));
});
