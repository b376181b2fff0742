import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { filesNaming, isOverHttps, PAGE, standingOf, testText } from './rows/page.ts';
import { ELSEWHERE, ROWS } from './rows/rows.ts';

const page = new Map([...readFileSync(PAGE, 'utf8').matchAll(/^\| ([A-L]\d\d) \| (.*) \| (.*) \| (.*) \|$/gm)].map(([, id = '', what = '', over = '', also = '']) => [id, { what, over, also }]));

/** Rows that are tried in parts of the server only. One that leaves this list does so by a test over HTTPS; none may come to it. */
const ONLY_BELOW: readonly string[] = ['F12', 'G07', 'G17'];

describe('the attack list', () => {
  test('has every row once, and the page has them all', () => {
    expect(new Set(ROWS.map(({ id }) => id)).size).toBe(ROWS.length);
    expect([...page].map(([id, { what }]) => ({ id, what }))).toEqual(ROWS);
  });

  test.each(ROWS.filter(({ id }) => /^[A-J]/.test(id) && id !== 'I12').map((row) => [row.id, row] as const))('%s is tried, or has a reason not to be', (_, row) => {
    expect(standingOf(row).status).not.toBe('open');
  });

  test('a row counts by a test over HTTPS, or at the door that is named: those that do not are known', () => {
    expect(ROWS.filter((row) => standingOf(row).status === 'below').map(({ id }) => id)).toEqual(ONLY_BELOW);
  });

  test('what the page names names the row, and what it says is over HTTPS is', () => {
    const wrong = [...page].flatMap(([id, { over, also }]) => {
      const right = new Set([...filesNaming(id), ...ELSEWHERE.filter(([row]) => row === id).map(([, file]) => file)]);
      const named = (text: string): string[] => [...text.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, file = '']) => file);
      return [
        ...[...named(over), ...named(also)].filter((file) => !right.has(file)),
        ...named(over).filter((file) => !isOverHttps(file)),
      ].map((file) => `${id}: ${file}`);
    });
    expect(wrong, 'run node test/rows/write.ts').toEqual([]);
  });

  test.each(ELSEWHERE)('%s is tried in %s, under "%s"', (_, file, title) => expect(testText(file)).toContain(title));
});
