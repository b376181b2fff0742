/** Policy folders compiled for a command, or their problems told in their places. */
import { countPolicies } from '../../domain/policy/policy.ts';
import type { PolicyProblem, PolicySet } from '../../domain/policy/policy.ts';
import type { SourceState } from '../../domain/decision/source-state.ts';
import type { TrustReader } from '../../domain/ports.ts';
import { digestOf } from '../../feeds/policies/digest.ts';
import { FOLDERS } from '../../feeds/policies/judge.ts';
import { listPolicyFiles, readPolicyFiles } from '../../feeds/policies/files.ts';
import { compilePolicies, expiries, formatProblem, LINT_RULES, lintStores } from '../../policy/index.ts';
import { PlacedProblems, UsageError } from '../../surfaces/cli/context.ts';
import type { CliRooms } from '../../surfaces/cli/context.ts';
import { createTrustReader } from '../../trust/index.ts';
import { asUsageError } from './usage.ts';

/** What the compiler makes of policies: a set, or errors; warnings may come with either. */
export type Compiled = ReturnType<typeof compilePolicies> & { readonly sources?: readonly SourceState[] };

/** Reads and compiles policy folders, and with `now` (epoch milliseconds) lints them closely; throws {@link UsageError} when they cannot be read. */
export async function compileFolders(
  folders: readonly string[], trust: TrustReader = createTrustReader(), now?: number, refuses?: (value: unknown) => string | undefined,
): Promise<Compiled> {
  const files = await listPolicyFiles(folders)
    .then((listing) => readPolicyFiles(listing))
    .catch(asUsageError);
  if (files.length === 0) throw new UsageError(`${folders.join(', ')}: expected policy files (*.yaml, *.yml, *.json), found none; gatehouse policy init writes a first one`);
  return { ...compilePolicies(files, { trust, now, refuses }), sources: [{ source: FOLDERS, digest: digestOf(files) }] };
}

/** The set; throws {@link PlacedProblems} when there is none. */
export function setOf({ set, problems }: Pick<Compiled, 'set' | 'problems'>): PolicySet {
  if (set === undefined) throw new PlacedProblems(problems.map(formatProblem).join('\n'));
  return set;
}

/** `gatehouse lint`. */
export const lintFolders: CliRooms['lint'] = async (folders, now, signedBy = [], config = undefined) => {
  const refuses = signedBy.length === 0 ? undefined : await (await import('./policy/signed-by.ts')).unsigned(signedBy, now);
  const { set, problems: found, suppressed } = await compileFolders(folders, undefined, now, refuses);
  const about = set === undefined || config === undefined
    ? []
    : lintStores(set, (await import('../stores/linted.ts')).storesToLint(config.evidenceStores), { file: config.file, line: 0, column: 0 });
  const problems = [...found, ...about];
  const policies = set === undefined ? 0 : countPolicies(set);
  return { policies, problems, suppressed, lines: problems.map(lineOf), rules: LINT_RULES };
};

/** With the rule of advice, by which it is looked up and suppressed. */
function lineOf(problem: PolicyProblem): string {
  return `${formatProblem(problem)}${problem.rule === undefined ? '' : ` [${problem.rule}]`}`;
}

/** `gatehouse check`. */
export const checkFolders: CliRooms['check'] = async (folders, now, ahead) => {
  const set = setOf(await compileFolders(folders));
  return { policies: countPolicies(set), expiries: expiries(set, now, ahead), revocations: set.inventory?.revocations ?? [] };
};
