/** Mistakes about what attestations say, and about those that are not there. */
import { makeStatement, slsaProvenanceV1, spdxDocument, vulnScan } from '../../world/statement.ts';
import type { Predicate } from '../../world/statement.ts';
import { LAYOUT_FIXES } from '../../acceptance/fixes/policy-layout.ts';
import { attested, byCi, byKey, DIGEST, HOUR, NOW, OTHER, policy, SIGNERS, stranger } from '../../acceptance/fixes/support.ts';
import { denial, OF_POD } from './mistake.ts';
import type { MistakeGroup } from './mistake.ts';

const BUILDER = 'https://builders.acme.example/image';
const under = (requirement: object): string => SIGNERS + policy(requirement);
const built = (build: Parameters<typeof slsaProvenanceV1>[0] = {}): ReturnType<typeof attested> => attested(slsaProvenanceV1({ builder: BUILDER, ...build }));
const PROVENANCE = under({ provenance: { by: ['alice'], builder: BUILDER } });
const SOURCE = under({ provenance: { by: ['alice'], builder: BUILDER, source: { uri: 'git+https://github.com/acme/app', tag: 'v*' } } });
const SBOM = under({ sbom: { by: ['alice'] } });
const LICENCE = under({ sbom: { by: ['alice'], deny: { licenses: ['AGPL-*'] } } });
const SCAN = under({ vulnerability: { by: ['alice'], deny: 'high' } });
const FRESH = under({ vulnerability: { by: ['alice'], deny: 'high', maxAge: '24h' } });
const VEX = under({ vulnerability: { by: ['alice'], deny: 'high', vex: { by: ['bob'] } } });
const CONDITION = under({ attestation: { type: 'https://acme.example/scan/v1', by: ['alice'], where: [{ cel: 'predicate.clean == true', message: 'not clean' }] } });
const CRITICAL = attested(vulnScan({ at: NOW - HOUR, severities: ['CRITICAL'] }));

/** An SBOM of the image with a package of this licence. */
function sbom(licence: string): Predicate {
  const { predicateType, predicate } = spdxDocument({ at: NOW, packages: ['ghostscript'] });
  const { packages, ...rest } = predicate as { readonly packages: readonly object[] };
  const image = { name: 'image', SPDXID: 'SPDXRef-image', versionInfo: DIGEST, downloadLocation: 'NOASSERTION', checksums: [{ algorithm: 'SHA256', checksumValue: DIGEST.slice(7) }] };
  const relationships = [{ spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: 'SPDXRef-image' }];
  return { predicateType, predicate: { ...rest, documentDescribes: ['SPDXRef-image'], relationships, packages: [image, ...packages.map((one) => ({ ...one, licenseConcluded: licence }))] } };
}

const X = 'https://acme.example/scan/v1';

export const ATTESTATIONS: MistakeGroup = {
  title: 'Attestations',
  rows: [
    {
      row: '32', mistake: 'the provenance names a builder that did not sign it', ...OF_POD, fixMust: /let the build platform write the provenance/, fixMustNot: /add the signer/,
      says: denial({
        policies: under({ provenance: { by: ['ci'] } }),
        evidence: [byCi({ statement: makeStatement(DIGEST, slsaProvenanceV1({ builder: 'https://github.com/evil/x/.github/workflows/a.yml@refs/tags/v1', source: 'git+https://github.com/acme/app@refs/tags/v1' })) })],
      }),
    },
    {
      row: '32b', mistake: 'built by another builder', ...OF_POD, fixMust: /build with the builder under "expected"/,
      says: denial({ policies: PROVENANCE, evidence: [built({ builder: 'https://laptop.example' })] }),
    },
    {
      row: '33', mistake: 'built from another ref', ...OF_POD, fixMust: /build from the repository and ref that the policy names/,
      says: denial({ policies: SOURCE, evidence: [built({ source: 'git+https://github.com/acme/app@refs/heads/main' })] }),
    },
    {
      row: '34', mistake: 'provenance is asked for, and nothing is attached', ...OF_POD, fixMust: /attach provenance, signed by alice: cosign attest/, fixMustNot: /cosign sign\b/,
      says: denial({ policies: PROVENANCE, evidence: [] }),
    },
    {
      row: '35', mistake: 'an SBOM is asked for, and nothing is attached', ...OF_POD, fixMust: /attach an SBOM, signed by alice: cosign attest --type spdxjson/, fixMustNot: /cosign sign\b/,
      says: denial({ policies: SBOM, evidence: [] }),
    },
    {
      row: '35b', mistake: 'an SBOM is asked for, and the image has a signature', ...OF_POD, fixMust: /attach an SBOM, signed by alice: cosign attest --type spdxjson/, fixMustNot: /cosign sign\b/,
      says: denial({ policies: SBOM, evidence: [byKey()] }),
    },
    {
      row: '35c', mistake: 'an SBOM by somebody else', ...OF_POD, fixMust: /alice: cosign attest --type spdxjson/,
      says: denial({ policies: SBOM, evidence: [attested(spdxDocument({ at: NOW }), { key: stranger })] }),
    },
    {
      row: '36', mistake: 'a licence that is denied', ...OF_POD, fixMust: /replace the package, build/,
      says: denial({ policies: LICENCE, evidence: [attested(sbom('AGPL-3.0-only'))] }),
    },
    {
      row: '37', mistake: 'the scan is too old', ...OF_POD, fixMust: /scan again and attest the new report/,
      says: denial({ policies: FRESH, evidence: [attested(vulnScan({ at: NOW - 48 * HOUR }))] }),
    },
    {
      row: '38', mistake: 'a critical vulnerability, and the policy takes no VEX', ...OF_POD, fixMust: /update the packages.*ask the owner of policy p to accept VEX/, fixMustNot: /publish a VEX/,
      says: denial({ policies: SCAN, evidence: [CRITICAL] }),
    },
    {
      row: '38b', mistake: 'the same, and the policy takes VEX', ...OF_POD, fixMust: /have bob attest OpenVEX \(not_affected\)/,
      says: denial({ policies: VEX, evidence: [CRITICAL] }),
    },
    {
      row: '39', mistake: 'a step of the supply chain is missing', ...OF_POD, fixMust: /attach a test result, signed by bob/,
      says: denial(LAYOUT_FIXES.POLICY_LAYOUT_STEP.refused),
    },
    {
      row: '58', mistake: 'a condition is false', ...OF_POD, fixMust: /attest again once the artifact meets the condition/,
      says: denial({ policies: CONDITION, evidence: [attested({ predicateType: X, predicate: { clean: false } })] }),
    },
    {
      row: '58b', mistake: 'a condition about a field that is not there', ...OF_POD, fixMust: /have the attestation say what the condition/,
      says: denial({ policies: CONDITION, evidence: [attested({ predicateType: X, predicate: {} })] }),
    },
    {
      row: '59', mistake: 'the attestation is about another digest', ...OF_POD, found: new RegExp(`found .*${OTHER}`), fixMust: /alice: cosign attest --type spdxjson/,
      says: denial({ policies: SBOM, evidence: [attested(spdxDocument({ at: NOW }), { about: OTHER })] }),
    },
    {
      row: '60', mistake: 'an SBOM in tag-value', ...OF_POD, fixMust: /--type spdxjson/,
      says: denial({ policies: SBOM, evidence: [attested({ predicateType: 'https://spdx.dev/Document', predicate: { Data: 'SPDXVersion: SPDX-2.3\n' } })] }),
    },
  ],
};
