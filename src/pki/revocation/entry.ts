/** One entry of a list or of an answer: since when a certificate is revoked, and why (RFC 5280, 5.3). */
import { Malformed, readDer, readInteger, sequence, spanAt, TAG } from '../der.ts';
import type { DerNode } from '../der.ts';
import { readTime } from '../der-time.ts';
import { readExtensionList } from '../extensions.ts';
import type { Extension } from '../extensions.ts';
import { reasonName, REVOCATION_EXTENSION } from './oids.ts';

/** What an issuer says of one certificate. */
export interface CrlEntry {
  /** Epoch milliseconds. */
  readonly revokedAt: number;
  /** As RFC 5280 names it: `keyCompromise`; absent: not said. */
  readonly reason?: string;
  /** Since when the key is not to be trusted, epoch milliseconds; absent: not said. */
  readonly invalidFrom?: number;
}

const UNDERSTOOD: ReadonlySet<string> = new Set([REVOCATION_EXTENSION.reason, REVOCATION_EXTENSION.invalidityDate]);

/** Reads an entry, DER. Throws {@link Malformed}, also for a critical extension that is not understood and for entries of other issuers. */
export function readEntry(der: Uint8Array): CrlEntry {
  const [, revokedAt, extensions, ...rest] = sequence(readDer(der));
  if (rest.length > 0) throw new Malformed('entry of a list has too many parts');
  return { revokedAt: readTime(revokedAt), ...(extensions === undefined ? {} : entryExtensions(extensions)) };
}

function entryExtensions(list: DerNode): Pick<CrlEntry, 'reason' | 'invalidFrom'> {
  const extensions = readExtensionList(list);
  if (extensions.has(REVOCATION_EXTENSION.certificateIssuer)) throw new Malformed('list has entries of other issuers, which is not supported');
  const unknown = [...extensions].find(([oid, { critical }]) => critical && !UNDERSTOOD.has(oid));
  if (unknown !== undefined) throw new Malformed(`entry of a list has an unknown critical extension ${unknown[0]}`);
  return { ...reasonOf(extensions.get(REVOCATION_EXTENSION.reason)), ...invalidFromOf(extensions) };
}

function reasonOf(extension: Extension | undefined): Pick<CrlEntry, 'reason'> {
  return extension === undefined ? {} : { reason: readReason(readDer(extension.value)) };
}

/** A CRLReason, as an ENUMERATED. */
export function readReason({ tag, content }: DerNode): string {
  const reason = tag === 0x0a && content.length === 1 ? reasonName(content[0] ?? -1) : undefined;
  if (reason === undefined) throw new Malformed('reason of a revocation is none of those that there are');
  return reason;
}

/** The invalidity date among the extensions of an entry, or of a single answer. */
export function invalidFromOf(extensions: ReadonlyMap<string, Extension>): Pick<CrlEntry, 'invalidFrom'> {
  const extension = extensions.get(REVOCATION_EXTENSION.invalidityDate);
  return extension === undefined ? {} : { invalidFrom: readTime(readDer(extension.value, TAG.generalizedTime)) };
}

/** Goes through the content of revokedCertificates; each step gives where an entry begins, and its serial number. */
export function* entrySpans(
  content: Uint8Array,
): Generator<{ readonly at: number; readonly end: number; readonly serial: { readonly start: number; readonly end: number } }, undefined> {
  for (let at = 0; at < content.length;) {
    const entry = spanAt(content, at);
    if (entry.tag !== TAG.sequence) throw new Malformed('entry of a list is no sequence');
    const serial = spanAt(content, entry.start);
    const bytes = serial.end - serial.start;
    if (serial.tag !== TAG.integer || serial.end > entry.end || bytes === 0 || bytes > LONGEST_SERIAL)
      throw new Malformed('entry of a list has no serial number that could be one');
    // Written longer than it has to be it would not be found, and its certificate would not be revoked.
    readInteger({ tag: serial.tag, raw: content, content: content.subarray(serial.start, serial.end) });
    yield { at, end: entry.end, serial };
    at = entry.end;
  }
}

/** RFC 5280, 4.1.2.2, gives 20 bytes; some have more. */
const LONGEST_SERIAL = 64;
