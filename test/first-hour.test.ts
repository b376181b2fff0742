/** The pages of the first hour keep their word: codes and metrics exist, and an import writes what they say it writes. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ranCommandLine } from './support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-first-hour-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (page: string): string => readFileSync(join('docs', page), 'utf8');
const below = (part: string): string[] =>
  readdirSync(join('docs', part)).filter((name) => name.endsWith('.md')).map((name) => `${part}/${name}`);
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
  it.each([['policy-controller', 'cip'], ['kyverno', 'kyverno'], ['connaisseur', 'connaisseur']])(
    '%s: the import writes and tells what the page shows, and it lints',
    async (name, called) => {
      const [source = '', imported, told] = ['yaml source', 'yaml imported', 'text told'].map((head) => fences(`migrate/${name}.md`, head)[0]);
      const file = join(folder, `${called}.yaml`);
      writeFileSync(file, `${source}\n`);
      const { code, stdout, stderr } = await ranCommandLine('policy', 'import', file);
      const bare = (text: string): string => text.replaceAll(`${folder}/`, '');
      expect([code, bare(stdout), bare(stderr)]).toEqual([0, `${String(imported)}\n`, `${String(told)}\n`]);
      writeFileSync(join(folder, 'imported.yaml'), stdout);
      expect(await ranCommandLine('policy', 'lint', join(folder, 'imported.yaml'))).toMatchObject({ code: 0 });
    },
  );

  it('ratify: a verifier of Notation is imported as the page shows, and of one of cosign is told that it is not', async () => {
    const file = join(folder, 'ratify.yaml');
    const [cosign = '', notation = ''] = fences('migrate/ratify.md', 'yaml source');
    writeFileSync(file, `${cosign}\n`);
    expect(await ranCommandLine('policy', 'import', file)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('unsaid') });
    writeFileSync(file, `${notation}\n`);
    const { code, stdout } = await ranCommandLine('policy', 'import', file);
    expect([code, stdout.replaceAll(`${folder}/`, '')]).toEqual([0, `${fences('migrate/ratify.md', 'yaml imported')[0] ?? ''}\n`]);
    expect(await ranCommandLine('policy', 'import', file, '-o', join(folder, 'ratify'))).toMatchObject({ code: 0 });
    expect(await ranCommandLine('policy', 'lint', join(folder, 'ratify'))).toMatchObject({ code: 0 });
  });
});
