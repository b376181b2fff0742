/** Which artifacts a task takes in, by the parameters and results that say so, each with the receipt that stands beside it. */
import type { Digest } from '../../../domain/artifact/digest.ts';
import type { Revision } from '../../../domain/artifact/revision.ts';
import { ownTexts } from '../../../text/json/fields.ts';
import { readJsonText } from '../../../text/json/read.ts';
import { commitIn, digestIn, splitReference } from './digest-text.ts';
import { textsIn } from './values.ts';
import type { NamedValue } from './values.ts';

/** An artifact that a task takes in, as it is written: nothing of it is verified. */
export interface TaskInput {
  /** Name of the parameter or result that holds its digest, as written. */
  readonly name: string;
  /** JSON path of that. */
  readonly path: string;
  /** Address as written, without its digest; empty where none is written. */
  readonly uri: string;
  /** Absent: none is written, or none that can be read; `problem` says which. */
  readonly digest?: Digest | Revision;
  readonly problem?: string;
  /** True where the name says that it is a commit (`CHAINS-GIT_…`). */
  readonly isSource: boolean;
  /** Name of the parameter in which its receipt stands, as it would be written. */
  readonly receiptName: string;
  /** Texts that stand there: of a list each. Empty: there is none. */
  readonly receipts: readonly string[];
}

/** Where the values come from: all of `parameters` is taken in; of `results` only what the hints call an input. */
export type ValuesOf = 'parameters' | 'results';

/** `index`: of several in one list, which. */
type Draft = Omit<TaskInput, 'receipts'> & { readonly index?: number };

/** Most artifacts that are read; one more has a problem, and stands for all others. */
const MOST_INPUTS = 500;
/** Most receipts that are looked at for one artifact, where several stand beside it and are not one for each. */
const MOST_RECEIPTS = 8;

/**
 * The artifacts that a task takes in (pipelines.md §3.3, issue 13 part 3): `CHAINS-GIT_URL` with `CHAINS-GIT_COMMIT`, objects
 * `*ARTIFACT_INPUTS` of uri and digest, `<prefix>_DIGEST` with `<prefix>_URI` or `<prefix>_URL`, and references to trusted artifacts
 * (`oci:REPOSITORY@sha256:…`) wherever they stand. Its receipt stands in `<prefix>_RECEIPT`; what has no such prefix has it in the
 * parameter of its own name with `_RECEIPT` behind it, an object also in its member `receipt`.
 *
 * Hints are found whatever the case of their names and with `-` for `_`, so that no spelling hides one; two parameters that differ
 * in nothing else are a problem of both. What is empty is no artifact. Pure; never throws.
 */
export function taskInputs(values: readonly NamedValue[], of: ValuesOf = 'parameters'): readonly TaskInput[] {
  const book = byFoldedName(values);
  const inputs = values.flatMap((value) => draftsOf(value, book, of));
  const told = inputs.length <= MOST_INPUTS ? inputs : [
    ...inputs.slice(0, MOST_INPUTS), { ...inputs[MOST_INPUTS]!, problem: `more than ${MOST_INPUTS} artifacts` },
  ];
  return told.map((draft) => withReceipts(draft, book));
}

type Book = ReadonlyMap<string, readonly NamedValue[]>;

function byFoldedName(values: readonly NamedValue[]): Book {
  const book = new Map<string, NamedValue[]>();
  for (const value of values) {
    const key = folded(value.name);
    const known = book.get(key);
    if (known === undefined) book.set(key, [value]);
    else known.push(value);
  }
  return book;
}

/** Names that a reader could take for the same. */
function folded(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

function draftsOf(named: NamedValue, book: Book, of: ValuesOf): readonly Draft[] {
  const name = folded(named.name);
  if (name.endsWith('_RECEIPT')) return [];
  if (name.endsWith('ARTIFACT_INPUTS')) return objectsIn(named);
  if (name.endsWith('CHAINS_GIT_COMMIT') || name.endsWith('CHAINS_GIT_URL')) return gitIn(named, name, book);
  if (of === 'results') return [];
  if (name.endsWith('_DIGEST')) return digestOf(named, book);
  return trustedIn(named);
}

/** `*ARTIFACT_INPUTS`: an object, or (as some write it) the JSON text of one. */
function objectsIn(named: NamedValue): readonly Draft[] {
  const { name, path, value } = named;
  const base = { name, path, isSource: false, receiptName: `${name}_RECEIPT` };
  if (typeof value === 'string') return value === '' ? [] : objectsIn({ ...named, value: parsedObject(value) });
  if (Array.isArray(value)) return textsIn(value).flatMap((text) => objectsIn({ ...named, value: text }));
  const member = (key: string): string => memberOf(value as Readonly<Record<string, string>>, key);
  const [uri, digest] = [member('uri'), member('digest')];
  if (uri === '' && digest === '' && Object.keys(value).length > 0) return [];
  return [drafted({ ...base, uri }, digest)];
}

/** What two readers could understand differently is no object: it names no digest then. */
function parsedObject(text: string): Readonly<Record<string, string>> {
  const read = readJsonText(text, { maxBytes: 65_536, maxDepth: 8 });
  return read.ok ? ownTexts({ value: read.value }, 'value') : {};
}

function memberOf(value: Readonly<Record<string, string>>, key: string): string {
  return Object.hasOwn(value, key) ? (value[key] ?? '') : '';
}

/** The commit holds the digest; an address alone is a source that may be anything. */
function gitIn(named: NamedValue, name: string, book: Book): readonly Draft[] {
  const prefix = named.name.replace(/_(?:commit|url)$/i, '');
  const [commits, urls] = [book.get(`${folded(prefix)}_COMMIT`) ?? [], book.get(`${folded(prefix)}_URL`) ?? []];
  if (name.endsWith('_URL') && commits.length > 0) return [];
  const [url] = urls;
  const uri = url === undefined ? '' : textsIn(url.value).join(',');
  const written = name.endsWith('_URL') ? '' : textsIn(named.value).join(',');
  if (uri === '' && written === '') return [];
  const draft: Draft = { name: named.name, path: named.path, uri, isSource: true, receiptName: `${prefix}_RECEIPT` };
  const digest = commitIn(written);
  if (digest === undefined) return [{ ...draft, problem: written === '' ? 'it names no commit' : `${shown(written)} is no whole commit id` }];
  return [ambiguous(draft, [commits, urls]) ?? { ...draft, digest }];
}

/** `<prefix>_DIGEST`, with the address that stands beside it, if one does. */
function digestOf(named: NamedValue, book: Book): readonly Draft[] {
  const prefix = named.name.replace(/[-_]digest$/i, '');
  const addresses = [`${folded(prefix)}_URI`, `${folded(prefix)}_URL`].map((name) => book.get(name) ?? []);
  const written = textsIn(named.value);
  const uris = addresses.flat().flatMap(({ value }) => textsIn(value)).filter((text) => text !== '');
  const base: Draft = { name: named.name, path: named.path, uri: uris[0] ?? '', isSource: false, receiptName: `${prefix}_RECEIPT` };
  if (written.every((text) => text === '')) return uris.length === 0 ? [] : [{ ...base, problem: 'it has an address and no digest' }];
  const twins = [book.get(folded(named.name)) ?? [], ...addresses];
  return written.map((text, index) => {
    const draft = { ...base, uri: uris[index] ?? base.uri, index };
    return ambiguous(draft, twins) ?? drafted(draft, text);
  });
}

/** References as trusted artifacts are handed on, wherever they stand: `oci:REPOSITORY@sha256:…`, also as `…=PATH`. */
function trustedIn({ name, path, value }: NamedValue): readonly Draft[] {
  return textsIn(value).flatMap((text, index): readonly Draft[] => {
    if (!/^\s*oci:(?!\/\/)/.test(text)) return [];
    const [, reference] = /^oci:([^=\s]+)(?:=.*)?$/s.exec(text.trim()) ?? [];
    const draft = { name, path, isSource: false, receiptName: `${name}_RECEIPT`, uri: reference ?? '', index };
    return [reference === undefined ? { ...draft, problem: 'it cannot be read' } : drafted(draft, '')];
  });
}

/** The digest in the address and one beside it must be the same: what is used is one thing. */
function drafted(draft: Draft, written: string): Draft {
  const inUri = splitReference(draft.uri);
  const texts = [written, inUri.written ?? ''].filter((text) => text !== '');
  const digests = new Set(texts.map(digestIn));
  const [digest] = digests;
  const named = { ...draft, uri: inUri.uri };
  if (texts.length === 0) return { ...named, problem: 'it names no digest' };
  if (digest === undefined || digests.has(undefined)) return { ...named, problem: `${shown(texts.join(' '))} is no digest` };
  return digests.size > 1 ? { ...named, problem: `the digest in the address is another: ${texts.map(shown).join(', ')}` } : { ...named, digest };
}

/** Two parameters whose names differ in case alone: which of them a task uses cannot be told. */
function ambiguous(draft: Draft, groups: readonly (readonly NamedValue[])[]): Draft | undefined {
  const twins = groups.find((group) => group.length > 1);
  return twins === undefined ? undefined : { ...draft, problem: `${twins.map(({ name }) => name).join(' and ')} differ in case alone` };
}

function withReceipts(draft: Draft, book: Book): TaskInput {
  const places = book.get(folded(draft.receiptName)) ?? [];
  const twin = ambiguous(draft, [places]);
  const own = book.get(folded(draft.name))?.flatMap(({ name, value }) => (name === draft.name ? [receiptMember(value)] : [])) ?? [];
  const { index, ...input } = twin ?? draft;
  const beside = places.flatMap(({ value }) => textsIn(value));
  const values = book.get(folded(draft.name))?.flatMap(({ value }) => textsIn(value)) ?? [];
  // Of a list: one for each, or some for all.
  const isEach = index !== undefined && values.length > 1 && beside.length === values.length;
  const receipts = [...(isEach ? beside.slice(index, index + 1) : beside.slice(0, MOST_RECEIPTS)), ...own].filter((text) => text !== '');
  return { ...input, receipts };
}

function receiptMember(value: NamedValue['value']): string {
  if (Array.isArray(value)) return '';
  if (typeof value === 'string') return value.startsWith('{') ? memberOf(parsedObject(value), 'receipt') : '';
  return memberOf(value as Readonly<Record<string, string>>, 'receipt');
}

function shown(text: string): string {
  return JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 80)}…`);
}
