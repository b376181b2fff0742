/** Patches of pods (`podSpecPatch`): text that Argo merges into a pod, with everything that a pod may say. */
import { FURTHER_POD_SETTINGS } from '../../domain/build/task.ts';
import { isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { objectFinding } from '../finding.ts';
import { readYaml } from '../nested/yaml.ts';
import { note } from '../parts/look.ts';
import type { Placed, Problems } from '../parts/look.ts';

/**
 * Members of a pod that are looked at. Argo merges a patch by the names that it writes, and then reads the pod as Go does, which
 * takes `hostnetwork` for `hostNetwork`: so do we.
 */
const NAMES: ReadonlyMap<string, string> = new Map(
  [
    ...FURTHER_POD_SETTINGS,
    'ports',
    'hostPort',
    'windowsOptions',
    'hostProcess',
    'seLinuxOptions',
    'user',
    'role',
    'appArmorProfile',
    'sysctls',
    'containers',
    'initContainers',
    'ephemeralContainers',
    'volumes',
    'image',
    'reference',
    'hostNetwork',
    'hostPID',
    'hostIPC',
    'hostUsers',
    'automountServiceAccountToken',
    'serviceAccountName',
    'serviceAccount',
    'runtimeClassName',
    'securityContext',
    'privileged',
    'capabilities',
    'add',
    'drop',
    'seccompProfile',
    'type',
    'procMount',
    'runAsUser',
    'runAsNonRoot',
    'readOnlyRootFilesystem',
    'allowPrivilegeEscalation',
    'env',
    'envFrom',
    'name',
    'value',
    'command',
    'args',
    'volumeMounts',
    'volumeDevices',
    'mountPath',
    'devicePath',
    'hostPath',
    'path',
    'csi',
    'driver',
    'projected',
    'sources',
    'secret',
    'secretName',
    'configMap',
    'persistentVolumeClaim',
    'claimName',
    'emptyDir',
    'hostAliases',
    'dnsConfig',
    'dnsPolicy',
    'schedulerName',
    'nodeName',
    'lifecycle',
    'shareProcessNamespace',
    'workingDir',
  ].map((name) => [fold(name), name]),
);

/**
 * The patch as an object with the names of a pod's members, or `undefined` with the problem noted: what has no single meaning, and
 * what takes settings away instead of adding some (`$patch`, a security context of null), is not read. `closed`: too long to be read.
 */
export function readPatch(text: string, path: string, problems: Problems): Placed<JsonObject> | 'closed' | undefined {
  const read = readYaml(text);
  if (!read.ok && read.fault === 'size') return 'closed';
  const refuse = (found: string): undefined => {
    note(problems, objectFinding('INPUT_OBJECT_UNREADABLE', path, { expected: 'a patch of a pod that is read in one way only', found }));
  };
  if (!read.ok) return refuse(read.cause);
  const [value, more] = read.documents;
  if (value === undefined) return { value: {}, path: `${path}:` };
  if (!isObject(value) || more !== undefined) return refuse('no object');
  try {
    return { value: named(value) as JsonObject, path: `${path}:` };
  } catch (error) {
    if (error instanceof Unclear) return refuse(error.message);
    throw error;
  }
}

/** Members that a patch may not set to null: then what was asked for before would no longer hold. */
const TAKEN_AWAY: ReadonlySet<string> = new Set(['securityContext', 'capabilities', 'seccompProfile']);

/** Why a patch is not read. */
class Unclear extends Error {}

/** Bounded in depth by the reader of the text. */
function named(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(named);
  if (!isObject(value)) return value;
  const members = new Map<string, unknown>();
  for (const [written, member] of Object.entries(value)) {
    const name = NAMES.get(fold(written)) ?? written;
    if (name.startsWith('$')) throw new Unclear(`the directive ${name}`);
    if (member === null && TAKEN_AWAY.has(name)) throw new Unclear(`${name} taken away`);
    if (members.has(name)) throw new Unclear(`${name} twice`);
    members.set(name, named(member));
  }
  return Object.fromEntries(members);
}

/** Letters as Go's JSON compares names: without case, and with the long s and the Kelvin sign for s and k. */
export function fold(name: string): string {
  return name.toUpperCase().toLowerCase();
}
