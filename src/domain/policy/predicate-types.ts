/** What sort of statement a predicate type makes; also the short name by which policies may ask for all of its versions. */
export type PredicateFamily =
  | 'slsa-provenance'
  | 'vsa'
  | 'svr'
  | 'spdx'
  | 'cyclonedx'
  | 'cosign-vuln'
  | 'vulns'
  | 'openvex'
  | 'test-result'
  | 'release'
  | 'link'
  | 'scai'
  | 'runtime-trace'
  | 'human-review'
  | 'reference'
  | 'scorecard'
  | 'npm-publish'
  | 'cosign-custom';

/**
 * The predicate types of each family, compared exactly: `…/v1evil` belongs to none (security.md A04).
 *
 * From in-toto/attestation spec/predicates, slsa.dev and sigstore/cosign pkg/cosign/attestation. Types of one family say
 * the same thing in different versions; readers that need the content look at the exact type.
 */
export const PREDICATE_FAMILIES: Readonly<Record<PredicateFamily, readonly string[]>> = {
  'slsa-provenance': [
    'https://slsa.dev/provenance/v1',
    'https://slsa.dev/provenance/v1.0',
    'https://slsa.dev/provenance/v0.2',
    'https://slsa.dev/provenance/v0.1',
    'https://in-toto.io/Provenance/v0.1',
  ],
  'vsa': [
    'https://slsa.dev/verification_summary/v1',
    'https://slsa.dev/verification_summary/v0.2',
    'https://slsa.dev/verification_summary/v0.1',
  ],
  'svr': ['https://in-toto.io/attestation/svr/v0.1', 'https://in-toto.io/attestation/svr/v0.2'],
  'spdx': ['https://spdx.dev/Document', 'https://spdx.dev/Document/v2.2', 'https://spdx.dev/Document/v2.3', 'https://spdx.dev/Document/v3'],
  'cyclonedx': [
    'https://cyclonedx.org/bom',
    'https://cyclonedx.org/schema',
    'https://cyclonedx.org/bom/v1.4',
    'https://cyclonedx.org/bom/v1.5',
    'https://cyclonedx.org/bom/v1.6',
    'https://cyclonedx.org/bom/v1.7',
  ],
  'cosign-vuln': ['https://cosign.sigstore.dev/attestation/vuln/v1', 'cosign.sigstore.dev/attestation/vuln/v1'],
  vulns: ['https://in-toto.io/attestation/vulns/v0.1', 'https://in-toto.io/attestation/vulns/v0.2', 'https://in-toto.io/attestation/vulns'],
  openvex: ['https://openvex.dev/ns', 'https://openvex.dev/ns/v0.2.0'],
  'test-result': ['https://in-toto.io/attestation/test-result/v0.1'],
  'release': [
    'https://in-toto.io/attestation/release/v0.1',
    'https://in-toto.io/attestation/release/v0.2',
    'https://in-toto.io/attestation/release',
  ],
  'link': ['https://in-toto.io/attestation/link/v0.3', 'https://in-toto.io/Link/v1', 'https://in-toto.io/Link/v0.2'],
  'scai': [
    'https://in-toto.io/attestation/scai/v0.3',
    'https://in-toto.io/attestation/scai/attribute-report/v0.2',
    'https://in-toto.io/attestation/scai/attribute-report',
  ],
  'runtime-trace': ['https://in-toto.io/attestation/runtime-trace/v0.1', 'https://in-toto.io/attestation/runtime-trace/v0.2'],
  // The in-toto documents write the variant of code hosts with both schemes.
  'human-review': [
    'https://in-toto.io/attestation/human-review/v0.1',
    'https://in-toto.io/attestation/human-review/vcs/v0.1',
    'http://in-toto.io/attestation/human-review/vcs/v0.1',
  ],
  'reference': ['https://in-toto.io/attestation/reference/v0.1'],
  'scorecard': ['https://scorecard.dev/result/v0.1'],
  'npm-publish': ['https://github.com/npm/attestation/tree/main/specs/publish/v0.1'],
  'cosign-custom': ['https://cosign.sigstore.dev/attestation/v1', 'cosign.sigstore.dev/attestation/v1'],
};

/**
 * Reviews that the code host signs for all its reviewers, whom it lists; every other review is signed by the one who
 * reviewed. Which form a review has follows from its type alone, never from what stands in it.
 */
export const HOST_REVIEW_TYPES: readonly string[] = PREDICATE_FAMILIES['human-review'].filter((type) => type.includes('/vcs/'));

const FAMILY_OF: ReadonlyMap<string, PredicateFamily> = new Map(
  Object.entries(PREDICATE_FAMILIES).flatMap(([family, types]) =>
    types.map((type): [string, PredicateFamily] => [type, family as PredicateFamily]),
  ),
);

/** The family of an exact predicate type; `undefined` for a type that belongs to none. */
export function familyOf(predicateType: string): PredicateFamily | undefined {
  return FAMILY_OF.get(predicateType);
}

/** A predicate type for messages: with its family in front, if it has one. */
export function describeType(predicateType: string): string {
  const family = FAMILY_OF.get(predicateType);
  return family === undefined ? predicateType : `${family} (${predicateType})`;
}

/** Type under which a signed commit is told with its tree and parents: the commit itself is the statement. */
export const GIT_COMMIT_TYPE = 'https://gatehouse.dev/git-commit/v1';
