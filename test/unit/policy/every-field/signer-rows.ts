import type { ArtifactKind } from '../../../../src/domain/artifact/artifact.ts';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { keyBundle } from '../../../world/bundle.ts';
import { bundleEvidence } from '../../../world/domain.ts';
import { base64, jsonBytes } from '../../../world/encode.ts';
import { signWith } from '../../../world/keys.ts';
import { makeStatement } from '../../../world/statement.ts';
import { createWorld } from '../../../world/world.ts';
import { demanding, rowsAt } from './row.ts';
import type { More, Row } from './row.ts';
import type { Scene } from './judge.ts';
import { DAY, DIGEST, doc, HOUR, iso, keyed, keys, MINUTE, NOW, says, signs, WORKFLOW, world } from './world.ts';

/** Rows of a `Signer`, but for its revocations: who may sign, when, and for what. */
export const KEYLESS = { issuer: WORKFLOW.issuer, subject: WORKFLOW.san, trustRoot: 'world' };
/** A scene in which only the signer `tested` counts, with these identities. */
export function trusting(identity: object, more: Partial<Scene> = {}): Scene {
  const { documents, ...scene } = demanding({ signature: { by: ['tested'] } }, more);
  const elsewhere = doc('TrustRoot', 'elsewhere', { sigstore: { trustedRoot: createWorld({ now: NOW }).trustedRoot() } });
  return { ...scene, documents: [doc('Signer', 'tested', { identities: [identity] }), ...documents, elsewhere] };
}

const BY_WORKFLOW = trusting({ keyless: KEYLESS }, { evidence: [signs({ by: WORKFLOW })] });
const keyless = rowsAt('Signer', BY_WORKFLOW, 'spec.identities.0.keyless');
const BY_KEY = trusting(keyed(keys.alice), { evidence: [signs()] });
const key = rowsAt('Signer', BY_KEY, 'spec.identities.0.key');
const signer = rowsAt('Signer', BY_KEY, 'spec');

const mlDsa = world.key('ml-dsa-65');
const OF_ML_DSA = {
  base: { data: mlDsa.publicKeyPem },
  scene: { evidence: [bundleEvidence(keyBundle(world, { key: mlDsa, digest: DIGEST }))] },
  from: 'refused',
} satisfies More;

/** A signature over the bare payload of an envelope, as Cloud Build made them. */
const TYPE = 'https://example.com/built/v1';
const payload = jsonBytes(makeStatement(DIGEST, { predicateType: TYPE, predicate: {} }));
const bytes = jsonBytes({
  payloadType: 'application/vnd.in-toto+json',
  payload: base64(payload),
  signatures: [{ keyid: 'builder', sig: base64(signWith(keys.alice, payload)) }],
});
const BARE: UnverifiedEvidence = { format: 'dsse', source: 'a file', bytes, digest: 'bare' };
const attested = demanding({ attestation: { type: TYPE, by: ['tested'] } }, { evidence: [BARE] });
const bare = rowsAt(
  'Signer',
  { ...attested, documents: [doc('Signer', 'tested', { identities: [keyed(keys.alice, {})] }), ...attested.documents] },
  'spec.identities.0.key',
);

/** Everything that a signer may be bound to, each with an artifact of that kind. */
const KINDS: readonly (readonly [ArtifactKind, string, string])[] = [
  ['image', 'ghcr.io/acme/app', 'ghcr.io/other/*'],
  ['blob', 'installer.sh', 'other.sh'],
  ['package', 'pkg:npm/app', 'pkg:npm/other'],
  ['git', 'https://github.com/acme/app', 'https://github.com/acme/other'],
  ['definition', 'pipelines/build', 'pipelines/other'],
];
const certifying = KINDS.map(([kind, name, other]) => {
  const policy = doc('ClusterArtifactPolicy', 'p', {
    artifacts: [{ [kind]: name }],
    require: [{ name: 'checked', attestation: { type: TYPE, by: ['tested'] } }],
  });
  const documents = BY_KEY.documents.map((one) => (one.kind === 'ClusterArtifactPolicy' ? policy : one));
  const artifact = {
    kind,
    usage: 'container',
    path: 'a',
    raw: name,
    name: kind === 'package' ? `${name}@1.0.0` : name,
    digest: DIGEST,
  } as const;
  return signer(`spec.mayCertify.0.${kind}`, other, 'POLICY_SIGNER_OUT_OF_SCOPE', {
    base: { 'spec.mayCertify.0': { [kind]: name } },
    scene: { documents, artifact, evidence: [says(TYPE, {})] },
  });
});

const [otherwise, without] = [
  (field: string, value: string, off: string): More => ({ base: { [off]: undefined, [field]: value } }),
  'VERIFY_SIGNER_UNTRUSTED',
];

export const signerRows: readonly Row[] = [
  keyless('issuer', 'https://other.example', without),
  keyless('issuerRegExp', 'https://other\\.example', without, otherwise('issuerRegExp', 'https://token\\.actions\\..*', 'issuer')),
  keyless('subject', 'https://github.com/acme/other', without),
  keyless(
    'subjectGlob',
    'https://github.com/acme/other/**',
    without,
    otherwise('subjectGlob', 'https://github.com/acme/app/**', 'subject'),
  ),
  keyless(
    'subjectRegExp',
    'https://github\\.com/acme/other/.*',
    without,
    otherwise('subjectRegExp', 'https://github\\.com/acme/app/.*', 'subject'),
  ),
  keyless('claims.{runnerEnvironment}', 'self-hosted', without),
  keyless('claims.{runnerEnvironment}', { glob: 'self-*' }, without),
  keyless('trustRoot', 'elsewhere', 'VERIFY_CERTIFICATE_UNTRUSTED'),
  keyless('maxCertificateLifetime', '1m', 'POLICY_CERTIFICATE_LIFETIME'),
  key('algorithm', 'ml-dsa-65', 'POLICY_SATISFIED', OF_ML_DSA),
  key('hashAlgorithm', 'sha512', 'VERIFY_HASH', { scene: { evidence: [signs({ log: 'none' })] } }),
  key('data', keys.stranger.publicKeyPem, without),
  key('notBefore', iso(NOW - MINUTE), 'POLICY_KEY_WINDOW'),
  key('notAfter', iso(NOW - DAY), 'POLICY_KEY_WINDOW'),
  key('transparencyLog', 'required', 'POLICY_LOG_REQUIRED', { scene: { evidence: [signs({ log: 'none' })] } }),
  key('trustRoot', 'world', 'POLICY_SATISFIED', {
    base: { trustRoot: undefined, notAfter: iso(NOW - HOUR / 2) },
    from: 'POLICY_KEY_WINDOW',
  }),
  bare('barePayloadKeyId', 'builder', 'POLICY_SATISFIED', { from: without }),
  ...certifying,
  // Who may sign policies alone counts for no artifact.
  signer('spec.mayCertify.0.policy', 'ClusterArtifactPolicy/*', 'POLICY_SIGNER_OUT_OF_SCOPE'),
  signer('validity.notBefore', iso(NOW - MINUTE), 'POLICY_SIGNER_WINDOW'),
  signer('validity.notAfter', iso(NOW - DAY), 'POLICY_SIGNER_WINDOW'),
];
