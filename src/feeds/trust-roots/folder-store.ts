/** Where metadata of trust roots survives a restart, or at least this process. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Keeps named files; `read` gives `undefined` for what is not there. Neither rejects. */
export interface FileStore {
  read(name: string): Promise<Uint8Array | undefined>;
  write(name: string, bytes: Uint8Array): Promise<void>;
}

const NAME = /^[a-z0-9][a-z0-9.-]{0,99}$/;
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * A store in a folder that survives restarts, or in memory when there is no folder or it cannot be written (R17).
 *
 * A file is replaced as a whole: it is written beside its place, flushed and moved over. `unwritable` is told once
 * why the folder is not used; from then on everything new is kept in memory only, so that what has been seen in this
 * process stays seen. Names are made by the program, never by a repository; any other name is refused (J05).
 */
export function createFileStore(folder: string | undefined, unwritable: (problem: string) => void): FileStore {
  const memory = new Map<string, Uint8Array>();
  let onDisk = folder !== undefined;

  return {
    async read(name) {
      const kept = memory.get(name);
      if (kept !== undefined || folder === undefined || !NAME.test(name)) return kept;
      return readBounded(join(folder, name));
    },
    async write(name, bytes) {
      if (!NAME.test(name)) throw new Error(`not the name of a stored file: ${JSON.stringify(name)}`);
      if (onDisk && folder !== undefined) {
        const problem = await replace(folder, name, bytes);
        if (problem === undefined) return;
        onDisk = false;
        unwritable(problem);
      }
      memory.set(name, bytes);
    },
  };
}

async function readBounded(path: string): Promise<Uint8Array | undefined> {
  try {
    const { size } = await stat(path);
    return size > MAX_BYTES ? undefined : await readFile(path);
  } catch {
    return undefined;
  }
}

async function replace(folder: string, name: string, bytes: Uint8Array): Promise<string | undefined> {
  const beside = join(folder, `.${name}.${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await open(beside, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, join(folder, name));
    return undefined;
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    return cause instanceof Error ? cause.message : String(cause);
  }
}
