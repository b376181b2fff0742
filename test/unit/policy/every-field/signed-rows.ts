import { demanding, rowsAt, vouchingRows, whereRows } from './row.ts';
import type { Row } from './row.ts';
import { DAY, HOUR, iso, NOW, OTHER, says, signs, signsFor, signsSaying } from './world.ts';

/** Rows of `signature`, `attestation`, `vsa`, `reproducible`, of the name of a requirement, and of `anyOf`. */
const KIND = 'ClusterArtifactPolicy';
const WHO = { by: ['alice', 'bob'] };

const signature = rowsAt(KIND, demanding({ signature: WHO }, { evidence: [signs()] }), 'spec.require.0.signature');

const TYPE = 'https://example.com/checked/v1';
const attestation = rowsAt(
  KIND,
  demanding({ attestation: { ...WHO, type: TYPE } }, { evidence: [says(TYPE, {})] }),
  'spec.require.0.attestation',
);

const SUMMARY = {
  verifier: { id: 'https://verifier.example' },
  timeVerified: iso(NOW - HOUR),
  resourceUri: 'oci://ghcr.io/acme/app',
  verificationResult: 'PASSED',
  verifiedLevels: ['SLSA_BUILD_LEVEL_2'],
  policy: { uri: 'https://verifier.example/policy', digest: { sha256: 'ab'.repeat(32) } },
};
const VSA = demanding(
  { vsa: { ...WHO, levels: ['SLSA_BUILD_LEVEL_2'] } },
  { evidence: [says('https://slsa.dev/verification_summary/v1', SUMMARY)] },
);
const vsa = rowsAt(KIND, VSA, 'spec.require.0.vsa');

const SLSA = 'https://slsa.dev/provenance/v1';
const REBUILT = {
  buildDefinition: {
    buildType: 'https://ci.example/build',
    externalParameters: {},
    resolvedDependencies: [{ uri: 'git+https://github.com/acme/app', digest: { gitCommit: '1'.repeat(40) } }],
  },
  runDetails: { builder: { id: 'https://ci.example' } },
};
const REPRODUCIBLE = demanding(
  { reproducible: { by: ['alice', 'bob', 'carol'] } },
  { evidence: [says(SLSA, REBUILT), says(SLSA, REBUILT, { by: 'bob' })] },
);
const reproducible = rowsAt(KIND, REPRODUCIBLE, 'spec.require.0.reproducible');

const ALTERNATIVES = demanding(
  { anyOf: [{ signature: WHO }, { name: 'checked', attestation: { ...WHO, type: TYPE } }] },
  { evidence: [signs()] },
);
const requirement = rowsAt(KIND, ALTERNATIVES, 'spec.require.0');

const staged = { scene: { evidence: [signsSaying({ env: 'stage' })] }, base: { 'annotations.{env}': 'stage' } };

export const signedRows: readonly Row[] = [
  ...vouchingRows(signature),
  signature('bindRepository', true, 'POLICY_REPOSITORY', { scene: { evidence: [signsFor('ghcr.io/other/app')] } }),
  signature('annotations.{env}', 'prod', 'POLICY_ANNOTATION', staged),
  signature('annotations.{env}', { glob: 'prod*' }, 'POLICY_ANNOTATION', staged),
  ...vouchingRows(attestation),
  ...whereRows(attestation),
  attestation('type', 'https://example.com/checked/v2', 'POLICY_TYPE_MISSING'),
  ...vouchingRows(vsa),
  vsa('verifier', 'https://other.example', 'POLICY_VSA_SCOPE'),
  vsa('resource', 'oci://ghcr.io/acme/other', 'POLICY_VSA_SCOPE'),
  vsa('levels', ['SLSA_BUILD_LEVEL_3'], 'POLICY_VSA_LEVEL'),
  vsa('policy.uri', 'https://other.example/policy', 'POLICY_VSA_SCOPE'),
  vsa('policy.digest', OTHER, 'POLICY_VSA_SCOPE'),
  vsa('maxAge', '2d', 'POLICY_TOO_OLD', {
    scene: { evidence: [says('https://slsa.dev/verification_summary/v1', { ...SUMMARY, timeVerified: iso(NOW - 3 * DAY) })] },
  }),
  reproducible('by', ['alice', 'stranger'], 'POLICY_REPRODUCIBLE'),
  reproducible('threshold', 3, 'POLICY_REPRODUCIBLE'),
  reproducible('maxAge', '1m', 'POLICY_TOO_OLD'),
  reproducible('types', ['https://example.com/rebuild/v1'], 'POLICY_TYPE_MISSING'),
  requirement('anyOf', [{ signature: { by: ['stranger'] } }, { name: 'checked', attestation: { ...WHO, type: TYPE } }], 'POLICY_ANY_OF'),
  requirement('name', 'our own demand', 'POLICY_ANY_OF', {
    from: 'POLICY_ANY_OF',
    scene: { evidence: [signs({ by: 'stranger' })] },
    says: /our own demand/,
    why: 'a name is for readers',
  }),
  requirement('name', ' \n', { lint: /control characters/ }, { why: 'a name that cannot be shown' }),
];
