/** Lists that survive a restart, as bytes: who asked, and what was proven to him. Nothing of it is believed that is not proven anew. */
import type { RevocationLead } from '../../domain/certificate-status.ts';
import { readJsonBytes } from '../../text/json/read.ts';
import { own, ownText } from '../../text/json/fields.ts';

/** Keeps bytes by URL. Neither rejects. */
export interface ListStore {
  read(url: string): Promise<Uint8Array | undefined>;
  write(url: string, bytes: Uint8Array): Promise<void>;
}

/** As what a list is asked: each says nothing in the place of the other. */
export type Role = 'base' | 'delta';

/** A list with whom it was proven to. */
export interface RememberedList {
  readonly lead: RevocationLead;
  readonly role: Role;
  readonly der: Uint8Array;
}

const NEWLINE = 0x0a;
const MOST_HEADER = 1_000_000;
const MOST_LISTS = 64;

/** A line that says whose and how long each list is, and the lists behind it. */
export function rememberLists(lists: readonly RememberedList[]): Uint8Array {
  const header = lists.slice(0, MOST_LISTS).map(({ lead: { issuer, lists: places, isAuthority }, role, der }) => ({
    issuer, role, bytes: der.length, ...(places === undefined ? {} : { lists: places }), ...(isAuthority === true ? { isAuthority } : {}),
  }));
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...lists.slice(0, MOST_LISTS).map(({ der }) => der)]);
}

/** What bytes hold; nothing for bytes of any other form. Never throws. */
export function recallLists(bytes: Uint8Array): readonly RememberedList[] {
  const end = bytes.subarray(0, MOST_HEADER).indexOf(NEWLINE);
  const header = end < 0 ? undefined : readJsonBytes(bytes.subarray(0, end));
  if (header?.ok !== true || !Array.isArray(header.value) || header.value.length > MOST_LISTS) return [];
  const lists: RememberedList[] = [];
  let at = end + 1;
  for (const entry of header.value as readonly unknown[]) {
    const [issuer, role, size, places] = [ownText(entry, 'issuer'), ownText(entry, 'role'), own(entry, 'bytes'), own(entry, 'lists')];
    const isFitting = typeof size === 'number' && Number.isSafeInteger(size) && size > 0 && at + size <= bytes.length;
    if (!isFitting || issuer === undefined || (role !== 'base' && role !== 'delta')) return lists;
    if (places !== undefined && !areTexts(places)) return lists;
    const isAuthority = own(entry, 'isAuthority') === true;
    const lead = { issuer, number: '', ...(places === undefined ? {} : { lists: places }), ...(isAuthority ? { isAuthority } : {}) };
    lists.push({ lead, role, der: bytes.subarray(at, at + size) });
    at += size;
  }
  return lists;
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
