import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFileStore } from '../../../../src/feeds/trust-roots/index.ts';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'gatehouse-store-')); });
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

const bytes = (text: string): Uint8Array => Buffer.from(text);
const never = (problem: string): void => { throw new Error(problem); };

describe('the store of TUF metadata', () => {
  test('survives a restart, in a folder that it makes for its owner only', async () => {
    const below = join(folder, 'a', 'b');
    await createFileStore(below, never).write('timestamp.json', bytes('one'));
    await createFileStore(below, never).write('timestamp.json', bytes('two'));
    expect(Buffer.from(await createFileStore(below, never).read('timestamp.json') ?? []).toString()).toBe('two');
    expect(statSync(below).mode & 0o777).toBe(0o700);
    expect(statSync(join(below, 'timestamp.json')).mode & 0o777).toBe(0o600);
  });

  test('leaves nothing beside its files, however many write at once', async () => {
    const store = createFileStore(folder, never);
    await Promise.all(Array.from({ length: 30 }, (_, index) => store.write('x.json', bytes('y'.repeat(1000 + index)))));
    expect(readdirSync(folder)).toEqual(['x.json']);
    expect((await store.read('x.json'))?.length).toBeGreaterThanOrEqual(1000);
  });

  test.each(['../x', '/etc/x', 'a/b', '.', '..', '.hidden', 'A', '', 'x\0', 'a'.repeat(101)])('J05 the name %j is refused', async (name) => {
    await expect(createFileStore(folder, never).write(name, bytes('x'))).rejects.toThrow('not the name');
    expect(await createFileStore(folder, never).read(name)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each<readonly [string, () => string]>([
    ['lies below a file', () => { writeFileSync(join(folder, 'file'), ''); return join(folder, 'file', 'below'); }],
    ['has a folder where the file should be', () => { mkdirSync(join(folder, 'x.json')); mkdirSync(join(folder, 'x.json', 'y')); return folder; }],
  ])('R17 a folder that %s: everything is kept in memory, and that is told once', async (_name, place) => {
    const told: string[] = [];
    const store = createFileStore(place(), (problem) => told.push(problem));
    await store.write('x.json', bytes('one'));
    await store.write('x.json', bytes('two'));
    expect(Buffer.from(await store.read('x.json') ?? []).toString()).toBe('two');
    expect(told).toHaveLength(1);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  // Root may write into any folder, so a folder that may not be written cannot be made for it.
  test.skipIf(process.getuid?.() === 0)('R17 a folder that may not be written: what lies there is read, what is new is kept in memory', async () => {
    await createFileStore(folder, never).write('x.json', bytes('old'));
    chmodSync(folder, 0o500);
    const told: string[] = [];
    const store = createFileStore(folder, (problem) => told.push(problem));
    expect(Buffer.from(await store.read('x.json') ?? []).toString()).toBe('old');
    await store.write('x.json', bytes('new'));
    expect(Buffer.from(await store.read('x.json') ?? []).toString()).toBe('new');
    expect(told).toHaveLength(1);
  });

  test('without a folder nothing touches the disk', async () => {
    const store = createFileStore(undefined, never);
    await store.write('x.json', bytes('x'));
    expect(Buffer.from(await store.read('x.json') ?? []).toString()).toBe('x');
    expect(existsSync('x.json')).toBe(false);
  });
});
