/** The policies in force, followed from their folders: whole sets only, and the last good one while the files are broken. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PolicyProblem, PolicySet } from '../../domain/policy/policy.ts';
import type { PolicyState, PolicyStore } from '../../domain/ports.ts';
import type { Feed } from '../feed.ts';
import { createHeld, messageOf, shown } from '../held.ts';
import { poll } from '../polling.ts';
import type { FeedTime } from '../polling.ts';
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

/** Where the policies lie, what makes a set of them, and who is told. */
export interface PolicyStoreOptions {
  readonly folders: readonly string[];
  readonly compile: CompilePolicies;
  readonly events: PolicyEvents;
  /** At most 5 s, so that a change takes effect within 10 s even where fs.watch sees nothing. */
  readonly pollMs?: number;
  /** How long the files must rest before they are read: half-copied folders are not policies. */
  readonly settleMs?: number;
  readonly time?: FeedTime;
}

/** Holds the last good set and follows the folders. */
export interface FolderPolicyStore extends PolicyStore, Feed<PolicyState> {
  current(): PolicyState;
  /** Compiles the files of the set in force once more, because something outside of them has changed (a trust root). */
  recompile(): void;
}

const POLL_MS = 3000;
const SETTLE_MS = 200;
const MAX_SETTLE_ROUNDS = 10;

/** A set in force, with the files it was compiled from. */
interface Loaded {
  readonly set: PolicySet;
  readonly warnings: readonly PolicyProblem[];
  readonly files: readonly PolicyFile[];
}

/** Thrown to refuse files as a whole, with every problem in its place. */
class RefusedPolicies extends Error {
  readonly problems: readonly PolicyProblem[];
  constructor(problems: readonly PolicyProblem[]) {
    super(`${problems.length} problems, the first: ${problems[0]?.message ?? 'none was named'}`);
    this.problems = problems;
  }
}

/**
 * Opens the policy folders, reads them once, and follows their changes (security.md R08, R10, R20).
 *
 * A set is swapped as a whole, never edited; a broken one is refused as a whole. When the first set is broken
 * the store stays up without policies, so that the engine answers `undetermined` until the files are mended.
 */
export async function openPolicyStore(options: PolicyStoreOptions): Promise<FolderPolicyStore> {
  const { folders, events, settleMs = SETTLE_MS, pollMs = POLL_MS, time } = options;
  let problems: readonly PolicyProblem[] = [];
  const held = createHeld<Loaded>({
    name: 'policies',
    ...(time === undefined ? {} : { clock: time.clock }),
    took: ({ set, warnings }) => events.changed(set, warnings),
    refused(cause, ready) {
      problems = problemsOf(cause, folders);
      events.refused(problems, ready);
    },
  });
  const judge = (files: readonly PolicyFile[]): Loaded => {
    const compiled = options.compile(files);
    if (compiled.set === undefined || compiled.problems.some((problem) => problem.severity === 'error'))
      throw new RefusedPolicies(compiled.problems);
    return { set: compiled.set, warnings: compiled.problems, files };
  };
  let first = true;
  /** Listings are quickly compared; files that were only touched have another listing and the same mark. */
  let last: { readonly signature: string; readonly mark: string } | undefined;
  const look = async (): Promise<void> => {
    try {
      const { signature } = await listPolicyFiles(folders);
      if (signature === last?.signature && held.same(last.mark)) return;
      const read = await readSettled(folders, first ? 0 : settleMs);
      if (read === undefined) return;
      last = { signature: read.signature, mark: markOf(read.files) };
      held.offer(last.mark, () => judge(read.files));
    } catch (cause) {
      held.unreadable(cause);
    } finally {
      first = false;
    }
  };

  const polling = poll({ look, pauseMs: () => pollMs, watch: folders, ...(time === undefined ? {} : { time }) });
  await polling.now();
  return {
    ...shown(held),
    current() {
      const loaded = held.current();
      return loaded === undefined ? { ready: false, problems } : { ready: true, set: loaded.set };
    },
    refresh: polling.now,
    recompile() {
      const loaded = held.current();
      if (loaded === undefined) return;
      try {
        held.replace(judge(loaded.files));
      } catch (cause) {
        held.refuse(cause);
      }
    },
    close() {
      polling.stop();
      held.close();
    },
  };
}

function markOf(files: readonly PolicyFile[]): string {
  const hash = createHash('sha256');
  for (const { path, text, problem } of files) hash.update(JSON.stringify([path, text, problem]));
  return hash.digest('hex');
}

/** What the compiler says, or that the folders cannot be read, as a problem of the first line. */
function problemsOf(cause: unknown, folders: readonly string[]): readonly PolicyProblem[] {
  if (cause instanceof RefusedPolicies) return cause.problems;
  return [{ severity: 'error', file: folders.join(', '), line: 1, column: 1, path: '', message: messageOf(cause) }];
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
