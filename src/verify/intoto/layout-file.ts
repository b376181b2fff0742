/** Files beside a layout: their unsigned names may narrow what they are for, and decide nothing else. */
import { LAYOUT_LIMITS } from './limits.ts';
import type { Parsed } from '../problem.ts';
import type { Metadata } from './metadata.ts';
import { readMetadata } from './metadata.ts';

/** A file that may be a link or sublayout, as found. */
export interface LayoutFile {
  /** Where it was found, for messages. */
  readonly source: string;
  readonly bytes: Uint8Array;
  /**
   * Its file name, when it has one. `<step>.<first 8 digits of the key id>.link` tells which step a sublayout stands
   * for; nothing else is taken from it. Not signed.
   */
  readonly name?: string;
  /**
   * The folder it lies in, when it is known: empty beside the layout, `<step>.<keyid8>` for the links of a sublayout.
   * Absent: it may belong to any layout. Not signed; it can only narrow.
   */
  readonly place?: string;
}

/** A file, parsed. */
export interface ReadFile {
  readonly source: string;
  readonly metadata: Parsed<Metadata>;
  /** The step its name speaks of. */
  readonly step?: string;
  readonly place?: string;
}

const LINK_NAME = /^(.{1,256})\.[0-9a-fA-F]{8}\.link$/s;

/** Parses all files; only their number and size can be a problem of the whole. */
export function readFiles(files: readonly LayoutFile[]): Parsed<readonly ReadFile[]> {
  if (files.length > LAYOUT_LIMITS.files)
    return {
      ok: false,
      problem: { code: 'VERIFY_LIMIT', found: `${files.length} files`, expected: `at most ${LAYOUT_LIMITS.files} links` },
    };
  const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (total > LAYOUT_LIMITS.totalBytes)
    return {
      ok: false,
      problem: { code: 'VERIFY_LIMIT', found: `${total} bytes of links`, expected: `at most ${LAYOUT_LIMITS.totalBytes}` },
    };
  return { ok: true, value: files.map(readFile) };
}

function readFile({ source, bytes, name, place }: LayoutFile): ReadFile {
  const step = LINK_NAME.exec(name ?? '')?.[1];
  return { source, metadata: readMetadata(bytes), ...(step === undefined ? {} : { step }), ...(place === undefined ? {} : { place }) };
}
