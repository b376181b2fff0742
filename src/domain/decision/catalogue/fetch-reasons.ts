/** Reasons that concern registries and indexes of packages, and the way to them; part of the catalogue. */
import { undetermined, violated } from '../reason.ts';

const RETRY = 'could not verify, retry';

/** As `REASONS`, which holds them all. */
export const FETCH_REASONS = {
  FETCH_NONE_FOUND: violated('unsigned: no evidence of the required kind was found', 'sign the artifact and push the signature beside it'),
  FETCH_NOT_GIVEN: undetermined(
    'commit was not handed over, so nobody could look at its signature',
    `${RETRY} with its raw object as evidence: {"gitObjects": [BASE64]}, by git cat-file commit ID | base64 -w0 (gatehouse admit: --evidence FILE)`,
  ),
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
} as const;
