/** The one file in a layer of a bundle: bare, in a tar archive, compressed or not. */
import { gunzipSync } from 'node:zlib';

/** Bytes of one definition, and of the archive around it once it is unpacked. */
const MOST_FILE = 1024 * 1024;
const MOST_ARCHIVE = 2 * MOST_FILE;
const BLOCK = 512;

export type FileRead = { readonly ok: true; readonly content: Uint8Array } | { readonly ok: false; readonly why: string };

/**
 * Takes the first file out of a layer, as Tekton's resolver does: a layer whose media type names tar is an archive, gzip is told by its
 * first bytes, everything else is the file itself. Bounded in size before anything is unpacked. Never throws.
 */
export function fileInLayer(layer: Uint8Array, mediaType: string): FileRead {
  const unpacked = unzip(layer);
  if (unpacked === undefined) return { ok: false, why: `a layer that is no gzip, or unpacks to more than ${MOST_ARCHIVE} bytes` };
  if (!/[.+]tar\b|diff\.tar/.test(mediaType)) return sized(unpacked);
  return firstFile(unpacked);
}

function unzip(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_ARCHIVE });
  } catch {
    return undefined;
  }
}

/** POSIX ustar; extended headers could give the file another name or size for other readers, and are not read. */
function firstFile(archive: Uint8Array): FileRead {
  const header = archive.subarray(0, BLOCK);
  const type = String.fromCharCode(header[156] ?? 1);
  if (header.length < BLOCK || !checksumHolds(header)) return { ok: false, why: 'a layer that is no tar archive' };
  if (type !== '0' && type !== '\0') return { ok: false, why: 'an archive that does not begin with a plain file' };
  const size = octal(header.subarray(124, 136));
  if (size === undefined || BLOCK + size > archive.length) return { ok: false, why: 'an archive that is cut off' };
  return sized(archive.subarray(BLOCK, BLOCK + size));
}

function checksumHolds(header: Uint8Array): boolean {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  return octal(header.subarray(148, 156)) === sum;
}

function octal(field: Uint8Array): number | undefined {
  const text = Buffer.from(field).toString('latin1').replace(/[\0 ]+$/, '').trimStart();
  return /^[0-7]{1,11}$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

function sized(content: Uint8Array): FileRead {
  return content.length > MOST_FILE ? { ok: false, why: `a definition of more than ${MOST_FILE} bytes` } : { ok: true, content };
}
