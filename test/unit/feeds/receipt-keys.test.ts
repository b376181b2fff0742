import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ReceiptKeyFile } from '../../../src/domain/gate/receipt.ts';
import { openReceiptKeys } from '../../../src/feeds/receipt-keys.ts';
import { ManualTime } from './support.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'gatehouse-keys-'));

interface Told {
  taken: readonly ReceiptKeyFile[];
  refused: string[];
}

async function follow(path: string): Promise<{ feed: Awaited<ReturnType<typeof openReceiptKeys>>; told: Told; time: ManualTime }> {
  const told: Told = { taken: [], refused: [] };
  const time = new ManualTime();
  const feed = await openReceiptKeys(path, {
    take: (files) => { told.taken = files; }, loaded: () => undefined, refused: (problem) => void told.refused.push(problem),
  }, 5000, time);
  return { feed, told, time };
}

/** As the kubelet writes a Secret: a folder for each generation, and a link to it that is renamed in one step. */
function mount(at: string, generation: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(at, generation));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(at, generation, name), text);
  symlinkSync(generation, join(at, '..data_tmp'));
  renameSync(join(at, '..data_tmp'), join(at, '..data'));
  for (const name of Object.keys(files)) {
    rmSync(join(at, name), { force: true });
    symlinkSync(join('..data', name), join(at, name));
  }
}

test('receipts: a mounted Secret is read in one generation, also where names of two lie beside each other', async () => {
  const at = folder();
  mount(at, '..2026_1', { 'key-1.pem': 'one' });
  const { feed, told } = await follow(at);
  expect(told.taken).toEqual([{ name: 'key-1.pem', text: 'one' }]);
  mount(at, '..2026_2', { 'key-2.pem': 'two' });
  await feed.refresh();
  // `key-1.pem` is a link to nowhere now, which the kubelet takes away a moment later.
  expect(told).toEqual({ taken: [{ name: 'key-2.pem', text: 'two' }], refused: [] });
  feed.close();
});

test('receipts: one file is a folder of one, and a change stirs a look at once', async () => {
  const at = folder();
  const path = join(at, 'key.pem');
  writeFileSync(path, 'one');
  const { feed, told, time } = await follow(path);
  writeFileSync(path, 'two');
  expect([...time.stirs.keys()]).toEqual([path, at]);
  await feed.refresh();
  expect(told.taken).toEqual([{ name: 'key.pem', text: 'two' }]);
  feed.close();
});

test.each<[string, (at: string) => void, RegExp]>([
  ['the folder is gone', (at) => rmSync(at, { recursive: true }), /cannot be read \(ENOENT\)/],
  ['the folder is empty', (at) => rmSync(join(at, 'key.pem')), /found no file/],
  ['a file is too large', (at) => writeFileSync(join(at, 'key.pem'), 'x'.repeat(70_000)), /at most 65536 bytes/],
  ['there are too many', (at) => { for (let index = 0; index < 70; index += 1) writeFileSync(join(at, `${index}`), 'x'); }, /at most 64 keys/],
])('receipts: where %s the keys in force stay', async (_what, spoil, problem) => {
  const at = folder();
  writeFileSync(join(at, 'key.pem'), 'one');
  const { feed, told } = await follow(at);
  spoil(at);
  await feed.refresh();
  expect(told).toEqual({ taken: [{ name: 'key.pem', text: 'one' }], refused: [expect.stringMatching(problem) as string] });
  feed.close();
});
