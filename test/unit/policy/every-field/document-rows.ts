import type { ArtifactKind } from '../../../../src/domain/artifact/artifact.ts';
import { asDigest } from '../../../world/encode.ts';
import { demanding, rowsAt } from './row.ts';
import type { Row } from './row.ts';
import type { Scene } from './judge.ts';
import { DIGEST, doc, IMAGE, iso, MINUTE, NOW, OTHER, signs } from './world.ts';

/** Rows of what every document has around its spec, and of the fields of a policy beside its requirements. */
const SIGNED = demanding({ signature: { by: ['alice'] } }, { evidence: [signs()] });
const LIST = doc('RevocationList', 'incidents', { revocations: [{ digest: OTHER, reason: 'another image' }] });

const EXCEPTION = doc('AdmissionException', 'night', {
  artifacts: [{ image: 'ghcr.io/acme/app' }], policies: [{ name: 'p' }], namespaces: ['team'], reason: 'registry of scans is down', approvedBy: 'carol',
  notBefore: iso(NOW - MINUTE), expiresAt: iso(NOW + MINUTE),
});
const PIPELINES = doc('PipelinePolicy', 'factory', { requesters: { users: ['alice'] } });

/** The same scene under a policy of the namespace. */
export function inNamespace(scene: Scene): Scene {
  // The exception names the policy of the cluster.
  const documents = scene.documents.filter((one) => one.kind !== 'AdmissionException').map((one) =>
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
export const EVERY_KIND: Scene = { ...SIGNED, documents: [...SIGNED.documents, LIST, PIPELINES, EXCEPTION] };
const IN_NAMESPACE = inNamespace(EVERY_KIND);

const around = ['ClusterArtifactPolicy', 'ArtifactPolicy', 'Signer', 'TrustRoot', 'RevocationList', 'PipelinePolicy', 'AdmissionException'].flatMap((kind): readonly Row[] => {
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

/** What is unsigned is admitted by an exception; each row takes that away. */
const exception = rowsAt('AdmissionException', { ...demanding({ signature: { by: ['alice'] } }), documents: [...demanding({ signature: { by: ['alice'] } }).documents, EXCEPTION] }, 'spec');
const EXCEPTED = { from: 'warn FETCH_NONE_FOUND' } as const;
const exceptions = [
  ...PATTERNS.map(([kind, name, other]) => exception(`artifacts.0.${kind}`, other, 'deny FETCH_NONE_FOUND', {
    ...EXCEPTED, base: { 'artifacts.0': { [kind]: name.replace('@1.0.0', '') } },
    scene: {
      artifact: { kind, usage: 'container', path: 'a', raw: name, name, digest: DIGEST } as const,
      documents: [...demanding({ signature: { by: ['alice'] } }, {}, { artifacts: [{ [kind]: name.replace('@1.0.0', '') }] }).documents, EXCEPTION],
    },
  })),
  exception('digests', [OTHER], 'deny FETCH_NONE_FOUND', EXCEPTED),
  exception('policies.0.name', 'other', { lint: /no policy is named "other"/ }, { why: 'names a policy', from: 'warn FETCH_NONE_FOUND' }),
  exception('policies.0.requirement', 'other', { lint: /has no requirement "other"/ }, { why: 'names a requirement', from: 'warn FETCH_NONE_FOUND' }),
  exception('namespaces', ['other'], 'deny FETCH_NONE_FOUND', EXCEPTED),
  exception('usedAs', ['baseImage'], 'deny FETCH_NONE_FOUND', EXCEPTED),
  exception('reason', '', { lint: /is empty/ }, { why: 'for people', from: 'warn FETCH_NONE_FOUND' }),
  exception('approvedBy', '', { lint: /is empty/ }, { why: 'for people', from: 'warn FETCH_NONE_FOUND' }),
  exception('requestedBy', 'carol', { lint: /somebody else has to/ }, { why: 'who asks', from: 'warn FETCH_NONE_FOUND' }),
  exception('notBefore', iso(NOW + 1000), 'deny FETCH_NONE_FOUND', EXCEPTED),
  exception('expiresAt', iso(NOW - 1000), 'deny FETCH_NONE_FOUND', EXCEPTED),
];

const namespaced = rowsAt('ArtifactPolicy', IN_NAMESPACE, 'spec');
const { digest: _, ...TAGGED } = IMAGE;
const DEV = {
  scene: { labels: { env: 'dev' } },
  base: { 'namespaces.matchExpressions': [{ key: 'env', operator: 'In', values: ['dev'] }] },
};

export const documentRows: readonly Row[] = [
  ...around,
  ...exceptions,
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
