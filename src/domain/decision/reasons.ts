/** The catalogue of reasons: each code with its headline, its remedy and the verdict it always has. */
import { GATE_REASONS } from './gate-reasons.ts';
import { PIPELINE_REASONS } from './pipeline-reasons.ts';
import { satisfied, undetermined, violated } from './reason.ts';
import type { Reason } from './reason.ts';

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

  VERIFY_MALFORMED: violated(
    'evidence is malformed',
    'sign again with a current tool, which writes evidence anew: what was found is damaged',
  ),
  VERIFY_FORMAT: violated(
    'evidence has a format that is not supported',
    'sign with cosign 3 (cosign sign, cosign attest), or attach a Sigstore bundle of version 0.1 to 0.3',
  ),
  VERIFY_LIMIT: violated(
    'evidence exceeds a limit',
    'attach smaller evidence: in one piece fewer signatures, log entries, timestamps, subjects or members than "expected" says',
  ),
  VERIFY_SIGNATURE_INVALID: violated('signature is broken', 'sign again: content or signature changed after signing'),
  VERIFY_SIGNER_UNTRUSTED: violated(
    'signed, but not by a trusted signer',
    'have a signer under "expected" sign it',
    'if whoever is found is to be trusted: add the signer to `by` of the requirement, or the identity or key to its Signer',
  ),
  VERIFY_SUBJECT_MISMATCH: violated(
    'signature is for another digest',
    'sign this digest: the evidence found speaks about a different artifact',
  ),
  VERIFY_PAYLOAD_TYPE: violated(
    'signed payload has an unexpected type',
    'sign an in-toto statement (application/vnd.in-toto+json) or a cosign simple-signing payload: cosign sign and cosign attest make them',
  ),
  VERIFY_STATEMENT: violated(
    'signed statement is not a valid in-toto statement',
    'attest with a current tool: _type, subject with digests, and predicateType are needed',
  ),
  VERIFY_ALGORITHM: violated(
    'signature algorithm is not allowed',
    'sign with ECDSA P-256/P-384/P-521, Ed25519, or RSA of at least 2048 bits',
  ),
  VERIFY_CERTIFICATE_UNTRUSTED: violated(
    'signing certificate is not issued under the trust root',
    'sign with the Sigstore instance or authority of the trust root under "expected"',
    'name the trustRoot in the signer under which its certificates are issued, if that one is to be trusted',
  ),
  VERIFY_CERTIFICATE_EXPIRED: violated(
    'signing certificate was not valid at the proven signing time',
    'sign again while the certificate is valid',
  ),
  VERIFY_CERTIFICATE_PROFILE: violated(
    'signing certificate is not a code-signing certificate',
    'sign with a certificate for code signing that names exactly one identity',
  ),
  VERIFY_SCT: violated(
    'certificate has no valid proof of its publication (SCT)',
    'sign with a certificate that a CT log of the trust root has recorded',
    'leave certificate transparency out of `require` of the TrustRoot, if its authority publishes nothing',
  ),
  VERIFY_LOG_MISSING: violated(
    'signature is not in a transparency log',
    'sign with upload to a transparency log that the trust root lists (cosign without --tlog-upload=false)',
    'set transparencyLog: 0 in `require` of the TrustRoot, if it has no log',
  ),
  VERIFY_LOG_INVALID: violated(
    'transparency log entry does not prove inclusion',
    'sign again: the log entry is not from the trusted log or was altered',
  ),
  VERIFY_LOG_MISMATCH: violated(
    'transparency log entry is about another signature',
    'sign again: entry and signature must belong together',
  ),
  VERIFY_LOG_KIND: violated(
    'transparency log entry is of a kind that is not supported',
    'attest again with a current tool (entries dsse, hashedrekord or intoto)',
  ),
  VERIFY_TIMESTAMP: violated('timestamp is not valid', 'sign again with a timestamp authority that the trust root lists'),
  VERIFY_TIME_MISSING: violated(
    'signing time cannot be proven',
    'sign with a transparency log or a timestamp authority that the trust root lists',
  ),
  VERIFY_DISAGREEMENT: violated(
    'two independent verifiers disagree about the signature',
    'do not use the artifact; ask the owner of the policy, who finds out which of the two verifiers is right',
    'report it to Gatehouse with the evidence; set secondOpinion: report on the TrustRoot to go by our own verifier alone',
  ),
  VERIFY_NO_SECOND_OPINION: undetermined(
    'the second verifier that the trust root requires cannot judge it',
    `${RETRY} after signing what both can judge: an in-toto statement in a Sigstore bundle, by a P-256 certificate`,
    'set secondOpinion: report on the TrustRoot to go by our own verifier alone',
  ),
  VERIFY_TRUST_ROOT_STALE: undetermined(
    'trust root is not known, or too old to be used',
    `${RETRY}; when it lasts, ask an administrator of Gatehouse to look at the TUF mirror of the trust root`,
    'see that the TUF mirror of the TrustRoot can be reached and is in order; the log says what was wrong with it',
  ),
  VERIFY_HASH: violated('key signed with another hash than the policy demands', 'sign with the hash that hashAlgorithm of the Signer names (keys of a key service have it in their settings), or ask the owner of the policy to change it'),

  POLICY_SATISFIED: satisfied('requirement holds'),
  POLICY_ANY_OF: violated('none of the alternatives holds', 'satisfy one of them'),
  POLICY_THRESHOLD: violated('too few trusted signers signed', 'have further trusted signers sign the same digest'),
  POLICY_SIGNER_OUT_OF_SCOPE: violated(
    'signer may not certify this artifact',
    'have a signer sign it who may certify it: the cause says what this one may',
    'extend mayCertify of the Signer, if it is to vouch for this artifact',
  ),
  POLICY_KEY_WINDOW: violated(
    'key was not valid at that time',
    'sign with a key that is valid now, or prove that the signature is older than the end of the key',
    'add the key that follows to the Signer; leave the old one with its notAfter',
  ),
  POLICY_SIGNER_WINDOW: violated(
    'signer was not trusted at that time',
    'have a signer sign who is trusted now, or prove that the signature is from the time in which the signer was',
    'change notBefore or notAfter of the Signer, if it is trusted for longer',
  ),
  POLICY_REVOKED: violated(
    'signed by something that is revoked',
    'sign again with a credential that is not revoked; a revoked artifact has to be built anew',
    'a date of compromise (compromisedAt) spares evidence that is proven to be older',
  ),
  POLICY_CERTIFICATE_LIFETIME: violated(
    'signing certificate lives longer than the signer allows',
    'sign with a certificate of a shorter life, keyless ones live ten minutes',
    'raise maxCertificateLifetime of the Signer',
  ),
  POLICY_LOG_REQUIRED: violated(
    'key signature is not in the transparency log that the signer demands',
    'sign with upload to the transparency log (cosign without --tlog-upload=false)',
    'set transparencyLog: optional on the key of the Signer',
  ),
  POLICY_TOO_OLD: violated(
    'evidence is older than the policy allows',
    'make it anew and sign that; signing what is old again does not make it younger',
    'raise maxAge',
  ),
  POLICY_AGE_UNPROVEN: violated(
    'age of the evidence cannot be proven',
    'sign with a transparency log that states its time (cosign without --tlog-upload=false), or keyless with a timestamp, so that maxAge can be judged',
    'for keys, name the trustRoot in the Signer whose log dates their signatures',
  ),
  POLICY_TYPE_MISSING: violated(
    'no attestation of the required type was found',
    'attach an attestation of the type under "expected": cosign attest --type TYPE --predicate FILE IMAGE; a signature alone does not help',
  ),
  POLICY_DIGEST_REQUIRED: violated('policy admits images by digest only', 'pin the image: name@sha256:…'),
  POLICY_REPOSITORY: violated(
    'signature was made for another repository',
    'sign the artifact under the name by which it is used: cosign sign --new-bundle-format=false IMAGE',
    'leave bindRepository out, if one signature is to hold for copies as well',
  ),
  POLICY_CONDITION: violated(
    'a condition of the policy does not hold for the attestation',
    'attest again once the artifact meets the condition under "expected"',
  ),
  POLICY_CONDITION_ERROR: violated(
    'a condition of the policy cannot be evaluated on this attestation',
    'have the attestation say what the condition under "expected" asks for, or ask the owner of the policy to guard optional fields',
    'guard optional fields with has(): has(predicate.x) && predicate.x == 1',
  ),
  POLICY_ANNOTATION: violated('signature does not say what the policy demands beside the digest', 'sign again with the annotations that the policy demands: cosign sign -a NAME=VALUE …'),
  POLICY_CONTENT_UNREADABLE: violated('attestation does not say what its type promises', 'attest again with a current tool'),
  POLICY_SBOM_INCOMPLETE: violated('SBOM is not complete for this artifact', 'make the SBOM from the pushed image, so that it names the digest and the version of every package'),
  POLICY_PACKAGE_DENIED: violated(
    'artifact contains a package that the policy denies',
    'replace the package, build, and attest the SBOM of the new image',
    'change denyPackages, if the package is acceptable',
  ),
  POLICY_LICENSE_DENIED: violated(
    'artifact contains a package under a licence that the policy denies',
    'replace the package, build, and attest the SBOM of the new image',
    'change denyLicenses, if the licence is acceptable',
  ),
  POLICY_VULNERABLE: violated(
    'artifact has vulnerabilities that the policy denies',
    'update the packages, then scan and attest again; or ask the owner of the policy',
    'let `vex` name who may say that a vulnerability does not apply, or list it under `ignore`',
  ),
  POLICY_TEST_RESULT: violated(
    'tests did not come to the result that the policy demands',
    'mend the artifact, run the tests again, and attest the new result',
    'WARNED counts where `accept` names it',
  ),
  POLICY_REVIEW: violated('artifact is not reviewed as the policy demands', 'have somebody other than the author review and approve it'),
  POLICY_TRACE: violated(
    'build did something that the policy does not allow',
    'keep the build from it, or ask the owner of the policy whether it may do that',
    'add the connection to `network` or the program to `processes`',
  ),
  POLICY_NOT_ENCRYPTED: violated(
    'a layer of the image is not encrypted',
    'encrypt the image for the recipients of the policy and push it again (skopeo copy --encryption-key)',
    'name layers of public base images under plainLayers',
  ),
  POLICY_RECIPIENT: violated(
    'image is encrypted for somebody else than the policy allows',
    'encrypt the image for the recipients under "expected" only',
    'add the recipient to recipients; allowUnidentified: true for key material that names nobody',
  ),
  POLICY_PREDICATE: violated('attestation says something that cannot be read or cannot be', 'attest with a current tool: the fields must have the types that the predicate\'s specification gives them'),
  POLICY_PROVENANCE_SIGNER: violated(
    'provenance claims a builder or source that its signer cannot speak for',
    'let the build platform write the provenance, about the build that it does: builder and source are set by the workflow that signs; do not write it by hand',
  ),
  POLICY_PROVENANCE_BUILDER: violated(
    'built by another builder than the policy demands',
    'build with the builder under "expected"',
    'add the builder to the policy, if it is to be trusted',
  ),
  POLICY_PROVENANCE_NO_BUILDER: violated(
    'provenance does not name the builder',
    'have the build name the builder under "expected", with docker buildx by --attest type=provenance,builder-id=https://…',
    'name the same builder in the policy',
  ),
  POLICY_PROVENANCE_LEVEL: violated(
    'builder is not known to reach the SLSA level that the policy demands',
    'build with a builder of that level, or ask the owner of the policy whether this one is known',
    'name the profile of the builder in the policy, or a builder or signer by its full name, or lower the level',
  ),
  POLICY_PROVENANCE_SOURCE: violated('built from another source than the policy demands', 'build from the repository and ref that the policy names, for example from a release tag'),
  POLICY_SOURCE_REVIEW: violated(
    'source is not vouched for as the policy demands',
    'have the source verifier vouch for the commit that was built, and attach its summary to the artifact',
  ),
  POLICY_PROVENANCE_BUILD: violated(
    'built in another way than the policy demands',
    'build as "expected" says: build type, entry point, parameters and flags are compared',
  ),
  POLICY_PROVENANCE_DEPENDENCY: violated(
    'built with a dependency that the policy does not allow',
    'pin every dependency by digest, and use only those that the policy allows',
    'add the dependency to `allowed`, or to `except` if it can have no digest',
  ),
  POLICY_IMAGE_DENIED: violated('built with an image that is not admitted itself', 'build with an image that satisfies the policies for it; the message names the requirement that does not hold'),
  POLICY_IMAGE_UNMATCHED: violated(
    'built with an image that no policy speaks about',
    'build with an image that has a policy, or ask the owner of the policy for one about this image',
    'write a policy for the image with usedAs: [dependency, baseImage], or set dependencies.images.unmatched: allow',
  ),
  POLICY_IMAGE_LIMIT: violated(
    'built with more images than are followed',
    'build with fewer images, or with images that do not build on each other; or ask the owner of the policy',
    'demand admitted images of fewer policies, so that fewer images lead to further ones',
  ),
  POLICY_VSA_RESULT: violated('verifier did not let the artifact pass', 'mend what the verifier complains about, and have it verify again'),
  POLICY_VSA_SCOPE: violated(
    'verification summary is about something else',
    'have the verifier verify what "expected" names: this resource, under this policy',
  ),
  POLICY_VSA_LEVEL: violated(
    'verifier did not verify the level that the policy demands',
    'have the verifier verify the level under "expected"',
    'lower the level in the policy',
  ),
  POLICY_REPRODUCIBLE: violated('too few independent rebuilders came to this digest', 'have further rebuilders build the same source, and attest the result'),
  POLICY_LAYOUT_UNPROVEN: violated(
    'layout of the supply chain is not what its owners signed',
    'ask the owner of the policy to put in a layout that every owner of it has signed',
    'sign the layout with the key of every owner, and put it into the policy as signed',
  ),
  POLICY_LAYOUT_EXPIRED: violated(
    'layout of the supply chain has expired',
    'ask the owner of the policy for a layout with a later end',
    'have its owners sign a layout with a later end, and put that into the policy',
  ),
  POLICY_LAYOUT_STEP: violated('a step of the supply chain is not proven', 'have the functionaries of the step record and sign it, and attach what they signed to the artifact'),
  POLICY_LAYOUT_RULE: violated(
    'a step used or made what the layout does not allow',
    'keep it out of the step, or ask the owner of the policy: either something came in on the way, or the layout does not describe what the step does',
    'see the rule; if the step rightly does it, have the owners of the layout sign one that allows it',
  ),
  POLICY_LAYOUT_INSPECTION: violated(
    'layout has an inspection that would have to be run',
    'ask the owner of the policy to declare the inspection, or to take it out of the layout',
    'declare it under dataOnlyInspections if its rules say all, or take it out of the layout',
  ),
  POLICY_LAYOUT_PARAMETER: violated(
    'layout has a placeholder without a value',
    'ask the owner of the policy to give the value',
    'give the value under parameters',
  ),
  POLICY_LAYOUT_ARTIFACT: violated('artifact did not come out of the supply chain', 'attach the links of the run that made this very artifact'),
  POLICY_REQUESTER: violated(
    'build is started by somebody who may not start it',
    'have one of the requesters under "expected" start the build',
    'add this requester to the policy, if he is to start builds',
  ),
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
