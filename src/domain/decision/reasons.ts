/** The catalogue of reasons: each code with its headline, its remedy and the verdict it always has. */
import { GATE_REASONS } from './gate-reasons.ts';
import { PIPELINE_REASONS } from './pipeline-reasons.ts';
import { POLICY_REASONS } from './policy-reasons.ts';
import { satisfied, undetermined, violated } from './reason.ts';
import type { Reason } from './reason.ts';
import { VERIFY_REASONS } from './verify-reasons.ts';

export type { Reason } from './reason.ts';

/** The stage of the road at which a reason arises; the prefix of its code. */
export type Stage = 'INPUT' | 'SELECT' | 'FETCH' | 'VERIFY' | 'POLICY' | 'ENGINE';

const RETRY = 'could not verify, retry';

/**
 * Every reason that Gatehouse can give. Codes are stable: scripts and dashboards key on them. The page
 * `docs/reference/reasons.md` is checked against this catalogue in both directions by a test.
 */
export const REASONS = {
  INPUT_JSON_INVALID: violated('body is not JSON', 'send one JSON document encoded as UTF-8'),
  INPUT_KEY_DUPLICATE: violated('JSON object has the same key twice', 'send every key once: readers disagree on which of two counts'),
  INPUT_KEY_FORBIDDEN: violated('JSON object has a key named __proto__', 'remove the key'),
  INPUT_TOO_DEEP: violated('JSON is nested too deeply', 'send at most 512 levels'),
  INPUT_TOO_MANY_PARTS: violated('JSON has more keys and items than are read', 'send an object with fewer fields; text in few fields may be long'),
  INPUT_TOO_LARGE: violated('body is larger than the limit', 'send a smaller object, or ask an administrator of Gatehouse to raise limits.bodyBytes'),
  INPUT_CONTENT_TYPE: violated('content type is not JSON', 'send Content-Type: application/json'),
  INPUT_NOT_A_REVIEW: violated('body is not a review of a supported version', 'send an AdmissionReview of admission.k8s.io/v1 (or the review this path serves)'),
  INPUT_PATH_UNKNOWN: violated('nothing is served at this path', 'send it to one of the paths that are named; webhooks ask /validate'),
  INPUT_METHOD: violated('path is asked with another method', 'ask with the method that is named: reviews are sent with POST'),
  INPUT_UID_MISSING: violated('review has no request uid', 'send request.uid, a string of at most 1024 characters'),
  INPUT_OBJECT_UNREADABLE: violated('object cannot be read as its kind says', 'correct the field that is named: the API server does not store it so either'),
  INPUT_IMAGE_MISSING: violated('container names no image', 'set the image'),
  INPUT_IMAGE_PLACEHOLDER: violated('template leaves the image to whoever makes the pod', 'write the image, or leave it: the pod is judged when it is made'),
  INPUT_IMAGE_INVALID: violated('image reference is not valid', 'write host/path:tag or host/path@sha256:… in lower case'),
  INPUT_KIND_MISMATCH: violated('object is not of the kind the request names', 'send an object whose apiVersion and kind agree with the request'),
  INPUT_NAMESPACE_MISMATCH: violated('object is in another namespace than the request', 'leave metadata.namespace out or set it to the namespace of the request'),
  INPUT_KIND_UNKNOWN: violated('object has containers at a place that Gatehouse does not read', 'leave the containers out, or ask an administrator of Gatehouse to exclude the kind or to have it supported: its images run without a check'),
  INPUT_KIND_UNREAD: undetermined('kind is not read here, no image seen in it', `${RETRY} after an administrator of Gatehouse has looked at what the kind starts; what it starts in pods is judged when they are made`),
  INPUT_TOO_MANY_ARTIFACTS: violated('object names more artifacts than can be judged', 'split the object into several'),
  INPUT_UNCHANGED: satisfied('image stands unchanged at the same place'),
  INPUT_NOT_JUDGED: satisfied('operation admits nothing new'),
  INPUT_MIRROR_POD: satisfied('mirror pod of a static pod, reported by its node'),

  SELECT_NO_POLICY: violated('no policy speaks about this artifact', 'use an artifact that a policy allows, or ask the owner of the policies to add one that speaks about this artifact'),
  SELECT_LABELS_UNKNOWN: undetermined('namespace labels are not known, so it is not known which policies apply', `${RETRY}; when it lasts, ask an administrator of Gatehouse to check that it may list and watch namespaces`),

  FETCH_NONE_FOUND: violated('unsigned: no evidence of the required kind was found', 'sign the artifact and push the signature beside it'),
  FETCH_NOT_FOUND: violated('artifact is not in the registry', 'check name, tag and digest; push the artifact first'),
  FETCH_UNAUTHORIZED: undetermined('registry refuses the credentials', `${RETRY} after giving the pod an imagePullSecret that may read the repository`),
  FETCH_UNREACHABLE: undetermined('registry cannot be reached', `${RETRY}; check the name of the registry; when it lasts, ask an administrator of Gatehouse to check network, DNS and proxy on the way to it`),
  FETCH_TLS: undetermined('registry cannot be reached securely', `${RETRY} after an administrator of Gatehouse has added the CA that issued its certificate with registries[].ca`),
  FETCH_TIMEOUT: undetermined('registry did not answer in time', `${RETRY}; when it lasts, ask the operator of the registry, or an administrator of Gatehouse for a mirror close by`),
  FETCH_RATE_LIMITED: undetermined('registry limits the rate of requests', `${RETRY} later; when it lasts, ask an administrator of Gatehouse to give it credentials with a higher limit`),
  FETCH_SERVER_ERROR: undetermined('registry answers with an error of its own', `${RETRY}; when it lasts, ask the operator of the registry`),
  FETCH_RESPONSE_INVALID: undetermined('registry, or something on the way to it, answers with something else', `${RETRY}; when it lasts, ask the operator of the host what answers the question that is named: a login page, a proxy`),
  FETCH_MANIFEST_INVALID: violated('manifest in the registry cannot be used', 'build, push and sign it again with current tools: readers would disagree on what it is'),
  FETCH_DIGEST_MISMATCH: violated('bytes served do not match their digest', 'ask the operator of the registry or its mirror, which serves other bytes than were asked for; what was pushed anew is another digest'),
  FETCH_MEDIA_TYPE: violated('manifest has an unsupported media type', 'push the image in OCI or Docker schema 2 format: build it again with a current tool, sign it again'),
  FETCH_TOO_LARGE: undetermined('answer is larger than what is read', `${RETRY}; when it lasts, ask the operator of the host what answers the question that is named`),
  FETCH_TOO_MANY: violated('artifact has more evidence than the limit', 'remove superfluous signatures and attestations from the repository'),
  FETCH_INDEX_TOO_LARGE: violated('index is too large or nested too deeply', 'push and sign an index of manifests, at most 1000 of them, not an index of indexes'),
  FETCH_HOST_FORBIDDEN: undetermined('address may not be contacted', `${RETRY} after an administrator of Gatehouse has named the registry under registries, if it is meant to be private`),
  FETCH_REDIRECT: undetermined('registry redirects too often or to a place that is not allowed', `${RETRY}; when it lasts, ask the operator of the registry where it leads`),
  FETCH_NOT_CONFIGURED: undetermined('nobody says where packages of this ecosystem are asked for', `${RETRY} after an administrator of Gatehouse has said where it is asked for (packages)`),
  FETCH_CREDENTIALS: undetermined('pull credentials could not be read', `${RETRY} after correcting the secrets that the pod names in imagePullSecrets`),

  ...VERIFY_REASONS,

  ...POLICY_REASONS,
  ...GATE_REASONS,
  ...PIPELINE_REASONS,
  POLICY_UNAVAILABLE: undetermined(
    'no valid set of policies is loaded',
    'could not verify, retry; when it lasts, ask an administrator of Gatehouse to mend the policy files',
    'mend the policy files: gatehouse policy lint names file, line and column',
  ),

  ENGINE_DEADLINE: undetermined('time ran out before verification ended', `${RETRY}; what was verified is kept, so the next try is faster`),
  ENGINE_OVERLOADED: undetermined('too many verifications are waiting', RETRY),
  ENGINE_FAULT: undetermined('verification failed with an internal error', `${RETRY}; report it with the reference when it lasts`),
} as const satisfies Record<string, Reason>;

/** A code of the catalogue. */
export type ReasonCode = keyof typeof REASONS;

/** The catalogue's entry for a code. */
export function reason(code: ReasonCode): Reason {
  return REASONS[code];
}

/** True when the text is a code of the catalogue. */
export function isReasonCode(text: string): text is ReasonCode {
  return Object.hasOwn(REASONS, text);
}

/** The stage a code belongs to. */
export function stageOf(code: ReasonCode): Stage {
  return code.slice(0, code.indexOf('_')) as Stage;
}
