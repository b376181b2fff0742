/** Evidence that a requirement asks for: what it is called, how cosign names its type, and what is given with it. */
import type { ProvenanceRequirement } from '../../domain/policy/build-requirement.ts';
import type { ExaminedRequirement } from '../../domain/policy/examined-requirement.ts';
import type { Requirement, Signer } from '../../domain/policy/requirement.ts';
import { familyOf, PREDICATE_FAMILIES } from '../../domain/policy/predicate-types.ts';
import type { PredicateFamily } from '../../domain/policy/predicate-types.ts';

/** One piece of evidence that would do. */
export interface Piece {
  /** With an article: `an SBOM`. */
  readonly what: string;
  /** Exact predicate type that is to be attested, or cosign's word for it. */
  readonly type: string;
  /** The file that is attested, as an example. */
  readonly file: string;
  readonly by: readonly Signer[];
  readonly threshold: number;
  /** How the file is made, where a common tool makes it. */
  readonly made?: string;
}

/** The words of `cosign attest --type`, by the exact type that each of them makes (cosign 3, pkg/cosign/attestation). */
const COSIGN_WORDS: Readonly<Record<string, string>> = {
  'https://spdx.dev/Document': 'spdxjson',
  'https://cyclonedx.org/bom': 'cyclonedx',
  'https://cosign.sigstore.dev/attestation/vuln/v1': 'vuln',
  'https://openvex.dev/ns': 'openvex',
  'https://slsa.dev/provenance/v1': 'slsaprovenance1',
  'https://slsa.dev/provenance/v0.2': 'slsaprovenance02',
  'https://in-toto.io/Link/v1': 'link',
};

const FILES: Partial<Record<PredicateFamily, readonly [what: string, file: string]>> = {
  'spdx': ['an SBOM', 'sbom.json'],
  'cyclonedx': ['an SBOM', 'sbom.json'],
  'cosign-vuln': ['a vulnerability scan', 'scan.json'],
  'vulns': ['a vulnerability scan', 'scan.json'],
  'openvex': ['an OpenVEX document', 'vex.json'],
  'slsa-provenance': ['provenance', 'provenance.json'],
  'vsa': ['a verification summary', 'summary.json'],
  'test-result': ['a test result', 'result.json'],
  'human-review': ['a review', 'review.json'],
  'runtime-trace': ['a runtime trace', 'trace.json'],
  'link': ['an in-toto link', 'link.json'],
};

/** How trivy, the scanner whose output cosign attests as it is, writes a scan. */
const BY_TRIVY = 'trivy image --format cosign-vuln --output scan.json IMAGE';

/** What a requirement wants attached; empty for those that want no attestation, or say themselves what they lack. */
export function piecesOf(requirement: Requirement): readonly Piece[] {
  switch (requirement.kind) {
    case 'attestation':
      return [pieceOf(requirement.types ?? [requirement.type], requirement)];
    case 'examined':
      return [examinedPiece(requirement)];
    case 'provenance':
      return [pieceOf(PREDICATE_FAMILIES['slsa-provenance'], requirement)];
    case 'vsa':
      return [pieceOf(PREDICATE_FAMILIES.vsa, requirement)];
    case 'reproducible':
      return [pieceOf(requirement.types ?? PREDICATE_FAMILIES['slsa-provenance'], requirement)];
    case 'layout':
      return requirement.form === 'steps' ? requirement.steps.map((step) => pieceOf([step.type], step)) : [];
    case 'signature':
    case 'encryption':
    case 'registry':
    case 'source':
    case 'anyOf':
      return [];
  }
}

/** The piece that clears vulnerabilities, where the policy takes one. */
export function vexPiece({ vex }: ExaminedRequirement): Piece | undefined {
  return vex === undefined ? undefined : pieceOf(PREDICATE_FAMILIES.openvex, { by: vex.by, threshold: 1 });
}

function examinedPiece(requirement: ExaminedRequirement): Piece {
  const piece = pieceOf([...requirement.types], requirement);
  return piece.type === 'vuln' ? { ...piece, made: BY_TRIVY } : piece;
}

/** The first type for which cosign has a word, or else the first. */
function pieceOf(types: readonly string[], { by, threshold }: Pick<Piece, 'by' | 'threshold'>): Piece {
  const type = types.find((one) => Object.hasOwn(COSIGN_WORDS, one)) ?? types[0] ?? '';
  const family = familyOf(type);
  const [what, file] = (family === undefined ? undefined : FILES[family]) ?? [`an attestation of type ${type}`, 'predicate.json'];
  return { what, type: COSIGN_WORDS[type] ?? type, file, by, threshold };
}

/** What makes provenance on the platform that a policy names; nobody writes it by hand. */
export const BUILT_BY: Readonly<Record<NonNullable<ProvenanceRequirement['profile']>, string>> = {
  'slsa-github-generator': 'the reusable workflow of slsa-github-generator',
  'github-attestations': 'a step of actions/attest-build-provenance with push-to-registry: true',
  'npm': 'npm publish --provenance',
  'google-cloud-build': 'Cloud Build',
  'tekton-chains': 'Tekton Chains',
  'buildkit': 'docker buildx build --attest type=provenance,mode=max',
};
