import type { DependencyAnswer, DependencyQuestion } from '../domain/dependency.ts';
import type { Finding } from '../domain/finding.ts';
import type { PullScope } from '../domain/review.ts';
import type { Context } from './context.ts';
import { createInquiry } from './inquiry.ts';
import type { Inquiry } from './inquiry.ts';

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
export type JudgeDependency = (question: DependencyQuestion, node: BuildNode, scope: PullScope, context: Context) => Promise<DependencyAnswer>;

/** Images further down than this are not followed: base images of base images of base images. */
const DEEPEST = 8;
/** Images that one request may lead to. */
const MOST = 100;

/** The images that one request leads to, each judged once for all who were built with it. */
export interface DependencyBook {
  judge(question: DependencyQuestion, asker: BuildNode, scope: PullScope, context: Context): DependencyAnswer | Promise<DependencyAnswer>;
}

/**
 * Makes the book of one request. Whoever would have to wait for himself is told so: two images whose provenance names each
 * other prove nothing. Depth and number are bounded, and time is by the request's deadline.
 */
export function createDependencyBook(judge: JudgeDependency): DependencyBook {
  let answers: Map<string, Promise<DependencyAnswer>> | undefined;
  /** Who waits for whom. */
  let asked: Map<string, string[]> | undefined;

  function leadsTo(from: string, to: string, seen = new Set<string>()): boolean {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return (asked?.get(from) ?? []).some((next) => leadsTo(next, to, seen));
  }

  return {
    judge(question, asker, scope, context) {
      const key = keyOfDependency(question);
      const depth = asker.depth + 1;
      if (leadsTo(key, asker.key)) return { kind: 'limit', cause: `${question.image.raw} was built with itself, by way of others or directly` };
      const known = answers?.get(key);
      if (known === undefined && depth > DEEPEST) return { kind: 'limit', cause: `images are followed ${DEEPEST} levels deep` };
      if (known === undefined && (answers?.size ?? 0) >= MOST) return { kind: 'limit', cause: `at most ${MOST} images are judged as dependencies in one request` };
      if (asker.key !== '') (asked ??= new Map<string, string[]>()).set(asker.key, [...(asked.get(asker.key) ?? []), key]);
      if (known !== undefined) return known;
      const judging = judge(question, { key, depth }, scope, context);
      (answers ??= new Map<string, Promise<DependencyAnswer>>()).set(key, judging);
      return judging;
    },
  };
}

/** The inquiry of one artifact about the images that it was built with. */
export function createDependencies(node: BuildNode, scope: PullScope, context: Context): Inquiry<DependencyQuestion, DependencyAnswer> {
  return createInquiry<DependencyQuestion, DependencyAnswer>({
    keyOf: keyOfDependency,
    answer: (question) => context.dependencies.judge(question, node, scope, context),
    late: { kind: 'refused', finding: lateFinding(context) },
  }, context.deadline);
}

function keyOfDependency({ image, mode }: DependencyQuestion): string {
  return `${mode} ${image.name}:${image.tag ?? ''}@${image.digest}`;
}

function lateFinding({ review }: Context): Finding {
  return { verdict: 'undetermined', code: 'ENGINE_DEADLINE', path: '', artifact: review.name, mode: 'enforce', cause: 'the request ended before the image was judged' };
}
