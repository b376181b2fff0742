/** Type hints: which values say that they are an artifact that is taken in, each with the name under which its receipt stands. */
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

/** An artifact before its receipts are looked for. `index`: of several in one list, which. */
export type Draft = Omit<TaskInput, 'receipts'> & { readonly index?: number };

/** Values by their folded names: of one name several, where they differ in case. */
export type Book = ReadonlyMap<string, readonly NamedValue[]>;

/** Names that a reader could take for the same are equal here. */
export function folded(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

/** The artifacts of one value; of results only those that hints call an input. Empty: it says nothing of any. */
export function draftsOf(named: NamedValue, book: Book, of: ValuesOf): readonly Draft[] {
  const name = folded(named.name);
  if (name.endsWith('ARTIFACT_INPUTS')) return objectsIn(named);
  if (name.endsWith('CHAINS_GIT_COMMIT') || name.endsWith('CHAINS_GIT_URL')) return gitIn(named, name, book);
  if (of === 'results') return [];
  if (name === 'DIGEST' || name.endsWith('_DIGEST')) return digestOf(named, book);
  return name === 'IMAGES' ? imagesIn(named) : trustedIn(named);
}

/** `*ARTIFACT_INPUTS`: an object, or (as some write it) the JSON text of one. */
function objectsIn(named: NamedValue): readonly Draft[] {
  const { name, path, value } = named;
  const base = { name, path, isSource: false, receiptName: `${name}_RECEIPT` };
  if (typeof value === 'string') return value === '' ? [] : objectsIn({ ...named, value: parsedObject(value) });
  if (Array.isArray(value)) return textsIn(value).flatMap((text) => objectsIn({ ...named, value: text }));
  const member = (key: string): string => memberOf(value as Readonly<Record<string, string>>, key);
  const [uri, digest] = [member('uri'), member('digest')];
  // Only what is empty is none: members of other names say that something is meant.
  const texts = textsIn(value);
  if (texts.length > 0 && texts.every((text) => text === '')) return [];
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
  if (digest === undefined)
    return [{ ...draft, problem: written === '' ? 'it names no commit' : `${shown(written)} is no whole commit id` }];
  return [ambiguous(draft, [commits, urls]) ?? { ...draft, digest }];
}

/** `<prefix>_DIGEST`, with the address that stands beside it, if one does. */
function digestOf(named: NamedValue, book: Book): readonly Draft[] {
  const prefix = named.name.slice(0, -'digest'.length);
  const addresses = ['URI', 'URL'].map((end) => book.get(`${folded(prefix)}${end}`) ?? []);
  const written = textsIn(named.value);
  const [uris, others] = addresses.map((found) => found.flatMap(({ value }) => textsIn(value))).filter(isSaid);
  const base: Draft = { name: named.name, path: named.path, uri: uris?.[0] ?? '', isSource: false, receiptName: `${prefix}RECEIPT` };
  if (written.every((text) => text === '')) return uris === undefined ? [] : [{ ...base, problem: 'it has an address and no digest' }];
  if (others !== undefined && uris?.join('\n') !== others.join('\n')) return [{ ...base, problem: 'URI and URL beside it are not the same' }];
  if (uris !== undefined && uris.length > written.length) return [{ ...base, problem: 'there are more addresses than digests' }];
  const twins = [book.get(folded(named.name)) ?? [], ...addresses];
  return written.map((text, index) => {
    const draft = { ...base, uri: uris?.[index] ?? base.uri, index };
    return ambiguous(draft, twins) ?? drafted(draft, text);
  });
}

function isSaid(texts: readonly string[]): boolean {
  return texts.some((text) => text !== '');
}

/** `IMAGES`: references between commas and line feeds. */
function imagesIn({ name, path, value }: NamedValue): readonly Draft[] {
  const references = textsIn(value).flatMap((text) => text.split(/[,\n]/)).map((text) => text.trim()).filter((text) => text !== '');
  const base = { name, path, isSource: false, receiptName: `${name}_RECEIPT` };
  return references.map((text) => drafted({ ...base, uri: text.replace(/^oci:(?!\/\/)/, '') }, ''));
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
  if (digests.size > 1) return { ...named, problem: `the digest in the address is another: ${texts.map(shown).join(', ')}` };
  return { ...named, digest };
}

/** Two parameters whose names differ in case alone: which of them a task uses cannot be told. `undefined` where there are no two. */
export function ambiguous(draft: Draft, groups: readonly (readonly NamedValue[])[]): Draft | undefined {
  const twins = groups.find((group) => group.length > 1);
  return twins === undefined ? undefined : { ...draft, problem: `${twins.map(({ name }) => name).join(' and ')} differ in case alone` };
}

/** The receipt in an object itself; empty where there is none. */
export function receiptMember(value: NamedValue['value']): string {
  if (Array.isArray(value)) return '';
  if (typeof value === 'string') return value.startsWith('{') ? memberOf(parsedObject(value), 'receipt') : '';
  return memberOf(value as Readonly<Record<string, string>>, 'receipt');
}

function shown(text: string): string {
  return JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 80)}…`);
}
