import { describe, expect, test } from 'vitest';
import type { TrustedKey, UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { runVerificationJob } from '../../../src/verify/run.ts';
import type { RawOutcome } from '../../../src/verify/proof.ts';
import { base64, jsonBytes, pae } from '../../world/encode.ts';
import { keyBundle } from '../../world/bundle.ts';
import { makeKey, signWith } from '../../world/keys.ts';
import { makeStatement, slsaProvenanceV1 } from '../../world/statement.ts';
import { createWorld } from '../../world/world.ts';
import { DIGEST, evidence, job, NOW, OTHER, trust, trustedKey } from './support.ts';

const TYPE = 'application/vnd.in-toto+json';
const NAME = 'projects/verified-builder/locations/us-west2/keyRings/attestor/cryptoKeys/builtByGCB/cryptoKeyVersions/1';
const [google, stranger] = [makeKey(), makeKey()];
const STATEMENT = makeStatement(DIGEST, slsaProvenanceV1());
const payload = jsonBytes(STATEMENT);

interface Make {
  readonly key?: typeof google;
  readonly keyid?: string;
  readonly over?: Uint8Array;
}
const signature = ({ key = google, keyid = NAME, over = payload }: Make = {}): object => ({ keyid, sig: base64(signWith(key, over)) });
const envelope = (...signatures: readonly object[]): object => ({ payloadType: TYPE, payload: base64(payload), signatures });
const bare: TrustedKey = { ...trustedKey(google), barePayloadKeyId: NAME };
const plain: TrustedKey = trustedKey(google);

async function judge(piece: UnverifiedEvidence, ...keys: readonly TrustedKey[]): Promise<RawOutcome> {
  const [outcome] = await runVerificationJob(job([piece], trust(keys)));
  if (outcome === undefined) throw new Error('no outcome');
  return outcome;
}
const told = (outcome: RawOutcome): readonly string[] => (outcome.proofs.length > 0 ? outcome.proofs.map(({ signer }) => (signer.kind === 'key' ? `proven ${signer.barePayloadKeyId === undefined ? 'encoded' : 'bare'}` : 'certificate')) : outcome.problems.map(({ code }) => code));
const dsse = (value: object): UnverifiedEvidence => evidence('dsse', jsonBytes(value));

describe('a key that is pinned for bare payloads', () => {
  const encoded = { over: pae(TYPE, payload) };
  test.each<[string, object, readonly TrustedKey[], readonly string[]]>([
    ['proves a bare payload under its name', envelope(signature()), [bare], ['proven bare']],
    ['proves nothing under another name', envelope(signature({ keyid: `${NAME}0` })), [bare], ['VERIFY_SIGNER_UNTRUSTED']],
    ['proves nothing without a name', envelope(signature({ keyid: '' })), [bare], ['VERIFY_SIGNER_UNTRUSTED']],
    ['proves no encoded payload', envelope(signature(encoded)), [bare], ['VERIFY_SIGNATURE_INVALID']],
    ['lends its name to nobody', envelope(signature({ key: stranger })), [bare], ['VERIFY_SIGNATURE_INVALID']],
    ['the third of three signatures suffices', envelope(signature({ key: stranger }), signature(encoded), signature()), [bare], ['proven bare']],
    ['may be trusted for both, each for itself', envelope(signature(), signature(encoded)), [bare, plain], ['proven bare', 'proven encoded']],
  ])('%s', async (_, value, keys, expected) => expect(told(await judge(dsse(value), ...keys))).toEqual(expected));

  test('A05 no other key does without the encoding', async () => {
    expect(told(await judge(dsse(envelope(signature())), plain))).toEqual(['VERIFY_SIGNER_UNTRUSTED']);
    expect(told(await judge(dsse(envelope(signature({ key: stranger }))), bare, trustedKey(stranger)))).toEqual(['VERIFY_SIGNATURE_INVALID']);
  });

  test('A05 it proves no message that is no payload', async () => {
    const message = Buffer.from('a manifest');
    const piece = evidence('sigstore-bundle', keyBundle(createWorld({ now: NOW }), { key: google, artifact: message, hint: NAME }));
    const digest = `sha256:${'0'.repeat(64)}` as typeof DIGEST;
    expect((await runVerificationJob(job([piece], trust([bare]), digest)))[0]?.proofs).toEqual([]);
  });
});

describe('provenance as gcloud prints it', () => {
  const text = { _type: STATEMENT._type, predicateType: STATEMENT.predicateType, subject: STATEMENT.subject, predicate: STATEMENT.predicate };
  const image = (digest: string): object => ({ digest, fully_qualified_digest: `us-docker.pkg.dev/acme/app@${digest}` });
  const occurrence = (change: object = {}): object => ({ kind: 'BUILD', resourceUri: `https://us-docker.pkg.dev/acme/app@${DIGEST}`, build: { inTotoSlsaProvenanceV1: text }, envelope: envelope(signature()), ...change });
  const document = (occurrences: readonly unknown[], summary: object = image(DIGEST)): UnverifiedEvidence => evidence('gcloud-provenance', jsonBytes({ image_summary: summary, provenance_summary: { provenance: occurrences } }));

  test.each<[string, UnverifiedEvidence, readonly string[]]>([
    ['is proven by its envelope', document([occurrence()]), ['proven bare']],
    ['without a readable copy', document([occurrence({ build: undefined })]), ['proven bare']],
    ['with the older copy beside', document([occurrence({ build: { inTotoSlsaProvenanceV1: text, intotoStatement: {} } })]), ['proven bare']],
    ['the second of two occurrences suffices', document([occurrence({ envelope: envelope(signature({ key: stranger })) }), occurrence()]), ['proven bare']],
    ['of another image by its summary', document([occurrence()], image(OTHER)), ['VERIFY_SUBJECT_MISMATCH']],
    ['of another image by its full name', document([occurrence()], { ...image(DIGEST), fully_qualified_digest: `x@${OTHER}` }), ['VERIFY_SUBJECT_MISMATCH']],
    ['of another image by its resource', document([occurrence({ resourceUri: `x@${OTHER}` })]), ['VERIFY_SUBJECT_MISMATCH']],
    ['of something else than a build', document([occurrence({ kind: 'VULNERABILITY' })]), ['VERIFY_FORMAT']],
    ['with a copy that says something else', document([occurrence({ build: { inTotoSlsaProvenanceV1: { ...text, predicate: {} } } })]), ['VERIFY_STATEMENT']],
    ['with a copy about another subject', document([occurrence({ build: { inTotoSlsaProvenanceV1: { ...text, subject: [] } } })]), ['VERIFY_STATEMENT']],
    ['with a broken signature', document([occurrence({ envelope: envelope(signature({ over: Buffer.from('other') })) })]), ['VERIFY_SIGNATURE_INVALID']],
    ['without envelope', document([occurrence({ envelope: undefined })]), ['VERIFY_MALFORMED']],
    ['without occurrence', document([]), ['VERIFY_MALFORMED']],
    ['with an occurrence that is none', document([null]), ['VERIFY_MALFORMED']],
    ['with too many occurrences', document(Array.from({ length: 101 }, () => ({}))), ['VERIFY_LIMIT']],
    ['that is no object', evidence('gcloud-provenance', Buffer.from('[]')), ['VERIFY_MALFORMED']],
    ['D01 with a key twice', evidence('gcloud-provenance', Buffer.from('{"image_summary":{},"image_summary":{}}')), ['VERIFY_MALFORMED']],
  ])('%s', async (_, piece, expected) => expect(told(await judge(piece, bare))).toEqual(expected));
});
