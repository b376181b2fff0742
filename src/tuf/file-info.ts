/** How a file is recognised: length, hashes and version, as a level above it says. */
import { createHash } from 'node:crypto';
import { asInteger, asObject, asText, member } from './reader.ts';
import type { TufObject } from './reader.ts';
import { refuse } from './refusal.ts';

/** Length and hashes by which bytes are recognised; what is absent is not compared. */
export interface FileInfo {
  readonly length?: number;
  /** Lower-case hexadecimal by algorithm; only sha256 and sha512. */
  readonly hashes: ReadonlyMap<string, string>;
}

/** A metadata file as the level above it describes it. */
export interface MetaInfo extends FileInfo {
  readonly version: number;
}

const LENGTHS: ReadonlyMap<string, number> = new Map([['sha256', 64], ['sha512', 128]]);

/** Reads an entry of `meta` (specification 4.4, 4.5): version, and length and hashes where they are given. */
export function readMetaInfo(value: unknown, where: string): MetaInfo {
  const object = asObject(value, where);
  return { version: asInteger(member(object, 'version'), `${where}.version`, 1), ...readInfo(object, where) };
}

/** Reads an entry of `targets` (specification 4.6): length and at least one hash that can be computed. */
export function readTargetInfo(value: unknown, where: string): FileInfo & { readonly length: number } {
  const object = asObject(value, where);
  const info = readInfo(object, where);
  if (info.hashes.size === 0) refuse('malformed', `${where}.hashes: expected sha256 or sha512`);
  return { ...info, length: asInteger(member(object, 'length'), `${where}.length`, 0) };
}

function readInfo(object: TufObject, where: string): FileInfo {
  const length = member(object, 'length');
  const written = member(object, 'hashes');
  const hashes = new Map<string, string>();
  for (const [algorithm, value] of written === undefined ? [] : Object.entries(asObject(written, `${where}.hashes`))) {
    const hex = asText(value, `${where}.hashes.${algorithm}`);
    if (!LENGTHS.has(algorithm)) continue;
    if (hex.length !== LENGTHS.get(algorithm) || !/^[0-9a-f]+$/i.test(hex))
      refuse('malformed', `${where}.hashes.${algorithm}: expected ${LENGTHS.get(algorithm)} hexadecimal digits`);
    hashes.set(algorithm, hex.toLowerCase());
  }
  if (written !== undefined && hashes.size === 0) refuse('malformed', `${where}.hashes: expected sha256 or sha512`);
  return length === undefined ? { hashes } : { hashes, length: asInteger(length, `${where}.length`, 0) };
}

/** Requires bytes to be the file described: its length and every hash given. */
export function requireBytes(bytes: Uint8Array, info: FileInfo, name: string): void {
  if (info.length !== undefined && bytes.length !== info.length)
    refuse('mismatch', `${name} has ${bytes.length} bytes, expected ${info.length}`);
  for (const [algorithm, expected] of info.hashes) {
    const found = createHash(algorithm).update(bytes).digest('hex');
    if (found !== expected) refuse('mismatch', `${name} has ${algorithm} ${found}, expected ${expected}`);
  }
}
