// The fix is the fix: doing what the line says gets the same thing admitted, or the line names who can do it, and what he does helps.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FETCH_FIXES } from './fetch.ts';
import { startFixWorld } from './fetch-world.ts';
import type { FixWorld } from './fetch-world.ts';

let world = undefined as unknown as FixWorld;
beforeAll(async () => {
  world = await startFixWorld();
});
afterAll(() => world.close());

const CASES = Object.entries(FETCH_FIXES).flatMap(([code, cases]) => Object.entries(cases).map(([title, one]) => ({ code, title, one })));

describe('fixes: input, policies, registries and the engine', () => {
  test.each(CASES)('fixes $code: $title', async ({ code, one: { fix, says, run } }) => {
    const { refused, obey } = await run(world);
    const flat = refused.text.replaceAll(/\s+/g, ' ');
    // The line of this very code: another finding's must not stand in for it.
    const line = refused.text.split('\n').filter((one) => one.includes('fix') && one.includes(`[${code}]`)).join('\n');
    expect(refused.text).toContain(`[${code}]`);
    expect(line, refused.text).toMatch(fix);
    if (says !== undefined) expect(flat).toMatch(says);
    const obeyed = await obey();
    expect(obeyed.allowed, obeyed.text).toBe(true);
    expect(obeyed.text).not.toContain(`[${code}]`);
  });
});
