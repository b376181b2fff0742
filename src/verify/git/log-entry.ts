/** The log entry that gitsign keeps in a signature: without its body, which follows from the signature and is made anew. */
import { hash } from 'node:crypto';
import { Malformed } from '../../pki/der.ts';
import { pemBlock } from '../../pki/pem.ts';
import type { LogEntry } from '../provers/signed.ts';
import { bytesOf, numberOf, readMessage } from './protobuf.ts';

/** What the entry is about, by the signature that it came in. */
export interface Logged {
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly certificateDer: Uint8Array;
}

const MOST_HASHES = 64;

/** Reads a `dev.sigstore.rekor.v1.TransparencyLogEntry` in protobuf, for a hashedrekord 0.0.1. Throws {@link Malformed}. */
export function readLogEntry(message: Uint8Array, logged: Logged): LogEntry {
  const entry = readMessage(message);
  const kind = readMessage(bytesOf(entry, 3) ?? NOTHING);
  const proof = bytesOf(entry, 6);
  const promise = bytesOf(entry, 5);
  const signedTime = promise === undefined ? undefined : bytesOf(readMessage(promise), 1);
  const body = bodyOf(logged);
  const given = bytesOf(entry, 7);
  if (given !== undefined && given.length > 0 && !given.equals(body)) throw new Malformed('the log entry holds a body that is not of this signature');
  return {
    logId: bytesOf(readMessage(bytesOf(entry, 2) ?? NOTHING), 1) ?? NOTHING,
    logIndex: numberOf(entry, 1),
    kind: textOf(bytesOf(kind, 1)),
    version: textOf(bytesOf(kind, 2)),
    integratedTime: numberOf(entry, 4),
    body,
    ...(signedTime === undefined ? {} : { promise: signedTime }),
    ...(proof === undefined ? {} : { proof: readProof(proof) }),
  };
}

const NOTHING = Buffer.alloc(0);

function readProof(message: Uint8Array): NonNullable<LogEntry['proof']> {
  const proof = readMessage(message);
  const hashes = proof.bytes.get(4) ?? [];
  if (hashes.length > MOST_HASHES) throw new Malformed(`inclusion proof of more than ${MOST_HASHES} hashes`);
  return {
    logIndex: numberOf(proof, 1), rootHash: bytesOf(proof, 2) ?? NOTHING, treeSize: numberOf(proof, 3), hashes,
    checkpoint: textOf(bytesOf(readMessage(bytesOf(proof, 5) ?? NOTHING), 1)),
  };
}

function textOf(bytes: Buffer | undefined): string {
  return bytes?.toString('utf8') ?? '';
}

/** A hashedrekord 0.0.1 in canonical JSON, as Rekor has hashed it: of this signature, and so of no other. */
function bodyOf({ message, signature, certificateDer }: Logged): Buffer {
  const pem = pemBlock('CERTIFICATE', Buffer.from(certificateDer));
  const content = Buffer.from(signature).toString('base64');
  return Buffer.from(`{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"data":{"hash":{"algorithm":"sha256","value":"${hash('sha256', message, 'hex')}"}},"signature":{"content":"${content}","publicKey":{"content":"${Buffer.from(pem).toString('base64')}"}}}}`);
}
