/** What makes a set of policies one that may be put in force, and what is said of one that may not. */
import { countPolicies } from '../../domain/policy/policy.ts';
import type { LostPolicy, PolicyProblem, PolicySet } from '../../domain/policy/policy.ts';
import { messageOf } from '../held.ts';
import { digestOf } from './digest.ts';
import type { SourceState } from '../../domain/decision/source-state.ts';
import type { PolicyFile } from './files.ts';

/** What compiling brought: a set, or errors; warnings may come with either. */
export interface Compiled {
  readonly set?: PolicySet | undefined;
  readonly problems: readonly PolicyProblem[];
  /** How many documents each file of a folder or an artifact holds; absent: not counted. */
  readonly documents?: ReadonlyMap<string, number>;
}

/** How many documents of a source are in force in which form. */
export interface SourceCount {
  readonly source: string;
  readonly state: 'good' | 'lastGood' | 'standIn' | 'leftOut';
  readonly documents: number;
}

/** A set that may be in force, with the files it was compiled from. */
export interface Loaded {
  readonly set: PolicySet;
  readonly warnings: readonly PolicyProblem[];
  readonly files: readonly PolicyFile[];
  /** The sources as they are in force with it. */
  readonly sources: readonly SourceState[];
  /** Documents of whole sources by what is in force of them. */
  readonly counts: readonly SourceCount[];
  /** What the set before enforced and this one does not. */
  readonly lost: readonly LostPolicy[];
}

/** Name of the folders of `policies`, the first of all sources. */
export const FOLDERS = 'policies-files';

/** By what a set is judged. */
export interface Judging {
  readonly folders: readonly string[];
  readonly allowNoPolicies?: boolean;
  readonly lost?: (before: PolicySet, after: PolicySet) => readonly LostPolicy[];
  /** The set in force. */
  readonly before: PolicySet | undefined;
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
 * The set to put in force; throws what {@link problemsOf} tells when there is none. A set without any policy would hand
 * every decision to `unmatched`: it is refused like a broken one, unless the configuration says that it is meant.
 */
export function judgeSet({ set, problems, documents }: Compiled, files: readonly PolicyFile[], by: Judging): Loaded {
  if (set === undefined || problems.some((problem) => problem.severity === 'error')) throw new RefusedPolicies(problems);
  if (countPolicies(set) === 0 && by.allowNoPolicies !== true)
    throw new RefusedPolicies([{ ...problemIn(by.folders, noPolicies(by.folders, files)), severity: 'warning' }, ...problems]);
  const sources = [{ source: FOLDERS, digest: digestOf(files) }];
  const counts = countsOf({ name: FOLDERS, files }, documents, true);
  return { set, warnings: problems, files, sources, counts, lost: by.before === undefined ? [] : (by.lost?.(by.before, set) ?? []) };
}

/** The documents of a set of files, which are in force as they are or in their last good form. */
export function countsOf(
  { name, files }: { readonly name: string; readonly files: readonly PolicyFile[] }, documents: Compiled['documents'], isGood: boolean,
): readonly SourceCount[] {
  const found = files.reduce((sum, { path }) => sum + (documents?.get(path) ?? 0), 0);
  return (['good', 'lastGood'] as const).map((state) => ({ source: name, state, documents: (state === 'good') === isGood ? found : 0 }));
}

/** Nothing is wrong with what is there, so it is a warning; but nothing is admitted by it. */
function noPolicies(folders: readonly string[], files: readonly PolicyFile[]): string {
  const found = files.length === 0 ? 'no policy file (*.yaml, *.yml, *.json) is there' : 'no file holds a policy';
  return `no policy in ${folders.join(', ')}: ${found}; write a ClusterArtifactPolicy, or say allowNoPolicies: true in the configuration`;
}

/** What the compiler says, or that the folders cannot be read, as a problem of the first line. */
export function problemsOf(cause: unknown, folders: readonly string[]): readonly PolicyProblem[] {
  return cause instanceof RefusedPolicies ? cause.problems : [problemIn(folders, messageOf(cause))];
}

function problemIn(folders: readonly string[], message: string): PolicyProblem {
  return { severity: 'error', file: folders.join(', '), line: 1, column: 1, path: '', message };
}
