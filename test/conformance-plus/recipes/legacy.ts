import { attestationLayer, simpleSigningLayer } from '../../world/cosign.ts';
import type { Layer, SimpleSigning } from '../../world/cosign.ts';
import { layerEvidence } from '../../world/domain.ts';
import { asDigest } from '../../world/encode.ts';
import type { By, Proofs } from '../../world/evidence.ts';
import { makeStatement, slsaProvenanceV1 } from '../../world/statement.ts';
import { IMAGE } from '../gatehouse.ts';
import { attested, DIGEST, IDENTITY, NOW, policyDocument, rootDocument, signerDocument, world } from '../scene.ts';
import type { Expected, Question, Recipe } from '../recipe.ts';

const KEYLESS: By = { identity: IDENTITY };
const SAYS: SimpleSigning = { digest: DIGEST, reference: IMAGE };
const PROVENANCE = makeStatement(DIGEST, slsaProvenanceV1());
const OTHER = asDigest(`sha256:${'b'.repeat(64)}`);

function question(layer: Layer, demand?: Record<string, unknown>): Question {
  const signer = signerDocument([{ keyless: { issuer: IDENTITY.issuer, subject: IDENTITY.san, trustRoot: 'world' } }]);
  return { evidence: layerEvidence(layer), documents: [rootDocument(world.trustedRoot()), signer, policyDocument(demand)], digest: DIGEST, now: NOW };
}

const signed = (says: Partial<SimpleSigning> = {}, proofs: Proofs = {}): Layer => simpleSigningLayer(world, { ...SAYS, ...says }, KEYLESS, proofs);
const attestation = (proofs: Proofs = {}): Question => question(attestationLayer(world, PROVENANCE, KEYLESS, proofs), attested(PROVENANCE.predicateType));

/** The annotations of one signature on the payload of another. */
function crossed(...names: readonly string[]): Question {
  const own = signed();
  const other = signed();
  const foreign = Object.fromEntries(names.map((name) => [name, other.annotations[name] ?? '']));
  return question({ ...own, annotations: { ...own.annotations, ...foreign } });
}

const SIGNATURE = 'dev.cosignproject.cosign/signature';
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const BUNDLE = 'dev.sigstore.cosign/bundle';

const simple = (id: string, title: string, expected: Expected, forged: () => Question, rows?: readonly string[]): Recipe =>
  ({ id: `cosign-${id}`, title: `cosign annotations: ${title}`, ...(rows && { rows }), expected, forged, twin: () => question(signed()) });

/** Forgeries of the layouts of cosign v1 and v2, where everything around the payload is unsigned text in a manifest. */
export const LEGACY: readonly Recipe[] = [
  simple('payload-digest', 'payload about another digest', 'VERIFY_SUBJECT_MISMATCH', () => question(signed({ digest: OTHER })), ['A08']),
  simple('payload-type', 'payload of an unknown type', 'VERIFY_PAYLOAD_TYPE', () => question(signed({ type: 'something else' })), ['A05']),
  simple('payload-altered', 'a space after the payload', 'VERIFY_SIGNATURE_INVALID', () => { const layer = signed(); return question({ ...layer, bytes: Buffer.concat([layer.bytes, Buffer.from(' ')]) }); }, ['B03']),
  simple('signature-of-another', 'signature of another certificate over the same payload', 'VERIFY_SIGNATURE_INVALID', () => crossed(SIGNATURE), ['B03']),
  simple('entry-of-another', 'log entry of another signature', 'VERIFY_LOG_MISMATCH', () => crossed(BUNDLE), ['B01', 'B03']),
  simple('certificate-of-another', 'certificate of another signature', 'VERIFY_SIGNATURE_INVALID', () => crossed(CERTIFICATE), ['B03']),
  simple('signature-and-certificate-of-another', 'signature and certificate of another, log entry left', 'VERIFY_LOG_MISMATCH', () => crossed(SIGNATURE, CERTIFICATE), ['B01', 'B24']),
  simple('entry-removed', 'log entry removed', 'VERIFY_LOG_MISSING', () => { const layer = signed(); return question({ ...layer, annotations: { ...layer.annotations, [BUNDLE]: '' } }); }, ['B03']),
  simple('entry-not-json', 'log entry that is no JSON', 'VERIFY_MALFORMED', () => { const layer = signed(); return question({ ...layer, annotations: { ...layer.annotations, [BUNDLE]: '{' } }); }, ['B03']),
  simple('promise', 'promise by another key', 'VERIFY_LOG_INVALID', () => question(signed({}, { override: { log: { promiseKey: world.key() } } })), ['B02']),
  simple('no-certificate', 'certificate removed', 'VERIFY_SIGNER_UNTRUSTED', () => { const layer = signed(); return question({ ...layer, annotations: { ...layer.annotations, [CERTIFICATE]: '' } }); }, ['B23']),
  { id: 'cosign-attestation-intoto-0.0.1-key', title: 'cosign annotations: attestation whose entry intoto 0.0.1 names another key', rows: ['B24'], expected: 'VERIFY_LOG_MISMATCH', forged: () => attestation({ logKind: 'intoto/0.0.1', override: { logVerifier: { key: world.key() } } }), twin: () => attestation({ logKind: 'intoto/0.0.1' }) },
  { id: 'cosign-attestation-as-signature', title: 'cosign annotations: attestation in the place of a signature', rows: ['A01'], expected: 'VERIFY_MALFORMED', forged: () => question({ ...attestationLayer(world, PROVENANCE, KEYLESS), mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json' }), twin: () => question(signed()) },
];
