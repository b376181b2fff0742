/** Reasons of comparing what was proven with what a policy requires of an artifact; part of the catalogue. */
import { satisfied, violated } from '../reason.ts';
import type { Reason } from '../reason.ts';

/** Codes of requirements on artifacts, and of what a policy says of requests; see `REASONS`, which holds them all. */
export const POLICY_REASONS = {
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
    'change `validity` of the Signer, if it is trusted for longer',
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
  POLICY_SIGNATURE_EXPIRED: violated(
    'signature itself says that it counts no longer',
    'sign again; notation sign takes a later end with --expiry, or none',
  ),
  POLICY_TOO_OLD: violated(
    'evidence is older than the policy allows',
    'make it anew and sign that; signing what is old again does not make it younger',
    'raise maxAge',
  ),
  POLICY_AGE_UNPROVEN: violated(
    'age of the evidence cannot be proven',
    'sign with a transparency log that states its time (cosign without --tlog-upload=false), or keyless with a timestamp, so that its age can be judged',
    'for keys, name the trustRoot in the Signer whose log dates their signatures',
  ),
  POLICY_TYPE_MISSING: violated(
    'no attestation of the required type was found',
    'attach an attestation of the type under "expected": cosign attest --type TYPE --predicate FILE IMAGE; a signature alone does not help',
  ),
  POLICY_DIGEST_REQUIRED: violated('policy admits images by digest only', 'pin the image: name@sha256:…'),
  POLICY_ANNOTATION: violated('signature does not say what the policy demands beside the digest', 'sign again with the annotations that the policy demands: cosign sign -a NAME=VALUE …'),
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
  POLICY_CONTENT_UNREADABLE: violated('attestation does not say what its type promises', 'attest again with a current tool'),
  POLICY_SBOM_INCOMPLETE: violated('SBOM is not complete for this artifact', 'make the SBOM from the pushed image, so that it names the digest and the version of every package'),
  POLICY_PACKAGE_DENIED: violated(
    'artifact contains a package that the policy denies',
    'replace the package, build, and attest the SBOM of the new image',
    'take it out of `deny.packages`, if the package is acceptable',
  ),
  POLICY_LICENSE_DENIED: violated(
    'artifact contains a package under a licence that the policy denies',
    'replace the package, build, and attest the SBOM of the new image',
    'take it out of `deny.licenses`, if the licence is acceptable',
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
  POLICY_HISTORY: violated(
    'a commit before it is not signed by whom it has to be',
    'hand over the raw objects of all commits since the one that the policy names (on the command line: --repo DIR --since COMMIT), and have each signed',
    'name a later commit under `since`, if what stands before it is to be trusted as it is',
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
} as const satisfies Record<string, Reason>;
