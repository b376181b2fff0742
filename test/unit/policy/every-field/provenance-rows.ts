import { demanding, rowsAt, vouchingRows } from './row.ts';
import type { Row } from './row.ts';
import { HOUR, iso, NOW, says } from './world.ts';

/** Rows of `provenance`: the base is a build from a reviewed commit, on an image that no policy speaks about. */
const REPOSITORY = 'https://github.com/acme/app';
const COMMIT = '1'.repeat(40);
const NODE = { uri: `pkg:docker/node@24`, digest: { sha256: 'ef'.repeat(32) } };
const LOOSE = { uri: 'https://example.com/tool.tgz' };

const BUILD = {
  buildDefinition: {
    buildType: 'https://ci.example/build',
    externalParameters: { workflow: { repository: REPOSITORY, ref: 'refs/heads/main', path: '.ci/release.yml' }, target: 'release' },
    internalParameters: { github: { repository_id: '1001', repository_owner_id: '2002' } },
    resolvedDependencies: [{ uri: `git+${REPOSITORY}@refs/heads/main`, digest: { gitCommit: COMMIT } }, NODE, LOOSE],
  },
  runDetails: { builder: { id: 'https://ci.example' }, metadata: { invocationId: 'https://ci.example/runs/1' } },
};
const REVIEWED = {
  verifier: { id: 'https://review.example' },
  timeVerified: iso(NOW - HOUR),
  resourceUri: `git+${REPOSITORY}`,
  policy: { uri: 'https://p.example' },
  verificationResult: 'PASSED',
  verifiedLevels: ['SLSA_SOURCE_LEVEL_3'],
};
const EVIDENCE = [
  says('https://slsa.dev/provenance/v1', BUILD),
  says('https://slsa.dev/verification_summary/v1', REVIEWED, {
    by: 'bob',
    about: [{ digest: { gitCommit: COMMIT }, annotations: { sourceRefs: ['refs/heads/main'] } }],
  }),
];
const make = rowsAt(
  'ClusterArtifactPolicy',
  demanding({ provenance: { by: ['alice', 'bob'] } }, { evidence: EVIDENCE }),
  'spec.require.0.provenance',
);
const reviewed = (field: string, value: unknown): Row =>
  make(`source.reviewed.${field}`, value, 'POLICY_SOURCE_REVIEW', {
    base: { 'source.reviewed': { by: ['bob'], level: 'SLSA_SOURCE_LEVEL_3' } },
  });

export const provenanceRows: readonly Row[] = [
  ...vouchingRows(make),
  make('profile', 'buildkit', 'POLICY_PROVENANCE_BUILDER'),
  make('builder', 'https://other.example', 'POLICY_PROVENANCE_BUILDER'),
  make('buildType', 'https://other.example/build', 'POLICY_PROVENANCE_BUILD'),
  make('source.uri', 'git+https://github.com/acme/other', 'POLICY_PROVENANCE_SOURCE'),
  make('source.ref', 'refs/heads/other', 'POLICY_PROVENANCE_SOURCE'),
  make('source.branch', 'other', 'POLICY_PROVENANCE_SOURCE'),
  make('source.tag', 'v1', 'POLICY_PROVENANCE_SOURCE'),
  make('source.repositoryId', '1002', 'POLICY_PROVENANCE_SOURCE'),
  make('source.ownerId', '2003', 'POLICY_PROVENANCE_SOURCE'),
  make('source.digest', '2'.repeat(40), 'POLICY_PROVENANCE_SOURCE'),
  reviewed('by', ['carol']),
  reviewed('level', 'SLSA_SOURCE_LEVEL_4'),
  reviewed('verifier', 'https://other.example'),
  reviewed('ref', 'refs/heads/other'),
  reviewed('branch', 'other'),
  reviewed('maxAge', '1m'),
  make('entryPoint', '.ci/other.yml', 'POLICY_PROVENANCE_BUILD'),
  make('parameters.{target}', 'debug', 'POLICY_PROVENANCE_BUILD'),
  make('parameters.{target}.glob', 'debug*', 'POLICY_PROVENANCE_BUILD'),
  make('parameters.{target}.absent', true, 'POLICY_PROVENANCE_BUILD'),
  make('otherParameters', 'deny', 'POLICY_PROVENANCE_BUILD'),
  make('dependencies.pinned', true, 'POLICY_PROVENANCE_DEPENDENCY'),
  make('dependencies.allowed', ['git+https://github.com/**'], 'POLICY_PROVENANCE_DEPENDENCY'),
  make('dependencies.except', ['https://example.com/**'], 'POLICY_SATISFIED', {
    base: { 'dependencies.pinned': true },
    from: 'POLICY_PROVENANCE_DEPENDENCY',
  }),
  make('dependencies.images.admitted', true, 'POLICY_IMAGE_UNMATCHED'),
  make('dependencies.images.unmatched', 'allow', 'POLICY_SATISFIED', {
    base: { 'dependencies.images.admitted': true },
    from: 'POLICY_IMAGE_UNMATCHED',
  }),
  make('dependencies.images.except', ['pkg:docker/**'], 'POLICY_SATISFIED', {
    base: { 'dependencies.images.admitted': true },
    from: 'POLICY_IMAGE_UNMATCHED',
  }),
  make('invocation', 'https://ci.example/runs/2', 'POLICY_PROVENANCE_BUILD'),
  make('run', 'admitted', 'POLICY_RUN_UNPROVEN'),
  make('run.admittedBy', ['bob'], 'POLICY_RUN_UNPROVEN'),
  make('hermetic', true, 'POLICY_PROVENANCE_BUILD'),
  make('isolated', true, 'POLICY_PROVENANCE_BUILD'),
  make('complete', ['parameters'], 'POLICY_PROVENANCE_BUILD'),
  make('level', 3, 'POLICY_PROVENANCE_LEVEL'),
];
