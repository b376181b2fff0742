/** Problems of a test that its schema cannot see, told where it writes what is wrong. */
import type { PolicyProblem } from '../domain/policy/policy.ts';
import { formatPath } from '../policy/read/problems.ts';
import type { Path } from '../policy/read/problems.ts';
import type { PolicyTest } from './read/read.ts';

/** A test that cannot be run as it is written. */
export class UnusableTest extends Error {
  readonly problems: readonly PolicyProblem[];

  /** `problems` say where and why, for people. */
  constructor(problems: readonly PolicyProblem[]) {
    super(problems.map(({ message }) => message).join('; '));
    this.problems = problems;
  }
}

/** One problem at a place of the test. */
export function problemAt({ document }: PolicyTest, path: Path, message: string): PolicyProblem {
  return { ...document.position(path), severity: 'error', path: formatPath(path), message };
}
