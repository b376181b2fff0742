/** A run with many tasks is summed up task by task, before anything is told in full. */
import type { Decision } from '../domain/decision/decision.ts';
import type { Finding, Verdict } from '../domain/decision/finding.ts';
import { shownText } from '../text/shown.ts';

/** So few tasks are seen at a glance from what is told of each. */
const FEW = 2;
/** Most lines, and codes in a line; the rest is counted. */
const MOST_LINES = 20;
const MOST_CODES = 3;
const MOST_TASKS = 200;
/** Longest name in characters, and less where room is short: the summary must leave some for what it sums up. */
const MOST_NAME = 63;

interface TaskFindings {
  count: number;
  readonly codes: Set<string>;
}

/** A task of a build as a decision speaks of it. */
export interface TaskSummary {
  readonly name: string;
  /** The worst of what is said of it. */
  readonly verdict: Verdict;
  readonly images: number;
  /** Findings that do not hold, and their codes. */
  readonly wrong: number;
  readonly codes: readonly string[];
}

/** Every task that a decision speaks of, in the order of its findings and images; names as they came, not escaped. At most 200. */
export function tasksOf({ findings, artifacts }: Decision): readonly TaskSummary[] {
  const places = new Map(artifacts.map(({ path, task }) => [path, task]));
  const named = [...artifacts.map(({ task }) => ({ task, finding: undefined })), ...findings.map((finding) =>
    ({ task: finding.task ?? (finding.ofRequest === true ? undefined : places.get(finding.path)), finding }))];
  const tasks = new Map<string, TaskSummary>();
  for (const { task: name, finding } of named) {
    if (name === undefined || name === '') continue;
    const task = tasks.get(name) ?? { name, verdict: 'satisfied', images: 0, wrong: 0, codes: [] };
    if (tasks.size >= MOST_TASKS && !tasks.has(name)) continue;
    if (finding === undefined) tasks.set(name, { ...task, images: task.images + 1 });
    else if (finding.verdict === 'satisfied') tasks.set(name, task);
    else {
      const verdict = task.verdict === 'violated' ? task.verdict : finding.verdict;
      const codes = task.codes.includes(finding.code) ? task.codes : [...task.codes, finding.code];
      tasks.set(name, { ...task, verdict, wrong: task.wrong + 1, codes });
    }
  }
  return [...tasks.values()];
}

/**
 * `  task compile: 3 findings, POLICY_IMAGE_UNPINNED, VERIFY_SIGNER_UNTRUSTED` for each task with findings that deny, in their order;
 * nothing when there are no more than two such tasks. At most 21 lines, with a third of `limit` characters for a name.
 */
export function taskLines(decision: Decision, denying: readonly Finding[], limit: number): readonly string[] {
  const places = new Map(decision.artifacts.map(({ path, task }) => [path, task]));
  const tasks = new Map<string, TaskFindings>();
  for (const finding of denying) {
    const name = finding.task ?? (finding.ofRequest === true ? undefined : places.get(finding.path));
    if (name === undefined || name === '') continue;
    const task = tasks.get(name) ?? { count: 0, codes: new Set<string>() };
    tasks.set(name, task);
    task.count += 1;
    task.codes.add(finding.code);
  }
  if (tasks.size <= FEW) return [];
  const lines = [...tasks].slice(0, MOST_LINES).map(([name, { count, codes }]) => {
    const shown = [...codes].slice(0, MOST_CODES).join(', ');
    const rest = codes.size > MOST_CODES ? ` and ${codes.size - MOST_CODES} more` : '';
    return `  task ${shownText(name, Math.min(limit / 3, MOST_NAME))}: ${count} ${count === 1 ? 'finding' : 'findings'}, ${shown}${rest}`;
  });
  return tasks.size > MOST_LINES ? [...lines, `  … and ${tasks.size - MOST_LINES} more tasks`] : lines;
}
