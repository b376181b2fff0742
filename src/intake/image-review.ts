/** The older review of images alone, made a request like every other. */
import type { ArtifactRef } from '../domain/artifact/artifact.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { imageArtifact } from '../domain/artifact/image-artifact.ts';
import { UNPROVEN } from '../domain/decision/review.ts';
import type { Caller, ReviewRequest } from '../domain/decision/review.ts';
import { shownText } from '../text/shown.ts';
import type { ReviewResult } from './admission-review.ts';
import { field, isObject, textField } from '../text/json/fields.ts';
import type { JsonObject } from '../text/json/fields.ts';

const API_VERSION = 'imagepolicy.k8s.io/v1alpha1';
const GROUP = 'imagepolicy.k8s.io';
/** As many as `extract` takes from one object. */
const MAX_CONTAINERS = 2000;
/** Characters of a namespace's name, with room. */
const MAX_NAME = 4096;

/**
 * Reads an ImageReview (`imagepolicy.k8s.io/v1alpha1`), which the ImagePolicyWebhook plug-in of the API server
 * sends for a pod.
 *
 * It names images, the pod's namespace and some of its annotations, and nothing else: no user, no uid, no lists
 * and no image volumes; a review without the namespace is none. Images that are no references become
 * `inputFindings`; a review without any container becomes one too, because every pod has a container. Annotations
 * are not read: a pod's author writes them.
 */
export function readImageReview(body: unknown, caller: Caller = UNPROVEN): ReviewResult {
  if (!isObject(body)) return notAReview('expected an ImageReview object');
  const kind = field(body, 'kind');
  const apiVersion = field(body, 'apiVersion');
  if (kind !== 'ImageReview' || apiVersion !== API_VERSION) {
    return notAReview(`expected kind ImageReview of ${API_VERSION}, found kind ${shown(kind)} and apiVersion ${shown(apiVersion)}`);
  }
  const spec = field(body, 'spec');
  if (!isObject(spec)) return notAReview('expected an object at spec');
  const namespace = textField(spec, 'namespace');
  // Every pod has one; without it no policy of a namespace would be asked, and no label of it known.
  if (namespace === undefined || namespace === '' || namespace.length > MAX_NAME)
    return notAReview('expected the namespace of the pod at spec.namespace');
  return { ok: true, review: toRequest(spec, namespace, caller), apiVersion };
}

function toRequest(spec: JsonObject, namespace: string, caller: Caller): ReviewRequest {
  const { artifacts, inputFindings } = readContainers(field(spec, 'containers'));
  return {
    surface: 'imagereview',
    caller,
    uid: '',
    operation: 'CREATE',
    kind: { group: GROUP, version: 'v1alpha1', kind: 'ImageReview' },
    resource: { group: GROUP, version: 'v1alpha1', resource: 'imagereviews' },
    subResource: '',
    namespace,
    name: '',
    user: { username: '', groups: [] },
    dryRun: false,
    object: null,
    oldObject: null,
    artifacts,
    inputFindings,
  };
}

function readContainers(containers: unknown): { readonly artifacts: readonly ArtifactRef[]; readonly inputFindings: readonly Finding[] } {
  if (!Array.isArray(containers) || containers.length === 0)
    return refused('INPUT_OBJECT_UNREADABLE', 'a list with at least one container');
  if (containers.length > MAX_CONTAINERS) return refused('INPUT_TOO_MANY_ARTIFACTS', `at most ${MAX_CONTAINERS} containers`);
  const artifacts: ArtifactRef[] = [];
  const inputFindings: Finding[] = [];
  containers.forEach((container: unknown, index) => {
    const image = isObject(container) ? field(container, 'image') : undefined;
    const result = imageArtifact(image, `spec.containers[${index}].image`, 'container');
    if (result.ok) artifacts.push(result.artifact);
    else inputFindings.push(result.finding);
  });
  return { artifacts, inputFindings };
}

function refused(
  code: 'INPUT_OBJECT_UNREADABLE' | 'INPUT_TOO_MANY_ARTIFACTS',
  expected: string,
): { readonly artifacts: []; readonly inputFindings: readonly Finding[] } {
  return {
    artifacts: [],
    inputFindings: [{ verdict: 'violated', code, path: 'spec.containers', artifact: '', mode: 'enforce', expected: [expected] }],
  };
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `"${shownText(value, 100)}"` : 'none';
}

function notAReview(message: string): ReviewResult {
  return { ok: false, code: 'INPUT_NOT_A_REVIEW', message };
}
