/** What is around the gate: the API server's version, the guard, the namespace, and the kinds of ours. */
import { OWN_KINDS } from '../../domain/own-kinds.ts';
import { ownList, ownText } from '../../text/json/fields.ts';
import { fail, ok, unknown, warn } from './finding.ts';
import type { CheckFinding } from './finding.ts';
import { below, resourcesOf } from './read.ts';
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
  const open = guard.filter(({ policy, binding }) => policy.kind !== 'found' || binding.kind !== 'found'
    || ownText(below(policy.object, 'spec'), 'failurePolicy') !== 'Fail'
    || !(ownList(below(binding.object, 'spec'), 'validationActions') ?? []).includes('Deny'));
  if (open.length > 0)
    return [fail('guard', `${open.map(({ name }) => name).join(', ')} is not in force: whoever may write these objects takes the gate away`,
      'apply deploy/manifests/guard.yaml')];
  return [ok('guard', 'who may change Gatehouse is decided by the API server')];
}

function checkKinds({ kinds }: Installation): readonly CheckFinding[] {
  if (kinds.kind === 'unknown') return [unknown('kinds', `group gatehouse.dev: ${kinds.why}`, 'ask with the rights of an administrator')];
  if (kinds.kind === 'none') return [ok('kinds', 'none of gatehouse.dev: policies come from files')];
  const served = new Set(resourcesOf(kinds));
  const missing = KINDS.filter((kind) => !served.has(kind));
  if (missing.length === 0) return [ok('kinds', `all ${KINDS.length} of gatehouse.dev are served`)];
  return [fail('kinds', `not served: ${missing.join(', ')}`, 'kubectl apply -k deploy/crds')];
}
