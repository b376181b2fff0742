/** Whoever finds a problem says where in the document it is; line and column follow from that. */
import type { PolicyProblem } from '../../domain/policy/policy.ts';
import type { PolicyDocument } from './documents.ts';
import type { Path } from './problems.ts';
import { formatPath } from './problems.ts';

/** Messages quote what was found, which may be of any length. */
const MAX_MESSAGE = 600;

function clip(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}

/** Collects the problems of one document, each with its place in the file. */
export class Reporter {
  readonly #document: PolicyDocument;
  readonly #problems: PolicyProblem[];

  /** `problems` receives what is reported; several reporters share one list. */
  constructor(document: PolicyDocument, problems: PolicyProblem[]) {
    this.#document = document;
    this.#problems = problems;
  }

  error(path: Path, message: string, part?: 'key' | 'value'): void {
    this.#problems.push({ ...this.#document.position(path, part), severity: 'error', path: formatPath(path), message: clip(message) });
  }

  warn(path: Path, message: string, part?: 'key' | 'value'): void {
    this.#problems.push({ ...this.#document.position(path, part), severity: 'warning', path: formatPath(path), message: clip(message) });
  }

  /** An error about one character of a text value. */
  errorIn(path: Path, offset: number, message: string): void {
    this.#problems.push({ ...this.#document.positionIn(path, offset), severity: 'error', path: formatPath(path), message: clip(message) });
  }

  /** `file:line`, for messages of other documents that point here. */
  place(): string {
    const { file, line } = this.#document.position(['metadata', 'name']);
    return `${file}:${line}`;
  }
}
