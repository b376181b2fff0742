/** Events appended to a file, which may be renamed or removed at any time: the next lines go into a new one of the same name. */
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { NotTaken } from './outlet.ts';
import type { Outlet } from './outlet.ts';
import type { Batch } from './waiting.ts';

/** Owner writes, group reads: names of images and users stand there. */
const MODE = 0o640;

/** Opens the file for appending; rejects when it cannot be. */
export async function openFileOutlet(path: string): Promise<Outlet> {
  const file = new EventFile(path);
  await file.reopenWhereMoved().catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${path}: cannot be written (${cause.code ?? cause.message}); decisions.events.file names a file in a folder that is there`);
  });
  return file;
}

class EventFile implements Outlet {
  readonly name: string;
  #handle: FileHandle | undefined;
  #isAt = '';
  /** How much of which lines has been written: a disk may be full in the middle of one. */
  #begun: { readonly bytes: Buffer; written: number } | undefined;

  constructor(path: string) {
    this.name = path;
  }

  async send({ bytes }: Batch): Promise<'taken'> {
    try {
      if (this.#begun?.bytes !== bytes) this.#begun = { bytes, written: 0 };
      // In the middle of a line it stays with the file in which that has begun.
      if (this.#begun.written === 0) await this.reopenWhereMoved();
      while (this.#begun.written < bytes.length) {
        const { bytesWritten = 0 } = (await this.#handle?.write(bytes, this.#begun.written)) ?? {};
        this.#begun.written += bytesWritten;
      }
      this.#begun = undefined;
      return 'taken';
    } catch (cause) {
      throw new NotTaken(`${this.name}: cannot be written (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`);
    }
  }

  /** Opens the file of this name, unless it is the one that is open: by device and inode, which a renamed file takes along. */
  async reopenWhereMoved(): Promise<void> {
    const there = await stat(this.name).then(({ dev, ino }) => `${dev}:${ino}`, () => '');
    if (this.#handle !== undefined && there !== '' && there === this.#isAt) return;
    const fresh = await open(this.name, 'a', MODE);
    const { dev, ino } = await fresh.stat();
    await this.#handle?.close().catch(() => undefined);
    this.#handle = fresh;
    this.#isAt = `${dev}:${ino}`;
  }

  async close(): Promise<void> {
    await this.#handle?.close().catch(() => undefined);
    this.#handle = undefined;
  }
}
