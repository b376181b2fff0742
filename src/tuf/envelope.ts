/** What all TUF metadata have in common: a signed part, its canonical bytes, and the signatures beside it. */
import { decodeHex } from '../text/hex.ts';
import { canonicalJson, NotCanonical } from '../text/json/olpc.ts';
import { readJsonBytes } from '../text/json/read.ts';
import { TUF_LIMITS } from './limits.ts';
import { asInteger, asList, asObject, asText, asTime, member } from './reader.ts';
import type { TufObject } from './reader.ts';
import { refuse } from './refusal.ts';

export type TufType = 'root' | 'timestamp' | 'snapshot' | 'targets';

/** A metadata file, read but not yet verified: nobody may use `signed` before `requireSignatures` passed. */
export interface Envelope {
  /** For messages: `timestamp.json`, `role "team-a"`. */
  readonly name: string;
  readonly signed: TufObject;
  /** What the signatures are over: the canonical form of `signed` with all its members. */
  readonly signedBytes: Uint8Array;
  readonly signatures: ReadonlyMap<string, Uint8Array>;
  readonly version: number;
  /** Epoch milliseconds. */
  readonly expires: number;
}

/** One level more than `signed` may have: the file itself. */
const FILE_LIMITS = { maxDepth: TUF_LIMITS.depth + 1 };
const SPEC_VERSION = /^1\.\d+(?:\.\d+)?$/;

/** Reads the common part of all metadata (specification 4.2.1): type, versions, expiry, signatures. */
export function readEnvelope(bytes: Uint8Array, type: TufType, name: string): Envelope {
  const file = asObject(parse(bytes, name), name);
  const signed = asObject(member(file, 'signed'), `${name}: signed`);
  const found = member(signed, '_type');
  if (found !== type)
    refuse('malformed', `${name}: expected metadata of type ${type}, found ${JSON.stringify(found)?.slice(0, 60) ?? 'nothing'}`);
  const spec = asText(member(signed, 'spec_version'), `${name}: spec_version`);
  if (!SPEC_VERSION.test(spec)) refuse('malformed', `${name}: expected spec_version 1.x, found ${JSON.stringify(spec)}`);
  return {
    name,
    signed,
    signedBytes: canonicalBytes(signed, name),
    signatures: readSignatures(member(file, 'signatures'), name),
    version: asInteger(member(signed, 'version'), `${name}: version`, 1),
    expires: asTime(member(signed, 'expires'), `${name}: expires`),
  };
}

function parse(bytes: Uint8Array, name: string): unknown {
  const read = readJsonBytes(bytes, FILE_LIMITS);
  if (read.ok) return read.value;
  const { fault } = read;
  switch (fault.kind) {
    case 'depth':
      return refuse('limit', `${name}: metadata is nested deeper than ${TUF_LIMITS.depth} levels`);
    case 'size':
    case 'parts':
    case 'items':
      return refuse('limit', `${name}: has ${fault.found} members and items, at most ${fault.most} are read`);
    case 'duplicate-key':
    case 'forbidden-key':
      return refuse('malformed', `${name}: has a key twice in an object, or one named __proto__`);
    default:
      return refuse('malformed', `${name}: is not JSON`);
  }
}

/** Unknown members are part of what is signed, as the specification demands. */
function canonicalBytes(signed: TufObject, name: string): Uint8Array {
  try {
    return canonicalJson(signed);
  } catch (error) {
    if (!(error instanceof NotCanonical)) throw error;
    return refuse(
      'malformed',
      `${name}: ${error.message}${error.found === undefined ? '' : `, found ${error.found}`}; it cannot be signed`,
    );
  }
}

/** Signatures by key id. An empty one is a placeholder of a key that has not signed yet. */
function readSignatures(value: unknown, name: string): ReadonlyMap<string, Uint8Array> {
  const signatures = new Map<string, Uint8Array>();
  for (const entry of asList(value, `${name}: signatures`, TUF_LIMITS.signatures)) {
    const signature = asObject(entry, `${name}: signatures`);
    const id = asText(member(signature, 'keyid'), `${name}: signatures.keyid`);
    const bytes = decodeHex(asText(member(signature, 'sig'), `${name}: signatures.sig`, 16_384));
    if (bytes === undefined) return refuse('malformed', `${name}: signatures.sig: expected hexadecimal`);
    if (signatures.has(id)) refuse('malformed', `${name}: has two signatures under one key id`);
    signatures.set(id, bytes);
  }
  return signatures;
}
