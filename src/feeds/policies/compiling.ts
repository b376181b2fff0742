/** The newest content is compiled, and nothing else: what it supersedes is given up, and the set in force never forgotten. */
import { createLatest } from '../../flow/latest.ts';
import type { Held } from '../held.ts';
import type { PolicyFile } from './files.ts';
import type { Compiled, Loaded } from './judge.ts';

/** The policy compiler as the store needs it; it gives up, with the signal's reason, when a newer set is there. */
export type CompilePolicies = (files: readonly PolicyFile[], signal: AbortSignal) => Compiled | Promise<Compiled>;

/** What compiles for a store, one content at a time. */
export interface Compiling {
  /** Compiles content that was read, and puts it in force or refuses it. */
  newest(mark: string, files: readonly PolicyFile[]): void;
  /** Compiles once more, because something outside of the files has changed: what is being compiled, or else the set in force. */
  again(): void;
  /** Gives up content that is being compiled: the source does not hold it any more. */
  giveUp(): void;
  /** The content that is being compiled. */
  readonly mark: string | undefined;
  /** Resolves when nothing is being compiled. */
  idle(): Promise<void>;
}

/** What is being compiled; with `mark` content that was read, without it the files of the set in force. */
interface Pending {
  readonly mark?: string;
  readonly files: readonly PolicyFile[];
}

/** Makes what compiles into `held`; `judge` makes of an outcome what may be in force, or throws. */
export function createCompiling(
  held: Held<Loaded>,
  compile: CompilePolicies,
  judge: (compiled: Compiled, files: readonly PolicyFile[]) => Loaded,
): Compiling {
  const latest = createLatest();
  let pending: Pending | undefined;
  /** The set in force has to be compiled once more, and new content came first. */
  let owed = false;

  const begin = (wanted: Pending): void => {
    pending = wanted;
    latest.begin(async (signal) => {
      const outcome = await attempt(() => compile(wanted.files, signal));
      if (signal.aborted) return;
      pending = undefined;
      const take = (): Loaded => judge(outcome(), wanted.files);
      if (wanted.mark === undefined) replace(take);
      else held.offer(wanted.mark, take);
      if (held.current()?.files === wanted.files) owed = false;
      else if (owed) inForce();
    });
  };
  const replace = (take: () => Loaded): void => {
    try {
      held.replace(take());
    } catch (cause) {
      held.refuse(cause);
    }
  };
  const inForce = (): void => {
    owed = false;
    const files = held.current()?.files;
    if (files !== undefined) begin({ files });
  };
  const isNew = (): boolean => pending?.mark !== undefined;

  return {
    newest(mark, files) {
      if (pending !== undefined && !isNew()) owed = true;
      begin({ mark, files });
    },
    again() {
      if (pending === undefined || !isNew()) return inForce();
      // Begun with what was known before; and if it comes to nothing, the set in force still has to know.
      owed = true;
      begin(pending);
    },
    giveUp() {
      if (!isNew()) return;
      pending = undefined;
      latest.giveUp();
      if (owed) inForce();
    },
    get mark() {
      return pending?.mark;
    },
    idle: latest.idle,
  };
}

/** What compiling came to, to be had once it is known that it still counts: throws what was thrown. */
async function attempt(compile: () => Compiled | Promise<Compiled>): Promise<() => Compiled> {
  try {
    const compiled = await compile();
    return () => compiled;
  } catch (cause) {
    return () => {
      throw cause;
    };
  }
}
