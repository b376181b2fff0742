/** Names that are written in another case: Argo takes them for its own whenever it reads an object as Go's JSON does. */
import { isObject } from '../../text/json/fields.ts';
import { objectFinding } from '../finding.ts';
import { MOST_PROBLEMS, note } from '../parts/look.ts';
import type { Problems } from '../parts/look.ts';
import { fold } from './patch.ts';

/** Members by which something is run, called, or allowed. */
const NAMES: ReadonlyMap<string, string> = new Map([
  'templates', 'templateDefaults', 'container', 'script', 'containerSet', 'containers', 'initContainers', 'sidecars',
  'image', 'steps', 'dag', 'tasks',
  'inline', 'template', 'templateRef', 'workflowTemplateRef', 'clusterScope', 'podSpecPatch', 'executorPlugins',
  'sidecar', 'resource', 'manifest',
  'manifestFrom', 'action', 'flags', 'volumes', 'reference', 'hooks', 'onExit', 'entrypoint', 'arguments',
  'parameters', 'withItems', 'withParam',
  'securityContext', 'privileged', 'hostNetwork', 'serviceAccountName', 'automountServiceAccountToken', 'executor',
  'artifactGC', 'env', 'envFrom',
  'volumeMounts', 'command', 'args', 'source', 'workflowSpec', 'dependencies', 'depends', 'hostPath', 'capabilities',
  'when', 'continueOn',
  'inputs', 'value', 'valueFrom', 'default', 'name', 'withSequence', 'metadata', 'podMetadata', 'labels', 'annotations',
  'spec', 'csi', 'projected', 'mountPath', 'failFast', 'onError', 'outputs', 'globalName',
].map((name) => [fold(name), name]));

/** Members whose own members are names of somebody's choice. */
const FREE: ReadonlySet<string> = new Set([
  'labels', 'annotations', 'nodeSelector', 'matchLabels', 'limits', 'requests', 'withItems', 'plugin', 'hooks',
  'options', 'driverOpts', 'volumeAttributes',
  'storedTemplates', 'configuration', 'labelsFrom', 'value',
]);
/** Of these also everything below. */
const OPAQUE: ReadonlySet<string> = new Set(
  ['labels', 'annotations', 'nodeSelector', 'matchLabels', 'limits', 'requests', 'withItems', 'plugin', 'value'],
);

/** Notes members of one object that are one of these names but for their case; nothing below is looked at. */
export function checkNames(value: unknown, path: string, names: readonly string[], problems: Problems): void {
  if (!isObject(value)) return;
  const meant = new Map(names.map((name) => [fold(name), name]));
  for (const found of Object.keys(value)) {
    const expected = meant.get(fold(found));
    if (expected !== undefined && expected !== found)
      note(problems, objectFinding('INPUT_OBJECT_UNREADABLE', path === '' ? found : `${path}.${found}`, { expected, found }));
  }
}

/** Notes every member of a workflow's spec that is one of Argo's but for its case. Linear in the object. */
export function checkSpelling(value: unknown, path: string, problems: Problems, isFree = false): void {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && problems.length < MOST_PROBLEMS; index += 1) {
      const item: unknown = value[index];
      if (typeof item === 'object' && item !== null) checkSpelling(item, `${path}[${index}]`, problems);
    }
    return;
  }
  if (!isObject(value)) return;
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (!isFree) {
      const meant = NAMES.get(fold(name));
      const isOther = meant !== undefined && meant !== name;
      if (isOther) note(problems, objectFinding('INPUT_OBJECT_UNREADABLE', `${path}.${name}`, { expected: meant, found: name }));
    }
    const isClosed = typeof member !== 'object' || member === null || (!isFree && OPAQUE.has(name));
    if (!isClosed) checkSpelling(member, `${path}.${name}`, problems, FREE.has(name));
  }
}
