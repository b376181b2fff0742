import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { CompiledPolicy, PolicyProblem, PolicySet } from '../../../../src/domain/policy/policy.ts';
import { openPolicyStore } from '../../../../src/feeds/policies/store.ts';
import type { FolderPolicyStore, PolicyStoreOptions } from '../../../../src/feeds/policies/store.ts';
import { listPolicyFiles, readPolicyFiles } from '../../../../src/feeds/policies/files.ts';
import type { PolicyFile } from '../../../../src/feeds/policies/files.ts';
import { until } from '../../../support/patience.ts';

const opened: FolderPolicyStore[] = [];
afterEach(() => { for (const store of opened.splice(0)) store.close(); });

const folderOf = (files: Record<string, string>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-policies-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
};

/** A compiler for tests: `bad` anywhere is an error; the generation is the text of all files. */
function compile(files: readonly PolicyFile[]): { set?: PolicySet; problems: PolicyProblem[] } {
  const broken = files.filter((file) => file.text.includes('bad') || file.problem !== undefined);
  if (broken.length > 0) return { problems: broken.map((file) => ({ severity: 'error', file: file.path, line: 2, column: 3, path: 'spec', message: 'bad' })) };
  return { set: { generation: files.map((file) => file.text).join('|'), policies: files.map(({ text }) => ({ name: text }) as CompiledPolicy), candidates: () => [], forRequest: () => [], literalHosts: new Set() }, problems: [] };
}

async function open(folders: string[], pollMs = 50, more: Partial<PolicyStoreOptions> = {}) {
  const events: string[] = [];
  const store = await openPolicyStore({
    folders, compile, pollMs, settleMs: 20, ...more,
    events: {
      changed: (set) => void events.push(`changed ${set.generation}`),
      refused: (problems, ready) => void events.push(`refused ${problems.length} ${ready}`),
    },
  });
  opened.push(store);
  return { store, events, generation: () => { const state = store.current(); return state.ready ? state.set.generation : 'not ready'; } };
}

describe('policy store', () => {
  it('reads YAML and JSON of all folders in order, and nothing else', async () => {
    const first = folderOf({ 'b.yaml': 'b', 'a.json': 'a', 'notes.txt': 'bad', '.hidden.yaml': 'bad' });
    for (const [name, text] of [['team', 'c'], ['v1.2', 'e']] as const) {
      mkdirSync(join(first, name));
      writeFileSync(join(first, name, 'c.yml'), text);
    }
    symlinkSync(folderOf({ 'f.yaml': 'f' }), join(first, 'link.d'));
    symlinkSync('nowhere', join(first, 'notes.md'));
    const { generation } = await open([first, folderOf({ 'd.yaml': 'd' })]);
    expect(generation().split('|').sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('reads a file once that is named twice, and by its folder as well', async () => {
    const folder = folderOf({ 'a.yaml': 'a', 'b.yaml': 'b' });
    const { generation } = await open([folder, `${folder}/`, join(folder, 'a.yaml')]);
    expect(generation()).toBe('a|b');
  });

  it('follows a change without restart', async () => {
    const folder = folderOf({ 'a.yaml': 'one' });
    const { generation } = await open([folder]);
    writeFileSync(join(folder, 'a.yaml'), 'two');
    await until(() => generation() === 'two');
  });

  it('S2: the last policy deleted is a broken set, not an empty one; where it is said to be meant, it is taken', async () => {
    for (const allowNoPolicies of [false, true]) {
      const folder = folderOf({ 'a.yaml': 'one', 'b.yaml': 'two' });
      const { store, generation, events } = await open([folder], 50, { allowNoPolicies });
      rmSync(join(folder, 'a.yaml'));
      await until(() => generation() === 'two');
      rmSync(join(folder, 'b.yaml'));
      await until(() => events.at(-1) === (allowNoPolicies ? 'changed ' : 'refused 1 true'));
      expect([generation(), store.condition().ready]).toEqual([allowNoPolicies ? '' : 'two', true]);
    }
  });

  it('S2: an empty folder is not ready until there is a policy', async () => {
    const folder = folderOf({ 'notes.txt': 'x' });
    const { store, generation, events } = await open([folder]);
    expect([store.current().ready, events]).toEqual([false, ['refused 1 false']]);
    writeFileSync(join(folder, 'a.yaml'), 'one');
    await until(() => generation() === 'one');
    expect((await open([folderOf({})], 50, { allowNoPolicies: true })).generation()).toBe('');
  });

  it('follows the swapped link of a mounted ConfigMap', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-configmap-'));
    const publish = (generation: string, text: string): void => {
      mkdirSync(join(folder, generation));
      writeFileSync(join(folder, generation, 'p.yaml'), text);
      symlinkSync(generation, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    publish('..2026_1', 'one');
    symlinkSync('..data/p.yaml', join(folder, 'p.yaml'));
    const { generation } = await open([folder]);
    expect(generation()).toBe('one');
    publish('..2026_2', 'two');
    await until(() => generation() === 'two');
  });

  it('keeps the last good set when the new one is broken, and says so once per content', async () => {
    const folder = folderOf({ 'a.yaml': 'good' });
    const { store, events, generation } = await open([folder]);
    writeFileSync(join(folder, 'a.yaml'), 'bad');
    await until(() => events.includes('refused 1 true'));
    await store.refresh();
    await store.refresh();
    expect(generation()).toBe('good');
    expect(events).toEqual(['changed good', 'refused 1 true']);
    writeFileSync(join(folder, 'a.yaml'), 'mended');
    await until(() => generation() === 'mended');
  });

  it('R08 starts broken, without policies, and recovers without restart', async () => {
    const folder = folderOf({ 'a.yaml': 'bad' });
    const { store, generation } = await open([folder]);
    expect(store.current()).toMatchObject({ ready: false, problems: [{ line: 2, column: 3 }] });
    writeFileSync(join(folder, 'a.yaml'), 'good');
    await until(() => generation() === 'good');
  });

  it('a folder that is missing, or vanishes, is an error and never an empty set', async () => {
    const folder = join(tmpdir(), `gatehouse-missing-${process.pid}`);
    rmSync(folder, { recursive: true, force: true });
    const { store, generation, events } = await open([folder]);
    expect(store.current().ready).toBe(false);
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.yaml'), 'good');
    await until(() => generation() === 'good');
    rmSync(folder, { recursive: true });
    await until(() => events.includes('refused 1 true'));
    expect(generation()).toBe('good');
  });

  it('R10 fifty changes in a row end at the last one, each set whole', async () => {
    const folder = folderOf({ 'a.yaml': '0', 'b.yaml': 'x' });
    const { generation, events } = await open([folder], 20);
    for (let i = 1; i <= 50; i += 1) {
      writeFileSync(join(folder, 'a.yaml'), String(i));
      await new Promise((done) => setTimeout(done, 5));
    }
    await until(() => generation() === '50|x');
    expect(events.every((event) => /^changed \d+\|x$/.test(event))).toBe(true);
  });

  it('a file that cannot be used is a problem of its own beside those of the others, and recovers', async () => {
    const folder = folderOf({ 'a.yaml': 'bad', 'b.yaml': 'good' });
    symlinkSync('nowhere', join(folder, 'c.yaml'));
    writeFileSync(join(folder, 'd.yaml'), Buffer.from([0x61, 0xff, 0xfe]));
    const { generation, events } = await open([folder]);
    expect(events).toEqual(['refused 3 false']);
    const read = await readPolicyFiles(await listPolicyFiles([folder]));
    expect(read.map(({ text, problem }) => [text, problem])).toEqual([['bad', undefined], ['good', undefined], ['', expect.stringContaining('ENOENT')], ['', expect.stringContaining('UTF-8')]]);
    for (const name of ['a.yaml', 'c.yaml', 'd.yaml']) {
      rmSync(join(folder, name));
      writeFileSync(join(folder, name), name);
    }
    await until(() => generation() === 'a.yaml|good|c.yaml|d.yaml');
  });

  it.each([
    ['too many files', { files: 1, fileBytes: 100, totalBytes: 100 }],
    ['a file too large', { files: 9, fileBytes: 3, totalBytes: 100 }],
    ['too much in all', { files: 9, fileBytes: 100, totalBytes: 7 }],
  ])('refuses %s', async (_name, limits) => {
    const folder = folderOf({ 'a.yaml': 'aaaa', 'b.yaml': 'bbbb' });
    await expect(listPolicyFiles([folder], limits)).rejects.toThrow(/limit|more than/);
  });
});
