/** The pages of the first hour keep their word: codes and metrics exist, and an import writes what they say it writes. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ranCommandLine } from './support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-first-hour-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (page: string): string => readFileSync(join('docs', page), 'utf8');
const below = (part: string): string[] => readdirSync(join('docs', part)).filter((name) => name.endsWith('.md')).map((name) => `${part}/${name}`);
const pages = ['tutorial.md', 'troubleshooting.md', 'faq.md', 'operate/upgrade.md', ...below('migrate'), ...below('how-to')];

/** The texts of a page's fences with this head, without the last line break. */
function fences(page: string, head: string): string[] {
  const pattern = new RegExp(`^\`\`\`${head}\\n([\\s\\S]*?)\\n\`\`\``, 'gm');
  return [...read(page).matchAll(pattern)].map(([, text = '']) => text);
}

describe.each(pages)('docs/%s', (page) => {
  it('names reason codes that exist', () => {
    const codes = [...read('reference/reasons.md').matchAll(/^### ([A-Z_]+)$/gm)].map(([, code]) => code);
    const named = [...read(page).matchAll(/\b(?:INPUT|SELECT|FETCH|VERIFY|POLICY|ENGINE)_[A-Z_]+\b/g)].map(([code]) => code);
    expect(named.filter((code) => !codes.includes(code))).toEqual([]);
  });

  it('names metrics that exist', () => {
    const named = [...read(page).matchAll(/\bgatehouse_[a-z_]+\b/g)].map(([name]) => name);
    expect(named.filter((name) => !read('reference/configuration.md').includes(`\`${name}\``))).toEqual([]);
  });
});

it('troubleshooting knows at least twelve symptoms', () => {
  expect(read('troubleshooting.md').match(/^## /gm)?.length).toBeGreaterThanOrEqual(12);
});

describe('migration', () => {
  it('policy-controller: the import writes and tells what the page shows, and it lints', async () => {
    const page = 'migrate/policy-controller.md';
    const [source = '', imported = '', told = ''] = ['yaml source', 'yaml imported', 'text told'].map((head) => fences(page, head)[0]);
    const file = join(folder, 'cip.yaml');
    writeFileSync(file, `${source}\n`);
    const { code, stdout, stderr } = await ranCommandLine('policy', 'import', file);
    expect([code, stdout.replaceAll(`${folder}/`, ''), stderr.replaceAll(`${folder}/`, '')]).toEqual([0, `${imported}\n`, `${told}\n`]);
    writeFileSync(join(folder, 'imported.yaml'), stdout);
    expect(await ranCommandLine('policy', 'lint', join(folder, 'imported.yaml'))).toMatchObject({ code: 0 });
  });

  it.each(['kyverno', 'connaisseur', 'ratify'])('%s: what is read lints, and what is not is told', async (name) => {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, `${fences(`migrate/${name}.md`, 'yaml source')[0] ?? ''}\n`);
    const { code, stdout, stderr } = await ranCommandLine('policy', 'import', file);
    if (code === 64) expect(stderr).toContain('skipped');
    else {
      writeFileSync(join(folder, `${name}-imported.yaml`), stdout);
      expect(await ranCommandLine('policy', 'lint', join(folder, `${name}-imported.yaml`))).toMatchObject({ code: 0 });
    }
  });
});
