import { describe, expect, test } from 'vitest';
import type { BuilderProfileName, ProvenanceRequirement } from '../../../../src/domain/policy/build-requirement.ts';
import type { ProvenSigner } from '../../../../src/domain/policy/identity.ts';
import type { Predicate } from '../../../world/statement.ts';
import { exact } from '../support.ts';
import { attested, byKey, COMMIT, GENERATOR, judge, REF, SOURCE, wants, WORKFLOW, workflowRun } from './support.ts';

const V1 = 'https://slsa.dev/provenance/v1';
const V02 = 'https://slsa.dev/provenance/v0.2';
const BUILDKIT_V02 = 'https://mobyproject.org/buildkit@v1';
const BUILDKIT_V1 = 'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md';
const GENERIC = 'https://github.com/slsa-framework/slsa-github-generator/container@v1';

function v1(metadata: object, buildType = BUILDKIT_V1, builder = 'https://ci.acme.example'): Predicate {
  return { predicateType: V1, predicate: { buildDefinition: { buildType, externalParameters: { hermetic: true } }, runDetails: { builder: { id: builder }, metadata: { hermetic: true, ...metadata } } } };
}
function v02(metadata: object, buildType = BUILDKIT_V02, builder = 'https://ci.acme.example'): Predicate {
  const configSource = { uri: `git+${SOURCE}@${REF}`, digest: { sha1: COMMIT } };
  return { predicateType: V02, predicate: { builder: { id: builder }, buildType, invocation: { configSource, environment: { hermetic: true } }, materials: [configSource], metadata: { hermetic: true, ...metadata } } };
}

interface Row {
  readonly what: string;
  readonly wanted: Partial<ProvenanceRequirement>;
  readonly profile?: BuilderProfileName;
  readonly good: Predicate;
  readonly by?: ProvenSigner;
  /** The twin says something else. */
  readonly bad: Predicate;
  /** The same words by a builder that is not known to set them: written by another signer, or not named by the policy. */
  readonly stranger: readonly [BuilderProfileName | undefined, ProvenSigner, string];
}

const BUILDKIT = { profile: 'buildkit', stranger: [undefined, byKey, 'POLICY_PROVENANCE_BUILD'] } as const;
const FALSE = { parameters: false, environment: false, materials: false };
const ROWS: readonly Row[] = [
  { what: 'hermetic, BuildKit v1', wanted: { hermetic: true }, ...BUILDKIT, good: v1({ buildkit_hermetic: true }), bad: v1({ buildkit_hermetic: false }) },
  { what: 'hermetic, BuildKit v1, not said', wanted: { hermetic: true }, ...BUILDKIT, good: v1({ buildkit_hermetic: true }), bad: v1({}) },
  { what: 'hermetic, BuildKit v0.2', wanted: { hermetic: true }, ...BUILDKIT, good: v02({ [`${BUILDKIT_V02}#hermetic`]: true }), bad: v02({ [`${BUILDKIT_V02}#hermetic`]: false }) },
  { what: 'complete request, BuildKit v1', wanted: { complete: ['parameters'] }, ...BUILDKIT, good: v1({ buildkit_completeness: { request: true } }), bad: v1({ buildkit_completeness: { request: false, resolvedDependencies: true } }) },
  { what: 'complete dependencies, BuildKit v1', wanted: { complete: ['dependencies'] }, ...BUILDKIT, good: v1({ buildkit_completeness: { resolvedDependencies: true } }), bad: v1({ buildkit_completeness: { request: true } }) },
  { what: 'complete environment, BuildKit v0.2', wanted: { complete: ['environment'] }, ...BUILDKIT, good: v02({ completeness: { ...FALSE, environment: true } }), bad: v02({ completeness: FALSE }) },
  { what: 'all complete, BuildKit v0.2', wanted: { complete: ['parameters', 'environment', 'dependencies'] }, ...BUILDKIT, good: v02({ completeness: { parameters: true, environment: true, materials: true } }), bad: v02({ completeness: { parameters: true, environment: true } }) },
  { what: 'complete parameters, slsa-github-generator', wanted: { complete: ['parameters'] }, by: workflowRun(GENERATOR), good: v02({ completeness: { ...FALSE, parameters: true } }, GENERIC, GENERATOR), bad: v02({ completeness: FALSE }, GENERIC, GENERATOR), stranger: [undefined, workflowRun(WORKFLOW), 'POLICY_PROVENANCE_SIGNER'] },
];

describe('what a builder says of how it built', () => {
  test.each(ROWS)('$what', ({ wanted, profile, good, bad, by = byKey, stranger: [otherProfile, other, code] }) => {
    const ask = (predicate: Predicate, signer: ProvenSigner, named: BuilderProfileName | undefined): string => judge(wants({ ...wanted, ...(named === undefined ? {} : { profile: named }) }), attested(predicate, signer)).code;
    expect(ask(good, by, profile)).toBe('POLICY_SATISFIED');
    expect(ask(bad, by, profile)).toBe('POLICY_PROVENANCE_BUILD');
    expect(ask(good, other, otherProfile)).toBe(code);
  });

  test('A14 a workflow, npm, Cloud Build, Chains and a builder that nobody knows are not believed, whatever they write', () => {
    const complete = { completeness: { parameters: true, environment: true, materials: true }, [`${BUILDKIT_V02}#hermetic`]: true };
    const NPM = 'https://github.com/actions/runner/github-hosted';
    const rows: readonly (readonly [string, string, ProvenSigner, BuilderProfileName | undefined])[] = [
      ['https://actions.github.io/buildtypes/workflow/v1', WORKFLOW, workflowRun(WORKFLOW), 'github-attestations'],
      ['https://github.com/npm/cli/gha/v2', NPM, workflowRun(WORKFLOW), 'npm'],
      ['https://cloud.google.com/build/gcb-buildtypes/google-worker/v1', 'https://cloudbuild.googleapis.com/GoogleHostedWorker', byKey, 'google-cloud-build'],
      ['tekton.dev/v1/PipelineRun', 'https://tekton.dev/chains/v2', byKey, 'tekton-chains'],
      ['https://ci.acme.example/t', 'https://ci.acme.example', byKey, undefined],
    ];
    for (const [buildType, builder, signer, profile] of rows) {
      const made = attested(v02(complete, buildType, builder), signer);
      const named = profile === undefined ? {} : { profile };
      expect(judge(wants(named), made).code, builder).toBe('POLICY_SATISFIED');
      expect(judge(wants({ ...named, hermetic: true }), made), builder).toMatchObject({ code: 'POLICY_PROVENANCE_BUILD', found: [expect.stringContaining('hermetic true, by a builder that is not')] });
      expect(judge(wants({ ...named, complete: ['dependencies'] }), made).code, builder).toBe('POLICY_PROVENANCE_BUILD');
    }
  });

  test('isolated is what level 3 means; no flag says it', () => {
    const reusable = 'https://github.com/acme/builders/.github/workflows/b.yml@refs/tags/v1';
    const made = (builder: string) => attested(v1({ isolated: true }, 'https://actions.github.io/buildtypes/workflow/v1', builder), workflowRun(builder));
    expect(judge(wants({ isolated: true, builder: exact(reusable) }), made(reusable)).code).toBe('POLICY_SATISFIED');
    expect(judge(wants({ isolated: true }), made(reusable)).code).toBe('POLICY_PROVENANCE_BUILD');
    expect(judge(wants({ isolated: true }), made(WORKFLOW))).toMatchObject({ code: 'POLICY_PROVENANCE_BUILD', found: [expect.stringContaining('a workflow of the repository that it builds')] });
    expect(judge(wants({ isolated: true, profile: 'buildkit' }), attested(v1({ isolated: true }))).code).toBe('POLICY_PROVENANCE_BUILD');
  });
});
