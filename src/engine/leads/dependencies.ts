import type { DependencyAnswer, DependencyQuestion } from '../../domain/artifact/dependency.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import type { PullScope } from '../../domain/decision/review.ts';
import type { Context } from '../context.ts';
import { keyOfDependency } from './dependency-book.ts';
import type { BuildNode } from './dependency-book.ts';
import { createInquiry } from '../inquiry.ts';
import type { Inquiry } from '../inquiry.ts';

/** The inquiry of one artifact about the images that it was built with. */
export function createDependencies(node: BuildNode, scope: PullScope, context: Context): Inquiry<DependencyQuestion, DependencyAnswer> {
  return createInquiry<DependencyQuestion, DependencyAnswer>({
    keyOf: keyOfDependency,
    answer: (question) => context.dependencies.judge(question, node, scope, context),
    late: { kind: 'refused', finding: lateFinding(context) },
  }, context.deadline);
}

function lateFinding({ review }: Context): Finding {
  return {
    verdict: 'undetermined',
    code: 'ENGINE_DEADLINE',
    path: '',
    artifact: review.name,
    mode: 'enforce',
    cause: 'the request ended before the image was judged',
  };
}
