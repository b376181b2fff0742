/** A file or folder of keys for receipts, followed while the server runs: what cannot be used is refused, and the keys in force stay. */
import { createHash } from 'node:crypto';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ReceiptKeyFile } from '../domain/gate/receipt.ts';
import { readInputFile } from '../platform/input-file.ts';
import type { Feed } from './feed.ts';
import { createHeld, messageOf, shown } from './held.ts';
import { poll } from './polling.ts';
import type { FeedTime } from './polling.ts';

/** What takes the keys, and who is told; neither is ever told a key in words. */
export interface ReceiptKeyEvents {
  /** Puts the keys of all files in force; throws when one of them is none, and then changes nothing. */
  take(files: readonly ReceiptKeyFile[]): void;
  /** So many keys are in force now. */
  loaded(keys: number): void;
  /** What is there now cannot be used. Told once per content. */
  refused(problem: string): void;
}

const POLL_MS = 5000;
const MOST_BYTES = 64 * 1024;
const MOST_FILES = 64;

/**
 * Follows keys for receipts; the feed's value is their number. Never throws: without keys there are no receipts, and everything
 * else is answered as ever. Files that are not there (any more), or hold no key, leave those in force as they are.
 */
export async function openReceiptKeys(path: string, events: ReceiptKeyEvents, pollMs = POLL_MS, time?: FeedTime): Promise<Feed<number>> {
  const held = createHeld<number>({
    name: 'receipt-keys',
    ...(time === undefined ? {} : { clock: time.clock }),
    took: events.loaded,
    refused: (cause) => events.refused(messageOf(cause)),
  });
  const look = async (): Promise<void> => {
    try {
      const files = await readKeyFiles(path);
      held.offer(markOf(files), () => {
        if (files.length === 0) throw new Error(`${path}: expected keys for receipts, found no file`);
        events.take(files);
        return files.length;
      });
    } catch (cause) {
      held.unreadable(cause);
    }
  };
  await look();
  const polling = poll({ look, pauseMs: () => pollMs, watch: [path, dirname(path)], ...(time === undefined ? {} : { time }) });
  return {
    ...shown(held),
    current: () => held.current() ?? 0,
    refresh: polling.now,
    close() {
      polling.stop();
      held.close();
    },
  };
}

/**
 * The files of one moment. A mounted Secret keeps its generations in folders beside a link `..data` that is renamed in one step:
 * the files are read from where it points, so that they are never of two generations. Other names with a dot in front are skipped.
 */
async function readKeyFiles(path: string): Promise<readonly ReceiptKeyFile[]> {
  const isFolder = await stat(path).then((found) => found.isDirectory(), (cause: NodeJS.ErrnoException) => {
    throw new Error(`${path}: cannot be read (${cause.code ?? 'unknown error'})`);
  });
  if (!isFolder) return [await readKeyFile(path)];
  const folder = await realpath(join(path, '..data')).catch(() => path);
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).toSorted();
  if (names.length > MOST_FILES) throw new Error(`${path}: expected at most ${MOST_FILES} keys, found ${names.length} files`);
  return Promise.all(names.map((name) => readKeyFile(join(folder, name))));
}

async function readKeyFile(path: string): Promise<ReceiptKeyFile> {
  const bytes = await readInputFile(path);
  if (bytes.length > MOST_BYTES) throw new Error(`${path}: expected at most ${MOST_BYTES} bytes`);
  return { name: basename(path), text: bytes.toString('latin1') };
}

function markOf(files: readonly ReceiptKeyFile[]): string {
  return createHash('sha256').update(JSON.stringify(files)).digest('hex');
}
