/** What in an occurrence of Grafeas is signed: payloads of Kritis and Binary Authorization, and DSSE envelopes. */
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import { decodeBase64 } from '../../text/base64.ts';
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { digestOf, makeEvidence } from '../oci/content.ts';

const MOST_SIGNATURES = 64;
const ARMOUR = '-----BEGIN PGP ';

/** The evidence in one occurrence; what is in it and unsigned (a build without envelope) is nothing. */
export function piecesOfOccurrence(occurrence: unknown, label: string): readonly (UnverifiedEvidence | FetchProblem)[] {
  const source = `${label} ${(ownText(occurrence, 'name') ?? 'occurrence').slice(0, 200)}`;
  const attestation = own(occurrence, 'attestation');
  const envelopes = [own(occurrence, 'envelope'), own(own(occurrence, 'dsseAttestation'), 'envelope')]
    .filter((one) => one !== undefined && one !== null);
  const pieces = [
    ...envelopes.map((envelope) => envelopePiece(envelope, source)),
    ...(isObject(attestation) ? payloadPieces(attestation, source) : []),
  ];
  if (pieces.length > 0 || ownText(occurrence, 'kind') === 'BUILD') return pieces;
  return [{ code: 'FETCH_RESPONSE_INVALID', source, found: 'an attestation without what is signed', expected: 'an envelope, or a payload with signatures' }];
}

/** An envelope as every other reader knows it; what stands beside its three members is not signed. */
function envelopePiece(envelope: unknown, source: string): UnverifiedEvidence | FetchProblem {
  const { payload, payloadType, signatures } = isObject(envelope) ? envelope : {};
  if (typeof payload !== 'string' || typeof payloadType !== 'string' || !Array.isArray(signatures) || signatures.length > MOST_SIGNATURES)
    return { code: 'VERIFY_MALFORMED', source, found: 'an envelope without payload, payloadType or signatures', expected: 'a DSSE envelope' };
  return makeEvidence('dsse', source, Buffer.from(JSON.stringify({ payload, payloadType, signatures })));
}

/**
 * `serializedPayload` in the form of simple signing with detached signatures over its bytes (keys of the type PKIX), or with armour of
 * OpenPGP (keys of the type PGP), which mostly holds the payload itself: then there need be none beside it. The id beside a signature
 * would only say which key to try. Tokens (`jwts`) no verifier accepts: they are told.
 */
function payloadPieces(attestation: JsonObject, source: string): readonly (UnverifiedEvidence | FetchProblem)[] {
  const payload = decodeBase64(own(attestation, 'serializedPayload'));
  const signatures = listOf(attestation, 'signatures');
  const tokens = listOf(attestation, 'jwts');
  if (signatures === undefined || tokens === undefined)
    return [{ code: 'VERIFY_MALFORMED', source, found: 'signatures or jwts that are no list', expected: 'lists' }];
  const told: FetchProblem[] = tokens.length === 0 ? [] : [unread(source, 'a signature as JWT')];
  if (signatures.length === 0) return told;
  const isAlone = (): boolean => (own(attestation, 'serializedPayload') ?? undefined) === undefined
    && signatures.every((one) => isArmoured(decodeBase64(own(one, 'signature'))));
  if (signatures.length > MOST_SIGNATURES || (payload === undefined && !isAlone()))
    return [...told, { code: 'VERIFY_MALFORMED', source, found: 'no serializedPayload in base64', expected: 'a payload and its signatures' }];
  // Once for all signatures: hashing megabytes for each of them would take seconds.
  const beside = payload ?? new Uint8Array();
  const hashed = digestOf(beside);
  return [...told, ...signatures.map((one) => {
    const signature = decodeBase64(own(one, 'signature'));
    if (signature === undefined || signature.length === 0)
      return { code: 'VERIFY_MALFORMED' as const, source, found: 'a signature that is not base64', expected: 'base64' };
    if (isArmoured(signature)) return makeEvidence('pgp-signed', source, beside, { signature: signature.toString('latin1') }, hashed);
    if ((ownText(one, 'publicKeyId') ?? '').startsWith('openpgp4fpr:')) return unread(source, 'a PGP signature without armour');
    return makeEvidence('cosign-simple', source, beside, { 'dev.cosignproject.cosign/signature': signature.toString('base64') }, hashed);
  })];
}

function isArmoured(signature: Buffer | undefined): boolean {
  return signature?.subarray(0, ARMOUR.length).toString('latin1') === ARMOUR;
}

/** A list that may be left out. */
function listOf(attestation: JsonObject, name: string): readonly unknown[] | undefined {
  return (own(attestation, name) ?? undefined) === undefined ? [] : ownList(attestation, name);
}

function unread(source: string, found: string): FetchProblem {
  return {
    code: 'VERIFY_FORMAT', source, found, expected: 'a detached signature by a key of the type PKIX, one of PGP in ASCII armour, or a DSSE envelope',
    fix: 'sign with a PKIX key (gcloud container binauthz attestations sign-and-create, or an ECDSA, Ed25519 or RSA key), by gpg --armor --sign, or attest in a DSSE envelope',
  };
}
