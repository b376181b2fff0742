/** Log entries about envelopes, and what in each kind of them can be compared. */
import { hash } from 'node:crypto';
import type { DsseEnvelope } from '../../provers/signed.ts';
import { decodeBase64 } from '../../../text/base64.ts';
import type { LogSubject } from './binding.ts';
import { at, isBase64Of, isPemOf, isVerifierOf, mismatch, requireHash, requireSignature, requireVerifier } from './binding.ts';
import { hashNameV1, hashNameV2 } from './hash.ts';

/**
 * Binds a Rekor v1 `dsse` 0.0.1 entry: payload hash, number of signatures, this signature and its verifier.
 *
 * `envelopeHash` is not compared: it covers the JSON as the client once serialised it, which nobody can rebuild
 * from the envelope. Payload type and payload are covered by the signature itself, which the entry must hold.
 */
export function bindDsseV1(spec: unknown, { content, verifier }: LogSubject): void {
  const envelope = requireEnvelope(content.envelope);
  const own = signaturesOf(at(spec, 'signatures'), envelope).filter((one) => isBase64Of(at(one, 'signature'), content.signature));
  requireSignature(own.length > 0);
  requireVerifier(own.some((one) => isPemOf(at(one, 'verifier'), verifier)));
  requirePayloadHashV1(at(spec, 'payloadHash'), envelope);
}

/** Binds a Rekor v2 `dsse` 0.0.2 entry: payload hash, number of signatures, this signature and its verifier. */
export function bindDsseV2(spec: unknown, { content, verifier }: LogSubject): void {
  const envelope = requireEnvelope(content.envelope);
  const record = at(spec, 'dsseV002');
  const own = signaturesOf(at(record, 'signatures'), envelope).filter((one) => isBase64Of(at(one, 'content'), content.signature));
  requireSignature(own.length > 0);
  requireVerifier(own.some((one) => isVerifierOf(at(one, 'verifier'), verifier)));
  const algorithm = hashNameV2(at(record, 'payloadHash', 'algorithm'));
  requireHash(
    'payload',
    algorithm && decodeBase64(at(record, 'payloadHash', 'digest'), 'standard')?.toString('hex'),
    algorithm && hash(algorithm, envelope.payload, 'hex'),
  );
}

/**
 * Binds a Rekor v1 `intoto` 0.0.2 entry: payload type, payload hash, number of signatures, this signature (which
 * the entry holds in base64 twice over) and its key.
 */
export function bindIntotoV2(spec: unknown, { content, verifier }: LogSubject): void {
  const envelope = requireEnvelope(content.envelope);
  const logged = at(spec, 'content', 'envelope');
  if (at(logged, 'payloadType') !== envelope.payloadType) mismatch('the entry holds another payload type');
  const own = signaturesOf(at(logged, 'signatures'), envelope).filter((one) => isTwiceBase64Of(at(one, 'sig'), content.signature));
  requireSignature(own.length > 0);
  requireVerifier(own.some((one) => isPemOf(at(one, 'publicKey'), verifier)));
  requirePayloadHashV1(at(spec, 'content', 'payloadHash'), envelope);
}

/**
 * Binds a Rekor v1 `intoto` 0.0.1 entry (cosign until 2.0): payload hash and the one key.
 *
 * The entry holds neither the signature nor the payload type, and its hash covers the envelope's JSON as it was once
 * uploaded. What it proves is that this key had signed this payload when the log took it in, for the log verifies what
 * it takes. That the signature at hand is this key's, over this payload under this type, has been verified by itself:
 * another signature of the same key over the same payload says nothing that was not said at the logged time.
 */
export function bindIntotoV1(spec: unknown, { content, verifier }: LogSubject): void {
  const envelope = requireEnvelope(content.envelope);
  requireVerifier(isPemOf(at(spec, 'publicKey'), verifier));
  requirePayloadHashV1(at(spec, 'content', 'payloadHash'), envelope);
}

function requireEnvelope(envelope: DsseEnvelope | undefined): DsseEnvelope {
  return envelope ?? mismatch('the entry is about an envelope, and the signature is over a plain message');
}

function requirePayloadHashV1(hashed: unknown, envelope: DsseEnvelope): void {
  const algorithm = hashNameV1(at(hashed, 'algorithm'));
  const value = at(hashed, 'value');
  requireHash('payload', algorithm && typeof value === 'string' ? value : undefined, algorithm && hash(algorithm, envelope.payload, 'hex'));
}

function signaturesOf(list: unknown, envelope: DsseEnvelope): readonly unknown[] {
  if (!Array.isArray(list)) mismatch('the entry lists no signatures');
  if (list.length !== envelope.signatures.length)
    mismatch('the entry lists another number of signatures', String(list.length), String(envelope.signatures.length));
  return list;
}

function isTwiceBase64Of(text: unknown, bytes: Uint8Array): boolean {
  return isBase64Of(decodeBase64(text, 'standard')?.toString('latin1'), bytes);
}
