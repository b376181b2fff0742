/** Commits and tags as git stores them, signed by whatever signs. */
import { createHash } from 'node:crypto';

/** How a commit differs from an honest one. */
export interface CommitParts {
  readonly tree?: string;
  readonly parents?: readonly string[];
  readonly author?: string;
  readonly committer?: string;
  /** Further headers behind the committer, whole lines without line ends. */
  readonly headers?: readonly string[];
  readonly message?: string | Buffer;
  /** Default: `sha1`. */
  readonly format?: 'sha1' | 'sha256';
}

const PERSON = 'Alice Example <alice@acme.test> 1767225600 +0000';
const DIGITS = { sha1: 40, sha256: 64 } as const;

/** The raw content of a commit that is not signed. */
export function commitOf(parts: CommitParts = {}): Buffer {
  const { format = 'sha1', tree = 'a'.repeat(DIGITS[format]), parents = [], author = PERSON, committer = author } = parts;
  const { headers = [], message = 'Say hello\n' } = parts;
  const lines = [`tree ${tree}`, ...parents.map((parent) => `parent ${parent}`), `author ${author}`, `committer ${committer}`, ...headers];
  return Buffer.concat([Buffer.from(`${lines.join('\n')}\n\n`), Buffer.from(message)]);
}

/** How a tag differs from an honest one of the commit. */
export interface TagParts {
  readonly type?: string;
  readonly name?: string;
  readonly tagger?: string;
  readonly headers?: readonly string[];
  readonly message?: string;
}

/** The raw content of an annotated tag that is not signed. */
export function tagOf(object: string, parts: TagParts = {}): Buffer {
  const { type = 'commit', name = 'v1.0.0', tagger = PERSON, headers = [], message = 'Release\n' } = parts;
  return Buffer.from(`${[`object ${object}`, `type ${type}`, `tag ${name}`, `tagger ${tagger}`, ...headers].join('\n')}\n\n${message}`);
}

/** Puts a signature over a commit into it, as git does: behind the headers, each further line behind a space. */
export function signedCommit(payload: Buffer, armour: string, header = 'gpgsig'): Buffer {
  const end = payload.indexOf('\n\n') + 1;
  const folded = armour.replace(/\n$/, '').replaceAll('\n', '\n ');
  return Buffer.concat([payload.subarray(0, end), Buffer.from(`${header} ${folded}\n`), payload.subarray(end)]);
}

/** A tag with the signature at its end. */
export function signedTag(payload: Buffer, armour: string): Buffer {
  return Buffer.concat([payload, Buffer.from(armour)]);
}

/** The id of an object. */
export function gitId(type: 'commit' | 'tag' | 'blob', bytes: Uint8Array, format: 'sha1' | 'sha256' = 'sha1'): string {
  return createHash(format).update(`${type} ${bytes.length}\0`).update(bytes).digest('hex');
}

/** Bytes in an armour of base64, 70 characters a line. */
export function armoured(label: string, bytes: Uint8Array): string {
  const lines = Buffer.from(bytes).toString('base64').match(/.{1,70}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
