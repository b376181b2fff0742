/** Kinds that are not read here: known to run nothing, looking as if they ran something, or neither. */
import type { Finding } from '../../domain/decision/finding.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { objectKindProblem } from '../agreement.ts';
import { objectFinding, unreadable } from '../finding.ts';

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

/** Where an object that Gatehouse does not know would describe a pod, if it did as Kubernetes' own kinds do. */
const POD_SPECS: readonly (readonly string[])[] = [
  ['spec'],
  ['spec', 'template', 'spec'],
  ['template', 'spec'],
  ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
];
const CONTAINER_LISTS = ['containers', 'initContainers', 'ephemeralContainers'] as const;

/**
 * What to say about an object of a kind that is not read here.
 *
 * It was sent because the webhook's rules name it. What is no object at all cannot be looked into and is refused
 * (INPUT_OBJECT_UNREADABLE), as is one that calls itself something else than the request does (INPUT_KIND_MISMATCH).
 * An object with lists of containers where a pod or a pod template has them starts images that nobody would look at,
 * so it is refused (INPUT_KIND_UNKNOWN). Kinds known to carry no image are not judged (INPUT_NOT_JUDGED). Of any other
 * nothing was verified, which is said but denies nothing: what it starts, it starts in pods, and those are judged.
 */
export function judgeOtherKind(review: ReviewRequest): Finding {
  if (!isObject(review.object)) return unreadable('', 'an object', review.object);
  const mismatch = objectKindProblem(review.object, review.kind);
  if (mismatch !== undefined) return mismatch;
  const found = `${review.kind.kind} of ${review.kind.group || 'core'}`;
  const place = POD_SPECS.map((path) => containerList(review.object, path)).find((list) => list !== undefined);
  if (place !== undefined)
    return objectFinding('INPUT_KIND_UNKNOWN', place, { found, cause: 'the object has containers that would not be verified' });
  const known = WITHOUT_IMAGES.has(`${review.resource.group}/${review.resource.resource}`);
  if (known) return objectFinding('INPUT_NOT_JUDGED', '', { cause: `kind ${review.kind.kind} carries no image` });
  return { ...objectFinding('INPUT_KIND_UNKNOWN', '', { found, cause: 'nothing in it was verified' }), mode: 'warn' };
}

/** JSON path of the first list of containers in the PodSpec at `path`, if there is one. */
function containerList(object: unknown, path: readonly string[]): string | undefined {
  let here: unknown = object;
  for (const name of path) here = isObject(here) ? field(here, name) : undefined;
  if (!isObject(here)) return undefined;
  for (const list of CONTAINER_LISTS) {
    if (Array.isArray(field(here, list))) return `${path.join('.')}.${list}`;
  }
  return undefined;
}
