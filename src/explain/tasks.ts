/** A run with many tasks is summed up task by task, before anything is told in full. */
import type { Decision } from '../domain/decision/decision.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { shownText } from '../text/shown.ts';

/** So few tasks are seen at a glance from what is told of each. */
const FEW = 2;
/** Most lines, and codes in a line; the rest is counted. */
const MOST_LINES = 20;
const MOST_CODES = 3;
/** Longest name in characters, and less where room is short: the summary must leave some for what it sums up. */
const MOST_NAME = 63;

interface TaskFindings {
  count: number;
  readonly codes: Set<string>;
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
