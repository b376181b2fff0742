import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, truncateSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFileOutlet } from '../../../src/events/file-outlet.ts';
import type { Outlet } from '../../../src/events/outlet.ts';

let folder: string;
let path: string;
let outlet: Outlet;
const signal = new AbortController().signal;
const send = (text: string): Promise<string> => outlet.send({ bytes: Buffer.from(text), events: 1 }, signal);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-events-'));
  path = join(folder, 'events.jsonl');
  outlet = await openFileOutlet(path);
});
afterEach(async () => {
  await outlet.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a file of events', () => {
  test('is appended to, and others may not read it', async () => {
    expect(await send('1\n')).toBe('taken');
    await send('2\n');
    expect(readFileSync(path, 'utf8')).toBe('1\n2\n');
    expect(statSync(path).mode & 0o007).toBe(0);
  });

  test('that is renamed keeps what it has, and the next lines are in a new one', async () => {
    await send('1\n');
    renameSync(path, `${path}.1`);
    await send('2\n');
    expect([readFileSync(`${path}.1`, 'utf8'), readFileSync(path, 'utf8')]).toEqual(['1\n', '2\n']);
  });

  test('that is removed is made anew', async () => {
    await send('1\n');
    unlinkSync(path);
    await send('2\n');
    expect(readFileSync(path, 'utf8')).toBe('2\n');
  });

  test('that is cut to nothing goes on at its beginning', async () => {
    await send('1\n');
    truncateSync(path);
    await send('2\n');
    expect(readFileSync(path, 'utf8')).toBe('2\n');
  });

  test('whose folder is gone is tried again, and loses nothing once the folder is back', async () => {
    rmSync(folder, { recursive: true });
    await expect(send('1\n')).rejects.toThrow(`${path}: cannot be written (ENOENT)`);
  });

  test('that cannot be made is told with the key that names it', async () => {
    await expect(openFileOutlet(join(folder, 'no', 'such'))).rejects.toThrow(/cannot be written \(ENOENT\); decisions\.events\.file/);
  });
});
