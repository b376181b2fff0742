import type { ArtifactKind } from '../../../../src/domain/artifact/artifact.ts';
import { asDigest } from '../../../world/encode.ts';
import { demanding, rowsAt } from './row.ts';
import type { Row } from './row.ts';
import type { Scene } from './judge.ts';
import { DIGEST, doc, IMAGE, OTHER, signs } from './world.ts';

/** Rows of what every document has around its spec, and of the fields of a policy beside its requirements. */
const SIGNED = demanding({ signature: { by: ['alice'] } }, { evidence: [signs()] });
const LIST = doc('RevocationList', 'incidents', { revocations: [{ digest: OTHER, reason: 'another image' }] });

const PIPELINES = doc('PipelinePolicy', 'factory', { requesters: { users: ['alice'] } });

/** The same scene under a policy of the namespace. */
export function inNamespace(scene: Scene): Scene {
  const documents = scene.documents.map((one) =>
    one.kind === 'ClusterArtifactPolicy'
      ? { ...one, kind: 'ArtifactPolicy', metadata: { ...one.metadata, namespace: scene.namespace } }
      : one,
  );
  return { ...scene, documents };
}

/** What the API server adds: means nothing to a policy, by design (schema-common.ts, SERVER_SET), and so must change nothing at all. */
export const MEANINGLESS = [
  'metadata.labels.*',
  'metadata.annotations.*',
  'metadata.uid',
  'metadata.resourceVersion',
  'metadata.generation',
  'metadata.creationTimestamp',
  'metadata.deletionTimestamp',
  'metadata.deletionGracePeriodSeconds',
  'metadata.finalizers',
  'metadata.ownerReferences',
  'metadata.managedFields',
  'metadata.selfLink',
  'status',
] as const;

/** A scene with a document of every kind, of which all but the one policy are of the cluster. */
export const EVERY_KIND: Scene = { ...SIGNED, documents: [...SIGNED.documents, LIST, PIPELINES] };
const IN_NAMESPACE = inNamespace(EVERY_KIND);

const around = ['ClusterArtifactPolicy', 'ArtifactPolicy', 'Signer', 'TrustRoot', 'RevocationList', 'PipelinePolicy'].flatMap((kind): readonly Row[] => {
  const make = rowsAt(kind, kind === 'ArtifactPolicy' ? IN_NAMESPACE : EVERY_KIND, '');
  return [
    make('apiVersion', 'gatehouse.dev/v2', { lint: /expected/ }, { why: 'says in which language the document is written' }),
    make('kind', 'Policy', { lint: /unknown kind/ }, { why: 'says what the document is' }),
    make('metadata.name', 'Not A Name', { lint: /is not a valid name/ }, { why: 'a name' }),
    kind === 'ArtifactPolicy'
      ? make('metadata.namespace', 'other', 'SELECT_NO_POLICY')
      : make('metadata.namespace', 'team', { lint: /cluster-scoped/ }, { why: 'this kind has none' }),
  ];
});

const policy = rowsAt('ClusterArtifactPolicy', SIGNED, 'spec');
const PATTERNS: readonly (readonly [ArtifactKind, string, string])[] = [
  ['image', 'ghcr.io/acme/app', 'ghcr.io/other/*'],
  ['blob', 'installer.sh', 'other.sh'],
  ['package', 'pkg:npm/app@1.0.0', 'pkg:npm/other'],
  ['git', 'https://github.com/acme/app', 'https://github.com/acme/other'],
  ['definition', 'pipelines/build', 'pipelines/other'],
];
/** A job of a CI system that asks the gate. */
const ASKING = {
  question: {
    asks: 'admit', run: { found: 'none' },
    caller: { kind: 'ci', issuer: 'https://ci.example', subject: 'repo:acme/app', run: 'ci:1', namespace: 'team', claims: { repository_id: '1' } },
  },
} as const;
const OF_CI = { scene: ASKING, base: { 'callers.ci.0.issuer': 'https://ci.example' } };
/** The artifact is an index of two images, of which one is signed. */
const INDEX = { ok: true, images: [{ digest: OTHER, layers: [] }, { digest: asDigest(`sha256:${'ef'.repeat(32)}`), layers: [] }] } as const;
const named = PATTERNS.flatMap(([kind, name, other]) => {
  const scene = { artifact: { kind, usage: 'container', path: 'a', raw: name, name, digest: DIGEST } as const };
  const base = { 'artifacts.0': { [kind]: name.replace('@1.0.0', '') } };
  return [
    policy(`artifacts.0.${kind}`, other, 'SELECT_NO_POLICY', { base, scene }),
    policy(`except.0.${kind}`, name, 'SELECT_NO_POLICY', { base: { ...base, 'except.0': { [kind]: other } }, scene }),
  ];
});

const namespaced = rowsAt('ArtifactPolicy', IN_NAMESPACE, 'spec');
const { digest: _, ...TAGGED } = IMAGE;
const DEV = {
  scene: { labels: { env: 'dev' } },
  base: { 'namespaces.matchExpressions': [{ key: 'env', operator: 'In', values: ['dev'] }] },
};

export const documentRows: readonly Row[] = [
  ...around,
  ...named,
  policy('usedAs', ['baseImage'], 'SELECT_NO_POLICY'),
  policy('callers.serviceAccounts', ['team/fetcher'], 'SELECT_NO_POLICY', { scene: ASKING }),
  policy('callers.spiffe', ['spiffe://acme.example/ns/team'], 'SELECT_NO_POLICY', { scene: ASKING }),
  policy('callers.ci.0.issuer', 'https://other.example', 'SELECT_NO_POLICY', { scene: ASKING }),
  policy('callers.ci.0.subject', 'repo:acme/other', 'SELECT_NO_POLICY', OF_CI),
  policy('callers.ci.0.subjectGlob', 'repo:other/*', 'SELECT_NO_POLICY', OF_CI),
  policy('callers.ci.0.claims.{repository_id}', '2', 'SELECT_NO_POLICY', OF_CI),
  policy('resolve', 'once', 'POLICY_SATISFIED', { scene: { ...ASKING, artifact: TAGGED }, from: 'INPUT_DIGEST_MISSING' }),
  policy('mode', 'audit', 'deny SELECT_NO_POLICY FETCH_NONE_FOUND', { scene: { evidence: [] }, from: 'FETCH_NONE_FOUND' }),
  policy('requireDigest', true, 'deny POLICY_DIGEST_REQUIRED POLICY_SATISFIED', { scene: { artifact: TAGGED } }),
  policy('indexCoversChildren', true, 'POLICY_SATISFIED', {
    scene: { evidence: [], parent: OTHER, others: { [OTHER]: [signs({ digest: OTHER })] } },
    from: 'FETCH_NONE_FOUND',
  }),
  policy('everyPlatform', true, 'FETCH_NONE_FOUND', { scene: { layers: INDEX, others: { [OTHER]: [signs({ digest: OTHER })] } } }),
  policy('namespaces.matchLabels.{env}', 'prod', 'SELECT_NO_POLICY', { scene: { labels: { env: 'dev' } } }),
  policy('namespaces.matchExpressions.0.key', 'tier', 'SELECT_NO_POLICY', DEV),
  policy('namespaces.matchExpressions.0.operator', 'NotIn', 'SELECT_NO_POLICY', DEV),
  policy('namespaces.matchExpressions.0.values', ['prod'], 'SELECT_NO_POLICY', DEV),
  namespaced('mode', 'audit', 'admit FETCH_NONE_FOUND', { scene: { evidence: [] }, from: 'FETCH_NONE_FOUND' }),
  namespaced(
    'namespaces',
    { matchLabels: { env: 'dev' } },
    { lint: /its own namespace only/ },
    { why: 'a policy of a namespace speaks about no other' },
  ),
];
