/** Where certificates and lists say that revocations are published (RFC 5280, 4.2.1.13 and 4.2.2.1): HTTP alone. */
import { Malformed, children, decodeUtf8, readDer, readOid, sequence } from '../der.ts';
import type { DerNode } from '../der.ts';
import type { Extended } from '../extensions.ts';
import { REVOCATION_EXTENSION } from './oids.ts';

/** What a certificate says; an empty list: something is said, and nothing of it can be asked. */
export interface RevocationPoints {
  /** URLs of lists, any of which says all. */
  readonly lists?: readonly string[];
  /** URLs of deltas. */
  readonly deltas?: readonly string[];
  /** URLs of OCSP responders. */
  readonly responders?: readonly string[];
}

const MOST_URLS = 4;
const LONGEST_URL = 2048;
const OCSP = '1.3.6.1.5.5.7.48.1';
const URI = 0x86;

/** What a certificate says of where its revocation is published. What cannot be read is an empty list, never silence. Never throws. */
export function revocationPoints({ extensions }: Extended): RevocationPoints {
  const { points, freshest, access } = REVOCATION_EXTENSION;
  const [lists, deltas, about] = [points, freshest, access].map((oid) => extensions.get(oid)?.value);
  const responders = about === undefined ? undefined : readSafely(about, respondersOf);
  return {
    ...(lists === undefined ? {} : { lists: readSafely(lists, pointUrls) ?? [] }),
    ...(deltas === undefined ? {} : { deltas: readSafely(deltas, pointUrls) ?? [] }),
    ...(responders === undefined ? {} : { responders }),
  };
}

/** URLs of the deltas of a list, by the value of its freshest CRL extension. Never throws. */
export function deltaPoints(freshest: Uint8Array): readonly string[] {
  return readSafely(freshest, pointUrls) ?? [];
}

/** URLs of `fullName` in a DistributionPointName, whatever their scheme. */
export function fullNameUrls(name: DerNode | undefined): readonly string[] {
  const full = name === undefined ? [] : children(name).filter(({ tag }) => tag === 0xa0);
  return full.flatMap((one) => children(one)).flatMap(({ tag, content }) => (tag === URI ? [decodeUtf8(content)] : []));
}

/** Points for some reasons only, or by another issuer, are passed over: neither says all. */
function pointUrls(value: Uint8Array): readonly string[] {
  const whole = sequence(readDer(value)).map((point) => sequence(point)).filter((parts) => parts.every(({ tag }) => tag === 0xa0));
  return usable(whole.flatMap(([name]) => fullNameUrls(name)));
}

function respondersOf(value: Uint8Array): readonly string[] | undefined {
  const named = sequence(readDer(value)).map((description) => sequence(description)).filter(([method]) => readOid(method) === OCSP);
  return named.length === 0 ? undefined : usable(named.flatMap(([, place]) => (place?.tag === URI ? [decodeUtf8(place.content)] : [])));
}

/** HTTPS would need certificates that are asked about in turn; no tool follows it. */
function usable(urls: readonly string[]): readonly string[] {
  return [...new Set(urls)].filter((url) => url.length <= LONGEST_URL && /^http:\/\/[!-~]+$/i.test(url)).slice(0, MOST_URLS);
}

function readSafely<T>(value: Uint8Array, read: (value: Uint8Array) => T): T | readonly [] {
  try {
    return read(value);
  } catch (error) {
    if (error instanceof Malformed) return [];
    throw error;
  }
}
