/** Policy folders are read once they rest: half-copied folders are not policies. */
import { setTimeout as sleep } from 'node:timers/promises';
import { listPolicyFiles, readPolicyFiles } from './files.ts';
import type { PolicyFile } from './files.ts';

/** How long the files must rest before they are read, milliseconds. */
export const SETTLE_MS = 200;
/** At most 5 s, so that a change takes effect within 10 s even where fs.watch sees nothing. */
export const POLL_MS = 3000;
const MAX_SETTLE_ROUNDS = 10;

/** Files that were read, and the listing of their folders. */
export interface SettledFiles {
  readonly signature: string;
  readonly files: readonly PolicyFile[];
}

/** Reads the files once two listings around the reading agree; `undefined` when they keep changing. */
export async function readSettled(folders: readonly string[], settleMs: number): Promise<SettledFiles | undefined> {
  for (let round = 0; round < MAX_SETTLE_ROUNDS; round += 1) {
    const before = await listPolicyFiles(folders);
    if (settleMs > 0) await sleep(settleMs);
    const files = await readPolicyFiles(before);
    const after = await listPolicyFiles(folders);
    if (before.signature === after.signature) return { signature: after.signature, files };
  }
  return undefined;
}
