/** A log entry as bundles write it, with the promise or proof that its bundle version demands. */
import { bytes, integer, list, member, members, text } from '../fields.ts';
import { decodeBase64 } from '../../text/base64.ts';
import { LIMITS } from '../limits.ts';
import { Refusal } from '../problem.ts';
import type { LogEntry } from './signed.ts';

/**
 * Reads one `TransparencyLogEntry` of a bundle (sigstore_rekor.proto); throws a {@link Refusal}.
 *
 * Version 0.1 must bring the signed entry timestamp, later versions an inclusion proof with its checkpoint
 * (sigstore_bundle.proto, comments on `tlog_entries`). A proof without checkpoint, which 0.1 allows, proves
 * nothing and is dropped; the promise has to carry the entry then.
 */
export function readLogEntry(value: unknown, version: '0.1' | '0.2' | '0.3', place: string): LogEntry {
  const entry = members(value, place);
  const kindVersion = member(entry, 'kindVersion');
  const promise = readPromise(member(entry, 'inclusionPromise'), place);
  const proof = readProof(member(entry, 'inclusionProof'), place);
  if (version === '0.1' && promise === undefined)
    throw new Refusal(`${place} has no inclusion promise`, { expected: 'an inclusion promise, as bundle version 0.1 demands' });
  if (version !== '0.1' && proof === undefined)
    throw new Refusal(`${place} has no inclusion proof with a checkpoint`, {
      code: 'VERIFY_LOG_INVALID',
      expected: `an inclusion proof with a checkpoint, as bundle version ${version} demands`,
    });
  return {
    logId: bytes(members(member(entry, 'logId'), `${place}.logId`), 'keyId', `${place}.logId`),
    logIndex: integer(entry, 'logIndex', place),
    ...(kindVersion === undefined ? {} : readKind(kindVersion, `${place}.kindVersion`)),
    integratedTime: integer(entry, 'integratedTime', place),
    body: bytes(entry, 'canonicalizedBody', place, LIMITS.bodyBytes),
    ...(promise === undefined ? {} : { promise }),
    ...(proof === undefined ? {} : { proof }),
  };
}

function readKind(value: unknown, place: string): { readonly kind: string; readonly version: string } {
  const kindVersion = members(value, place);
  return { kind: text(kindVersion, 'kind', place, 64), version: text(kindVersion, 'version', place, 64) };
}

function readPromise(value: unknown, place: string): Uint8Array | undefined {
  return value === undefined
    ? undefined
    : bytes(members(value, `${place}.inclusionPromise`), 'signedEntryTimestamp', `${place}.inclusionPromise`);
}

function readProof(value: unknown, place: string): LogEntry['proof'] {
  if (value === undefined) return undefined;
  const at = `${place}.inclusionProof`;
  const proof = members(value, at);
  const checkpoint = member(proof, 'checkpoint');
  const envelope =
    checkpoint === undefined ? '' : text(members(checkpoint, `${at}.checkpoint`), 'envelope', `${at}.checkpoint`, LIMITS.checkpointBytes);
  if (envelope === '') return undefined;
  return {
    logIndex: integer(proof, 'logIndex', at),
    treeSize: integer(proof, 'treeSize', at),
    rootHash: bytes(proof, 'rootHash', at, 64),
    hashes: list(proof, 'hashes', at, LIMITS.proofHashes).map((item, index) => readHash(item, `${at}.hashes[${index}]`)),
    checkpoint: envelope,
  };
}

function readHash(value: unknown, place: string): Uint8Array {
  const hash = typeof value === 'string' && value.length <= 88 ? decodeBase64(value) : undefined;
  if (hash === undefined) throw new Refusal(`${place} is not base64`);
  return hash;
}
