/** What a request is about is judged without an artifact: by every requirement of every policy about pipelines that applies. */
import type { Matter } from '../../domain/build/matter.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import { reason } from '../../domain/decision/reasons.ts';
import type { RequestPolicy, RequestRequirement } from '../../domain/policy/request-policy.ts';
import { policyName } from '../finding.ts';
import { judgeCallers } from './callers/index.ts';
import { judgeDefinitions } from './definitions.ts';
import { judgeHygiene } from './hygiene/index.ts';
import { judgeImages } from './images.ts';
import { judgeJail } from './jail/index.ts';
import { judgeParameters } from './parameters.ts';
import { judgePublish } from './publish.ts';
import type { RequestJudge, RequestOutcome, RequestQuestion } from './question.ts';
import { judgeReceipts } from './receipts/index.ts';
import { judgeRequesters } from './requesters.ts';
import { judgeRequiredTasks } from './required-tasks.ts';
import { judgeReserved } from './reserved.ts';
import { judgeServiceAccounts } from './service-accounts.ts';
import { tasksOf } from './task-at.ts';
import { judgeWriters } from './writers.ts';

export type { RequestQuestion } from './question.ts';

/** The judge of every kind: a kind without one does not compile. */
const JUDGES: { readonly [Kind in RequestRequirement['kind']]: RequestJudge<Kind> } = {
  requesters: judgeRequesters,
  definitions: judgeDefinitions,
  requiredTasks: judgeRequiredTasks,
  parameters: judgeParameters,
  images: judgeImages,
  hygiene: judgeHygiene,
  serviceAccounts: judgeServiceAccounts,
  jail: judgeJail,
  publish: judgePublish,
  callers: judgeCallers,
  receipts: judgeReceipts,
  writers: judgeWriters,
  reserved: judgeReserved,
};

/** What all judges of one request share. */
export type RequestSurroundings = Omit<RequestQuestion, 'policy'> & {
  readonly matter: Matter;
  /** Told what a judge threw; that requirement is undetermined, and the others are judged all the same. */
  readonly onFault: (fault: unknown) => void;
};

/**
 * Judges what a request is about by the policies that apply: for each requirement the findings about what is wrong, or one that
 * says that it holds; none where it does not speak about such a matter. Pure: what is not known yet is asked for and undetermined.
 */
export function evaluateRequest(policies: readonly RequestPolicy[], surroundings: RequestSurroundings): readonly Finding[] {
  const taskAt = tasksOf(surroundings.matter);
  return policies.flatMap((policy) => policy.broken !== undefined
    ? [aboutRequest({ code: 'POLICY_BROKEN', cause: policy.broken }, policy)]
    : policy.requirements.flatMap((requirement) => {
      const outcomes = judgeSafely(requirement, { ...surroundings, policy });
      if (outcomes === undefined) return [];
      const all: readonly RequestOutcome[] = outcomes.length === 0 ? [{ code: 'POLICY_SATISFIED' }] : outcomes;
      return all.map((outcome) => {
        const task = taskAt(outcome.path ?? '', outcome.artifact ?? '');
        return { ...aboutRequest(outcome, policy), requirement: requirement.name, ...(task === undefined ? {} : { task }) };
      });
    }));
}

function judgeSafely(
  requirement: RequestRequirement, question: RequestQuestion & Pick<RequestSurroundings, 'onFault'>,
): readonly RequestOutcome[] | undefined {
  try {
    return judge(requirement, question);
  } catch (fault) {
    question.onFault(fault);
    return [{ code: 'ENGINE_FAULT' }];
  }
}

function judge<Kind extends RequestRequirement['kind']>(
  requirement: Extract<RequestRequirement, { readonly kind: Kind }>, question: RequestQuestion,
): readonly RequestOutcome[] | undefined {
  return (JUDGES[requirement.kind] as RequestJudge<Kind>)(requirement, question);
}

/** A finding about the request itself; its verdict is the one the catalogue gives the code. Without a policy it is enforced. */
export function aboutRequest(outcome: RequestOutcome, policy?: Pick<RequestPolicy, 'name' | 'mode'>): Finding {
  const mode = policy?.mode ?? 'enforce';
  return {
    verdict: reason(outcome.code).verdict,
    path: '',
    artifact: '',
    ofRequest: true,
    ...(policy === undefined ? {} : { policy: policyName(policy) }),
    ...outcome,
    mode: mode === 'enforce' ? (outcome.mode ?? mode) : mode,
  };
}
