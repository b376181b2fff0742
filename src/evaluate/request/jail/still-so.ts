/** What an engine executes of a run was fixed when it began: a definition that says something else by now says nothing about its pods. */
import type { RunFact } from '../../../domain/build/facts.ts';
import { isObject, own } from '../../../text/json/fields.ts';
import { sameContent } from '../definition/same-content.ts';
import { openLevel } from '../definition/graph.ts';
import type { SignedBy } from '../definition/vouched.ts';
import type { RequestQuestion } from '../question.ts';

/**
 * Whether the one definition that a run refers to still says what the engine's status says it executes; true as well while the status
 * says nothing, and where the content stands in the run. Tekton makes every further pod of a TaskRun (`retries`) by the status.
 */
export function isStillSo({ request, executed }: RunFact, signedBy: SignedBy | undefined, question: RequestQuestion): boolean {
  const content = executed?.definitions.find(({ form, usedBy }) => form === 'inline' && usedBy === undefined);
  if (content === undefined || content.form !== 'inline') return true;
  const fact = openLevel(request, question, signedBy).nodes.find(({ use }) => use.usedBy === undefined)?.fact;
  return fact === undefined || sameContent(content.content, withoutReferences(own(fact.content, 'spec')));
}

/** Steps that refer to a StepAction are filled in with its content, which has signatures of its own: a placeholder stands for them. */
function withoutReferences(spec: unknown): unknown {
  const steps = own(spec, 'steps');
  if (!isObject(spec) || !Array.isArray(steps)) return spec;
  return { ...spec, steps: (steps as readonly unknown[]).map((step) => (own(step, 'ref') === undefined ? step : '$(ref)')) };
}
