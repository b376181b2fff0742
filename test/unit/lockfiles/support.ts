import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { readLockFile } from '../../../src/lockfiles/index.ts';
import type { ReadLock } from '../../../src/lockfiles/index.ts';

const FOLDER = new URL('../../fixtures/lockfiles/', import.meta.url);

/** A fixture as text. */
export function fixture(path: string): string {
  return readFileSync(new URL(path, FOLDER), 'utf8');
}

/** What is read, a line for each entry, in the order of the file: `7 package pkg:npm/a@1 sha512:0123abcd… direct`. */
export function told(read: ReadLock): readonly string[] {
  if (!read.ok) return [`${read.line}: ${read.message}`];
  const { artifacts, passedOver, unaskable } = read.file;
  const short = (digest: string): string => digest.replace(/^(\w+:.{8}).*$/, '$1…');
  const all = [
    ...artifacts.map(({ line, kind, uri, digests, direct }) =>
      ({ line, text: [line, kind, uri, ...digests.map(short), ...(direct === true ? ['direct'] : [])].join(' ') })),
    ...passedOver.map(({ line, place }) => ({ line, text: `${line} passed over ${place}` })),
    ...unaskable.map(({ line, place, code }) => ({ line, text: `${line} ${code} ${place}` })),
  ];
  return all.toSorted((one, other) => one.line - other.line).map(({ text }) => text);
}

/** The same of a text, as a file of this name. */
export function toldOf(name: string, text: string | Uint8Array): readonly string[] {
  return told(readLockFile(basename(name), typeof text === 'string' ? Buffer.from(text, 'utf8') : text));
}
