/** Parts of pods that are not read struct by struct: a name in another case, which Go would read all the same, is refused. */
import { isObject } from '../../../text/json/fields.ts';
import { problem } from '../book.ts';
import type { Book } from '../book.ts';
import { folded } from '../place.ts';

/** Members of security contexts, ports and volumes that rules look at. */
const NAMES = [
  'privileged', 'allowPrivilegeEscalation', 'capabilities', 'add', 'drop', 'runAsNonRoot', 'runAsUser', 'runAsGroup', 'fsGroup',
  'supplementalGroups', 'readOnlyRootFilesystem', 'procMount', 'seccompProfile', 'localhostProfile', 'appArmorProfile', 'type',
  'seLinuxOptions', 'user', 'role', 'level', 'sysctls', 'windowsOptions', 'hostProcess', 'name', 'value', 'hostPort', 'hostIP',
  'hostPath', 'path', 'csi', 'driver', 'projected', 'sources', 'serviceAccountToken', 'secret', 'secretName', 'configMap', 'emptyDir',
  'medium', 'persistentVolumeClaim', 'claimName', 'volumeClaimTemplate', 'ephemeral', 'nfs', 'server', 'image', 'reference', 'flexVolume',
  'downwardAPI', 'clusterTrustBundle', 'podCertificate', 'gitRepo', 'iscsi', 'rbd', 'cephfs', 'glusterfs', 'fc', 'awsElasticBlockStore',
  'azureDisk', 'azureFile', 'cinder', 'flocker', 'gcePersistentDisk', 'photonPersistentDisk', 'portworxVolume', 'quobyte', 'scaleIO',
  'storageos', 'vsphereVolume',
];
const EXACT: ReadonlySet<string> = new Set(NAMES);
const FOLDED: ReadonlyMap<string, string> = new Map(NAMES.map((name) => [folded(name), name]));
/** Maps whose names are free. */
const FREE: ReadonlySet<string> = new Set([
  'volumeAttributes', 'options', 'labels', 'annotations', 'matchLabels', 'nodeSelector', 'limits', 'requests',
]);
/** Structs of volumes lie no deeper. */
const DEEPEST = 12;

/** Reports every such name in a value, at any depth. */
export function checkSpelling(value: unknown, path: string, book: Book, depth = 0): void {
  if (depth > DEEPEST) return;
  if (Array.isArray(value)) {
    value.forEach((item, index) => { checkSpelling(item, `${path}[${index}]`, book, depth + 1); });
    return;
  }
  if (!isObject(value)) return;
  for (const [name, member] of Object.entries(value)) {
    const meant = EXACT.has(name) ? undefined : FOLDED.get(folded(name));
    if (meant !== undefined) problem(book, 'INPUT_OBJECT_UNREADABLE', `${path}.${name}`, { expected: meant, found: name });
    else if (!FREE.has(name)) checkSpelling(member, `${path}.${name}`, book, depth + 1);
  }
}
