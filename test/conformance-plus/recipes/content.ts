import { base64, jsonBytes } from '../../world/encode.ts';
import { signWith } from '../../world/keys.ts';
import { COSIGN_SIGN_TYPE, cosignSignStatement, makeStatement, slsaProvenanceV1, subjectOf } from '../../world/statement.ts';
import type { InTotoStatement } from '../../world/statement.ts';
import { attested, DIGEST, ENVELOPE, keyed, keyless, world } from '../scene.ts';
import { asDigest } from '../../world/encode.ts';
import type { Question, Recipe } from '../recipe.ts';

const PROVENANCE = 'https://slsa.dev/provenance/v1';
const OTHER = asDigest(`sha256:${'b'.repeat(64)}`);
const honest = makeStatement(DIGEST, slsaProvenanceV1());

/** A provenance demanded, and a statement signed. */
const says = (statement: unknown): Question => keyless({ statement: statement instanceof Uint8Array ? statement : jsonBytes(statement), demand: attested(PROVENANCE) });
const twin = (): Question => says(honest);
const text = JSON.stringify(honest);

/** A statement whose own text is changed before it is signed: keys given twice cannot be made from objects. */
const written = (from: string, to: string): Question => says(Buffer.from(text.replace(from, to)));

const about = (subject: InTotoStatement['subject']): Question => says({ ...honest, subject });
const envelopeOf = (bundle: Record<string, unknown>): Record<string, unknown> => bundle['dsseEnvelope'] as Record<string, unknown>;

/** Forgeries of what was signed. */
export const CONTENT: readonly Recipe[] = [
  { id: 'payload-type', title: 'statement signed as text/plain', rows: ['A05'], expected: 'VERIFY_PAYLOAD_TYPE', forged: () => keyless({ statement: honest, demand: attested(PROVENANCE), override: { payloadType: 'text/plain' } }), twin },
  { id: 'payload-type-collision', title: 'payload type whose characters, but not bytes, give the encoding that was signed', rows: ['A07'], expected: 'VERIFY_PAYLOAD_TYPE', forged: () => keyless({ statement: honest, demand: attested(PROVENANCE), override: { payloadType: 'text/plain' }, map: (bundle) => ({ ...bundle, dsseEnvelope: { ...envelopeOf(bundle), payloadType: '\u0174ext/plain' } }) }), twin },
  { id: 'payload-type-swapped', title: 'payload type changed to that of a statement after signing', rows: ['A05'], expected: 'VERIFY_SIGNATURE_INVALID', forged: () => keyless({ statement: honest, demand: attested(PROVENANCE), override: { payloadType: 'text/plain' }, map: (bundle) => ({ ...bundle, dsseEnvelope: { ...envelopeOf(bundle), payloadType: 'application/vnd.in-toto+json' } }) }), twin },
  { id: 'signature-over-payload', title: 'signature over the payload instead of its encoding', rows: ['A06'], expected: 'VERIFY_SIGNATURE_INVALID', forged: () => { const key = world.key(); return keyed({ key, ...ENVELOPE, override: { signature: () => signWith(key, jsonBytes(cosignSignStatement(DIGEST))) } }); }, twin: () => keyed(ENVELOPE) },
  { id: 'statement-type', title: 'statement of an unknown type', rows: ['A03'], expected: 'VERIFY_STATEMENT', forged: () => says({ ...honest, _type: 'https://in-toto.io/Statement/v2' }), twin },
  { id: 'statement-list', title: 'payload that is a JSON list', rows: ['A03'], expected: 'VERIFY_STATEMENT', forged: () => says([]), twin },
  { id: 'statement-empty', title: 'empty payload', rows: ['A03'], expected: 'VERIFY_STATEMENT', forged: () => says(Buffer.alloc(0)), twin },
  { id: 'statement-without-predicate-type', title: 'statement without predicate type', rows: ['A03'], expected: 'VERIFY_STATEMENT', forged: () => says({ _type: honest._type, subject: honest.subject }), twin },
  { id: 'statement-key-twice', title: 'statement with two lists of subjects, the last about this image', rows: ['D01'], expected: 'VERIFY_STATEMENT', forged: () => written('"subject":', `"subject":[{"digest":{"sha256":"${'b'.repeat(64)}"}}],"subject":`), twin },
  { id: 'statement-key-twice-escaped', title: 'statement with two predicate types, one written with an escape', rows: ['D01'], expected: 'VERIFY_STATEMENT', forged: () => written('"predicateType":', '"predicate\\u0054ype":"https://evil.example","predicateType":'), twin },
  { id: 'statement-byte-order-mark', title: 'statement that begins with a byte order mark', rows: ['D05'], expected: 'VERIFY_STATEMENT', forged: () => says(Buffer.from(`\ufeff${text}`)), twin },
  { id: 'statement-not-utf8', title: 'statement that is not UTF-8', rows: ['D05'], expected: 'VERIFY_STATEMENT', forged: () => says(Buffer.from(text.replace('tekton', 't\xffkton'), 'latin1')), twin },
  { id: 'statement-proto', title: 'statement with a key __proto__', rows: ['D02', 'A12'], expected: 'VERIFY_STATEMENT', forged: () => written('"predicate":{', '"predicate":{"__proto__":{},'), twin },
  { id: 'subject-other', title: 'statement about another image', rows: ['A08'], expected: 'VERIFY_SUBJECT_MISMATCH', forged: () => about([subjectOf(OTHER)]), twin },
  { id: 'subject-name', title: 'subject with this image\'s name and another digest', rows: ['A09'], expected: 'VERIFY_SUBJECT_MISMATCH', forged: () => about([subjectOf(OTHER, 'registry.example/acme/app')]), twin: () => about([subjectOf(DIGEST, 'registry.example/other')]) },
  { id: 'subject-several', title: 'several subjects, none of them this image', rows: ['A10'], expected: 'VERIFY_SUBJECT_MISMATCH', forged: () => about([subjectOf(OTHER), { digest: { sha1: 'a'.repeat(40) } }]), twin: () => about([subjectOf(OTHER), subjectOf(DIGEST)]) },
  { id: 'subject-upper-case', title: 'subject whose digest is in upper case', rows: ['A11'], expected: 'VERIFY_SUBJECT_MISMATCH', forged: () => about([{ digest: { sha256: DIGEST.slice(7).toUpperCase() } }]), twin },
  { id: 'subject-other-algorithm', title: 'this image\'s digest under the name of another algorithm', rows: ['A11'], expected: 'VERIFY_SUBJECT_MISMATCH', forged: () => about([{ digest: { gitCommit: DIGEST.slice(7) } }]), twin },
  { id: 'subject-none', title: 'statement without subject', rows: ['A03'], expected: 'VERIFY_STATEMENT', forged: () => about([]), twin },
  { id: 'subjects-1025', title: '1,025 subjects, one more than the limit', rows: ['G05'], expected: 'VERIFY_LIMIT', forged: () => about(Array.from({ length: 1025 }, () => subjectOf(DIGEST))), twin: () => about(Array.from({ length: 1024 }, () => subjectOf(DIGEST))) },
  { id: 'attestation-as-signature', title: 'an attestation where a signature is demanded', rows: ['A01'], expected: 'FETCH_NONE_FOUND', forged: () => keyless({ statement: honest }), twin: () => keyless(ENVELOPE) },
  { id: 'signature-as-attestation', title: 'a signature where an attestation is demanded', rows: ['A01'], expected: 'POLICY_TYPE_MISSING', forged: () => keyless({ ...ENVELOPE, demand: attested(PROVENANCE) }), twin },
  { id: 'predicate-type-suffix', title: 'predicate type that begins with the one demanded', rows: ['A04'], expected: 'POLICY_TYPE_MISSING', forged: () => says({ ...honest, predicateType: `${PROVENANCE}evil` }), twin },
  { id: 'predicate-type-lookalike', title: 'signature statement with a space after its type', rows: ['A04'], expected: 'FETCH_NONE_FOUND', forged: () => keyless({ statement: { ...cosignSignStatement(DIGEST), predicateType: `${COSIGN_SIGN_TYPE} ` } }), twin: () => keyless(ENVELOPE) },
  { id: 'message-digest', title: 'message signature whose digest is another than the artifact\'s', rows: ['A08'], expected: 'VERIFY_SUBJECT_MISMATCH', forged: () => keyless({ map: (bundle) => ({ ...bundle, messageSignature: { ...(bundle['messageSignature'] as object), messageDigest: { algorithm: 'SHA2_256', digest: base64(Buffer.alloc(32)) } } }) }), twin: () => keyless() },
  { id: 'message-of-another-artifact', title: 'message signature over another artifact', rows: ['A08', 'B01'], expected: 'VERIFY_SUBJECT_MISMATCH', forged: () => keyless({ artifact: Buffer.from('another manifest') }), twin: () => keyless() },
  { id: 'envelope-two-signatures', title: 'envelope with a second signature, by a stranger', rows: ['A20'], expected: 'VERIFY_MALFORMED', forged: () => keyless({ ...ENVELOPE, map: (bundle) => ({ ...bundle, dsseEnvelope: { ...envelopeOf(bundle), signatures: [...(envelopeOf(bundle)['signatures'] as unknown[]), { sig: base64(Buffer.alloc(64)) }] } }) }), twin: () => keyless(ENVELOPE) },
  { id: 'envelope-no-signature', title: 'envelope without signature', rows: ['A20'], expected: 'VERIFY_MALFORMED', forged: () => keyless({ ...ENVELOPE, map: (bundle) => ({ ...bundle, dsseEnvelope: { ...envelopeOf(bundle), signatures: [] } }) }), twin: () => keyless(ENVELOPE) },
];
