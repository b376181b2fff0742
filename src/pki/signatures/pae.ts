/** The one encoding of an envelope's payload that is signed. */

/**
 * The bytes a DSSE signature is over (protocol.md, "PAE"): lengths count UTF-8 bytes, never characters, so two
 * different types can never give the same bytes (sigstore-js b5aa4f1f).
 */
export function pae(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
}
