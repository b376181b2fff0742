/** What is written down while an object of Tekton is read, and the limits within which it is read. */
import type { BuildRequest } from '../../domain/build/build-request.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import type { NestedReaders } from '../reading.ts';
import type { FindingDetail } from '../finding.ts';
import { objectFinding } from '../finding.ts';
import { createBudget } from './parameters/budget.ts';
import type { Budget } from './parameters/budget.ts';

/** Most tasks of one object, those of nested pipelines and those that are only named included. */
const MAX_TASKS = 1000;
/** Most steps and sidecars of one object; as many as images are judged. */
export const MAX_STEPS = 2000;
/** Deepest pipeline in a pipeline that is read. */
export const MAX_DEPTH = 10;
/** Characters of a text that rules look at. */
const MAX_TEXT = 262_144;
/** Problems beyond these say nothing new. */
const MAX_PROBLEMS = 100;

type Lists = 'definitions' | 'tasks' | 'order' | 'parameters' | 'accounts' | 'pods' | 'results' | 'images' | 'texts';
type Filled = { readonly [List in Lists]: BuildRequest[List][number][] };

/** Everything found so far, in the order of the object. */
export interface Book extends Filled {
  readonly problems: Finding[];
  readonly budget: Budget;
  /** Namespace of the request, where definitions without one are looked up. */
  readonly namespace: string;
  /** `v1`, `v1beta1` or `v1alpha1`: decides where a field of an older version is none. */
  readonly version: string;
  /** False for a run: then nobody sets its parameters any more, and defaults are what they come to. */
  readonly open: boolean;
  /** The request, and how objects of other engines in it are read. */
  readonly whole: { readonly review: ReviewRequest; readonly nested: NestedReaders };
  readonly counts: { tasks: number; steps: number; debug: string };
}

/** An empty book. */
export function createBook(about: Pick<Book, 'namespace' | 'version' | 'open' | 'whole'>): Book {
  return {
    definitions: [], tasks: [], order: [], parameters: [], accounts: [], pods: [], results: [], images: [], texts: [],
    problems: [],
    budget: createBudget(),
    counts: { tasks: 0, steps: 0, debug: '' },
    ...about,
  };
}

/** Writes a problem down. */
export function problem(book: Book, code: Finding['code'], path: string, detail: FindingDetail = {}): void {
  report(book, objectFinding(code, path, detail));
}

/** Writes a finding down: once for a place and code, and as long as there are not too many. */
export function report(book: Book, finding: Finding): void {
  if (book.problems.length >= MAX_PROBLEMS) return;
  if (!book.problems.some(({ code, path }) => code === finding.code && path === finding.path)) book.problems.push(finding);
}

/** Counts tasks, or steps; false, and one problem, when there are too many to be read. */
export function admits(book: Book, what: 'tasks' | 'steps', more: number, path: string): boolean {
  const most = what === 'tasks' ? MAX_TASKS : MAX_STEPS;
  book.counts[what] += more;
  if (book.counts[what] <= most) return true;
  problem(book, 'INPUT_TOO_MANY_TASKS', path, { expected: `at most ${most} ${what}`, found: String(book.counts[what]) });
  return false;
}

/** Writes down a text in which a secret could stand. */
export function addText(book: Book, text: string, path: string): void {
  if (text !== '') book.texts.push({ text: text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text, path });
}
