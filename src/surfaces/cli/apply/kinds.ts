/** Kinds that objects are of: what their resources are called, and which belong to no namespace. */
import { OWN_GROUP, OWN_KINDS } from '../../../domain/own-kinds.ts';
import { field, isObject, own, ownText } from '../../../text/json/fields.ts';
import type { JsonObject } from '../../../text/json/fields.ts';
import { resourceOf } from '../../../text/resource-name.ts';

/** How a kind is served. */
export interface ServedKind {
  readonly resource: string;
  readonly isClusterScoped: boolean;
}

/** Looks a kind up by its group and name. */
export type Kinds = (group: string, kind: string) => ServedKind;

/** Kinds that belong to no namespace, among those that may stand in files. */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  '/Namespace', '/Node', '/PersistentVolume',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration', 'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy', 'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/MutatingAdmissionPolicy', 'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding',
  'apiextensions.k8s.io/CustomResourceDefinition', 'apiregistration.k8s.io/APIService',
  'argoproj.io/ClusterWorkflowTemplate', 'argoproj.io/ClusterAnalysisTemplate', 'cert-manager.io/ClusterIssuer',
  'certificates.k8s.io/CertificateSigningRequest', 'cilium.io/CiliumClusterwideNetworkPolicy',
  'crd.projectcalico.org/GlobalNetworkPolicy', 'projectcalico.org/GlobalNetworkPolicy', 'crd.antrea.io/ClusterNetworkPolicy',
  'flowcontrol.apiserver.k8s.io/FlowSchema', 'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration',
  ...OWN_KINDS.filter(({ namespaced }) => !namespaced).map(({ kind }) => `${OWN_GROUP}/${kind}`),
  'kyverno.io/ClusterPolicy', 'networking.k8s.io/IngressClass', 'node.k8s.io/RuntimeClass',
  'operator.tekton.dev/TektonConfig', 'operator.tekton.dev/TektonPipeline', 'operator.tekton.dev/TektonChain',
  'operator.tekton.dev/TektonTrigger', 'pkg.crossplane.io/Provider', 'pkg.crossplane.io/Configuration', 'pkg.crossplane.io/Function',
  'policy.networking.k8s.io/AdminNetworkPolicy', 'policy.networking.k8s.io/BaselineAdminNetworkPolicy',
  'policy.networking.k8s.io/ClusterNetworkPolicy', 'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding', 'scheduling.k8s.io/PriorityClass', 'serving.kserve.io/ClusterServingRuntime',
  'serving.kserve.io/ClusterStorageContainer', 'shipwright.io/ClusterBuildStrategy', 'storage.k8s.io/CSIDriver',
  'storage.k8s.io/StorageClass', 'storage.k8s.io/VolumeAttachment', 'storage.k8s.io/CSINode', 'tekton.dev/ClusterTask',
  'trainer.kubeflow.org/ClusterTrainingRuntime', 'triggers.tekton.dev/ClusterTriggerBinding',
  'triggers.tekton.dev/ClusterInterceptor',
]);

/** Kinds as the CustomResourceDefinitions among the objects define them, and as they are known otherwise. */
export function kindsIn(objects: readonly JsonObject[]): Kinds {
  const defined = new Map<string, ServedKind>();
  for (const object of objects) {
    if (field(object, 'kind') !== 'CustomResourceDefinition') continue;
    const spec = field(object, 'spec');
    const names = isObject(spec) ? own(spec, 'names') : undefined;
    const [group, kind, resource] = [ownText(spec, 'group'), ownText(names, 'kind'), ownText(names, 'plural')];
    if (group === undefined || kind === undefined || resource === undefined) continue;
    defined.set(`${group}/${kind}`, { resource, isClusterScoped: ownText(spec, 'scope') === 'Cluster' });
  }
  return (group, kind) => defined.get(`${group}/${kind}`)
    ?? { resource: resourceOf(kind), isClusterScoped: CLUSTER_SCOPED.has(`${group}/${kind}`) };
}
