/** Images that the artifact was built from must be admitted too. */
import type { ImageExpectation } from '../../domain/policy/build-requirement.ts';
import type { DependencyAnswer } from '../../domain/artifact/dependency.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import type { Mismatch } from '../content/mismatch.ts';
import { noteFinal } from '../finding.ts';
import type { Question } from '../question.ts';
import { readImage } from './image-dependency.ts';
import type { Dependency, Provenance } from './model.ts';

/**
 * Every image that the artifact was built with must be admitted itself, by the policies for its name and by evidence of its
 * own. Asked only of provenance that is otherwise as demanded: nobody else's word sends us to a registry.
 */
export function checkImages(expected: ImageExpectation, { dependencies }: Provenance, question: Question): readonly Mismatch[] {
  return dependencies.flatMap((dependency) => checkImage(expected, dependency, question));
}

function checkImage({ unmatched, except }: ImageExpectation, dependency: Dependency, question: Question): readonly Mismatch[] {
  const reading = readImage(dependency);
  if (reading === undefined || except?.some((pattern) => pattern.test(dependency.uri)) === true) return [];
  const problem = (code: ReasonCode, expectation: string, found: string): readonly Mismatch[] => [
    { code, claim: 'image', path: dependency.path, expected: expectation, found },
  ];
  if (!reading.ok) return problem('POLICY_PROVENANCE_DEPENDENCY', 'one image by its digest', reading.problem);
  const { image } = reading;
  const answer = question.admits?.({ image, mode: question.policy.mode, namespaced: question.policy.namespace !== undefined });
  noteFinal(question, answer?.kind === 'refused' && answer.finding.final === true);
  const refusal = refusalOf(answer, unmatched);
  return refusal === undefined ? [] : problem(refusal.code, 'admitted by the policies for it', `${image.raw}${refusal.found}`);
}

function refusalOf(
  answer: DependencyAnswer | undefined,
  unmatched: ImageExpectation['unmatched'],
): { readonly code: ReasonCode; readonly found: string } | undefined {
  switch (answer?.kind) {
    case undefined:
      return { code: 'ENGINE_DEADLINE', found: ': not judged yet' };
    case 'admitted':
      return undefined;
    case 'unmatched':
      return unmatched === 'allow' ? undefined : { code: 'POLICY_IMAGE_UNMATCHED', found: nearest(answer.nearest) };
    case 'limit':
      return { code: 'POLICY_IMAGE_LIMIT', found: `: ${answer.cause}` };
    case 'refused':
      return {
        code: answer.finding.verdict === 'undetermined' ? answer.finding.code : 'POLICY_IMAGE_DENIED',
        found: `: ${reasonOf(answer.finding)}`,
      };
  }
}

function nearest(patterns: readonly string[]): string {
  return patterns.length === 0 ? '' : `; nearest patterns ${patterns.join(', ')}`;
}

/** What the policies say of the image, in one line. */
function reasonOf({ policy, requirement, code, found = [], cause }: Finding): string {
  const rule = [policy, requirement].filter((part) => part !== undefined).join(' / ');
  const seen = found.length > 0 ? found.join(', ') : cause;
  return `${rule === '' ? '' : `policy ${rule}: `}${code}${seen === undefined ? '' : ` (${seen})`}`;
}
