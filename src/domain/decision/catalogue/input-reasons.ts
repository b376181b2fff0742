/** Reasons that concern what was sent, and which policies speak about it; part of the catalogue. */
import { satisfied, undetermined, violated } from '../reason.ts';

const RETRY = 'could not verify, retry';

/** As `REASONS`, which holds them all. */
export const INPUT_REASONS = {
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
} as const;
