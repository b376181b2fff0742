/** Bodies of log entries as the real logs write them. */
import { base64, hash, sha256Hex } from '../encode.ts';
import { keyDetails } from '../keys.ts';
import type { SigningKey } from '../keys.ts';
import type { EntryBody } from './log-entry.ts';

/** A DSSE envelope as JSON. */
export interface Envelope {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly sig: string; readonly keyid?: string }[];
}

/** What an entry is made from: the signature, what it is over, and the key or certificate that verifies it. */
export interface LoggedSignature {
  readonly signature: Buffer;
  /** Bytes the signature is over; for envelopes the PAE. */
  readonly signed: Uint8Array;
  readonly envelope?: Envelope;
  readonly key: SigningKey;
  /** DER of the certificate; absent: the key itself is logged. */
  readonly certificate?: Buffer;
  /** PEM of the certificate or key. */
  readonly verifierPem: string;
}

/** Bodies a log can hold, by `<kind>/<version>`. */
export type BodyKind = 'hashedrekord/0.0.1' | 'dsse/0.0.1' | 'intoto/0.0.1' | 'intoto/0.0.2' | 'hashedrekord/0.0.2' | 'dsse/0.0.2';

/** Makes the body of an entry as the real logs write it. */
export function entryBody(kind: BodyKind, of: LoggedSignature): EntryBody {
  switch (kind) {
    case 'hashedrekord/0.0.1':
      return hashedRekordV1(of);
    case 'hashedrekord/0.0.2':
      return hashedRekordV2(of);
    case 'dsse/0.0.1':
      return dsseV1(of, envelopeOf(of));
    case 'dsse/0.0.2':
      return dsseV2(of, envelopeOf(of));
    case 'intoto/0.0.1':
      return intotoV1(of, envelopeOf(of));
    case 'intoto/0.0.2':
      return intotoV2(of, envelopeOf(of));
  }
}

function hashedRekordV1({ signature, signed, key, verifierPem }: LoggedSignature): EntryBody {
  const algorithm = key.hash ?? 'sha512';
  return {
    apiVersion: '0.0.1',
    kind: 'hashedrekord',
    spec: {
      data: { hash: { algorithm, value: hash(signed, algorithm).toString('hex') } },
      signature: { content: base64(signature), publicKey: { content: base64(verifierPem) } },
    },
  };
}

function hashedRekordV2(of: LoggedSignature): EntryBody {
  const algorithm = of.key.hash ?? 'sha512';
  const data = { algorithm: algorithm.replace('sha', 'SHA2_'), digest: base64(hash(of.signed, algorithm)) };
  const signature = { content: base64(of.signature), verifier: verifierV2(of) };
  return { apiVersion: '0.0.2', kind: 'hashedrekord', spec: { hashedRekordV002: { data, signature } } };
}

function dsseV1({ signature, verifierPem }: LoggedSignature, envelope: Envelope): EntryBody {
  return {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      envelopeHash: sha256(JSON.stringify(envelope)),
      payloadHash: sha256(Buffer.from(envelope.payload, 'base64')),
      signatures: [{ signature: base64(signature), verifier: base64(verifierPem) }],
    },
  };
}

function dsseV2(of: LoggedSignature, envelope: Envelope): EntryBody {
  const payloadHash = { algorithm: 'SHA2_256', digest: base64(hash(Buffer.from(envelope.payload, 'base64'))) };
  const signatures = [{ content: base64(of.signature), verifier: verifierV2(of) }];
  return { apiVersion: '0.0.2', kind: 'dsse', spec: { dsseV002: { payloadHash, signatures } } };
}

function intotoV1({ verifierPem }: LoggedSignature, envelope: Envelope): EntryBody {
  const content = { hash: sha256(JSON.stringify(envelope)), payloadHash: sha256(Buffer.from(envelope.payload, 'base64')) };
  return { apiVersion: '0.0.1', kind: 'intoto', spec: { content, publicKey: base64(verifierPem) } };
}

// In intoto 0.0.2 the signature is base64 of the base64 text: a quirk of Rekor that verifiers must know.
function intotoV2({ signature, verifierPem }: LoggedSignature, envelope: Envelope): EntryBody {
  const logged = { payloadType: envelope.payloadType, signatures: [{ publicKey: base64(verifierPem), sig: base64(base64(signature)) }] };
  const payloadHash = sha256(Buffer.from(envelope.payload, 'base64'));
  const content = { envelope: logged, hash: sha256(JSON.stringify(envelope)), payloadHash };
  return { apiVersion: '0.0.2', kind: 'intoto', spec: { content } };
}

function verifierV2({ key, certificate }: LoggedSignature): Record<string, unknown> {
  const verifier = certificate ? { x509Certificate: { rawBytes: base64(certificate) } } : { publicKey: { rawBytes: base64(key.spki) } };
  return { keyDetails: keyDetails(key), ...verifier };
}

function sha256(data: Uint8Array | string): { algorithm: string; value: string } {
  return { algorithm: 'sha256', value: sha256Hex(data) };
}

function envelopeOf(of: LoggedSignature): Envelope {
  if (of.envelope === undefined) throw new Error('entries of kind dsse and intoto need an envelope');
  return of.envelope;
}
