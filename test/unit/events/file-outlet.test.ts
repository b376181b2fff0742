import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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

describe('what is no file', () => {
  const fifo = (at: string): void => expect(spawnSync('mkfifo', [at]).status).toBe(0);

  test('a pipe, with a reader or without one, is refused at once and holds up nothing', async () => {
    const at = join(folder, 'pipe');
    fifo(at);
    await expect(openFileOutlet(at)).rejects.toThrow(/cannot be written \(ENXIO\)/);
    const reader = spawn('cat', [at], { stdio: 'ignore' });
    let problem = '';
    while (!problem.includes('pipe there is')) problem = await openFileOutlet(at).then(() => 'opened', String);
    expect(problem).toContain('for a pipe there is decisions.events.stdout');
    const ended = once(reader, 'exit');
    reader.kill();
    await ended;
  });

  test('a folder, a socket, a link in a circle and a link to a pipe are refused', async () => {
    mkdirSync(join(folder, 'folder'));
    symlinkSync('circle', join(folder, 'circle'));
    fifo(join(folder, 'far'));
    symlinkSync('far', join(folder, 'near'));
    const server = createServer().listen(join(folder, 'socket'));
    await once(server, 'listening');
    for (const name of ['folder', 'circle', 'near', 'socket']) await expect(openFileOutlet(join(folder, name)), name).rejects.toThrow(/cannot be written \(E[A-Z]+\)/);
    server.close();
  });

  test('a file that a pipe takes the place of is waited for, and nothing is lost', async () => {
    await send('1\n');
    renameSync(path, `${path}.1`);
    fifo(path);
    await expect(send('2\n')).rejects.toThrow('cannot be written (ENXIO)');
    unlinkSync(path);
    await send('2\n');
    expect(readFileSync(path, 'utf8')).toBe('2\n');
  });

  test('a device is written to; one that is full says so', async () => {
    await (await openFileOutlet('/dev/null')).send({ bytes: Buffer.from('1\n'), events: 1 }, signal);
    if (existsSync('/dev/full'))
      await expect((await openFileOutlet('/dev/full')).send({ bytes: Buffer.from('1\n'), events: 1 }, signal)).rejects.toThrow('/dev/full: cannot be written (ENOSPC)');
  });
});

describe('half a line', () => {
  test('that was left by somebody who was killed is ended before the first line of ours, and a whole one is not', async () => {
    writeFileSync(path, '{"a":1}\n{"b"');
    outlet = await openFileOutlet(path);
    await send('1\n');
    await send('2\n');
    expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n{"b"\n1\n2\n');
    outlet = await openFileOutlet(path);
    await send('3\n');
    expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n{"b"\n1\n2\n3\n');
  });

  test('of a file that is put in the place of ours is ended too', async () => {
    await send('1\n');
    writeFileSync(`${path}.new`, 'half');
    renameSync(`${path}.new`, path);
    await send('2\n');
    expect(readFileSync(path, 'utf8')).toBe('half\n2\n');
  });

  /** The disk takes three bytes, and then is full. */
  async function full(lines: Buffer): Promise<void> {
    const handle = await open(join(folder, 'any'), 'w');
    const prototype = Object.getPrototypeOf(handle) as typeof handle;
    await handle.close();
    const { write } = prototype;
    let left = 1;
    const spy = vi.spyOn(prototype, 'write').mockImplementation(function (this: typeof handle, bytes: unknown, at: unknown) {
      left -= 1;
      return left < 0 ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) : (write as (...args: unknown[]) => Promise<unknown>).call(this, bytes, at, 3);
    } as never);
    await expect(outlet.send({ bytes: lines, events: 2 }, signal)).rejects.toThrow('cannot be written (ENOSPC)');
    spy.mockRestore();
  }

  test.each<[string, (at: string) => void, (at: string) => string, string]>([
    ['goes on where it ended when there is room again', () => undefined, (at) => at, 'first\nsecond\n'],
    ['goes on in the file that was renamed meanwhile', (at) => renameSync(at, `${at}.1`), (at) => `${at}.1`, 'first\nsecond\n'],
    ['is written anew where the file was removed to make room', (at) => unlinkSync(at), (at) => at, 'first\nsecond\n'],
    ['is written anew where the file was cut to make room', (at) => truncateSync(at), (at) => at, 'first\nsecond\n'],
    ['is written anew after the half line where another file is there', (at) => { unlinkSync(at); appendFileSync(at, 'x'); }, (at) => at, 'x\nfirst\nsecond\n'],
  ])('%s', async (_, meanwhile, where, wanted) => {
    const lines = Buffer.from('first\nsecond\n');
    await full(lines);
    meanwhile(path);
    await outlet.send({ bytes: lines, events: 2 }, signal);
    expect(readFileSync(where(path), 'utf8')).toBe(wanted);
  });
});
