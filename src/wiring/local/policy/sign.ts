/** Documents of policies signed where they are written: the annotations change, and nothing else that anybody reads. */
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { isAlias, isNode, parseAllDocuments, parseDocument, Scalar } from 'yaml';
import type { Document } from 'yaml';
import { readInputFile, readInputText } from '../../../platform/input-file.ts';
import {
  carriedSignature, documentName, POLICY_PAYLOAD_TYPE, signableDocument, SIGNATURE_ANNOTATION, signedContent, VERSION_ANNOTATION,
} from '../../../signed/index.ts';
import type { SignableDocument } from '../../../signed/index.ts';
import { PlacedProblems, UsageError } from '../../../surfaces/cli/context.ts';
import type { CliRooms } from '../../../surfaces/cli/context.ts';
import { decodeBase64, withoutLineEnds } from '../../../text/base64.ts';
import { isObject, own, ownList } from '../../../text/json/fields.ts';
import { readJsonBytes } from '../../../text/json/read.ts';
import { sha256Hex } from '../../../text/sha256.ts';
import { readSealingKey } from '../../../vouch/index.ts';
import type { SealingKey } from '../../../vouch/index.ts';
import { asUsageError } from '../usage.ts';

/** Largest envelope that is held against its key. */
const MOST_ENVELOPE_BYTES = 16 * 1024 * 1024;

/** A document in its file. */
export interface ReadDocument {
  readonly path: string;
  readonly yaml: Document.Parsed;
  readonly value: unknown;
}

/** `gatehouse policy sign`. */
export const signPolicies: CliRooms['signPolicies'] = async (paths, { key, bundle, next }) => {
  const seal = key === undefined ? undefined : await openKey(key);
  const made = bundle === undefined ? undefined : (await readInputFile(bundle).catch(asUsageError)).toString('base64');
  const signed: { path: string; name: string; version: number; state: 'signed' | 'unchanged' }[] = [];
  const files: { path: string; text: string }[] = [];
  const canonical: string[] = [];
  for (const path of paths) {
    const documents = await documentsAt(path);
    for (const document of documents) {
      if (next) raiseVersion(document);
      const wanted = signable(document);
      if (seal === undefined && made === undefined) canonical.push(wanted.canonical);
      else {
        if (made !== undefined) requireOver(bundle ?? '', Buffer.from(made, 'base64'), wanted);
        const signature = made ?? sealed(document, wanted, seal ?? unreachable());
        setAnnotation(document, SIGNATURE_ANNOTATION, signature);
        const state = signature === carriedSignature(document.value) ? 'unchanged' : 'signed';
        signed.push({ path, name: wanted.name, version: wanted.version, state });
      }
    }
    const text = path.endsWith('.json')
      ? `${JSON.stringify(documents[0]?.yaml.toJS(), undefined, 2)}\n`
      : documents.map(({ yaml }, index) => (index > 0 ? withStart(yaml) : yaml).toString({ lineWidth: 0 })).join('');
    requireSame(path, documents, text);
    files.push({ path, text });
  }
  if (bundle !== undefined && signed.length !== 1)
    throw new UsageError(`--bundle ${bundle}: is a signature of one document, found ${signed.length}`);
  return { files, signed, canonical };
};

/** Reads files with documents of policies; throws what is wrong, in its place. */
export async function documentsAt(path: string): Promise<readonly ReadDocument[]> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`${path}: file cannot be read (${cause.code ?? 'unknown error'})`);
  });
  const documents = parseAllDocuments(text, { version: '1.2', uniqueKeys: true, prettyErrors: false });
  if (!Array.isArray(documents)) throw new UsageError(`${path}: expected a document of policies, found none`);
  const read = documents.flatMap((yaml): ReadDocument[] => {
    const [error] = yaml.errors;
    if (error !== undefined) throw new PlacedProblems(`${path}: ${error.message}`);
    const value: unknown = yaml.toJS();
    // Servers skip what is empty; what is no document they refuse.
    return value === null || value === undefined ? [] : [{ path, yaml, value }];
  });
  return read.map((document) => {
    const { yaml, value } = document;
    const annotations = own(own(value, 'metadata'), 'annotations') ?? {};
    if (documentName(value) === undefined || !isObject(annotations))
      throw new PlacedProblems(`${path}: expected documents with kind, metadata.name and annotations that are texts by name, which are signed`);
    const older: unknown = parseDocument(yaml.toString(), { version: '1.1', uniqueKeys: false, logLevel: 'silent' }).toJS();
    if (!isDeepStrictEqual(value, older))
      throw new UsageError(`${path}: a value means different things to different readers of YAML (yes, on, 0644, a date): write it in quotes, since what is signed must be what kubectl sends`);
    return document;
  });
}

async function openKey(path: string): Promise<SealingKey> {
  try {
    const key = readSealingKey(path, await readInputText(path));
    if (!key.canSeal) throw new Error(`${path}: expected a private key, found a public one`);
    return key;
  } catch (cause) {
    return asUsageError(cause);
  }
}

/** The next version where what is signed has changed, and the first where there is none. */
function raiseVersion(document: ReadDocument): void {
  const { value, path } = document;
  const before = signableDocument(lastSigned(value));
  const now = signableDocument(value);
  if (own(own(own(value, 'metadata'), 'annotations'), VERSION_ANNOTATION) === undefined)
    return setAnnotation(document, VERSION_ANNOTATION, '1');
  if (!now.ok) throw new PlacedProblems(`${path}: ${now.problem}`);
  if (before.ok && isOtherContent(before.value, now.value))
    setAnnotation(document, VERSION_ANNOTATION, String(before.value.version + 1));
}

/** What is to be signed: never another content under the version that was signed before. */
function signable({ yaml, value, path }: ReadDocument): SignableDocument {
  const read = signableDocument(yaml.toJS());
  if (!read.ok) throw new PlacedProblems(`${path}: ${read.problem}`);
  const before = signableDocument(lastSigned(value));
  const { name, version } = read.value;
  if (before.ok && isOtherContent(before.value, read.value))
    throw new PlacedProblems(`${path}: ${name} has changed since it was signed as version ${before.value.version}, and is version ${version} still: raise ${VERSION_ANNOTATION}, or say --next`);
  return read.value;
}

/** True where the same document says something else, and its version is not higher. */
function isOtherContent(before: SignableDocument, now: SignableDocument): boolean {
  return before.name === now.name && before.canonical !== now.canonical && before.version >= now.version;
}

function lastSigned(value: unknown): unknown {
  const carried = carriedSignature(value);
  const bytes = carried === undefined ? undefined : decodeBase64(withoutLineEnds(carried));
  return bytes === undefined ? undefined : signedContent(bytes);
}

/** Beside the signatures of others over the same content; one of this key stays as it is. */
function sealed({ value }: ReadDocument, { canonical }: SignableDocument, key: SealingKey): string {
  const carried = carriedSignature(value);
  const envelope = jsonOf(Buffer.from(key.seal(POLICY_PAYLOAD_TYPE, Buffer.from(canonical))));
  const bytes = carried === undefined ? undefined : decodeBase64(withoutLineEnds(carried));
  const before = bytes === undefined ? undefined : jsonOf(bytes);
  const there = own(before, 'payload') === own(envelope, 'payload') ? ownList(before, 'signatures') ?? [] : [];
  const isOurs = (one: unknown): boolean => own(one, 'keyid') === key.keyId;
  const isDone = there.some((one) => isOurs(one) && isGood({ ...(before as object), signatures: [one] }, key));
  if (carried !== undefined && isDone) return carried;
  const signatures = [...there.filter((one) => !isOurs(one)), ...(ownList(envelope, 'signatures') ?? [])];
  return Buffer.from(JSON.stringify({ ...(envelope as object), signatures })).toString('base64');
}

/** One that was damaged, or that somebody else has put there under the name of this key, is made anew. */
function isGood(envelope: object, key: SealingKey): boolean {
  try {
    key.open(POLICY_PAYLOAD_TYPE, JSON.stringify(envelope), MOST_ENVELOPE_BYTES);
    return true;
  } catch {
    return false;
  }
}

/** A bundle over something else would be told by servers alone, and a statement about the document vouches for nothing. */
function requireOver(path: string, bundle: Uint8Array, { name, canonical }: SignableDocument): void {
  const digest = own(own(own(jsonOf(bundle), 'messageSignature'), 'messageDigest'), 'digest');
  if (typeof digest !== 'string') throw new UsageError(`--bundle ${path}: expected a Sigstore bundle of cosign sign-blob, found none`);
  if (decodeBase64(digest)?.toString('hex') !== sha256Hex(new TextEncoder().encode(canonical)))
    throw new PlacedProblems(`--bundle ${path}: is over something else than ${name} as it is; sign what gatehouse policy sign --canonical prints`);
}

function jsonOf(bytes: Uint8Array): unknown {
  const read = readJsonBytes(bytes);
  return read.ok ? read.value : undefined;
}

/** Throws where the annotations are shared with another place by an alias: what is written there would be said there too. */
function setAnnotation({ yaml, path }: Pick<ReadDocument, 'yaml' | 'path'>, name: string, text: string): void {
  const node = new Scalar(text);
  node.type = Scalar.QUOTE_DOUBLE;
  const at = ['metadata', 'annotations'];
  for (const shared of [yaml.getIn(['metadata'], true), yaml.getIn(at, true)])
    if (isAlias(shared) || (isNode(shared) && 'anchor' in shared && shared.anchor !== undefined))
      throw new PlacedProblems(`${path}: metadata or its annotations have an anchor or are an alias; write them out, since the signature is put there`);
  if (yaml.getIn(at) === null) yaml.deleteIn(at);
  yaml.setIn([...at, name], node);
}

function withStart(yaml: Document.Parsed): Document.Parsed {
  yaml.directives.docStart = true;
  return yaml;
}

/** What is written must be read as what was signed. */
function requireSame(path: string, documents: readonly ReadDocument[], text: string): void {
  const written = parseAllDocuments(text, { version: '1.2' });
  const all = Array.isArray(written) ? written.map((one) => one.toJS() as unknown) : [];
  const values = all.filter((one) => one !== null && one !== undefined);
  if (!isDeepStrictEqual(values, documents.map(({ yaml }) => yaml.toJS() as unknown)))
    throw new UsageError(`${path}: cannot be written back as it was read; write it as JSON`);
}

function unreachable(): never {
  throw new Error('neither key nor bundle');
}
