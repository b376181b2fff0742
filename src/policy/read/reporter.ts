/** Whoever finds a problem says where in the document it is; line and column follow from that. */
import type { PolicyProblem } from '../../domain/policy/policy.ts';
import type { LintRule } from '../lint/rules.ts';
import { suppressionOf } from '../lint/suppression.ts';
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
  readonly #moved: (path: Path) => Path;

  /**
   * `problems` receives what is reported; several reporters share one list. `moved` gives the place in the document of a path of what is
   * compiled, where the two differ.
   */
  constructor(document: PolicyDocument, problems: PolicyProblem[], moved: (path: Path) => Path = (path) => path) {
    this.#document = document;
    this.#problems = problems;
    this.#moved = moved;
  }

  error(path: Path, message: string, part?: 'key' | 'value'): void {
    this.#say({ severity: 'error' }, path, message, part);
  }

  /** An error that mends itself when the document that is named comes, or is mended. */
  unresolved(path: Path, message: string): void {
    this.#say({ severity: 'error', unresolved: true }, path, message);
  }

  warn(path: Path, message: string, part?: 'key' | 'value'): void {
    this.#say({ severity: 'warning' }, path, message, part);
  }

  /** Advice: a warning, with the rule that gives it. */
  advise(rule: LintRule, path: Path, message: string, part?: 'key' | 'value'): void {
    this.#say({ severity: 'warning', rule }, path, message, part);
  }

  /** What may well be meant, and is worth knowing: told once, and no warning. */
  note(rule: LintRule, path: Path, message: string, part?: 'key' | 'value'): void {
    this.#say({ severity: 'note', rule }, path, message, part);
  }

  #say(what: Pick<PolicyProblem, 'severity' | 'rule' | 'unresolved'>, written: Path, message: string, part?: 'key' | 'value'): void {
    const path = this.#moved(written);
    const suppressed = what.rule === undefined ? undefined : suppressionOf(this.#document, what.rule);
    this.#problems.push({
      ...this.#document.position(path, part), ...what, path: formatPath(path), message: clip(message), ...(suppressed && { suppressed }),
    });
  }

  /** An error about one character of a text value. */
  errorIn(written: Path, offset: number, message: string): void {
    const path = this.#moved(written);
    const place = this.#document.positionIn(path, offset);
    this.#problems.push({ ...place, severity: 'error', path: formatPath(path), message: clip(message) });
  }

  /** The file that the document stands in, or the name of the resource that it is: `AdmissionException night-42`. */
  get file(): string {
    return this.#document.file;
  }

  /** `file:line`, for messages of other documents that point here. */
  place(): string {
    const { file, line } = this.#document.position(['metadata', 'name']);
    return line === 0 ? file : `${file}:${line}`;
  }
}
