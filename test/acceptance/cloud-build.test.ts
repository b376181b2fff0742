import { describe, expect, test } from 'vitest';
import type { ArtifactRef } from '../../src/domain/artifact/artifact.ts';
import { evidenceFromFile } from '../../src/fetch/index.ts';
import { createTrustReader } from '../../src/trust/index.ts';
import { asDigest, base64, jsonBytes } from '../world/encode.ts';
import { judgeOffline } from '../support/offline.ts';

/**
 * What gcloud printed of an image in August 2023 (testdata of slsa-verifier, verifiers/internal/gcb, Apache-2.0): provenance v1,
 * signed by Cloud Build's global key over the DSSE encoding. Its payload is written anew here, byte for byte.
 */
const HEX = '7e9b6e7ba2842c91cf49f3e214d04a7a496f8214356f41d81a6e6dcad11f11e3';
const NAME = 'us-central1-docker.pkg.dev/argo-local-khalk/khalk-docker-ar/prod-prov-image';
const COMMIT = '2ce3f90facdb51aeb950d5bc641e981be61fdf48';
const DOCKER = 'd048af25a6f8945fa77e3aa679e49a8f8a8011f0050aab0364034e58f445a434';
const BUILD = '9c11d255-0469-4a6a-b7d0-d510c6697c54';
const STATEMENT = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: `https://${NAME}`, digest: { sha256: HEX } }, { name: `https://${NAME}:latest`, digest: { sha256: HEX } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {
    buildDefinition: {
      buildType: 'https://cloud.google.com/build/gcb-buildtypes/google-worker/v1',
      externalParameters: { buildConfigSource: { path: 'cloudbuild.yaml', ref: 'refs/heads/main', repository: 'git+https://github.com/khalkie/gcb-prod-prov' }, substitutions: {} },
      internalParameters: {
        systemSubstitutions: {
          BRANCH_NAME: 'main', BUILD_ID: BUILD, COMMIT_SHA: COMMIT, LOCATION: 'us-west2', PROJECT_NUMBER: '265426041527', REF_NAME: 'main', REPO_FULL_NAME: 'khalkie/gcb-prod-prov',
          REPO_NAME: 'gcb-prod-prov', REVISION_ID: COMMIT, SHORT_SHA: COMMIT.slice(0, 7), TRIGGER_BUILD_CONFIG_PATH: 'cloudbuild.yaml', TRIGGER_NAME: 'sample-trigger-1',
        },
        triggerUri: 'projects/0/locations//triggers/15e57958-19b3-4a52-a052-6906244088ce',
      },
      resolvedDependencies: [
        { uri: 'git+https://github.com/khalkie/gcb-prod-prov@refs/heads/main', digest: { gitCommit: COMMIT } },
        { uri: `gcr.io/cloud-builders/docker@sha256:${DOCKER}`, digest: { sha256: DOCKER } },
      ],
    },
    runDetails: {
      builder: { id: 'https://cloudbuild.googleapis.com/GoogleHostedWorker' },
      metadata: { invocationId: `https://cloudbuild.googleapis.com/v1/projects/argo-local-khalk/locations/us-west2/builds/${BUILD}`, startedOn: '2023-08-08T18:40:21.016140505Z', finishedOn: '2023-08-08T18:40:29.055034Z' },
      byproducts: [{}],
    },
  },
};
const KEY_NAME = 'projects/verified-builder/locations/global/keyRings/attestor/cryptoKeys/google-hosted-worker/cryptoKeyVersions/1';
const KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEg9KII7kzr/30HBluf00y9WwtMFkE
qc3oCcFVH3QJ37IBLUv/MUApbnNHFfD75ayJ/a0F45xa+MLv5zoep+GxsA==
-----END PUBLIC KEY-----
`;
const envelope = { payload: base64(jsonBytes(STATEMENT)), payloadType: 'application/vnd.in-toto+json', signatures: [{ keyid: KEY_NAME, sig: 'MEUCIE1xMZShL8GXSotP5pyb4iHptikuEkfu28EPKGvlGsCIAiEAiruAeMD2ijQOCAYzhF5EQL7vgkmFKBCMxxJ0Md_Mhmc=' }] };
const printed = (text: unknown = STATEMENT): Buffer => jsonBytes({
  image_summary: { digest: `sha256:${HEX}`, fully_qualified_digest: `${NAME}@sha256:${HEX}`, registry: 'us-central1-docker.pkg.dev', repository: 'khalk-docker-ar', slsa_build_level: 0 },
  provenance_summary: { provenance: [{ build: { inTotoSlsaProvenanceV1: text }, createTime: '2023-08-08T18:40:33.411662Z', envelope, kind: 'BUILD', resourceUri: `https://${NAME}@sha256:${HEX}` }] },
});

const GOOD = { profile: 'google-cloud-build', level: 3, builder: 'https://cloudbuild.googleapis.com/GoogleHostedWorker', source: { uri: 'https://github.com/khalkie/gcb-prod-prov', branch: 'main', digest: COMMIT }, dependencies: { pinned: true } };
async function judge(change: object = {}, file = printed(), key: object = {}): Promise<string | undefined> {
  const policies = [
    { kind: 'Signer', metadata: { name: 'cloud-build' }, spec: { identities: [{ key: { data: KEY, ...key } }] } },
    { kind: 'ClusterArtifactPolicy', metadata: { name: 'built' }, spec: { artifacts: [{ image: 'us-central1-docker.pkg.dev/argo-local-khalk/**' }], require: [{ name: 'built by Google', provenance: { by: ['cloud-build'], ...GOOD, ...change } }] } },
  ].map((document) => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', ...document }));
  const ref: ArtifactRef = { kind: 'image', usage: 'container', path: 'a', raw: NAME, name: NAME, digest: asDigest(`sha256:${HEX}`) };
  return (await judgeOffline({ ref, batch: evidenceFromFile('gcloud.json', file), trust: createTrustReader(), now: Date.UTC(2026, 0) }, policies.join('\n---\n')))[0]?.code;
}

describe('provenance v1 of Cloud Build, as gcloud prints it', () => {
  test('is proven and admitted', async () => expect(await judge()).toBe('POLICY_SATISFIED'));

  test.each<[string, Parameters<typeof judge>, string]>([
    ['another repository', [{ source: { uri: 'https://github.com/khalkie/other' } }], 'POLICY_PROVENANCE_SOURCE'],
    ['another branch', [{ source: { uri: 'https://github.com/khalkie/gcb-prod-prov', branch: 'dev' } }], 'POLICY_PROVENANCE_SOURCE'],
    ['a tag', [{ source: { uri: 'https://github.com/khalkie/gcb-prod-prov', tag: '*' } }], 'POLICY_PROVENANCE_SOURCE'],
    ['another commit', [{ source: { uri: 'https://github.com/khalkie/gcb-prod-prov', digest: COMMIT.replace('2', '3') } }], 'POLICY_PROVENANCE_SOURCE'],
    ['another builder', [{ builder: 'https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.3' }], 'POLICY_PROVENANCE_BUILDER'],
    ['a level without the profile', [{ profile: undefined }], 'POLICY_PROVENANCE_LEVEL'],
    ['a text that is not what was signed', [{}, printed({ ...STATEMENT, predicate: {} })], 'VERIFY_STATEMENT'],
    ['the key pinned for bare payloads, over which it did not sign', [{}, printed(), { barePayloadKeyId: KEY_NAME }], 'VERIFY_SIGNATURE_INVALID'],
  ])('is denied for %s', async (_, args, code) => expect(await judge(...args)).toBe(code));
});
