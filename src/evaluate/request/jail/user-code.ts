/** Which tasks run code of users: by the class of the definition that they are an instance of. */
import type { DefinitionUse } from '../../../domain/build/definition.ts';
import type { JailRequirement } from '../../../domain/policy/request-policy.ts';
import { isObject, own } from '../../../text/json/fields.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';

/** Whether it does; or what is not known that would say so. */
export type UserCode = { readonly known: true; readonly is: boolean } | { readonly known: false; readonly outcome: RequestOutcome };

/** Whether a task that is an instance of this definition runs code of users. Without a definition it counts as a build. */
export function runsUserCode(
  use: DefinitionUse | undefined, _namespace: string, { classes }: JailRequirement, _question: RequestQuestion,
): UserCode {
  const name = use?.form === 'local' ? use.name : '';
  const named = classes.definitions.find(({ task }) => name !== '' && task.test(name));
  return { known: true, is: classes.userCode.has(named?.class ?? 'build') };
}

/**
 * Annotations of a definition that is only named: Tekton gives a TaskRun those of its Task that it lacks. `undefined` while its
 * content is not known; empty for what has none of its own.
 */
export function definitionAnnotations(
  use: DefinitionUse | undefined, namespace: string, _requirement: JailRequirement, { ask, policy }: RequestQuestion,
): Readonly<Record<string, string>> | undefined {
  if (use === undefined || (use.form !== 'local' && use.form !== 'remote')) return {};
  const answer = ask({ kind: 'definition', use, namespace, trust: policy.trust });
  if (answer?.known !== true) return undefined;
  const annotations = answer.value.found ? own(own(answer.value.definition.content, 'metadata'), 'annotations') : undefined;
  if (!isObject(annotations)) return {};
  return Object.fromEntries(Object.entries(annotations).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
