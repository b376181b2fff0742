import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PolicyProblem, PolicySet } from '../../domain/policy/policy.ts';
import type { PolicyState, PolicyStore } from '../../domain/ports.ts';
import { listPolicyFiles, readPolicyFiles } from './files.ts';
import type { PolicyFile } from './files.ts';

/** The policy compiler as the store needs it: a set, or errors; warnings may come with either. */
export type CompilePolicies = (files: readonly PolicyFile[]) => {
  readonly set?: PolicySet | undefined;
  readonly problems: readonly PolicyProblem[];
};

/** Told what became of the policies; must not throw. */
export interface PolicyEvents {
  /** A new set decides from now on. `problems` are warnings only. */
  changed(set: PolicySet, problems: readonly PolicyProblem[]): void;
  /** The files cannot be used; what decided before decides on. Told once per content. */
  refused(problems: readonly PolicyProblem[], stillReady: boolean): void;
}

export interface PolicyStoreOptions {
  readonly folders: readonly string[];
  readonly compile: CompilePolicies;
  readonly events: PolicyEvents;
  /** At most 5 s, so that a change takes effect within 10 s even where fs.watch sees nothing. */
  readonly pollMs?: number;
  /** How long the files must rest before they are read: half-copied folders are not policies. */
  readonly settleMs?: number;
}

/** Holds the last good set and follows the folders. */
export interface FolderPolicyStore extends PolicyStore {
  /** Looks at the folders now. */
  refresh(): Promise<void>;
  /** Compiles the files of the set in force once more, because something outside of them has changed (a trust root). */
  recompile(): void;
  close(): void;
}

const POLL_MS = 3000;
const SETTLE_MS = 200;
const MAX_SETTLE_ROUNDS = 10;

/**
 * Opens the policy folders, reads them once, and follows their changes (security.md R08, R10, R20).
 *
 * A set is swapped as a whole, never edited; a broken one is refused as a whole. When the first set is broken
 * the store stays up without policies, so that the engine answers `undetermined` until the files are mended.
 */
export async function openPolicyStore(options: PolicyStoreOptions): Promise<FolderPolicyStore> {
  const { folders, compile, events } = options;
  let state: PolicyState = { ready: false, problems: [] };
  let seen: string | undefined;
  let inForce: readonly PolicyFile[] | undefined;
  let closed = false;

  const refuse = (problems: readonly PolicyProblem[]): void => {
    if (!state.ready) state = { ready: false, problems };
    events.refused(problems, state.ready);
  };
  const adopt = (files: readonly PolicyFile[]): void => {
    const { set, problems } = compile(files);
    if (set === undefined || problems.some((problem) => problem.severity === 'error')) return refuse(problems);
    state = { ready: true, set };
    inForce = files;
    events.changed(set, problems);
  };
  const refreshOnce = async (): Promise<void> => {
    try {
      const { signature } = await listPolicyFiles(folders);
      if (signature === seen || closed) return;
      const read = await readSettled(folders, seen === undefined ? 0 : options.settleMs ?? SETTLE_MS);
      if (read === undefined || closed) return;
      seen = read.signature;
      adopt(read.files);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      if (message === seen) return;
      seen = message;
      refuse([{ severity: 'error', file: folders.join(', '), line: 1, column: 1, path: '', message }]);
    }
  };

  let running: Promise<void> | undefined;
  const refresh = (): Promise<void> => (running ??= refreshOnce().finally(() => { running = undefined; }));
  await refresh();
  const stop = follow(folders, () => void refresh(), options.pollMs ?? POLL_MS);
  return {
    current: () => state,
    refresh,
    recompile() {
      if (inForce !== undefined && !closed) adopt(inForce);
    },
    close() {
      closed = true;
      stop();
    },
  };
}

/** Reads the files once two listings around the reading agree; `undefined` when they keep changing. */
async function readSettled(
  folders: readonly string[],
  settleMs: number,
): Promise<{ readonly signature: string; readonly files: readonly PolicyFile[] } | undefined> {
  for (let round = 0; round < MAX_SETTLE_ROUNDS; round += 1) {
    const before = await listPolicyFiles(folders);
    if (settleMs > 0) await sleep(settleMs);
    const files = await readPolicyFiles(before);
    const after = await listPolicyFiles(folders);
    if (before.signature === after.signature) return { signature: after.signature, files };
  }
  return undefined;
}

function follow(folders: readonly string[], changed: () => void, pollMs: number): () => void {
  const timer = setInterval(changed, pollMs).unref();
  const watchers: FSWatcher[] = [];
  for (const folder of folders) {
    try {
      watchers.push(watch(folder, { persistent: false }, changed).on('error', () => undefined));
    } catch {
      // The poll sees the folder once it exists.
    }
  }
  return () => {
    clearInterval(timer);
    for (const watcher of watchers) watcher.close();
  };
}
