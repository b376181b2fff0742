import { describe, expect, test } from 'vitest';
import { keylessSigner, lint, says, verdict, withSigners } from './support.ts';

const ISSUER = 'https://token.actions.githubusercontent.com';
const SLSA = 'https://slsa.dev/provenance/v1';
const SOURCE = 'https://github.com/acme/app';
const BUILDER = 'https://github.com/acme/builders/.github/workflows/image.yml@refs/tags/v1';
const [ADMITTED, LEVEL] = ['admit POLICY_SATISFIED', 'deny POLICY_PROVENANCE_LEVEL'];

interface Run {
  /** Certificate name and builder id. */
  readonly workflow: string;
  readonly source?: string;
  readonly issuer?: string;
  readonly builder?: string;
  readonly buildType?: string;
  readonly machine?: string;
}
const attested = ({ workflow, source = SOURCE, issuer = ISSUER, builder = workflow, buildType = 'https://actions.github.io/buildtypes/workflow/v1', machine = 'github-hosted' }: Run) => says(SLSA, {
  buildDefinition: { buildType, externalParameters: { workflow: { repository: source, ref: 'refs/tags/v1' } } }, runDetails: { builder: { id: builder } },
}, { by: { san: workflow, issuer, claims: { runnerEnvironment: machine, sourceRepositoryURI: source, sourceRepositoryRef: 'refs/tags/v1' } } });

/** Signed by whoever matches `identity`, with further demands on the build. */
const under = (identity: object, more: object = {}): readonly [object, ReturnType<typeof withSigners>] => {
  const requirement = { provenance: { by: ['ci'], level: 3, source: { uri: 'https://github.com/acme/*' }, ...more } };
  return [requirement, withSigners(requirement, [keylessSigner('ci', { issuer: ISSUER, ...identity })])];
};
const judged = async (run: Run, [requirement, documents]: ReturnType<typeof under>): Promise<string> => verdict(requirement, [attested(run)], documents);

const ANYBODY = { subjectGlob: 'https://github.com/acme/**' };
const NAMED = { subjectGlob: 'https://github.com/acme/builders/.github/workflows/image.yml@refs/**' };

describe('A8: level 3 of a workflow of GitHub is earned', () => {
  test.each<[string, Run, ReturnType<typeof under>, string]>([
    ['a named workflow of another repository, at a tag', { workflow: BUILDER }, under(NAMED), ADMITTED],
    ['at a commit', { workflow: BUILDER.replace('refs/tags/v1', '1a'.repeat(20)) }, under({ subjectGlob: 'https://github.com/acme/builders/.github/workflows/image.yml@*' }), ADMITTED],
    ['at a branch', { workflow: BUILDER.replace('tags/v1', 'heads/main') }, under(NAMED), LEVEL],
    ['at a pull request', { workflow: BUILDER.replace('tags/v1', 'pull/7/merge') }, under(NAMED), LEVEL],
    ['any workflow of the owner, at a pull request', { workflow: 'https://github.com/acme/scratch/.github/workflows/b.yml@refs/pull/7/merge' }, under(ANYBODY), LEVEL],
    ['any workflow of the owner, at a tag', { workflow: 'https://github.com/acme/scratch/.github/workflows/b.yml@refs/tags/v1' }, under(ANYBODY), LEVEL],
    ['any workflow of the owner, which is asked for level 2', { workflow: 'https://github.com/acme/scratch/.github/workflows/b.yml@refs/tags/v1' }, under(ANYBODY, { level: 2 }), ADMITTED],
    ['any workflow of the owner, where the policy names the builder', { workflow: BUILDER }, under(ANYBODY, { builder: BUILDER }), ADMITTED],
    ['… by a pattern over its tags', { workflow: BUILDER }, under(ANYBODY, { builder: 'https://github.com/acme/builders/.github/workflows/image.yml@refs/tags/v*' }), ADMITTED],
    ['… by a pattern over its files', { workflow: BUILDER }, under(ANYBODY, { builder: 'https://github.com/acme/builders/.github/workflows/*@refs/tags/v*' }), LEVEL],
    ['… by a pattern over repositories', { workflow: BUILDER }, under(ANYBODY, { builder: 'https://github.com/acme/*/.github/workflows/image.yml@refs/tags/v*' }), LEVEL],
    ['named by an expression', { workflow: BUILDER }, under({ subjectRegExp: 'https://github\\.com/acme/builders/\\.github/workflows/image\\.yml@refs/tags/.*' }), ADMITTED],
    ['named by an expression that leaves the repository open', { workflow: BUILDER }, under({ subjectRegExp: 'https://github\\.com/acme/[a-z]+/\\.github/workflows/image\\.yml@refs/tags/.*' }), LEVEL],
    ['named by an expression with another way out', { workflow: BUILDER }, under({ subjectRegExp: 'https://github\\.com/acme/other/\\.github/workflows/image\\.yml@refs/tags/.*|https://github\\.com/acme/.*' }), LEVEL],
    ['named by a claim', { workflow: BUILDER }, under({ ...ANYBODY, claims: { runnerEnvironment: 'github-hosted' } }), LEVEL],
    ['on a machine of its owner', { workflow: BUILDER, machine: 'self-hosted' }, under(NAMED), LEVEL],
    ['of the same repository', { workflow: `${SOURCE}/.github/workflows/b.yml@refs/tags/v1` }, under({ subjectGlob: `${SOURCE}/.github/workflows/b.yml@**` }), LEVEL],
    ['of the same repository in another case', { workflow: 'https://github.com/acme/App/.github/workflows/b.yml@refs/tags/v1' }, under({ subjectGlob: 'https://github.com/acme/App/.github/workflows/b.yml@**' }), LEVEL],
    ['of an owner in another case', { workflow: 'https://github.com/Acme/app/.github/workflows/b.yml@refs/tags/v1' }, under({ subjectGlob: 'https://github.com/Acme/app/.github/workflows/b.yml@**' }), LEVEL],
    ['isolated means the same', { workflow: BUILDER.replace('tags/v1', 'heads/main') }, under(NAMED, { level: 1, isolated: true }), 'deny POLICY_PROVENANCE_BUILD'],
    ['isolated, earned', { workflow: BUILDER }, under(NAMED, { level: 1, isolated: true }), ADMITTED],
  ])('A8: %s', async (_, run, policy, expected) => {
    expect(await judged(run, policy)).toBe(expected);
  });

  test('A8: a signer that names the workflow must count himself', async () => {
    const requirement = { provenance: { by: ['ci', 'retired'], level: 3 } };
    const anybody = keylessSigner('ci', { issuer: ISSUER, ...ANYBODY });
    const named = keylessSigner('retired', { issuer: ISSUER, ...NAMED });
    const retired = { ...named, spec: { ...(named.spec as object), validity: { notAfter: '2026-01-01T00:00:00Z' } } };
    expect(await verdict(requirement, [attested({ workflow: BUILDER })], withSigners(requirement, [anybody, named]))).toBe(ADMITTED);
    expect(await verdict(requirement, [attested({ workflow: BUILDER })], withSigners(requirement, [anybody, retired]))).toBe(LEVEL);
  });

  const DELEGATOR = 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/delegator_generic_slsa3.yml@refs/tags/v2.0.0';
  const DELEGATED = { workflow: DELEGATOR, buildType: 'https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0', builder: 'https://github.com/mallory/trw/.github/workflows/b.yml@refs/tags/v1.0.0' };
  test.each<[string, object, string]>([
    ['that nobody named', {}, LEVEL],
    ['that nobody named, asked for level 2', { level: 2 }, ADMITTED],
    ['that the policy names', { builder: 'https://github.com/mallory/trw/.github/workflows/b.yml@refs/tags/v*' }, ADMITTED],
    ['that the policy leaves open', { builder: 'https://github.com/*/trw/.github/workflows/b.yml@refs/tags/v*' }, LEVEL],
  ])('A8: a builder to which the generator delegates, %s', async (_, more, expected) => {
    expect(await judged(DELEGATED, under({ subject: DELEGATOR }, more))).toBe(expected);
  });

  test('A8: the generator itself, and Cloud Build, are named by their profiles', async () => {
    const generator = DELEGATOR.replace('delegator_generic_slsa3', 'generator_container_slsa3');
    expect(await judged({ workflow: generator }, under({ subjectGlob: 'https://github.com/slsa-framework/**' }))).toBe(ADMITTED);
    expect(await judged({ workflow: generator.replace('tags/v2.0.0', 'heads/main') }, under({ subjectGlob: 'https://github.com/slsa-framework/**' }))).toBe('deny POLICY_PROVENANCE_SIGNER');
    const gcb = { by: ['alice'], level: 3, profile: 'google-cloud-build' };
    const built = says(SLSA, { buildDefinition: { buildType: 'x:y', externalParameters: {} }, runDetails: { builder: { id: 'https://cloudbuild.googleapis.com/GoogleHostedWorker' } } });
    expect(await verdict({ provenance: gcb }, [built])).toBe(ADMITTED);
    expect(await verdict({ provenance: { by: ['alice'], level: 3 } }, [built])).toBe(LEVEL);
  });

  test('A8: lint says that level 3 takes a name', async () => {
    const of = async (policy: ReturnType<typeof under>): Promise<string> => (await lint(policy[0], policy[1])).join('\n');
    expect(await of(under(ANYBODY))).toMatch(/warning .*level 3 .*workflow/);
    expect(await of(under(ANYBODY, { profile: 'github-attestations' }))).toMatch(/warning .*level 3 .*workflow/);
    expect(await of(under(NAMED, { builder: BUILDER }))).toBe('');
  });
});

describe('F6: an issuer of GitHub with the slug of an enterprise is GitHub', () => {
  const wants = (issuer: string, more: object = {}): ReturnType<typeof under> => {
    const requirement = { provenance: { by: ['ci'], level: 2, ...more } };
    return [requirement, withSigners(requirement, [keylessSigner('ci', { issuer, subjectGlob: 'https://github.com/**' })])];
  };
  const own = `${SOURCE}/.github/workflows/b.yml@refs/heads/main`;
  test.each<[string, string]>([
    [ISSUER, ADMITTED],
    [`${ISSUER}/acme-corp`, ADMITTED],
    [`${ISSUER}/Acme-Corp1`, ADMITTED],
    [`${ISSUER}/`, 'deny POLICY_PROVENANCE_SIGNER'],
    [`${ISSUER}/acme/corp`, 'deny POLICY_PROVENANCE_SIGNER'],
    [`${ISSUER}/acme.corp`, 'deny POLICY_PROVENANCE_SIGNER'],
    [`${ISSUER}/acme-corp/`, 'deny POLICY_PROVENANCE_SIGNER'],
    [`${ISSUER}.evil.example/acme-corp`, 'deny POLICY_PROVENANCE_SIGNER'],
    ['https://token.actions.evil.example/acme-corp', 'deny POLICY_PROVENANCE_SIGNER'],
  ])('F6: %s: %s', async (issuer, expected) => {
    expect(await judged({ workflow: own, issuer }, wants(issuer, { profile: 'github-attestations' }))).toBe(expected);
    const npm = await judged({ workflow: own, issuer, builder: 'https://github.com/actions/runner/github-hosted' }, wants(issuer, { profile: 'npm' }));
    expect(npm).toBe(expected);
  });

  test('F6: the generator, run in an enterprise; and its source is compared all the same', async () => {
    const workflow = 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml@refs/tags/v2.0.0';
    const issuer = `${ISSUER}/acme-corp`;
    expect(await judged({ workflow, issuer }, wants(issuer, { profile: 'slsa-github-generator', level: 3 }))).toBe(ADMITTED);
    expect(await judged({ workflow, issuer: `${ISSUER}/acme/corp` }, wants(`${ISSUER}/acme/corp`, { profile: 'slsa-github-generator', level: 3 }))).toMatch(/^deny POLICY_PROVENANCE_(?:SIGNER|LEVEL)$/);
  });
});
