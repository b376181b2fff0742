import { describe, expect, test } from 'vitest';
import type { BuilderProfileName } from '../../../../src/domain/policy/build-requirement.ts';
import type { ProvenSigner } from '../../../../src/domain/policy/identity.ts';
import { assessBuilder } from '../../../../src/evaluate/provenance/profiles/index.ts';
import { readProvenance } from '../../../../src/evaluate/provenance/read.ts';
import { slsaProvenanceV1 } from '../../../world/statement.ts';
import type { Build } from '../../../world/statement.ts';
import { certificate } from '../support.ts';
import { byKey, GENERATOR, SOURCE, statement, WORKFLOW, workflowRun } from './support.ts';

function assess(signer: ProvenSigner, build: Build, wanted?: BuilderProfileName): readonly [number, readonly string[]] {
  const reading = readProvenance(statement(slsaProvenanceV1(build)));
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  const { level, mismatches } = assessBuilder(signer, reading.provenance, wanted);
  return [level, mismatches.map(({ code, claim }) => `${code} ${claim}`)];
}

const BUILDER = ['POLICY_PROVENANCE_SIGNER builder id'];
const GITHUB = { buildType: 'https://actions.github.io/buildtypes/workflow/v1' };
const DELEGATED = { buildType: 'https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0' };
const DELEGATOR = GENERATOR.replace('generator_container', 'delegator_generic');
const NPM = 'https://github.com/actions/runner/github-hosted';
const GCB = { builder: 'https://cloudbuild.googleapis.com/GoogleHostedWorker', buildType: 'https://cloud.google.com/build/gcb-buildtypes/google-worker/v1' };

const BUILDKIT = { builder: 'https://github.com/acme/app/actions/runs/1/attempts/1', buildType: 'https://mobyproject.org/buildkit@v1' };

describe('builder profiles', () => {
  test.each<[string, ProvenSigner, Build, BuilderProfileName | undefined, number, readonly string[]]>([
    ['generator at a release', workflowRun(GENERATOR), { ...GITHUB, builder: GENERATOR }, undefined, 3, []],
    ['A14 generator on a branch', workflowRun(GENERATOR.replace('tags/v2.0.0', 'heads/evil')), { ...GITHUB, builder: GENERATOR.replace('tags/v2.0.0', 'heads/evil') }, undefined, 3, BUILDER],
    ['A14 generator at a pre-release', workflowRun(`${GENERATOR}-rc.1`), { ...GITHUB, builder: `${GENERATOR}-rc.1` }, undefined, 3, BUILDER],
    ['A14 generator claimed by another workflow', workflowRun(WORKFLOW), { ...GITHUB, builder: GENERATOR }, undefined, 1, BUILDER],
    ['A14 generator claimed by a lookalike repository', workflowRun(GENERATOR.replace('slsa-github-generator/', 'slsa-github-generator-evil/')), { ...GITHUB, builder: GENERATOR }, undefined, 1, BUILDER],
    ['A14 generator claimed by a certificate of another issuer', { ...workflowRun(GENERATOR), issuer: 'https://evil.example' }, { ...GITHUB, builder: GENERATOR }, undefined, 1, BUILDER],
    ['A14 generator claimed by a key', byKey, { ...GITHUB, builder: GENERATOR }, undefined, 1, BUILDER],
    ['generator that names another of its builders', workflowRun(GENERATOR), { ...GITHUB, builder: GENERATOR.replace('container', 'generic') }, undefined, 3, BUILDER],
    ['generator workflow that is no builder', workflowRun(GENERATOR.replace('generator_container_slsa3', 'release')), { ...GITHUB, builder: GENERATOR }, undefined, 3, BUILDER],
    ['generator on a machine of its owner', workflowRun(GENERATOR, { runnerEnvironment: 'self-hosted' }), { ...GITHUB, builder: GENERATOR }, undefined, 3, BUILDER],
    ['a delegated builder at a release', workflowRun(DELEGATOR), { ...DELEGATED, builder: 'https://github.com/acme/builder/.github/workflows/b.yml@refs/tags/v1.2.3' }, undefined, 3, []],
    ['a delegated builder on a branch', workflowRun(DELEGATOR), { ...DELEGATED, builder: 'https://github.com/acme/builder/.github/workflows/b.yml@refs/heads/main' }, undefined, 3, BUILDER],
    ['a delegated build that the delegator did not sign', workflowRun(WORKFLOW), { ...DELEGATED, builder: 'https://github.com/acme/builder/.github/workflows/b.yml@refs/tags/v1.2.3' }, undefined, 1, BUILDER],
    ['a workflow of the source', workflowRun(WORKFLOW), { ...GITHUB, builder: WORKFLOW }, undefined, 2, []],
    ['a reusable workflow at a tag', workflowRun('https://github.com/acme/builders/.github/workflows/b.yml@refs/tags/v1'), { ...GITHUB, builder: 'https://github.com/acme/builders/.github/workflows/b.yml@refs/tags/v1' }, undefined, 3, []],
    ['a reusable workflow on a branch', workflowRun('https://github.com/acme/builders/.github/workflows/b.yml@refs/heads/main'), { ...GITHUB, builder: 'https://github.com/acme/builders/.github/workflows/b.yml@refs/heads/main' }, undefined, 2, []],
    ['a workflow on a machine of its owner', workflowRun(WORKFLOW, { runnerEnvironment: 'self-hosted' }), { ...GITHUB, builder: WORKFLOW }, undefined, 1, []],
    ['a workflow that names another', workflowRun(WORKFLOW), { ...GITHUB, builder: WORKFLOW.replace('release', 'other') }, undefined, 2, BUILDER],
    ['a key that names a workflow', byKey, { ...GITHUB, builder: WORKFLOW }, undefined, 1, BUILDER],
    ['npm on a machine of GitHub', workflowRun(WORKFLOW), { ...GITHUB, builder: NPM }, undefined, 2, []],
    ['npm that lies about the machine', workflowRun(WORKFLOW, { runnerEnvironment: 'self-hosted' }), { ...GITHUB, builder: NPM }, undefined, 1, BUILDER],
    ['npm claimed by a key', byKey, { ...GITHUB, builder: NPM }, undefined, 1, BUILDER],
    ['Cloud Build, when the policy says so', byKey, GCB, 'google-cloud-build', 3, []],
    ['Cloud Build, when only the provenance says so', byKey, GCB, undefined, 1, []],
    ['Cloud Build claimed by a workflow', workflowRun(WORKFLOW), GCB, 'google-cloud-build', 3, BUILDER],
    ['Cloud Build with an unknown suffix', byKey, { ...GCB, builder: `${GCB.builder}-evil` }, 'google-cloud-build', 3, BUILDER],
    ['Tekton Chains, when the policy says so', byKey, {}, 'tekton-chains', 2, []],
    ['Tekton Chains, when only the provenance says so', byKey, {}, undefined, 1, []],
    ['BuildKit, when the policy says so', byKey, BUILDKIT, 'buildkit', 1, []],
    ['BuildKit, when only the provenance says so', byKey, BUILDKIT, undefined, 1, []],
    ['BuildKit with another build type', byKey, { ...BUILDKIT, buildType: `${BUILDKIT.buildType}-evil` }, 'buildkit', 1, ['POLICY_PROVENANCE_BUILDER builder id']],
    ['another platform than the policy says', workflowRun(WORKFLOW), { ...GITHUB, builder: WORKFLOW }, 'google-cloud-build', 1, ['POLICY_PROVENANCE_BUILDER builder id']],
    ['a pair that nobody knows', byKey, { builder: 'https://ci.acme.example', buildType: 'https://ci.acme.example/t' }, undefined, 1, []],
    ['an unknown builder, by a mail address', certificate({ subject: { type: 'email', value: 'a@acme.example' } }), { builder: 'https://ci.acme.example', buildType: 'https://ci.acme.example/t' }, undefined, 1, []],
  ])('%s', (_, signer, build, wanted, level, mismatches) => {
    expect(assess(signer, build, wanted)).toEqual([level, mismatches]);
  });

  test.each<[string, Record<string, string>, string]>([
    ['repository', { sourceRepositoryURI: 'https://github.com/evil/app' }, 'source repository'],
    ['ref', { sourceRepositoryRef: 'refs/heads/main' }, 'source ref'],
    ['commit', { sourceRepositoryDigest: 'b'.repeat(40) }, 'source commit'],
  ])('a %s that the certificate contradicts is refused for every builder', (_, claims, claim) => {
    for (const [subject, builder] of [[GENERATOR, GENERATOR], [WORKFLOW, WORKFLOW], [WORKFLOW, NPM], [WORKFLOW, 'https://ci.acme.example']] as const) {
      expect(assess(workflowRun(subject, claims), { ...GITHUB, builder })[1]).toEqual([`POLICY_PROVENANCE_SIGNER ${claim}`]);
    }
    expect(assess(workflowRun(WORKFLOW, claims), BUILDKIT, 'buildkit')[1]).toEqual([`POLICY_PROVENANCE_SIGNER ${claim}`]);
  });

  test('the six old extensions prove the source as well', () => {
    const old = certificate({ subject: { type: 'uri', value: GENERATOR }, claims: { githubWorkflowRepository: 'acme/app', githubWorkflowRef: 'refs/heads/evil' } });
    expect(assess(old, { ...GITHUB, builder: GENERATOR })).toEqual([3, ['POLICY_PROVENANCE_SIGNER source ref']]);
    expect(assess({ ...old, claims: { githubWorkflowRepository: 'acme/app' } }, { ...GITHUB, builder: GENERATOR, source: `git+${SOURCE}` })).toEqual([3, []]);
  });
});
