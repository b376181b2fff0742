/** How the place of a problem is written, read back and ordered. */
import type { PolicyProblem } from '../../domain/policy/policy.ts';
import { comparePath } from '../../text/path.ts';

/** Where in a document: keys and list indices from the top. */
export type Path = readonly (string | number)[];

/** Writes a path as `spec.require[0].signature.by`; keys that would be read wrongly are quoted. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** Reads what {@link formatPath} and trust readers write (`tlogs[0].publicKey`); quoted keys stay as they are. */
export function parsePath(text: string): Path {
  return (text.match(/[^.[\]]+/g) ?? []).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** One line as compilers write it: `file:line:column: error: spec.require[0].signature.by[1]: …`; a resource has no lines. */
export function formatProblem(problem: PolicyProblem): string {
  const place = problem.path === '' ? '' : `${problem.path}: `;
  const at = problem.line === 0 ? '' : `:${problem.line}:${problem.column}`;
  return `${problem.file}${at}: ${problem.severity}: ${place}${problem.message}`;
}

/** Orders by file, line, column, then text, so that the same set of files always gives the same list; what is said twice is said once. */
export function sortProblems(problems: readonly PolicyProblem[]): readonly PolicyProblem[] {
  const sorted = problems.toSorted(
    (a, b) => comparePath(a.file, b.file) || a.line - b.line || a.column - b.column || comparePath(formatProblem(a), formatProblem(b)),
  );
  return sorted.filter((problem, index) => index === 0 || formatProblem(problem) !== formatProblem(sorted[index - 1] ?? problem));
}

/** Orders texts by code unit, the same everywhere, whatever the locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
