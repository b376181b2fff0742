import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { filesNaming, PAGE, statusOf, testText } from './rows/page.ts';
import { ELSEWHERE, ROWS } from './rows/rows.ts';

const page = new Map([...readFileSync(PAGE, 'utf8').matchAll(/^\| ([A-L]\d\d) \| (.*) \| (.*) \|$/gm)].map(([, id = '', what = '', status = '']) => [id, { what, status }]));

describe('the attack list', () => {
  test('has every row once, and the page has them all', () => {
    expect(new Set(ROWS.map(({ id }) => id)).size).toBe(ROWS.length);
    expect([...page].map(([id, { what }]) => ({ id, what }))).toEqual(ROWS);
  });

  test.each(ROWS.filter(({ id }) => /^[BCDG]/.test(id)).map((row) => [row.id, row] as const))('%s is tried, or has a reason not to be', (_, row) => {
    expect(statusOf(row)).toBeDefined();
  });

  test('files that the page names do name the row', () => {
    const wrong = [...page].flatMap(([id, { status }]) => {
      const right = new Set([...filesNaming(id), ...ELSEWHERE.filter(([row]) => row === id).map(([, file]) => file)]);
      return [...status.matchAll(/`([^`]+\.test\.ts)`/g)].filter(([, file = '']) => !right.has(file)).map(([, file]) => `${id}: ${file}`);
    });
    expect(wrong, 'run node test/rows/write.ts').toEqual([]);
  });

  test.each(ELSEWHERE)('%s is tried in %s, under "%s"', (_, file, title) => expect(testText(file)).toContain(title));
});
