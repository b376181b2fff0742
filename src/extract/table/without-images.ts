/** Kinds that name no image, however their members are called. */

/** Kinds known to carry no image that anything is started from, by `group/resource`. */
const WITHOUT_IMAGES: ReadonlySet<string> = new Set([
  '/bindings',
  '/configmaps',
  '/endpoints',
  '/events',
  '/limitranges',
  '/namespaces',
  '/nodes',
  '/persistentvolumeclaims',
  '/persistentvolumes',
  '/resourcequotas',
  '/secrets',
  '/serviceaccounts',
  '/services',
  'admissionregistration.k8s.io/mutatingwebhookconfigurations',
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings',
  'admissionregistration.k8s.io/validatingwebhookconfigurations',
  'apiextensions.k8s.io/customresourcedefinitions',
  'apiregistration.k8s.io/apiservices',
  'apps/controllerrevisions',
  'argoproj.io/workflowartifactgctasks',
  'argoproj.io/workflowtaskresults',
  'autoscaling/horizontalpodautoscalers',
  'certificates.k8s.io/certificatesigningrequests',
  'coordination.k8s.io/leases',
  'discovery.k8s.io/endpointslices',
  'events.k8s.io/events',
  'networking.k8s.io/ingressclasses',
  'networking.k8s.io/ingresses',
  'networking.k8s.io/networkpolicies',
  'node.k8s.io/runtimeclasses',
  'policy/poddisruptionbudgets',
  'rbac.authorization.k8s.io/clusterrolebindings',
  'rbac.authorization.k8s.io/clusterroles',
  'rbac.authorization.k8s.io/rolebindings',
  'rbac.authorization.k8s.io/roles',
  'scheduling.k8s.io/priorityclasses',
  'storage.k8s.io/storageclasses',
  'storage.k8s.io/volumeattachments',
]);

/** Whether objects of a resource (`group/resource`) are known to carry no image that anything is started from. */
export function carriesNoImage(key: string): boolean {
  return WITHOUT_IMAGES.has(key);
}
