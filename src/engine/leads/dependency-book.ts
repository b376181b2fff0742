import type { DependencyAnswer, DependencyQuestion } from '../../domain/artifact/dependency.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import type { PullScope } from '../../domain/decision/review.ts';
import type { Context } from '../context.ts';
import { allHold } from '../rounds.ts';

/** Something that is judged because of what was built with it: the artifact itself, or an image further down. */
export interface BuildNode {
  /** Empty for artifacts of the request: they are judged for another use than as a dependency. */
  readonly key: string;
  /** 0 for artifacts of the request. */
  readonly depth: number;
}

/** Node of every artifact that the request itself names. */
export const ROOT: BuildNode = { key: '', depth: 0 };

/** Judges an image as a dependency; where it asks about its own dependencies, it does so as `node`. */
export type JudgeDependency = (
  question: DependencyQuestion,
  node: BuildNode,
  scope: PullScope,
  context: Context,
) => Promise<DependencyAnswer>;

/** Images further down than this are not followed: base images of base images of base images. */
const DEEPEST = 8;
/** Images that one request may lead to. */
const MOST = 100;

/** The images that one request leads to, each judged once for all who were built with it. */
export interface DependencyBook {
  judge(question: DependencyQuestion, asker: BuildNode, scope: PullScope, context: Context): DependencyAnswer | Promise<DependencyAnswer>;
  /** True once somebody would have had to wait for himself. */
  readonly circular: boolean;
  /** How many images have been admitted so far. */
  readonly admitted: number;
  /** Forgets all answers but admissions: of images in a circle they may depend on who was asked first. */
  forgetRefusals(): void;
}

/**
 * Makes the book of one request. Whoever would have to wait for himself is told so: two images whose provenance names each
 * other prove nothing. Depth and number are bounded, and time is by the request's deadline.
 */
export function createDependencyBook(judge: JudgeDependency): DependencyBook {
  return new Book(judge);
}

class Book implements DependencyBook {
  readonly #judge: JudgeDependency;
  // Made when needed: most requests lead to no image.
  #answers: Map<string, Promise<DependencyAnswer>> | undefined;
  #waiting: Map<string, string[]> | undefined;
  #refused: string[] | undefined;
  circular = false;
  admitted = 0;

  constructor(judge: JudgeDependency) {
    this.#judge = judge;
  }

  judge(question: DependencyQuestion, asker: BuildNode, scope: PullScope, context: Context): DependencyAnswer | Promise<DependencyAnswer> {
    const key = keyOfDependency(question);
    const depth = asker.depth + 1;
    if (waitsFor(this.#waiting, key, asker.key)) {
      this.circular = true;
      return { kind: 'limit', cause: `${question.image.raw} was built with itself, by way of others or directly` };
    }
    const known = this.#answers?.get(key);
    if (known === undefined && depth > DEEPEST) return { kind: 'limit', cause: `images are followed ${DEEPEST} levels deep` };
    if (known === undefined && (this.#answers?.size ?? 0) >= MOST)
      return { kind: 'limit', cause: `at most ${MOST} images are judged as dependencies in one request` };
    if (asker.key !== '') (this.#waiting ??= new Map<string, string[]>()).set(asker.key, [...(this.#waiting.get(asker.key) ?? []), key]);
    if (known !== undefined) return known;
    const judging = this.#settle(key, this.#judge(question, { key, depth }, scope, context));
    (this.#answers ??= new Map<string, Promise<DependencyAnswer>>()).set(key, judging);
    return judging;
  }

  forgetRefusals(): void {
    for (const key of this.#refused ?? []) this.#answers?.delete(key);
    this.#refused = undefined;
  }

  async #settle(key: string, judging: Promise<DependencyAnswer>): Promise<DependencyAnswer> {
    const answer = await judging;
    if (answer.kind === 'admitted') this.admitted += 1;
    else (this.#refused ??= []).push(key);
    this.#waiting?.delete(key);
    return answer;
  }
}

/** Whether `from` waits for `to`, directly or by way of others. */
function waitsFor(
  waiting: ReadonlyMap<string, readonly string[]> | undefined,
  from: string,
  to: string,
  seen = new Set<string>(),
): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return (waiting?.get(from) ?? []).some((next) => waitsFor(waiting, next, to, seen));
}

/**
 * Proves an artifact again as long as images in a circle may have been refused too early: an image that was met on the way
 * to itself can still be proven in another way, and then counts for those who were refused because of it.
 */
export async function untilSettled(prove: () => Promise<readonly Finding[]>, { dependencies }: Context): Promise<readonly Finding[]> {
  let findings = await prove();
  for (let before = -1; dependencies.circular && dependencies.admitted > before && !allHold(findings);) {
    before = dependencies.admitted;
    dependencies.forgetRefusals();
    findings = await prove();
  }
  return findings;
}

/** Names everything that the answer depends on. */
export function keyOfDependency({ image, mode, namespaced }: DependencyQuestion): string {
  return `${mode} ${namespaced ? 'namespaced ' : ''}${image.name}:${image.tag ?? ''}@${image.digest}`;
}
