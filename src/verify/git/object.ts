/** Commits and tags of git as they are stored, read strictly: nothing in them is read in two ways (git-hash-object(1), git-fsck(1)). */
import { refuse } from '../problem.ts';
import { readHeaders } from './headers.ts';
import type { Header } from './headers.ts';

/** A commit or an annotated tag. */
export interface GitObject {
  readonly type: 'commit' | 'tag';
  /** Of a commit: its tree and its parents. */
  readonly tree?: string;
  readonly parents: readonly string[];
  /** Of a tag: what it points to, and its name. */
  readonly target?: { readonly id: string; readonly type: string };
  readonly tag?: string;
  /** What is signed: the object without the signature. */
  readonly payload: Buffer;
  /** The signature in its armour, as it stands; absent: it is not signed. */
  readonly signature?: string;
}

const IDENTITY = /^[^<>\0]{0,1024}<[^<>\0]{0,1024}> \d{1,15} [+-]\d{4}$/;
const ENDS_IN = Buffer.from('\n');
const IDS = { 40: /^[0-9a-f]{40}$/, 64: /^[0-9a-f]{64}$/ } as const;
/** Names of tags are shown; what could not be one is none (git-check-ref-format(1)). */
const TAG_NAME = /^(?!.*(?:\.\.|@\{|\/\/))[^\x00-\x20\x7f~^:?*[\\]{1,255}$/;

/**
 * Reads the raw content of a commit or tag whose ids have `digits` hexadecimal digits. Throws a {@link Refusal} for everything
 * that git itself would not write: headers twice or out of order, a NUL, two signatures in a tag, anything behind a signature.
 */
export function readGitObject(bytes: Buffer, digits: 40 | 64): GitObject {
  if (bytes.includes(0)) refuse('VERIFY_MALFORMED', { cause: 'the git object holds a NUL, which hides what stands behind it' });
  if (bytes.length > MOST_BYTES) refuse('VERIFY_LIMIT', { found: `a git object of ${bytes.length} bytes`, expected: `at most ${MOST_BYTES}` });
  const { headers, end } = readHeaders(bytes);
  const id = IDS[digits];
  const first = headers[0]?.name;
  if (first === 'tree') return readCommit(bytes, headers, id);
  if (first === 'object') return readTag(bytes, headers, { id, body: end });
  return refuse('VERIFY_MALFORMED', { found: `an object that begins with ${first ?? 'nothing'}`, expected: 'the raw content of a commit or an annotated tag' });
}

const MOST_BYTES = 1024 * 1024;
const MOST_PARENTS = 64;
/** May stand several times: merged tags, and what importers of other systems keep. */
const REPEATED = /^(?:mergetag|HG:[a-z-]{1,40})$/;

/** Headers that hold signatures. */
const SIGNATURES: readonly string[] = ['gpgsig', 'gpgsig-sha256'];

function readCommit(bytes: Buffer, headers: readonly Header[], id: RegExp): GitObject {
  const reader = new Reader(headers);
  const tree = reader.next('tree', id);
  const parents: string[] = [];
  while (reader.is('parent')) parents.push(reader.next('parent', id));
  if (parents.length > MOST_PARENTS) refuse('VERIFY_LIMIT', { found: `${parents.length} parents`, expected: `at most ${MOST_PARENTS}` });
  reader.next('author', IDENTITY);
  reader.next('committer', IDENTITY);
  const rest = reader.rest();
  requireOnce(rest, REPEATED);
  // git leaves out whatever header begins so, where it verifies: nobody would know whether it was signed.
  const odd = rest.find(({ name }) => name.startsWith('gpgsig') && !SIGNATURES.includes(name));
  if (odd !== undefined) refuse('VERIFY_MALFORMED', { found: `header ${odd.name} in a commit`, expected: SIGNATURES.join(' or ') });
  // What a repository of one hash holds is signed in the header of this hash; git leaves out both where it verifies either.
  const own = id === IDS[64] ? 'gpgsig-sha256' : 'gpgsig';
  const signature = rest.find(({ name }) => name === own);
  const payload = without(bytes, rest.filter(({ name }) => SIGNATURES.includes(name)));
  return { type: 'commit', tree, parents, payload, ...(signature === undefined ? {} : { signature: signature.value }) };
}

function readTag(bytes: Buffer, headers: readonly Header[], { id, body }: { readonly id: RegExp; readonly body: number }): GitObject {
  const reader = new Reader(headers);
  const target = { id: reader.next('object', id), type: reader.next('type', /^(?:commit|tag|tree|blob)$/) };
  const tag = shownName(reader.next('tag', TAG_NAME));
  reader.next('tagger', IDENTITY);
  const [more] = reader.rest();
  if (more !== undefined) refuse('VERIFY_MALFORMED', { found: `header ${more.name} in a tag`, expected: 'object, type, tag and tagger' });
  const at = signatureAt(bytes, body);
  const unsigned = { type: 'tag', parents: [], target, tag } as const;
  return at === undefined
    ? { ...unsigned, payload: bytes }
    : { ...unsigned, payload: bytes.subarray(0, at), signature: bytes.toString('latin1', at) };
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Names of tags stand in messages: what is no text, or hides what it says, is none. */
function shownName(latin1: string): string {
  try {
    const name = UTF8.decode(Buffer.from(latin1, 'latin1'));
    if (!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)) return name;
  } catch {
    // Said below.
  }
  return refuse('VERIFY_MALFORMED', { found: 'a tag whose name is no plain text in UTF-8', expected: 'a name that can be shown' });
}

/** How signatures begin for git; the last line that does is where one begins there, so here there must be no other. */
const BEGINNINGS = ['PGP SIGNATURE', 'PGP MESSAGE', 'SIGNED MESSAGE', 'SSH SIGNATURE'].map((label) => `-----BEGIN ${label}-----`);

function signatureAt(bytes: Buffer, body: number): number | undefined {
  const found: number[] = [];
  for (let at = body; at < bytes.length;) {
    const newline = bytes.indexOf(ENDS_IN, at);
    const line = bytes.toString('latin1', at, Math.min(at + 64, newline < 0 ? bytes.length : newline));
    if (BEGINNINGS.some((beginning) => line.startsWith(beginning))) found.push(at);
    at = newline < 0 ? bytes.length : newline + 1;
  }
  if (found.length > 1) refuse('VERIFY_MALFORMED', { found: `${found.length} signatures in one tag`, expected: 'one signature at its end' });
  return found[0];
}

function requireOnce(headers: readonly Header[], repeated: RegExp): void {
  const seen = new Set(['tree', 'parent', 'author', 'committer']);
  for (const { name } of headers) {
    if (seen.has(name)) refuse('VERIFY_MALFORMED', { found: `header ${name} twice, or out of its place`, expected: 'each header once' });
    if (!repeated.test(name)) seen.add(name);
  }
}

function without(bytes: Buffer, headers: readonly Header[]): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const { start, end } of headers) {
    parts.push(bytes.subarray(from, start));
    from = end;
  }
  return Buffer.concat([...parts, bytes.subarray(from)]);
}

/** Takes headers in their order. */
class Reader {
  readonly #headers: readonly Header[];
  #at = 0;

  constructor(headers: readonly Header[]) {
    this.#headers = headers;
  }

  is(name: string): boolean {
    return this.#headers[this.#at]?.name === name;
  }

  next(name: string, form: RegExp): string {
    const header = this.#headers[this.#at];
    if (header?.name !== name) refuse('VERIFY_MALFORMED', { found: `header ${header?.name ?? 'none'}`, expected: `header ${name}` });
    if (!form.test(header.value)) refuse('VERIFY_MALFORMED', { cause: `header ${name} of the git object has another form than git writes` });
    this.#at += 1;
    return header.value;
  }

  rest(): readonly Header[] {
    return this.#headers.slice(this.#at);
  }
}
