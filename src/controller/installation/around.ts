/** What is around the gate: the API server's version, the guard, the namespace, and the kinds of ours. */
import { OWN_KINDS } from '../../domain/own-kinds.ts';
import { ownList, ownText } from '../../text/json/fields.ts';
import { fail, ok, unknown, warn } from './finding.ts';
import type { CheckFinding } from './finding.ts';
import { below } from './looks/look.ts';
import { resourcesOf } from './read.ts';
import type { HeldGuard } from './looks/look.ts';
import type { Installation } from './read.ts';

const OLDEST = 30;
const KINDS = OWN_KINDS.map(({ plural }) => plural);

/** Findings about what is around the gate. */
export function checkAround(installation: Installation): readonly CheckFinding[] {
  return [...checkVersion(installation), ...checkNamespace(installation), ...checkGuard(installation), ...checkKinds(installation)];
}

function checkVersion({ version }: Installation): readonly CheckFinding[] {
  if (version.kind !== 'found') return [];
  const minor = Number.parseInt(ownText(version.object, 'minor') ?? '', 10);
  const shown = ownText(version.object, 'gitVersion') ?? 'of an unknown version';
  if (Number.isNaN(minor) || minor >= OLDEST) return [ok('API server', shown)];
  return [fail('API server', `${shown} does not decide ValidatingAdmissionPolicies in v1`, `upgrade to 1.${OLDEST} or newer`)];
}

function checkNamespace({ ownNamespace, namespace }: Installation): readonly CheckFinding[] {
  if (ownNamespace.kind !== 'found') return [];
  const labels = below(ownNamespace.object, 'metadata', 'labels');
  if (ownText(labels, 'pod-security.kubernetes.io/enforce') === 'restricted')
    return [ok('namespace', `${namespace} takes restricted pods only`)];
  return [warn('namespace', `${namespace} is not judged, and takes pods that are not restricted`,
    `kubectl label namespace ${namespace} pod-security.kubernetes.io/enforce=restricted`)];
}

function checkGuard({ guard }: Installation): readonly CheckFinding[] {
  const hidden = guard.find(({ policy, binding }) => policy.kind === 'unknown' || binding.kind === 'unknown');
  if (hidden !== undefined) return [unknown('guard', `${hidden.name} cannot be read`, 'ask with the rights of an administrator')];
  const open = guard.filter((one) => !isInForce(one));
  if (open.length > 0)
    return [fail('guard', `${open.map(({ name }) => name).join(', ')} is not in force: whoever may write these objects takes the gate away`,
      'apply deploy/manifests/guard.yaml')];
  return [ok('guard', 'who may change Gatehouse is decided by the API server')];
}

/** It denies, also what it cannot judge, and nothing narrows it to some objects. */
export function isInForce({ name, policy, binding }: HeldGuard): boolean {
  if (policy.kind !== 'found' || binding.kind !== 'found') return false;
  const bound = below(binding.object, 'spec');
  return ownText(below(policy.object, 'spec'), 'failurePolicy') === 'Fail' && ownText(bound, 'policyName') === name
    && (ownList(bound, 'validationActions') ?? []).includes('Deny') && isEverything(below(bound, 'matchResources'));
}

/** No selector, no rule of its own: the API server fills in empty ones. */
function isEverything(match: unknown): boolean {
  if (match === undefined) return true;
  const [namespaces, objects] = [below(match, 'namespaceSelector'), below(match, 'objectSelector')].map((one) => JSON.stringify(one ?? {}));
  return namespaces === '{}' && objects === '{}' && (ownList(match, 'resourceRules') ?? []).length === 0
    && (ownList(match, 'excludeResourceRules') ?? []).length === 0;
}

function checkKinds({ kinds }: Installation): readonly CheckFinding[] {
  if (kinds.kind === 'unknown') return [unknown('kinds', `group gatehouse.dev: ${kinds.why}`, 'ask with the rights of an administrator')];
  if (kinds.kind === 'none') return [ok('kinds', 'none of gatehouse.dev: policies come from files')];
  const served = new Set(resourcesOf(kinds));
  const missing = KINDS.filter((kind) => !served.has(kind));
  if (missing.length === 0) return [ok('kinds', `all ${KINDS.length} of gatehouse.dev are served`)];
  return [fail('kinds', `not served: ${missing.join(', ')}`, 'kubectl apply -k deploy/crds')];
}
