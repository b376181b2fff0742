import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RECIPES } from '../conformance-plus/recipes/index.ts';
import { ELSEWHERE, REASONS, ROWS } from './rows.ts';
import type { Row } from './rows.ts';

/** Where the table is published. */
export const PAGE = new URL('../../docs/reference/security-rows.md', import.meta.url);

const TESTS = fileURLToPath(new URL('../', import.meta.url));
const MOST_FILES = 3;

const HEAD = `# Attack list

What went wrong in other admission controllers, verifiers, registry clients and TUF clients, by row, and where Gatehouse's tests try it. Ids stand
in the titles of the tests (\`vitest -t B05\`). *conformance-plus* is [the corpus of forgeries](conformance-plus.md); files are below \`test/\`.

This page is written by \`node test/rows/write.ts\`; a test checks that what it says is so.
`;

/** Files below test/ with a test title, or a comment, that names the row. */
export function filesNaming(id: string): readonly string[] {
  const name = new RegExp(`(?<![A-Za-z0-9])${id}(?![0-9A-Za-z])`);
  return testFiles().filter(({ text }) => name.test(text)).map(({ path }) => path);
}

interface TestFile {
  readonly path: string;
  readonly text: string;
}

let known: readonly TestFile[] | undefined;

function testFiles(): readonly TestFile[] {
  known ??= readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts') && !path.startsWith('rows'))
    .sort()
    .map((path) => ({ path, text: readFileSync(`${TESTS}${path}`, 'utf8') }));
  return known;
}

/** Text of one test file. */
export function testText(path: string): string | undefined {
  return testFiles().find((file) => file.path === path)?.text;
}

/** Where a row is tried, or why it is not; `undefined` when nothing is known of it yet. */
export function statusOf({ id }: Row): string | undefined {
  const forged = RECIPES.filter(({ rows }) => rows?.includes(id) === true).length;
  const files = [...new Set([...filesNaming(id), ...ELSEWHERE.filter(([row]) => row === id).map(([, file]) => file)])];
  const listed = files.slice(0, MOST_FILES).map((file) => `\`${file}\``);
  const more = files.length > MOST_FILES ? [`${files.length - MOST_FILES} more`] : [];
  const places = [...(forged === 0 ? [] : [`conformance-plus (${forged})`]), ...listed, ...more];
  if (places.length > 0) return places.join(', ');
  const reason = REASONS.find(([row]) => row === id)?.[1];
  return reason === undefined ? undefined : `does not apply: ${reason}`;
}

/** The page, computed. */
export function renderPage(): string {
  const rows = ROWS.map((row) => `| ${row.id} | ${row.what} | ${statusOf(row) ?? 'open'} |`);
  return `${HEAD}\n| row | what went wrong | tests |\n|---|---|---|\n${rows.join('\n')}\n`;
}
