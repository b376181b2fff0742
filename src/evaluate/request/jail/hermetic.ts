/** Hermetic execution: Tekton's entrypoint drops the network of a step, if it is asked to and nothing tells it otherwise. */
import type { BuildContainer, EnvironmentName } from '../../../domain/build/task.ts';
import type { BuildSettings } from '../../../domain/build/settings.ts';
import { keptText } from '../../../domain/decision/kept-text.ts';
import { own, ownText } from '../../../text/json/fields.ts';
import { unknownYet } from '../question.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';

type Texts = Readonly<Record<string, string>>;

/** The annotation by which a TaskRun asks for it. */
export const EXECUTION_MODE = 'experimental.tekton.dev/execution-mode';
/** What the controller gives to every step of such a TaskRun, last in its environment. */
const ASKED = 'TEKTON_HERMETIC';
/** With this in its environment, whatever its value, the entrypoint leaves the network as it is (cmd/entrypoint/runner.go). */
const BYPASS = 'TEKTON_RESOURCE_NAME';

/** Argo has none, so nothing that the requester could write mends it. */
export function judgeArgo(found: string): RequestOutcome {
  return {
    code: 'POLICY_JAIL_HERMETIC', expected: ['hermetic execution'], found: [found], cause: 'Argo Workflows has no hermetic execution',
    fix: 'let a policy that says hermetic: "off" judge the namespace of these runs, and jail them by NetworkPolicies',
  };
}

/** The annotation must say so; `from` are the maps from which the pod has it, the first that has it counts. */
export function judgeAnnotation(from: readonly Texts[], place: Pick<RequestOutcome, 'path' | 'artifact'>): readonly RequestOutcome[] {
  const mode = from.find((texts) => Object.hasOwn(texts, EXECUTION_MODE))?.[EXECUTION_MODE];
  if (mode === 'hermetic') return [];
  const found = mode === undefined ? 'no such annotation' : keptText(mode);
  return [{ code: 'POLICY_JAIL_HERMETIC', ...place, expected: [`${EXECUTION_MODE}: hermetic`], found: [found] }];
}

/** The engine must honour the annotation, which it does with alpha features alone. */
export function judgeEngine({ settings, ask }: RequestQuestion): readonly RequestOutcome[] {
  const namespace = controllerNamespace(settings);
  const answer = ask({ kind: 'object', group: '', resource: 'configmaps', namespace, name: 'feature-flags' });
  if (answer?.known !== true) return [unknownYet(`ConfigMap ${namespace}/feature-flags`, answer?.cause)];
  const fields = ownText(own(answer.value, 'data'), 'enable-api-fields');
  if (fields === 'alpha') return [];
  return [{
    code: 'POLICY_JAIL_HERMETIC',
    expected: [`enable-api-fields: alpha in ConfigMap ${namespace}/feature-flags`],
    found: [fields === undefined ? 'enable-api-fields is not set' : keptText(`enable-api-fields: ${fields}`)],
    cause: 'the engine passes over the annotation',
    fix: `have an administrator set enable-api-fields: alpha in ConfigMap ${namespace}/feature-flags`,
  }];
}

/** Nothing may undo it: neither the variable itself, nor names that come from elsewhere and could be it. */
export function judgeBypass(
  environment: readonly EnvironmentName[], environmentFrom: string | undefined, artifact: string,
): readonly RequestOutcome[] {
  const named = environment.filter(({ name }) => name === BYPASS).map(({ path }): RequestOutcome =>
    ({ code: 'POLICY_JAIL_BYPASS', path, artifact, found: [BYPASS] }));
  if (environmentFrom === undefined) return named;
  return [...named, { code: 'POLICY_JAIL_BYPASS', path: environmentFrom, artifact, found: ['envFrom, whose names are not known'] }];
}

/** What the controller made of it: of equal names the last counts, and that is its own. */
export function judgeStep({ environment, path, holder }: BuildContainer): readonly RequestOutcome[] {
  const asked = environment.findLast(({ name }) => name === ASKED);
  if (asked?.value === '1') return [];
  return [{
    code: 'POLICY_JAIL_HERMETIC', path: asked?.path ?? path, artifact: holder, expected: [`${ASKED}=1`],
    found: [asked === undefined ? `no ${ASKED}` : `${ASKED} is something else`],
  }];
}

/** The controllers' namespace holds the flags. */
function controllerNamespace({ tekton }: BuildSettings): string {
  const [account = ''] = tekton.controllers;
  return account.split(':')[2] ?? '';
}
