/** Reasons about who signed, when and what for: who is refused, and what becomes of him when he obeys. */
import { layerEvidence } from '../../world/domain.ts';
import { simpleSigningLayer } from '../../world/cosign.ts';
import { cosignSignStatement, spdxDocument } from '../../world/statement.ts';
import { makeImage } from '../../world/image.ts';
import { makeNotary, notarySign } from '../../world/notation.ts';
import { envelopeEvidence } from '../../support/notation/judge.ts';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { alice, attested, bob, byCi, byKey, ciSigner, DIGEST, HOUR, keySigner, NAME, NOW, policy, root, SIGNERS, stranger, world } from './support.ts';
import type { Obeyed } from './support.ts';

const DAY = 24 * HOUR;
const past = new Date(NOW - DAY).toISOString();
const keys = (...more: readonly object[]): object => ({ identities: [{ key: { data: alice.publicKeyPem, ...more[0] } }, { key: { data: bob.publicKeyPem } }] });
const document = (spec: object): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 'alice' }, spec })}\n---\n`;
const byAlice = policy({ signature: { by: ['alice'] } });
const either = policy({ signature: { by: ['alice', 'bob'] } });
const [sbomP, twoP] = [SIGNERS + policy({ sbom: { by: ['alice'] } }), SIGNERS + policy({ signature: { by: ['alice', 'bob'], threshold: 2 } })];
const anyP = SIGNERS + policy({ anyOf: [{ name: 'a', signature: { by: ['alice'] } }, { name: 'b', provenance: { by: ['ci'] } }] });
const [scopeP, windowP] = [
  keySigner('alice', alice, {}, { mayCertify: [{ image: 'registry.example/other/*' }] }) + keySigner('bob', bob) + either,
  keySigner('alice', alice, {}, { validity: { notAfter: past } }) + keySigner('bob', bob) + either,
];
const rotatedP = document(keys({ notAfter: past })) + byAlice;
const revokedP = document({ ...keys(), revocations: [{ key: alice.keyId, reason: 'lost' }] }) + byAlice;
const shortP = root() + ciSigner({ maxCertificateLifetime: '5m' }) + policy({ signature: { by: ['ci'] } });
const loggedP = root() + keySigner('alice', alice, { trustRoot: 'world', transparencyLog: 'required' }) + byAlice;
const freshP = root() + ciSigner() + policy({ signature: { by: ['ci'], maxAge: '1h' } });
const agedP = root() + keySigner('alice', alice, { trustRoot: 'world' }) + policy({ signature: { by: ['alice'], maxAge: '1h' } });
const saidP = SIGNERS + policy({ signature: { by: ['alice'], annotations: { env: 'prod' } } });
const pinnedP = SIGNERS + policy({ signature: { by: ['alice'] } }, { requireDigest: true });
const boundP = SIGNERS + policy({ signature: { by: ['alice'], bindRepository: true } });
const named = (reference: string): UnverifiedEvidence => layerEvidence(simpleSigningLayer(world, { digest: DIGEST, reference }, { key: alice }, {}));

/** An image that is signed with Notation, and nothing else here. */
const image = makeImage({ seed: 'notation' });
const notary = makeNotary({ now: NOW });
const notaryP = `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name: 'stores' }, spec: { notation: { ca: notary.root.pem } } })}\n---\n`
  + `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 'notary' }, spec: { identities: [{ x509: { subject: 'C=US, ST=WA, O=Acme, CN=release', trustRoot: 'stores' } }] } })}\n---\n`
  + policy({ signature: { by: ['notary'] } });
const notarisedBy = (piece: UnverifiedEvidence): Obeyed['obeyed'] =>
  ({ policies: notaryP, evidence: [], others: { [image.digest]: [piece] }, artifact: { raw: `${NAME}@${image.digest}`, digest: image.digest } });
const envelope = (expiry?: number): Buffer =>
  notarySign({ notary, target: { mediaType: image.mediaType, digest: image.digest, size: image.manifest.length }, at: NOW - HOUR, ...(expiry === undefined ? {} : { expiry }) });
/** Signed until then; without an end, for good. */
export const notarised = (expiry?: number): Obeyed['obeyed'] => notarisedBy(envelopeEvidence('notation-jws', envelope(expiry), image.manifest));
/** The same where nobody had the manifest. */
export const unread = (): Obeyed['obeyed'] => notarisedBy(envelopeEvidence('notation-jws', envelope()));

/** Each code about signers, windows, logs and ages. */
export const SIGNER_FIXES = {
  POLICY_ANY_OF: {
    refused: { policies: anyP, evidence: [] }, fix: /satisfy one of them; nearest a: sign it as alice: cosign sign --key KEY IMAGE/, obeyed: { policies: anyP, evidence: [byKey()] },
  },
  POLICY_THRESHOLD: {
    refused: { policies: twoP, evidence: [byKey()] }, fix: /have further signers sign the same digest: bob/, obeyed: { policies: twoP, evidence: [byKey(), byKey({ key: bob })] },
  },
  POLICY_SIGNER_OUT_OF_SCOPE: {
    refused: { policies: scopeP, evidence: [byKey()] }, fix: /have a signer sign it who may certify it/, says: /found {4}alice: key sha256:/, obeyed: { policies: scopeP, evidence: [byKey({ key: bob })] },
  },
  POLICY_KEY_WINDOW: {
    refused: { policies: rotatedP, evidence: [byKey()] }, fix: /sign it with a key or identity that counts today as alice: cosign sign --key KEY IMAGE/,
    says: /expected evidence dated until [^]*found {4}alice: key sha256:/, obeyed: { policies: rotatedP, evidence: [byKey({ key: bob })] },
  },
  POLICY_SIGNER_WINDOW: {
    refused: { policies: windowP, evidence: [byKey()] }, fix: /a key or identity that counts today as one of alice, bob/, says: /expected evidence dated until/, obeyed: { policies: windowP, evidence: [byKey({ key: bob })] },
  },
  POLICY_REVOKED: {
    refused: { policies: revokedP, evidence: [byKey()] }, fix: /sign again with a credential that is not revoked/, says: /found {4}alice: key/, obeyed: { policies: revokedP, evidence: [byKey({ key: bob })] },
  },
  POLICY_CERTIFICATE_LIFETIME: {
    refused: { policies: shortP, evidence: [byCi()] }, fix: /sign with a certificate of a shorter life/,
    obeyed: { policies: shortP, evidence: [byCi({ override: { certificate: { notAfter: NOW - HOUR + 240_000 } } })] },
  },
  POLICY_LOG_REQUIRED: {
    refused: { policies: loggedP, evidence: [byKey()] }, fix: /sign with upload to the transparency log/, says: /expected an entry in a log of trust root world/,
    obeyed: { policies: loggedP, evidence: [byKey({ log: 'v1' })] },
  },
  POLICY_SIGNATURE_EXPIRED: {
    refused: notarised(NOW - 1000), fix: /sign it again as notary: notation sign IMAGE/, says: /ended at 2026-11-01T11:59:59.000Z/,
    obeyed: notarised(NOW + HOUR),
  },
  POLICY_TOO_OLD: {
    refused: { policies: freshP, evidence: [byCi({ at: NOW - 3 * HOUR })] }, fix: /sign it again as ci: cosign sign IMAGE, in its workflow/, obeyed: { policies: freshP, evidence: [byCi({ at: NOW - HOUR / 2 })] },
  },
  POLICY_AGE_UNPROVEN: {
    refused: { policies: agedP, evidence: [byKey()] }, fix: /sign with a transparency log that states its time/, says: /expected a proven signing time/,
    obeyed: { policies: agedP, evidence: [byKey({ log: 'v1' })] },
  },
  POLICY_TYPE_MISSING: {
    refused: { policies: sbomP, evidence: [byKey()] }, fix: /attach an SBOM, signed by alice: cosign attest --type spdxjson --predicate sbom.json --key KEY IMAGE; a signature alone does not help/,
    says: /expected an SBOM \(spdx or cyclonedx\) by alice: key sha256:[^]*found {4}a signature/, obeyed: { policies: sbomP, evidence: [attested(spdxDocument({ at: NOW }))] },
  },
  POLICY_DIGEST_REQUIRED: {
    refused: { policies: pinnedP, evidence: [byKey()], artifact: { raw: `${NAME}:v1`, tag: 'v1', digest: undefined as never } }, fix: new RegExp(`pin the image: ${NAME}@${DIGEST}`),
    obeyed: { policies: pinnedP, evidence: [byKey()], artifact: { raw: `${NAME}@${DIGEST}` } },
  },
  POLICY_ANNOTATION: {
    refused: { policies: saidP, evidence: [byKey()] }, fix: /cosign sign -a env=prod --key KEY IMAGE/, obeyed: { policies: saidP, evidence: [byKey({ statement: cosignSignStatement(DIGEST, { env: 'prod' }) })] },
  },
  POLICY_REPOSITORY: {
    refused: { policies: boundP, evidence: [named('registry.example/acme/other')] }, fix: /under the name by which it is used: cosign sign --new-bundle-format=false IMAGE/, obeyed: { policies: boundP, evidence: [named(NAME)] },
  },
} as const satisfies Record<string, Obeyed>;

/** What is told where nothing is attached, by what is asked for. */
export const SIGNER_NEIGHBOURS: Readonly<Record<string, readonly ['FETCH_NONE_FOUND', Obeyed]>> = {
  'nothing attached, and an SBOM is asked for': ['FETCH_NONE_FOUND', {
    refused: { policies: sbomP, evidence: [] }, fix: /attach an SBOM, signed by alice: cosign attest --type spdxjson --predicate sbom.json --key KEY IMAGE; a signature alone does not help/,
    obeyed: { policies: sbomP, evidence: [attested(spdxDocument({ at: NOW }))] },
  }],
  'nothing attached, and a signature by a workflow is asked for': ['FETCH_NONE_FOUND', {
    refused: { policies: freshP, evidence: [] }, fix: /^sign it as ci: cosign sign IMAGE, in its workflow/, obeyed: { policies: freshP, evidence: [byCi({ at: NOW - HOUR / 2 })] },
  }],
  'nothing attached, and the name is bound': ['FETCH_NONE_FOUND', {
    refused: { policies: boundP, evidence: [] }, fix: /^sign it as alice: cosign sign --new-bundle-format=false --key KEY IMAGE/, obeyed: { policies: boundP, evidence: [named(NAME)] },
  }],
  'many signers are named in order, and not without end': ['FETCH_NONE_FOUND', {
    refused: { policies: many(), evidence: [] }, fix: /^sign it as one of s0, s1, s2, s3, 4 more: /, obeyed: { policies: many(), evidence: [byKey()] },
  }],
};

function many(): string {
  const names = Array.from({ length: 8 }, (_, index) => `s${7 - index}`);
  return names.map((name) => keySigner(name, name === 's5' ? alice : name === 's6' ? stranger : bob)).join('') + policy({ signature: { by: names, threshold: 1 } });
}
