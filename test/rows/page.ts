import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RECIPES } from '../conformance-plus/recipes/index.ts';
import { ELSEWHERE, OTHER_DOORS, REASONS, ROWS } from './rows.ts';
import type { Row } from './rows.ts';

/** Where the table is published. */
export const PAGE = new URL('../../docs/reference/security-rows.md', import.meta.url);

const TESTS = fileURLToPath(new URL('../', import.meta.url));
const MOST_FILES = 3;

const HEAD = `# Attack list

What went wrong in other admission controllers, verifiers, registry clients and TUF clients, by row, and where Gatehouse's tests try it. Ids stand
in the titles of the tests (\`vitest -t B05\`). *conformance-plus* is [the corpus of forgeries](conformance-plus.md), every one of which also stands
before the webhook with its honest twin; files are below \`test/\`.

**A row counts when it is tried over HTTPS**: the bad thing is sent to the running server, in an image that is otherwise signed and good, and is
denied there, while its twin is admitted. Tests of single functions help to find a mistake and prove no row: what nobody calls denies nothing.
Rows whose door is another one are tried at that door, which is named. *only below* says that a row is tried in parts of the server only.

This page is written by \`node test/rows/write.ts\`; a test checks that what it says is so.
`;

/** What a test imports that sends its questions over HTTPS to a server that listens. */
const SENDS = /support\/(?:server|gate|package-gate)\.ts'|unit\/surfaces\/support\.ts'/;

/** Files below test/ with a test title, or a comment, that names the row; `F10:` is another list's name. */
export function filesNaming(id: string): readonly string[] {
  const name = new RegExp(`(?<![A-Za-z0-9])${id}(?![0-9A-Za-z:])`);
  return testFiles().filter(({ text }) => name.test(text)).map(({ path }) => path);
}

/** True for a file whose tests ask a listening server over HTTPS, or a cluster's API server. */
export function isOverHttps(path: string): boolean {
  const text = testText(path) ?? '';
  return path.startsWith('cluster/') || SENDS.test(text) || (path.startsWith('unit/surfaces/') && text.includes("from './support.ts'"));
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

/** How a row stands: `counts` over HTTPS or at its own door, `below` when only parts are tried, `no` when it does not apply. */
export interface Standing {
  readonly status: 'counts' | 'below' | 'no' | 'open';
  readonly overHttps: string;
  readonly elsewhere: string;
}

/** Where a row is tried. */
export function standingOf({ id }: Row): Standing {
  const files = [...new Set([...filesNaming(id), ...ELSEWHERE.filter(([row]) => row === id).map(([, file]) => file)])];
  const forged = RECIPES.filter(({ rows, expected }) => rows?.includes(id) === true && expected !== 'refused when loaded').length;
  const overHttps = listed([...(forged === 0 ? [] : [`conformance-plus (${forged})`])], files.filter(isOverHttps));
  const below = listed([], files.filter((file) => !isOverHttps(file)));
  const reason = REASONS.find(([row]) => row === id)?.[1];
  const door = OTHER_DOORS.find(([row]) => row === id)?.[1];
  if (overHttps !== '') return { status: 'counts', overHttps, elsewhere: below };
  if (door !== undefined && below !== '') return { status: 'counts', overHttps: `its door is ${door}`, elsewhere: below };
  if (reason !== undefined) return { status: 'no', overHttps: `does not apply: ${reason}`, elsewhere: '' };
  return below === '' ? { status: 'open', overHttps: 'open', elsewhere: '' } : { status: 'below', overHttps: '*only below*', elsewhere: below };
}

function listed(first: readonly string[], files: readonly string[]): string {
  const shown = files.slice(0, MOST_FILES).map((file) => `\`${file}\``);
  return [...first, ...shown, ...(files.length > MOST_FILES ? [`${files.length - MOST_FILES} more`] : [])].join(', ');
}

/** The page, computed. */
export function renderPage(): string {
  const rows = ROWS.map((row) => {
    const { overHttps, elsewhere } = standingOf(row);
    return `| ${row.id} | ${row.what} | ${overHttps} | ${elsewhere} |`;
  });
  return `${HEAD}\n| row | what went wrong | over HTTPS | also |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}
