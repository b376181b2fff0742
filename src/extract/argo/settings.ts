/** Settings of the pods of a workflow, and the accounts as which it runs. */
import type { Named } from '../../domain/build/build-request.ts';
import type { PodSettings } from '../../domain/build/task.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { textOf, textsOf } from '../build-base.ts';
import { at, objectsAt } from '../parts/look.ts';
import type { Placed, Problems } from '../parts/look.ts';
import { podSettingsOf } from '../parts/pod-settings.ts';
import type { PodMetadata } from '../parts/pod-settings.ts';
import { memberOf } from '../parts/security.ts';
import { isLeaf } from './containers.ts';
import type { FieldReader } from './images.ts';
import type { Template, Templates } from './templates.ts';

/** Members by which a template sets up its pod. */
const SETTINGS = [
  'volumes', 'securityContext', 'serviceAccountName', 'automountServiceAccountToken', 'hostAliases', 'schedulerName',
] as const;

/** What the workflow, its defaults, its templates and every patch that could be read say of pods. */
export function podsOf(
  spec: Placed<JsonObject>, defaults: Placed<JsonObject> | undefined, templates: Templates, { patches }: FieldReader, problems: Problems,
): readonly PodSettings[] {
  return [
    podSettingsOf(spec, given(spec, 'podMetadata'), problems),
    ...(defaults === undefined ? [] : [podSettingsOf(defaults, given(defaults, 'metadata'), problems)]),
    ...templates.all.filter(setsUpPod).map((template) =>
      podSettingsOf(template, { task: template.name, ...given(template, 'metadata') }, problems)),
    ...patches.map(({ template, patch }) =>
      podSettingsOf(
        { ...patch, path: patch.path.replace(/:$/, '') },
        template === undefined ? { labels: {} } : { task: template.name, labels: {} },
        [],
      ),
    ),
  ];
}

/** Labels and annotations that a member of these gives to pods. */
function given({ value }: Placed<JsonObject>, member: string): Required<Pick<PodMetadata, 'labels' | 'annotations'>> {
  const metadata = memberOf(value, member);
  return { labels: textsOf(metadata, 'labels'), annotations: textsOf(metadata, 'annotations') };
}

function setsUpPod({ value }: Template): boolean {
  return isLeaf(value) && SETTINGS.some((name) => field(value, name) !== undefined);
}

/** Every account that is named: for pods, for executors, and for those that collect artifacts. */
export function accountsOf(
  spec: Placed<JsonObject>, defaults: Placed<JsonObject> | undefined, templates: Templates, { patches }: FieldReader,
): readonly Named[] {
  const holders = [spec, ...(defaults === undefined ? [] : [defaults]), ...templates.all];
  return [
    ...holders.flatMap((holder) =>
      [holder, member(holder, 'executor'), member(holder, 'artifactGC'), ...artifactsOf(holder)].flatMap(named)),
    ...patches.flatMap(({ patch }) => ['serviceAccountName', 'serviceAccount'].flatMap((name) => {
      const account = textOf(patch.value, name);
      return account === '' ? [] : [{ name: account, path: `${patch.path}${name}` }];
    })),
  ];
}

function named({ value, path }: Placed<JsonObject>): readonly Named[] {
  const name = textOf(value, 'serviceAccountName');
  return name === '' ? [] : [{ name, path: at(path, 'serviceAccountName') }];
}

function member({ value, path }: Placed<JsonObject>, name: string): Placed<JsonObject> {
  return { value: memberOf(value, name), path: at(path, name) };
}

function artifactsOf({ value, path }: Placed<JsonObject>): readonly Placed<JsonObject>[] {
  return objectsAt(memberOf(value, 'outputs'), 'artifacts', at(path, 'outputs'), []).map((artifact) => member(artifact, 'artifactGC'));
}

/** Variables by which Argo's executor stops for somebody to look into a container. */
const PAUSES: ReadonlySet<string> = new Set(['ARGO_DEBUG_PAUSE_BEFORE', 'ARGO_DEBUG_PAUSE_AFTER']);

/** Where a container asks to be stopped for debugging. */
export function debugIn(containers: readonly { readonly environment: readonly Named[] }[]): string | undefined {
  for (const { environment } of containers) {
    const found = environment.find(({ name }) => PAUSES.has(name));
    if (found !== undefined) return found.path;
  }
  return undefined;
}

/** A reference to a whole workflow template, where the spec has one. */
export function wholeReference({ value, path }: Placed<JsonObject>): Placed<JsonObject> | undefined {
  const reference = field(value, 'workflowTemplateRef');
  return isObject(reference) ? { value: reference, path: at(path, 'workflowTemplateRef') } : undefined;
}
