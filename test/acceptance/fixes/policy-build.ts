/** Reasons about how an artifact was built, and by which summaries it is vouched for: who is refused, and what becomes of him when he obeys. */
import { keyBundle } from '../../world/bundle.ts';
import { bundleEvidence } from '../../world/domain.ts';
import { digestOf } from '../../world/encode.ts';
import { makeStatement, slsaProvenanceV1, verificationSummary } from '../../world/statement.ts';
import type { Build } from '../../world/statement.ts';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { alice, attested, bob, byCi, byKey, CI, DIGEST, HOUR, NAME, NOW, OTHER, policy, SIGNERS, stranger, world } from './support.ts';
import type { Obeyed } from './support.ts';

const BUILDER = 'https://builders.acme.example/image';
const under = (requirement: object): string => SIGNERS + policy(requirement);
const built = (build: Build = {}, more: Parameters<typeof attested>[1] = {}): UnverifiedEvidence => attested(slsaProvenanceV1({ builder: BUILDER, ...build }), more);
/** Provenance with something changed in the predicate. */
function changed(change: (predicate: { buildDefinition: Record<string, unknown>; runDetails: Record<string, unknown> }) => void, build: Build = {}): UnverifiedEvidence {
  const made = slsaProvenanceV1({ builder: BUILDER, ...build });
  const predicate = structuredClone(made.predicate) as Parameters<typeof change>[0];
  change(predicate);
  return attested({ ...made, predicate });
}
const builtP = under({ provenance: { by: ['alice'], builder: BUILDER } });
const byWorkflowP = under({ provenance: { by: ['ci'] } });
const byWorkflow = (builder: string): UnverifiedEvidence => byCi({ statement: makeStatement(DIGEST, slsaProvenanceV1({ builder, source: 'git+https://github.com/acme/app@refs/tags/v1' })) });
const levelP = (more: object): string => under({ provenance: { by: ['alice'], builder: 'https://tekton.dev/chains/v2', level: 2, ...more } });
const chains = built({ builder: 'https://tekton.dev/chains/v2' });
const sourceP = under({ provenance: { by: ['alice'], builder: BUILDER, source: { uri: 'git+https://github.com/acme/app', tag: 'v*' } } });
const reviewedP = under({ provenance: { by: ['alice'], builder: BUILDER, source: { uri: 'git+https://github.com/acme/app', reviewed: { by: ['bob'], level: 'SLSA_SOURCE_LEVEL_3' } } } });
const entryP = under({ provenance: { by: ['alice'], builder: BUILDER, entryPoint: '.github/workflows/release.yml' } });
const runP = under({ provenance: { by: ['alice'], builder: BUILDER, run: { admittedBy: ['bob'] } } });
/** As the gate vouches for what a run pushed. */
function summarised(run: string): UnverifiedEvidence {
  const { predicateType, predicate } = verificationSummary({ at: NOW - HOUR, verifier: 'https://gatehouse.example/publish', resourceUri: NAME, levels: ['SLSA_BUILD_LEVEL_UNEVALUATED'] });
  return attested({ predicateType, predicate: { ...(predicate as object), gatehouse_run: run } }, { key: bob });
}
const pinnedP = under({ provenance: { by: ['alice'], builder: BUILDER, dependencies: { pinned: true } } });
const COMMIT = '6dcb09b5b57875f334f61aebed695e2e4193db5e';
const imagesP = (more: string = '', images: object = {}): string =>
  under({ provenance: { by: ['alice'], builder: BUILDER, source: { uri: 'git+https://github.com/acme/*' }, dependencies: { images: { admitted: true, ...images } } } }) + more;
const base = (requirement: object): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name: 'base' }, spec: { artifacts: [{ image: 'registry.example/base/*' }], usedAs: ['baseImage', 'dependency'], require: [{ name: 'b', ...requirement }] } })}\n---\n`;
const on = (digest = OTHER): UnverifiedEvidence => built({ dependencies: [{ uri: 'oci://registry.example/base/node', digest: { sha256: digest.slice(7) } }] });
const GOOD_BASE = digestOf(Buffer.from('a base'));
const signedBase = { [GOOD_BASE]: [byKey({ digest: GOOD_BASE, key: bob })], [OTHER]: [byKey({ digest: OTHER, key: stranger })] };
const vsaP = under({ vsa: { by: ['alice'], verifier: 'https://verifier.world.example', levels: ['SLSA_BUILD_LEVEL_3'] } });
const summary = (more: Partial<Parameters<typeof verificationSummary>[0]> = {}): UnverifiedEvidence => attested(verificationSummary({ at: NOW - HOUR, resourceUri: `oci://${NAME}`, ...more }));
const rebuiltP = under({ reproducible: { by: ['alice', 'bob'], threshold: 2 } });
const vouchedCommit: UnverifiedEvidence = bundleEvidence(keyBundle(world, {
  key: bob,
  statement: makeStatement([{ digest: { gitCommit: COMMIT } }], verificationSummary({ at: NOW - HOUR, resourceUri: 'git+https://github.com/acme/app', levels: ['SLSA_SOURCE_LEVEL_3'] })),
}));
const BASE_SIGNED = imagesP(base({ signature: { by: ['bob'] } }));
const MANY = Array.from({ length: 101 }, (_, index) => digestOf(Buffer.from(`base ${index}`)));
const manySigned = Object.fromEntries(MANY.map((digest) => [digest, [byKey({ digest, key: bob })]]));
const onMany = (count: number): UnverifiedEvidence => built({ dependencies: MANY.slice(0, count).map((digest, index) => ({ uri: `oci://registry.example/base/b${index}`, digest: { sha256: digest.slice(7) } })) });

/** Each code about builds and summaries. */
export const BUILD_FIXES = {
  POLICY_PREDICATE: {
    refused: { policies: builtP, evidence: [changed(({ buildDefinition }) => { buildDefinition['buildType'] = 1; })] }, fix: /attest with a current tool/, obeyed: { policies: builtP, evidence: [built()] },
  },
  POLICY_PROVENANCE_SIGNER: {
    refused: { policies: byWorkflowP, evidence: [byWorkflow('https://github.com/evil/x/.github/workflows/a.yml@refs/tags/v1')] }, fix: /let the build platform write the provenance.*do not write it by hand/,
    obeyed: { policies: byWorkflowP, evidence: [byWorkflow(CI.san)] },
  },
  POLICY_PROVENANCE_BUILDER: {
    refused: { policies: builtP, evidence: [built({ builder: 'https://laptop.example' })] }, fix: /build with the builder under "expected"/, obeyed: { policies: builtP, evidence: [built()] },
  },
  POLICY_PROVENANCE_NO_BUILDER: {
    refused: { policies: builtP, evidence: [built({ builder: '' })] }, fix: /have the build name the builder under "expected", with docker buildx by --attest type=provenance,builder-id=/, obeyed: { policies: builtP, evidence: [built()] },
  },
  POLICY_PROVENANCE_LEVEL: {
    refused: { policies: levelP({}), evidence: [chains] }, fix: /ask the owner of policy p whether this one is known/, owner: /name the profile of the builder in the policy/,
    obeyed: { policies: levelP({ profile: 'tekton-chains' }), evidence: [chains] },
  },
  POLICY_PROVENANCE_SOURCE: {
    refused: { policies: sourceP, evidence: [built({ source: 'git+https://github.com/acme/app@refs/heads/main' })] }, fix: /build from the repository and ref that the policy names/, obeyed: { policies: sourceP, evidence: [built()] },
  },
  POLICY_SOURCE_REVIEW: {
    refused: { policies: reviewedP, evidence: [built({ commit: COMMIT })] }, fix: /have the source verifier vouch for the commit that was built, and attach its summary/,
    obeyed: { policies: reviewedP, evidence: [built({ commit: COMMIT }), vouchedCommit] },
  },
  POLICY_RUN_UNPROVEN: {
    refused: { policies: runP, evidence: [built({ invocationId: 'run-1' })] }, fix: /could not verify, retry once runs are summarised/,
    obeyed: { policies: runP, evidence: [built({ invocationId: 'run-1' }), summarised('run-1')] },
  },
  POLICY_PROVENANCE_BUILD: {
    refused: { policies: entryP, evidence: [built({ entryPoint: '.github/workflows/other.yml' })] }, fix: /build as "expected" says/, obeyed: { policies: entryP, evidence: [built()] },
  },
  POLICY_PROVENANCE_DEPENDENCY: {
    refused: { policies: pinnedP, evidence: [built({ dependencies: [{ uri: 'pkg:npm/a@1', digest: {} }] })] }, fix: /pin every dependency by digest/,
    obeyed: { policies: pinnedP, evidence: [built({ dependencies: [{ uri: 'pkg:npm/a@1', digest: { sha256: 'a'.repeat(64) } }] })] },
  },
  POLICY_IMAGE_DENIED: {
    refused: { policies: BASE_SIGNED, evidence: [on()], others: signedBase }, fix: /build with an image that satisfies the policies for it/,
    obeyed: { policies: BASE_SIGNED, evidence: [on(GOOD_BASE)], others: signedBase },
  },
  POLICY_IMAGE_UNMATCHED: {
    refused: { policies: imagesP(), evidence: [on(GOOD_BASE)], others: signedBase }, fix: /build with an image that has a policy, or ask the owner of policy p for one/, owner: /write a policy for the image with usedAs: \[dependency, baseImage\]/,
    obeyed: { policies: BASE_SIGNED, evidence: [on(GOOD_BASE)], others: signedBase },
  },
  POLICY_IMAGE_LIMIT: {
    refused: { policies: BASE_SIGNED, evidence: [onMany(101)], others: manySigned }, fix: /build with fewer images, .*; or ask the owner of policy p/,
    obeyed: { policies: BASE_SIGNED, evidence: [onMany(100)], others: manySigned },
  },
  POLICY_VSA_RESULT: {
    refused: { policies: vsaP, evidence: [summary({ result: 'FAILED' })] }, fix: /mend what the verifier complains about, and have it verify again/, obeyed: { policies: vsaP, evidence: [summary()] },
  },
  POLICY_VSA_SCOPE: {
    refused: { policies: vsaP, evidence: [summary({ resourceUri: 'oci://registry.example/other' })] }, fix: /have the verifier verify what "expected" names/, obeyed: { policies: vsaP, evidence: [summary()] },
  },
  POLICY_VSA_LEVEL: {
    refused: { policies: vsaP, evidence: [summary({ levels: ['SLSA_BUILD_LEVEL_1'] })] }, fix: /have the verifier verify the level under "expected"/, obeyed: { policies: vsaP, evidence: [summary()] },
  },
  POLICY_REPRODUCIBLE: {
    refused: { policies: rebuiltP, evidence: [built()] }, fix: /have each of alice, bob rebuild it from the same source, each with a key of its own, and attest that: cosign attest --type slsaprovenance1/,
    obeyed: { policies: rebuiltP, evidence: [built(), built({}, { key: bob })] },
  },
} as const satisfies Record<string, Obeyed>;

/** What is told where nothing is attached, or something old, by what is asked for. */
export const BUILD_NEIGHBOURS: Readonly<Record<string, readonly ['FETCH_NONE_FOUND' | 'POLICY_TYPE_MISSING' | 'POLICY_TOO_OLD', Obeyed]>> = {
  'nothing attached, and provenance by a key is asked for': ['FETCH_NONE_FOUND', {
    refused: { policies: builtP, evidence: [] }, fix: /^attach provenance, signed by alice: cosign attest --type slsaprovenance1 --predicate provenance.json --key KEY IMAGE; a signature alone does not help/,
    obeyed: { policies: builtP, evidence: [built()] },
  }],
  'signed, and provenance by a workflow is asked for': ['POLICY_TYPE_MISSING', {
    refused: { policies: byWorkflowP, evidence: [byCi()] }, fix: /^build it in the workflow under "expected", which attests provenance as ci: /, obeyed: { policies: byWorkflowP, evidence: [byWorkflow(CI.san)] },
  }],
  'nothing attached, and a summary is asked for': ['FETCH_NONE_FOUND', {
    refused: { policies: vsaP, evidence: [] }, fix: /attach a verification summary, signed by alice: cosign attest --type https:\/\/slsa.dev\/verification_summary\/v1/, obeyed: { policies: vsaP, evidence: [summary()] },
  }],
  'an old summary is made anew': ['POLICY_TOO_OLD', {
    refused: { policies: oldP(), evidence: [attested(verificationSummary({ at: NOW - 48 * HOUR, resourceUri: `oci://${NAME}` }), { key: alice, log: 'v1' })] }, fix: /have alice verify it again; signing the old summary again does not make it younger/,
    obeyed: { policies: oldP(), evidence: [attested(verificationSummary({ at: NOW - HOUR, resourceUri: `oci://${NAME}` }), { key: alice, log: 'v1' })] },
  }],
};

function oldP(): string {
  return SIGNERS.replace('"key":{"data":', '"key":{"trustRoot":"world","data":') + policy({ vsa: { by: ['alice'], levels: ['SLSA_BUILD_LEVEL_3'], maxAge: '24h' } });
}
