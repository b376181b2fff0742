/** An envelope's parts. */
import { bytes, list, member, members, text } from '../fields.ts';
import { readWrapping } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { parsed, Refusal } from '../problem.ts';
import type { Parsed } from '../problem.ts';
import type { DsseEnvelope } from '../provers/signed.ts';
import { readCarried } from './carried.ts';

/**
 * Parses a bare DSSE envelope (secure-systems-lab/dsse v1.0.2, envelope.md). Unknown members are ignored as the
 * specification demands, those that `carried.ts` knows are read; nothing is verified, and `keyid` is only a hint.
 */
export function parseEnvelope(json: Uint8Array): Parsed<DsseEnvelope> {
  return parsed('VERIFY_MALFORMED', () => readEnvelope(readWrapping(json), 'envelope'));
}

/** Reads an envelope inside another document; throws a {@link Refusal} that names `place`. */
export function readEnvelope(value: unknown, place: string): DsseEnvelope {
  const envelope = members(value, place);
  const signatures = list(envelope, 'signatures', place, LIMITS.envelopeSignatures).map((item, index) =>
    readSignature(item, `${place}.signatures[${index}]`),
  );
  if (signatures.length === 0) throw new Refusal(`${place} has no signature`, { found: '0 signatures', expected: 'at least 1' });
  return {
    payloadType: text(envelope, 'payloadType', place),
    payload: bytes(envelope, 'payload', place, LIMITS.evidenceBytes, 'lines'),
    signatures,
  };
}

function readSignature(value: unknown, place: string): DsseEnvelope['signatures'][number] {
  const signature = members(value, place);
  const carried = readCarried(signature, place);
  return {
    keyid: member(signature, 'keyid') === undefined ? '' : text(signature, 'keyid', place),
    sig: bytes(signature, 'sig', place, LIMITS.blobBytes, 'lines'),
    ...(carried === undefined ? {} : { carried }),
  };
}
