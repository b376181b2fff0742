import { describe, expect, test } from 'vitest';
import { run } from '../support/cookbook.ts';
import type { ScenarioEvidence as Evidence } from '../support/cookbook.ts';

const GOOGLE = 'https://accounts.google.com';
const REPOSITORY = 'https://github.com/acme/app';
const COMMIT = '6dcb09b5b57875f334f61aebed695e2e4193db5e';
const VERIFIER = 'https://github.com/slsa-framework/source-actions';

const SIGNERS = ['builder', 'verifier'].map((name) => `apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: ${name}}
spec:
  identities: [{keyless: {issuer: "${GOOGLE}", subject: ${name}@acme.example}}]
  ${name === 'verifier' ? 'mayCertify: [{git: "https://github.com/acme/*"}]' : ''}
`);

/** A policy whose provenance requirement demands a reviewed source, with these fields beside the defaults. */
function policy(reviewed = 'level: SLSA_SOURCE_LEVEL_3'): string {
  return [...SIGNERS, `apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: p}
spec:
  artifacts: [{image: "ghcr.io/acme/*"}]
  require:
    - name: built from reviewed source
      provenance:
        by: [builder]
        builder: https://ci.acme.example
        source: {uri: "git+${REPOSITORY}", reviewed: {by: [verifier], ${reviewed}}}
`].join('---\n');
}

function provenance(dependencies: readonly unknown[] = [{ uri: `git+${REPOSITORY}@refs/heads/main`, digest: { gitCommit: COMMIT } }], type = 'https://slsa.dev/provenance/v1'): Evidence {
  const v1 = { buildDefinition: { buildType: 'https://ci.acme.example/build', externalParameters: {}, resolvedDependencies: dependencies }, runDetails: { builder: { id: 'https://ci.acme.example' } } };
  const v02 = { builder: { id: 'https://ci.acme.example' }, buildType: 'https://ci.acme.example/build', materials: dependencies };
  return { by: { san: 'builder@acme.example', issuer: GOOGLE }, predicateType: type, predicate: type.endsWith('v1') ? v1 : v02 };
}

interface Summary {
  readonly by?: string;
  readonly digest?: Readonly<Record<string, string>> | 'the image';
  readonly refs?: unknown;
  readonly change?: object;
  readonly type?: string;
}

function summary({ by = 'verifier@acme.example', digest = { gitCommit: COMMIT }, refs = ['refs/heads/main'], change = {}, type = 'https://slsa.dev/verification_summary/v1' }: Summary = {}): Evidence {
  return {
    by: { san: by, issuer: GOOGLE },
    ...(digest === 'the image' ? {} : { subject: { digest, annotations: { sourceRefs: refs } } }),
    predicateType: type,
    predicate: {
      verifier: { id: VERIFIER }, timeVerified: '2026-10-31T08:00:00Z', resourceUri: `git+${REPOSITORY}`, policy: { uri: 'https://p.example' }, verificationResult: 'PASSED',
      verifiedLevels: ['SLSA_SOURCE_LEVEL_3', 'ORG_SOURCE_SIGNED'], ...change,
    },
  };
}

async function codes(evidence: readonly Evidence[], reviewed?: string): Promise<readonly string[]> {
  return (await run(policy(reviewed), 'ghcr.io/acme/app:1', evidence)).codes;
}

describe('a source that somebody reviewed', () => {
  test.each<[string, readonly Evidence[], string?]>([
    ['a summary about the commit that was built', [provenance(), summary()]],
    ['in the other order', [summary(), provenance()]],
    ['beside statements that say otherwise', [summary({ change: { verificationResult: 'FAILED' } }), provenance(), summary(), summary({ by: 'mallory@evil.example' })]],
    ['a higher level', [provenance(), summary({ change: { verifiedLevels: ['SLSA_SOURCE_LEVEL_4'] } })]],
    ['a property', [provenance(), summary()], 'level: ORG_SOURCE_SIGNED'],
    ['the verifier that is named', [provenance(), summary()], `level: SLSA_SOURCE_LEVEL_3, verifier: ${VERIFIER}`],
    ['the branch that is named', [provenance(), summary({ refs: ['refs/tags/v1', 'refs/heads/main'] })], 'level: SLSA_SOURCE_LEVEL_3, branch: main'],
    ['young enough', [provenance(), summary()], 'level: SLSA_SOURCE_LEVEL_3, maxAge: 48h'],
    ['sha1 in the summary', [provenance(), summary({ digest: { sha1: COMMIT } })]],
    ['sha1 in provenance v0.2', [provenance([{ uri: `git+${REPOSITORY}`, digest: { sha1: COMMIT } }], 'https://slsa.dev/provenance/v0.2'), summary()]],
    ['a repository with SHA-256', [provenance([{ uri: `git+${REPOSITORY}`, digest: { gitCommit: 'ab'.repeat(32) } }]), summary({ digest: { gitCommit: 'ab'.repeat(32) } })]],
    ['a resource without git+', [provenance(), summary({ change: { resourceUri: REPOSITORY } })]],
  ])('passes with %s', async (_, evidence, reviewed) => {
    expect(await codes(evidence, reviewed)).toEqual(['POLICY_SATISFIED']);
  });

  test.each<[string, Evidence, string?]>([
    ['A08 another commit', summary({ digest: { gitCommit: COMMIT.replace('6', '7') } })],
    ['A08 the beginning of the commit', summary({ digest: { gitCommit: COMMIT.slice(0, 20) } })],
    ['A08 the image instead of the commit', summary({ digest: 'the image' })],
    ['A15 another repository', summary({ change: { resourceUri: 'git+https://github.com/acme/other' } })],
    ['A15 a repository that hides the right one', summary({ change: { resourceUri: `https://evil.example/?x=${REPOSITORY}` } })],
    ['A15 another verifier id', summary({ change: { verifier: { id: 'https://other.example' } } }), `level: SLSA_SOURCE_LEVEL_3, verifier: ${VERIFIER}`],
    ['a signer whom the policy does not name', summary({ by: 'mallory@evil.example' })],
    ['the builder, who is no verifier', summary({ by: 'builder@acme.example' })],
    ['a level too low', summary({ change: { verifiedLevels: ['SLSA_SOURCE_LEVEL_2'] } })],
    ['a level of another track', summary({ change: { verifiedLevels: ['SLSA_BUILD_LEVEL_3'] } })],
    ['no level', summary({ change: { verifiedLevels: [] } })],
    ['FAILED', summary({ change: { verificationResult: 'FAILED' } })],
    ['A01 the same words under another type', summary({ type: 'https://example.com/summary' })],
    ['too old a verification', summary(), 'level: SLSA_SOURCE_LEVEL_3, maxAge: 24h'],
    ['another branch', summary({ refs: ['refs/heads/wip'] }), 'level: SLSA_SOURCE_LEVEL_3, branch: main'],
    ['no branch', summary({ refs: 'refs/heads/main' }), 'level: SLSA_SOURCE_LEVEL_3, branch: main'],
    ['the branch for another commit', { ...summary(), subject: { digest: { gitCommit: 'f'.repeat(40) }, annotations: { sourceRefs: ['refs/heads/main'] } } }, 'level: SLSA_SOURCE_LEVEL_3, branch: main'],
  ])('fails with %s', async (_, other, reviewed) => {
    expect(await codes([provenance(), other], reviewed)).toEqual(['POLICY_SOURCE_REVIEW']);
    expect(await codes([other, provenance()], reviewed)).toEqual(['POLICY_SOURCE_REVIEW']);
  });

  test('fails without any summary, and says which commit is meant', async () => {
    const answer = await run(policy(), 'ghcr.io/acme/app:1', [provenance()]);
    expect(answer.message).toContain(`gitCommit:${COMMIT} of ${REPOSITORY}: FETCH_NONE_FOUND`);
    expect(answer.codes).toEqual(['POLICY_SOURCE_REVIEW']);
  });

  test('every source must be: a build from two repositories is not reviewed with one of them', async () => {
    const two = [{ uri: `git+${REPOSITORY}`, digest: { gitCommit: COMMIT } }, { uri: `git+${REPOSITORY}`, digest: { gitCommit: 'f'.repeat(40) } }];
    expect(await codes([provenance(two), summary()])).toEqual(['POLICY_SOURCE_REVIEW']);
    expect(await codes([provenance(two), summary(), summary({ digest: { gitCommit: 'f'.repeat(40) } })])).toEqual(['POLICY_SATISFIED']);
  });

  test('a source without a commit cannot be reviewed', async () => {
    expect(await codes([provenance([{ uri: `git+${REPOSITORY}` }]), summary()])).toEqual(['POLICY_SOURCE_REVIEW']);
  });

  test('what the builder may not claim is not looked for', async () => {
    const evil = provenance([{ uri: 'git+https://github.com/evil/app', digest: { gitCommit: COMMIT } }]);
    expect(await codes([evil, summary({ change: { resourceUri: 'git+https://github.com/evil/app' } })])).toEqual(['POLICY_PROVENANCE_SOURCE']);
  });

  test('a verifier counts only for repositories that it may certify', async () => {
    const elsewhere = policy().replace('mayCertify: [{git: "https://github.com/acme/*"}]', 'mayCertify: [{git: "https://github.com/other/*"}]');
    expect((await run(elsewhere, 'ghcr.io/acme/app:1', [provenance(), summary()])).codes).toEqual(['POLICY_SOURCE_REVIEW']);
  });

  test('A17 leaving a statement out never admits', async () => {
    const all = [provenance(), summary({ change: { verificationResult: 'FAILED' } }), summary({ by: 'mallory@evil.example' })];
    for (let left = 0; left < all.length; left += 1) expect(await codes(all.filter((_, index) => index !== left))).not.toEqual(['POLICY_SATISFIED']);
  });
});
