/** What an engine makes for a run that somebody asked for belongs to that run, and says what the run says. */
import type { BuildRequest } from '../../../domain/build/build-request.ts';
import type { RunFact } from '../../../domain/build/facts.ts';
import { belongingTo, placeOf } from '../owner.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import { unknownYet } from '../question.ts';
import { openLevel } from './graph.ts';
import type { DefinitionNode, Level } from './graph.ts';
import { sameContent, sameTexts } from './same-content.ts';
import type { SignedBy } from './vouched.ts';

/** By it an engine says which task of its pipeline a run is. */
const TASK_LABEL = 'tekton.dev/pipelineTask';

/** What an engine executes of a run: as the status says it, or before that as it was asked for. */
export function executedRequest({ executed, request }: RunFact): BuildRequest {
  return executed ?? request;
}

/**
 * What differs between what an engine has made and the task of the run that it says it is; empty when they are the same, or when there
 * is nothing to compare: one engine may make what it runs out of something else (a strategy), which was judged with its run.
 */
export function judgeMade(
  request: BuildRequest, run: RunFact, question: RequestQuestion, signedBy: SignedBy | undefined,
): readonly RequestOutcome[] {
  const of = executedRequest(run);
  if (of.engine !== request.engine) return [];
  const level = openLevel(of, question, signedBy);
  if (of.role === 'schedule') return everyUse(request, level);
  const own = openLevel(request, question, undefined, true).nodes.find(({ use }) => use.usedBy === undefined);
  const entry = entryOf(request, level);
  if (own === undefined) return [];
  const at = { path: own.path, artifact: own.called };
  const name = request.labels[TASK_LABEL] ?? '';
  if (entry === 'open') return [{ ...unknownYet(`the pipeline of ${of.kind} ${of.name}`), ...at }];
  if (entry === undefined) {
    return [{ code: 'POLICY_DEFINITION_CHANGED', ...at, found: [`${of.kind} ${of.name} has no task ${JSON.stringify(name)}`] }];
  }
  return sameUse(own, entry) ? [] : [{
    code: 'POLICY_DEFINITION_CHANGED', ...at, expected: [`what task ${name} of ${of.kind} ${of.name} says`],
  }];
}

/** The task of a run that an object says it is: by the run's own order, or by that of the pipeline it refers to. */
export function entryOf(request: BuildRequest, level: Level): DefinitionNode | 'open' | undefined {
  const name = Object.hasOwn(request.labels, TASK_LABEL) ? request.labels[TASK_LABEL] : undefined;
  if (name === undefined) return undefined;
  const referred = level.nodes.find(({ use }) => use.usedBy === undefined && use.kind === 'pipeline' && use.form !== 'inline');
  const holder = level.request.order.length > 0 ? level : referred?.inside;
  if (holder === undefined) return referred?.state === 'open' || referred?.state === 'later' ? 'open' : undefined;
  const place = holder.request.order.find((one) => one.name === name);
  return place === undefined ? undefined : holder.nodes[place.definition];
}

/** What a schedule makes is all that it holds: every use of a definition is one of its own. */
function everyUse(request: BuildRequest, level: Level): readonly RequestOutcome[] {
  return request.definitions.flatMap((use): readonly RequestOutcome[] =>
    level.nodes.some((node) => sameUse({ use }, node)) ? [] : [{
      code: 'POLICY_DEFINITION_CHANGED', path: use.path, expected: [`what ${level.request.kind} ${level.request.name} says`],
    }]);
}

/** The same definition, by its content or by the same reference. */
export function sameUse({ use: made }: Pick<DefinitionNode, 'use'>, { use: defined }: Pick<DefinitionNode, 'use'>): boolean {
  if (made.form === 'inline' && defined.form === 'inline') {
    return made.kind === defined.kind && made.content !== undefined && defined.content !== undefined
      && sameContent(made.content, defined.content);
  }
  if (made.form === 'local' && defined.form === 'local') {
    return made.group === defined.group && made.resource === defined.resource && made.name === defined.name
      && made.namespace === defined.namespace;
  }
  if (made.form === 'remote' && defined.form === 'remote') {
    return made.kind === defined.kind && made.resolver === defined.resolver && sameTexts(made.params, defined.params);
  }
  // A name that a parameter gives: what it is was filled in.
  if (made.form === 'local' && defined.form === 'remote' && defined.resolver === '') {
    return sameTexts({ name: made.name }, { name: defined.params['name'] ?? '' });
  }
  return made.form === 'custom' && defined.form === 'custom' && made.apiVersion === defined.apiVersion
    && made.customKind === defined.customKind && made.name === defined.name;
}

/**
 * The run in whose order a task stands: the outermost that was made for nobody else. A run that claims to be part of another one and
 * says something else than that stands for itself.
 */
export function rootOf(
  run: RunFact, namespace: string, question: RequestQuestion, signedBy: SignedBy | undefined,
): RunFact | RequestOutcome {
  let root = run;
  for (let depth = 0; depth < 8; depth += 1) {
    const { request } = root;
    const { owner } = request;
    if (placeOf(owner)?.engine !== request.engine) return root;
    const above = belongingTo(owner, namespace, question.ask);
    if (above.state === 'wrong' && above.outcome.code === 'POLICY_FACT_UNKNOWN') return above.outcome;
    if (above.state !== 'made' || above.run.request.role !== 'run') return root;
    const differences = judgeMade(request, above.run, question, signedBy);
    const open = differences.find(({ code }) => code === 'POLICY_FACT_UNKNOWN');
    if (open !== undefined) return open;
    if (differences.length > 0) return root;
    root = above.run;
  }
  return root;
}
