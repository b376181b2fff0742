/** Events appended to a file, which may be renamed, cut or removed at any time: the next lines go into a new one of the same name. */
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { NotTaken } from './outlet.ts';
import type { Outlet } from './outlet.ts';
import type { Batch } from './waiting.ts';

/** Owner writes, group reads: names of images and users stand there. */
const MODE = 0o640;
/** Without `O_NONBLOCK` a pipe that nobody reads would hold up whoever opens it, for good and without a word. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
const NEWLINE = Buffer.from('\n');

/** Opens the file for appending; rejects when it cannot be. */
export async function openFileOutlet(path: string): Promise<Outlet> {
  const file = new EventFile(path);
  await file.reopenWhereMoved().catch((cause: unknown) => {
    throw new Error(`${path}: cannot be written (${wordsOf(cause)}); decisions.events.file names a file in a folder that is there`);
  });
  return file;
}

class EventFile implements Outlet {
  readonly name: string;
  #handle: FileHandle | undefined;
  #isAt = '';
  /** The last line in the file is not ended: whoever wrote it was killed, or the disk was full. */
  #torn = false;
  /** How much of which lines has been written, and how large the file was then: a disk may be full in the middle of one. */
  #begun: { readonly bytes: Buffer; written: number; size: number } | undefined;

  constructor(path: string) {
    this.name = path;
  }

  async send({ bytes }: Batch): Promise<'taken'> {
    try {
      if (this.#begun?.bytes !== bytes || (await this.#isGone(this.#begun.size))) this.#begun = { bytes, written: 0, size: 0 };
      const begun = this.#begun;
      // In the middle of a line it stays with the file in which that has begun.
      if (begun.written === 0) await this.reopenWhereMoved();
      if (this.#torn) await this.#handle?.write(NEWLINE);
      this.#torn = false;
      while (begun.written < bytes.length) {
        const { bytesWritten = 0 } = (await this.#handle?.write(bytes, begun.written)) ?? {};
        begun.written += bytesWritten;
      }
      this.#begun = undefined;
      return 'taken';
    } catch (cause) {
      if (this.#begun !== undefined) this.#begun.size = (await this.#handle?.stat().catch(() => undefined))?.size ?? 0;
      throw new NotTaken(`${this.name}: cannot be written (${wordsOf(cause)})`);
    }
  }

  /** Opens the file of this name, unless it is the one that is open: by device and inode, which a renamed file takes along. */
  async reopenWhereMoved(): Promise<void> {
    const there = await stat(this.name).then(({ dev, ino }) => `${dev}:${ino}`, () => '');
    if (this.#handle !== undefined && there !== '' && there === this.#isAt) return;
    const fresh = await open(this.name, FLAGS, MODE);
    const found = await fresh.stat();
    // Nobody knows what a pipe has lost with its reader.
    if (!found.isFile() && !found.isCharacterDevice()) {
      await fresh.close();
      throw new Error('neither a file nor a device: for a pipe there is decisions.events.stdout');
    }
    await this.#handle?.close().catch(() => undefined);
    this.#handle = fresh;
    this.#isAt = `${found.dev}:${found.ino}`;
    this.#torn = found.isFile() && (await endsWithin(this.name, found.size));
  }

  /** Whether what was begun is there no more: the file was removed to make room, or cut. */
  async #isGone(size: number): Promise<boolean> {
    const now = await this.#handle?.stat();
    return now === undefined || now.nlink === 0 || now.size < size;
  }

  async close(): Promise<void> {
    await this.#handle?.close().catch(() => undefined);
    this.#handle = undefined;
  }
}

/** Whether the file ends in the middle of a line; where it cannot be read nobody knows, and then it does not. */
async function endsWithin(path: string, size: number): Promise<boolean> {
  if (size === 0) return false;
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  const last = await file?.read(Buffer.alloc(1), 0, 1, size - 1).catch(() => undefined);
  await file?.close().catch(() => undefined);
  return last?.bytesRead === 1 && !last.buffer.equals(NEWLINE);
}

function wordsOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? (cause instanceof Error ? cause.message : String(cause));
}
