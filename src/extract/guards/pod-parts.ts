/** Containers, volumes and settings of a pod, as far as rules about builds look at them. */
import type { BuildContainer, BuildVolume, EnvironmentName, PodSettings, SecuritySettings } from '../../domain/build/task.ts';
import { field, isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { metadataOf, textOf, textsOf } from '../build-base.ts';
import { furtherSecurity, furtherSettings, hostPortsOf } from '../further-settings.ts';

/** Texts longer than this are no value that a rule compares with. */
const MOST_VALUE = 64;
/** Most of a command that is kept. */
const MOST_COMMAND = 4096;

/** Containers of a pod in the order of its lists, each called as its engine's users call it. */
export function podContainers(spec: JsonObject): readonly BuildContainer[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    objectsOf(spec, list).map(({ item, index }) => containerOf(item, `spec.${list}[${index}]`, holderOf(list, item))));
}

/** Settings of a pod, with its volumes. */
export function podSettings(object: JsonObject, spec: JsonObject): PodSettings {
  const hostUsers = field(spec, 'hostUsers');
  const automount = field(spec, 'automountServiceAccountToken');
  const account = textOf(spec, 'serviceAccountName') || textOf(spec, 'serviceAccount');
  const runtimeClass = textOf(spec, 'runtimeClassName');
  return {
    path: 'spec',
    hostNetwork: field(spec, 'hostNetwork') === true,
    hostPID: field(spec, 'hostPID') === true,
    hostIPC: field(spec, 'hostIPC') === true,
    ...(typeof hostUsers === 'boolean' ? { hostUsers } : {}),
    ...(typeof automount === 'boolean' ? { automountServiceAccountToken: automount } : {}),
    ...(account === '' ? {} : { serviceAccount: account }),
    ...(runtimeClass === '' ? {} : { runtimeClass }),
    security: securityOf(spec, 'spec'),
    volumes: objectsOf(spec, 'volumes').map(({ item, index }) => volumeOf(item, `spec.volumes[${index}]`)),
    environment: [],
    labels: textsOf(metadataOf(object), 'labels'),
    ...furtherSettings(spec, 'spec'),
  };
}

/** Tekton calls containers `step-…` and `sidecar-…`; an init container that goes on running is a sidecar to everybody. */
function holderOf(list: string, item: JsonObject): string {
  const name = textOf(item, 'name');
  const sidecar = `sidecar ${name.replace(/^sidecar-/, '')}`;
  if (list === 'ephemeralContainers') return `ephemeral container ${name}`;
  if (list === 'initContainers') return field(item, 'restartPolicy') === 'Always' ? sidecar : `init container ${name}`;
  if (name.startsWith('step-')) return `step ${name.slice('step-'.length)}`;
  return name.startsWith('sidecar-') ? sidecar : `container ${name}`;
}

function containerOf(item: JsonObject, path: string, holder: string): BuildContainer {
  const command = ['command', 'args'].flatMap((name) => ownList(item, name) ?? []).filter((text) => typeof text === 'string');
  return {
    holder, path,
    image: textOf(item, 'image'),
    command: command.map((text) => text.slice(0, MOST_COMMAND)),
    environment: objectsOf(item, 'env').map(({ item: one, index }) => variableOf(one, `${path}.env[${index}]`)),
    ...((ownList(item, 'envFrom') ?? []).length > 0 ? { environmentFrom: `${path}.envFrom` } : {}),
    security: securityOf(item, path),
    ...hostPortsOf(item, path),
    mounts: objectsOf(item, 'volumeMounts').map(({ item: mount, index }) =>
      ({ volume: textOf(mount, 'name'), at: textOf(mount, 'mountPath'), path: `${path}.volumeMounts[${index}]` })),
  };
}

function variableOf(item: JsonObject, path: string): EnvironmentName {
  const value = field(item, 'value') ?? (field(item, 'valueFrom') === undefined ? '' : undefined);
  return { name: textOf(item, 'name'), path, ...(typeof value === 'string' && value.length <= MOST_VALUE ? { value } : {}) };
}

/** A host process of Windows has what a privileged container has, and the network of its node besides. */
function securityOf(holder: JsonObject, at: string): SecuritySettings {
  const context = field(holder, 'securityContext');
  const capabilities = own(context, 'capabilities');
  const seccomp = ownText(own(context, 'seccompProfile'), 'type');
  const procMount = ownText(context, 'procMount');
  const flags = ['allowPrivilegeEscalation', 'runAsNonRoot', 'readOnlyRootFilesystem'] as const;
  const runAsUser = own(context, 'runAsUser');
  return {
    path: `${at}.securityContext`,
    privileged: own(context, 'privileged') === true || own(own(context, 'windowsOptions'), 'hostProcess') === true,
    ...Object.fromEntries(flags.flatMap((name) => (typeof own(context, name) === 'boolean' ? [[name, own(context, name)]] : []))),
    ...(typeof runAsUser === 'number' ? { runAsUser } : {}),
    addedCapabilities: textsIn(own(capabilities, 'add')),
    droppedCapabilities: textsIn(own(capabilities, 'drop')),
    ...(seccomp === undefined ? {} : { seccomp }),
    ...(procMount === undefined ? {} : { procMount }),
    ...furtherSecurity(context),
  };
}

function volumeOf(item: JsonObject, path: string): BuildVolume {
  const type = Object.keys(item).find((key) => key !== 'name' && isObject(field(item, key))) ?? '';
  return { name: textOf(item, 'name'), path, type, detail: detailOf(type, field(item, type)) };
}

function detailOf(type: string, source: unknown): string {
  switch (type) {
    case 'csi': return ownText(source, 'driver') ?? '';
    case 'hostPath': return ownText(source, 'path') ?? '';
    case 'secret': return ownText(source, 'secretName') ?? '';
    case 'projected': return (ownList(source, 'sources') ?? []).flatMap((one) => (isObject(one) ? Object.keys(one) : [])).join(',');
    default: return '';
  }
}

function objectsOf(holder: JsonObject, name: string): readonly { readonly item: JsonObject; readonly index: number }[] {
  return (ownList(holder, name) ?? []).flatMap((item, index) => (isObject(item) ? [{ item, index }] : []));
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
