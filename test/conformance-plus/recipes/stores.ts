import { evidenceFromFile } from '../../../src/fetch/index.ts';
import { piecesOfOccurrence } from '../../../src/fetch/stores/occurrence.ts';
import { asDigest } from '../../world/encode.ts';
import { makeSigned } from '../../world/evidence.ts';
import { signWith } from '../../world/keys.ts';
import { cosignSignStatement, makeStatement, slsaProvenanceV1 } from '../../world/statement.ts';
import type { InTotoStatement } from '../../world/statement.ts';
import { attested as occurrence, binaryAuthorizationPayload } from '../../world/stores/grafeas.ts';
import { COLLECTION, GIT, witnessStatement } from '../../world/witness.ts';
import type { WitnessStep } from '../../world/witness.ts';
import { IMAGE } from '../gatehouse.ts';
import type { Expected, Question, Recipe } from '../recipe.ts';
import { attested, DIGEST, NOW, policyDocument, signerDocument, world } from '../scene.ts';

const [release, stranger] = [world.key(), world.key()];
const SLSA = 'https://slsa.dev/provenance/v1';
const SIGNED = { signature: { by: ['release'] } };
const OTHER = asDigest(`sha256:${'b'.repeat(64)}`);
const HEX = DIGEST.slice('sha256:'.length);
const signer = signerDocument([{ key: { data: release.publicKeyPem } }]);

/** What Binary Authorization has signed, as Grafeas gives it. */
function authorized(payload = binaryAuthorizationPayload(IMAGE, DIGEST), signature = signWith(release, payload), demand = policyDocument()): Question {
  const [evidence] = piecesOfOccurrence({ name: 'projects/acme/occurrences/1', ...occurrence(payload, [{ signature, publicKeyId: 'ni:///sha-256;x' }]) }, 'grafeas store.example');
  if (evidence === undefined || !('format' in evidence)) throw new Error('no evidence in the occurrence');
  return { evidence, documents: [signer, demand], digest: DIGEST, now: NOW };
}

const said = (change: (payload: { critical: Record<string, unknown> }) => void): Buffer => {
  const payload = JSON.parse(binaryAuthorizationPayload(IMAGE, DIGEST).toString()) as { critical: Record<string, unknown> };
  change(payload);
  return Buffer.from(JSON.stringify(payload));
};

/** What Witness signs, as Archivista gives it. */
function witnessed(statement: InTotoStatement, { key = release, demand = attested(GIT) as Record<string, unknown>, change = (text: string): string => text } = {}): Question {
  const text = change(JSON.stringify(makeSigned(world, { statement }, { key }).envelope));
  const [evidence] = evidenceFromFile('archivista store.example', Buffer.from(text)).evidence;
  if (evidence === undefined) throw new Error('no evidence in the envelope');
  return { evidence, documents: [signer, policyDocument(demand)], digest: DIGEST, now: NOW };
}
const collection = (change: Partial<WitnessStep> = {}): InTotoStatement => witnessStatement({ name: 'build', image: DIGEST, ...change });
const about = (name: string): InTotoStatement => {
  const { image: _, ...step } = { name: 'build', image: DIGEST };
  return witnessStatement({ ...step, subjects: [{ name, digest: { sha256: HEX } }] });
};

const payload = (id: string, title: string, expected: Expected, forged: () => Question, rows: readonly string[] = ['K15']): Recipe =>
  ({ id: `binauthz-${id}`, title: `Binary Authorization: ${title}`, rows, expected, forged, twin: () => authorized() });
const witness = (id: string, title: string, expected: Expected, forged: () => Question, twin = (): Question => witnessed(collection())): Recipe =>
  ({ id: `witness-${id}`, title: `Witness: ${title}`, rows: ['K15'], expected, forged, twin });

/** Forgeries of what stores hold and registries do not. */
export const STORES: readonly Recipe[] = [
  payload('stranger', 'signature by a key that nobody names, under the id of one that is named', 'VERIFY_SIGNER_UNTRUSTED', () => authorized(undefined, signWith(stranger, binaryAuthorizationPayload(IMAGE, DIGEST)))),
  payload('digest', 'payload about another digest', 'VERIFY_SUBJECT_MISMATCH', () => authorized(binaryAuthorizationPayload(IMAGE, OTHER)), ['A08', 'K15']),
  payload('altered', 'payload altered after it was signed', 'VERIFY_SIGNER_UNTRUSTED', () => authorized(Buffer.concat([binaryAuthorizationPayload(IMAGE, DIGEST), Buffer.from(' ')]), signWith(release, binaryAuthorizationPayload(IMAGE, DIGEST)))),
  payload('repository', 'payload for another repository, where the policy binds it', 'POLICY_REPOSITORY', () => { const made = binaryAuthorizationPayload('registry.example/evil/app', DIGEST); return authorized(made, signWith(release, made), policyDocument({ signature: { by: ['release'], bindRepository: true } })); }),
  payload('type', 'payload of a type that nobody knows', 'VERIFY_PAYLOAD_TYPE', () => authorized(said(({ critical }) => { critical['type'] = 'Google cloud binauthz'; })), ['A05', 'K15']),
  payload('critical', 'payload with something critical that is not understood', 'VERIFY_MALFORMED', () => authorized(said(({ critical }) => { critical['expires'] = 0; }))),
  payload('two-digests', 'payload with the digest twice', 'VERIFY_MALFORMED', () => authorized(Buffer.from(binaryAuthorizationPayload(IMAGE, DIGEST).toString().replace('"docker-manifest-digest"', `"docker-manifest-digest":"${OTHER}","docker-manifest-digest"`)))),
  payload('as-attestation', 'signature in the place of an attestation', 'POLICY_TYPE_MISSING', () => { const made = binaryAuthorizationPayload(IMAGE, DIGEST); return authorized(made, signWith(release, made), policyDocument(attested(GIT))); }, ['A01', 'K15']),
  witness('stranger', 'collection by a key that nobody names', 'VERIFY_SIGNER_UNTRUSTED', () => witnessed(collection(), { key: stranger })),
  witness('payload', 'attestor altered after it was signed', 'VERIFY_SIGNER_UNTRUSTED', () => witnessed(collection(), { change: (text) => text.replace(/"payload":"[^"]+"/, `"payload":"${Buffer.from(JSON.stringify(collection({ commit: '3'.repeat(40) }))).toString('base64')}"`) })),
  witness('image', 'collection of another image', 'VERIFY_SUBJECT_MISMATCH', () => witnessed(collection({ image: OTHER }))),
  witness('material', 'the artifact was only read in the step', 'VERIFY_SUBJECT_MISMATCH', () => witnessed(about('https://witness.dev/attestations/material/v0.1/file:app'))),
  witness('described', 'the digest is that of an e-mail address of the run', 'VERIFY_SUBJECT_MISMATCH', () => witnessed(about(`${GIT}/authoremail:x`))),
  witness('twice', 'an attestor twice, of which one holds', 'POLICY_TYPE_MISSING', () => witnessed(collection({ attestors: [{ type: GIT, attestation: {} }] }))),
  witness('nested', 'a collection inside of the collection holds the attestor', 'POLICY_TYPE_MISSING', () => witnessed({ ...collection(), predicate: { name: 'build', attestations: [{ type: COLLECTION, attestation: collection().predicate }] } })),
  witness('provenance', 'provenance inside of the collection in the place of provenance', 'POLICY_TYPE_MISSING', () => witnessed(collection({ attestors: [{ type: SLSA, attestation: {} }] }), { demand: attested(SLSA) }), () => witnessed(makeStatement(DIGEST, slsaProvenanceV1()), { demand: attested(SLSA) })),
  witness('signature', 'cosign\'s signature statement inside of the collection in the place of a signature', 'FETCH_NONE_FOUND', () => witnessed(collection({ attestors: [{ type: 'https://sigstore.dev/cosign/sign/v1', attestation: {} }] }), { demand: SIGNED }), () => witnessed(cosignSignStatement(DIGEST), { demand: SIGNED })),
];
