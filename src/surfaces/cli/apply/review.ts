/** The review that the API server would send if an object were created. */
import { SELF } from '../../../domain/decision/review.ts';
import type { ReviewRequest } from '../../../domain/decision/review.ts';
import { field, isObject } from '../../../text/json/fields.ts';
import type { JsonObject } from '../../../text/json/fields.ts';
import { resourceOf } from '../../../text/resource-name.ts';

/** Who would create it, and where it would be if it does not say. */
export interface Applying {
  readonly as?: string | undefined;
  readonly asGroup?: readonly string[] | undefined;
  readonly namespace: string;
}

/** The review of an object that is about to be created; without a user it is not known who does. */
export function reviewOf(object: JsonObject, { as, asGroup = [], namespace }: Applying): ReviewRequest {
  const [group, version] = groupVersion(String(field(object, 'apiVersion')));
  const kind = String(field(object, 'kind'));
  const metadata = field(object, 'metadata');
  const text = (name: string): string => {
    const value = isObject(metadata) ? field(metadata, name) : undefined;
    return typeof value === 'string' ? value : '';
  };
  const own = isClusterScoped(group, kind) ? '' : text('namespace') || namespace;
  return {
    surface: 'cli', caller: SELF, uid: '', operation: 'CREATE',
    kind: { group, version, kind }, resource: { group, version, resource: resourceOf(kind) }, subResource: '',
    namespace: own, name: text('name') || (text('generateName') === '' ? '' : `${text('generateName')}…`),
    user: as === undefined ? { username: '', groups: [], unknown: true } : { username: as, groups: asGroup },
    dryRun: true, object, oldObject: null,
  };
}

function groupVersion(apiVersion: string): readonly [string, string] {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

/** Kinds that belong to no namespace, among those that may stand in such files. */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  '/Namespace', '/Node', '/PersistentVolume', 'argoproj.io/ClusterWorkflowTemplate', 'argoproj.io/ClusterAnalysisTemplate',
  'shipwright.io/ClusterBuildStrategy', 'tekton.dev/ClusterTask', 'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding', 'apiextensions.k8s.io/CustomResourceDefinition', 'storage.k8s.io/StorageClass',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration', 'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'scheduling.k8s.io/PriorityClass', 'trainer.kubeflow.org/ClusterTrainingRuntime', 'serving.kserve.io/ClusterServingRuntime',
]);

function isClusterScoped(group: string, kind: string): boolean {
  return CLUSTER_SCOPED.has(`${group}/${kind}`);
}
