/** What today's policies say of artifacts that were admitted by others: judged anew only where policies have changed since. */
import type { ArtifactRef } from '../../domain/artifact/artifact.ts';
import type { FactAnswer, QuestionOf } from '../../domain/build/facts.ts';
import type { ServiceAccountCaller } from '../../domain/gate/caller.ts';
import type { PullScope, ReviewRequest } from '../../domain/decision/review.ts';
import { eachBounded } from '../../flow/each-bounded.ts';
import { policiesDigest } from '../../select/policies-digest.ts';
import { createContext } from '../context.ts';
import type { Context } from '../context.ts';
import { judge, PARALLEL } from '../judge.ts';
import { LEADS } from '../leads/index.ts';
import { selectPolicies } from '../select-policies.ts';
import type { Ways } from './ways.ts';

/**
 * The findings of today about artifacts that a receipt is for; none when the policies that speak about them are the same as those that
 * spoke then. They are judged as they were asked about: at the gate, for that caller, in the namespace of the request.
 */
export async function findArtifacts(
  { artifacts, caller, policies }: QuestionOf<'artifacts'>, { context: asked }: Ways,
): Promise<FactAnswer<'artifacts'>> {
  const set = asked.policies;
  if (set === undefined) return { known: false, cause: 'no policies are loaded' };
  const context = contextOf(asked, caller);
  try {
    const selections = await eachBounded(artifacts, PARALLEL, (ref) => selectPolicies(ref, set, context));
    const isCertain = selections.every(({ unknown }) => unknown.length === 0);
    if (isCertain && policiesDigest(selections.flatMap(({ applies }) => applies)) === policies) return { known: true, value: [] };
    const scope = scopeOf(asked);
    const judged = await eachBounded(artifacts, PARALLEL, (ref: ArtifactRef) => judge(ref, scope, context));
    return { known: true, value: judged.flatMap(({ findings }) => findings) };
  } finally {
    context.end();
  }
}

/** Nobody's pull secrets: the gate used its own credentials too. */
function scopeOf({ review: { namespace } }: Context): PullScope {
  return { namespace, serviceAccount: '', pullSecrets: [], credentials: 'own' };
}

/** The same request at the same moment under the same policies, as if the caller of then asked the gate. */
function contextOf(asked: Context, caller: string): Context {
  const { ports, budget, review } = asked;
  const of = accountOf(caller);
  const question: Pick<ReviewRequest, 'question'> =
    of === undefined ? {} : { question: { asks: 'admit', caller: of, run: { found: 'none' } } };
  // Policies in mode audit have no say here, and would be judged after an answer that nobody gives.
  const { audits: _audits, ...others } = ports;
  return createContext({ ...others, lingerMs: 0 }, { ...review, surface: 'gate', ...question }, budget, LEADS, asked);
}

const ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** Policies that name other callers than accounts do not speak then: receipts of a run are given to its pods. */
function accountOf(caller: string): ServiceAccountCaller | undefined {
  const [, namespace, name] = ACCOUNT.exec(caller) ?? [];
  return namespace === undefined || name === undefined ? undefined : { kind: 'serviceAccount', namespace, name, uid: '' };
}
