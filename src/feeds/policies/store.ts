/** The policies in force, followed from their folders: whole sets only, and the last good one while the files are broken. */
import type { LostPolicy, PolicyProblem, PolicySet } from '../../domain/policy/policy.ts';
import type { PolicyState, PolicyStore } from '../../domain/ports.ts';
import { inSlices } from '../../flow/slices.ts';
import type { Feed } from '../feed.ts';
import { createHeld, shown } from '../held.ts';
import { poll } from '../polling.ts';
import type { FeedTime } from '../polling.ts';
import { createCompiling } from './compiling.ts';
import type { CompilePolicies } from './compiling.ts';
import { digestSteps } from './digest.ts';
import { listPolicyFiles, markSteps } from './files.ts';
import type { PolicyFile } from './files.ts';
import { judgeSet, problemsOf } from './judge.ts';
import type { Loaded, SourceCount } from './judge.ts';
import { POLL_MS, readSettled, SETTLE_MS } from './settled.ts';

export type { CompilePolicies } from './compiling.ts';

/** Told what became of the policies; must not throw. */
export interface PolicyEvents {
  /** A new set decides from now on. `problems` are warnings only; `lost` is what the set before enforced and this one does not. */
  changed(set: PolicySet, problems: readonly PolicyProblem[], lost: readonly LostPolicy[]): void;
  /** The files cannot be used; what decided before decides on. Told once per content. */
  refused(problems: readonly PolicyProblem[], stillReady: boolean): void;
}

/** Where the policies lie, what makes a set of them, and who is told. */
export interface PolicyStoreOptions {
  readonly folders: readonly string[];
  readonly compile: CompilePolicies;
  readonly events: PolicyEvents;
  /** What a set enforces no more that the one before it enforced; default: it is not asked. */
  readonly lost?: (before: PolicySet, after: PolicySet) => readonly LostPolicy[];
  /** Takes a set without any policy for what is meant; default: it is refused as broken. */
  readonly allowNoPolicies?: boolean;
  /** At most 5 s, so that a change takes effect within 10 s even where fs.watch sees nothing. */
  readonly pollMs?: number;
  /** How long the files must rest before they are read: half-copied folders are not policies. */
  readonly settleMs?: number;
  readonly time?: FeedTime;
}

/** Holds the last good set and follows the folders. */
export interface FolderPolicyStore extends PolicyStore, Feed<PolicyState> {
  current(): PolicyState;
  /** The files that the set in force was compiled from; the same list as long as it is in force. */
  files(): readonly PolicyFile[];
  /** These and the documents beside them that cannot be used, as they are written; absent: there are none such. As long the same list. */
  written?(): readonly PolicyFile[];
  /** How many documents of each source are in force, and in which form; empty without a set. */
  counts(): readonly SourceCount[];
  /**
   * Compiles the files of the set in force once more, because something outside of them has changed (a trust root); resolves
   * when the outcome is in force or refused, or a newer set has taken its place.
   */
  recompile(): Promise<void>;
  /** Judges what the folders hold once more, though it was refused before: what is taken for a set, or may be used, has changed. */
  rejudge(): Promise<void>;
}

const NO_FILES: readonly PolicyFile[] = [];

/**
 * Opens the policy folders, reads them once, and follows their changes (security.md R08, R10, R20).
 *
 * A set is swapped as a whole, never edited; a broken one is refused as a whole, and so is one without any policy. When the
 * first set is broken the store stays up without policies, so that the engine answers `undetermined` until the files are
 * mended. Compiling lets others pass; while it goes on the files are looked at, and a newer content ends it.
 */
export async function openPolicyStore(options: PolicyStoreOptions): Promise<FolderPolicyStore> {
  const { folders, events, settleMs = SETTLE_MS, pollMs = POLL_MS, time } = options;
  let problems: readonly PolicyProblem[] = [];
  const held = createHeld<Loaded>({
    name: 'policies',
    ...(time === undefined ? {} : { clock: time.clock }),
    took: ({ set, warnings, lost }) => events.changed(set, warnings, lost),
    refused(cause, ready) {
      problems = problemsOf(cause, folders);
      events.refused(problems, ready);
    },
  });
  const compiling = createCompiling(held, options.compile, (compiled, files) =>
    judgeSet(compiled, files, { ...options, before: held.current()?.set }));
  let first = true;
  /** Listings are quickly compared; files that were only touched have another listing and the same mark. */
  let last: { readonly signature: string; readonly mark: string } | undefined;
  const look = async (): Promise<void> => {
    try {
      const { signature } = await listPolicyFiles(folders);
      if (signature === last?.signature && (compiling.mark === last.mark || held.same(last.mark))) return;
      const read = await readSettled(folders, first ? 0 : settleMs);
      if (read === undefined) return;
      const { files } = read;
      last = { signature: read.signature, mark: await inSlices(markSteps(files)) };
      // Judging asks for it, and has others wait.
      await inSlices(digestSteps(files));
      if (compiling.mark === last.mark) return;
      if (held.same(last.mark)) compiling.giveUp();
      else compiling.newest(last.mark, files);
    } catch (cause) {
      compiling.giveUp();
      held.unreadable(cause);
    } finally {
      first = false;
    }
  };

  const polling = poll({ look, pauseMs: () => pollMs, watch: folders, ...(time === undefined ? {} : { time }) });
  const refresh = async (): Promise<void> => {
    await polling.now();
    await compiling.idle();
  };
  await refresh();
  return {
    ...shown(held),
    current() {
      const loaded = held.current();
      return loaded === undefined ? { ready: false, problems } : { ready: true, set: loaded.set, sources: loaded.sources };
    },
    files: () => held.current()?.files ?? NO_FILES,
    counts() {
      const counts = held.current()?.counts ?? [];
      // What the folders hold now is refused.
      if (held.condition().problem === undefined) return counts;
      return counts.map((one) => ({ ...one, state: one.state === 'good' ? 'lastGood' : 'good' }));
    },
    refresh,
    recompile() {
      compiling.again();
      return compiling.idle();
    },
    rejudge() {
      held.well();
      last = undefined;
      return refresh();
    },
    close() {
      polling.stop();
      compiling.giveUp();
      held.close();
    },
  };
}
