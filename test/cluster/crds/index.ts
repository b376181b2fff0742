/** Definitions of the kinds of Tekton and Argo Workflows, minimal and our own: all versions, status subresources as Tekton has them, any field. */

/** A kind: versions, the stored one first. */
interface Kind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly versions: readonly string[];
  readonly clusterScoped?: boolean;
  /** Whether the status is a subresource: then no other request changes it. */
  readonly status?: boolean;
}

const TEKTON = 'tekton.dev';
const ARGO = 'argoproj.io';

/** Every kind that suites about pipelines use. */
const KINDS: readonly Kind[] = [
  { group: TEKTON, kind: 'Task', plural: 'tasks', versions: ['v1', 'v1beta1'], status: true },
  { group: TEKTON, kind: 'Pipeline', plural: 'pipelines', versions: ['v1', 'v1beta1'], status: true },
  { group: TEKTON, kind: 'StepAction', plural: 'stepactions', versions: ['v1beta1', 'v1alpha1'], status: true },
  { group: TEKTON, kind: 'TaskRun', plural: 'taskruns', versions: ['v1', 'v1beta1'], status: true },
  { group: TEKTON, kind: 'PipelineRun', plural: 'pipelineruns', versions: ['v1', 'v1beta1'], status: true },
  { group: TEKTON, kind: 'CustomRun', plural: 'customruns', versions: ['v1beta1'], status: true },
  { group: 'resolution.tekton.dev', kind: 'ResolutionRequest', plural: 'resolutionrequests', versions: ['v1beta1', 'v1alpha1'], status: true },
  { group: 'triggers.tekton.dev', kind: 'TriggerTemplate', plural: 'triggertemplates', versions: ['v1beta1', 'v1alpha1'], status: true },
  { group: ARGO, kind: 'Workflow', plural: 'workflows', versions: ['v1alpha1'] },
  { group: ARGO, kind: 'WorkflowTemplate', plural: 'workflowtemplates', versions: ['v1alpha1'] },
  { group: ARGO, kind: 'ClusterWorkflowTemplate', plural: 'clusterworkflowtemplates', versions: ['v1alpha1'], clusterScoped: true },
  { group: ARGO, kind: 'CronWorkflow', plural: 'cronworkflows', versions: ['v1alpha1'] },
  { group: ARGO, kind: 'WorkflowEventBinding', plural: 'workfloweventbindings', versions: ['v1alpha1'] },
  { group: ARGO, kind: 'WorkflowTaskSet', plural: 'workflowtasksets', versions: ['v1alpha1'], status: true },
];

/** CustomResourceDefinitions of all kinds, as one List to apply. */
export function pipelineCrds(): object {
  return { apiVersion: 'v1', kind: 'List', items: KINDS.map(definition) };
}

/** Names of the definitions, to wait for. */
export function crdNames(): readonly string[] {
  return KINDS.map(({ plural, group }) => `crd/${plural}.${group}`);
}

function definition({ group, kind, plural, versions, clusterScoped = false, status = false }: Kind): object {
  const any = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${plural}.${group}` },
    spec: {
      group, scope: clusterScoped ? 'Cluster' : 'Namespaced', names: { kind, plural, singular: kind.toLowerCase() },
      versions: versions.map((name, index) => ({
        name, served: true, storage: index === 0, schema: { openAPIV3Schema: any }, ...(status ? { subresources: { status: {} } } : {}),
      })),
    },
  };
}
