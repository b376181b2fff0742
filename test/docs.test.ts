import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compilePolicies } from '../src/policy/index.ts';
import { createTrustReader } from '../src/trust/index.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const trust = createTrustReader();

function list(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => join(folder, path));
}

const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...list('docs', '.md'), ...list('policies', '.md')];

interface Fence {
  readonly page: string;
  readonly line: number;
  readonly text: string;
}

function fences(language: string): Fence[] {
  const found: Fence[] = [];
  for (const page of pages) {
    const text = readFileSync(join(ROOT, page), 'utf8');
    for (const match of text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))) {
      found.push({ page, line: text.slice(0, match.index).split('\n').length, text: match[1] ?? '' });
    }
  }
  return found;
}

/** The page without what stands in fences. */
function prose(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
}

function links(page: string): { target: string; heading: string }[] {
  return [...prose(page).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
    .map(([, target = '', heading = '']) => ({ target: target === '' ? page : join(dirname(page), target), heading }));
}

/** The anchors of a page's headings, as GitHub makes them. */
function headings(page: string): string[] {
  const seen = new Map<string, number>();
  return [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => {
    const anchor = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim().toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-');
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  });
}

describe('documentation', () => {
  const policies = fences('yaml').filter((fence) => fence.text.includes('apiVersion: gatehouse.dev/'));

  test.each(policies)('$page:$line: the policy compiles', ({ page, text }) => {
    const { problems } = compilePolicies([{ path: page, text }], { trust });
    expect(problems.filter((problem) => problem.severity === 'error')).toEqual([]);
  });

  const commands = fences('console').flatMap((fence) =>
    fence.text.split('\n').filter((line) => line.startsWith('$ gatehouse ')).map((line) => ({ ...fence, command: line.slice(2) })));

  test.each(commands)('$page:$line: `$command` runs', ({ command }) => {
    const words = command.split(/\s+#/)[0]?.trim().split(/\s+/).slice(1) ?? [];
    const run = spawnSync(process.execPath, [join(ROOT, 'bin/gatehouse.js'), ...words], { cwd: ROOT, encoding: 'utf8', timeout: 100_000 });
    expect(run.status, run.stderr).toBe(0);
  });

  test('there are policies and commands to check', () => {
    expect(policies.length).toBeGreaterThan(3);
    expect(commands.length).toBeGreaterThan(1);
  });

  test.each(pages)('%s: relative links lead somewhere, to a heading if they name one', (page) => {
    const broken = links(page).filter(({ target, heading }) => !existsSync(join(ROOT, target)) || (heading !== '' && !headings(target).includes(heading)));
    expect(broken).toEqual([]);
  });

  test.each(pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md'))('%s is listed in its index', (page) => {
    const own = join(dirname(page), 'README.md');
    const index = own !== page && pages.includes(own) ? own : 'docs/README.md';
    expect(links(index).map(({ target }) => target)).toContain(page);
  });
});

describe('policies', () => {
  const folders = readdirSync(join(ROOT, 'policies'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);

  test.each(folders)('policies/%s loads as one set', (folder) => {
    const files = list(join('policies', folder), '.yaml').map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
    expect(files.length).toBeGreaterThan(0);
    const { problems, set } = compilePolicies(files, { trust });
    expect(problems.filter((problem) => problem.severity === 'error')).toEqual([]);
    expect(set?.policies.length).toBeGreaterThan(0);
  });
});
