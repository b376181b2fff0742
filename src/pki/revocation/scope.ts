/** What a list speaks about: all certificates of its issuer, or those that name its place (RFC 5280, 5.2.5). */
import { Malformed, readBoolean, readDer, sequence } from '../der.ts';
import type { Extension } from '../extensions.ts';
import { fullNameUrls } from './points.ts';

/** The scope of a list. A delta goes with a base of the same scope. */
export interface ListScope {
  /** The extension as it stands; absent: everything that the issuer has certified. */
  readonly raw?: Uint8Array;
  /** The places that it names; absent: any. */
  readonly places?: readonly string[];
}

/** Reads an issuing distribution point. Lists about some certificates, some reasons or other issuers are not supported: {@link Malformed}. */
export function readScope(extension: Extension | undefined): ListScope {
  if (extension === undefined) return {};
  let places: readonly string[] | undefined;
  for (const part of sequence(readDer(extension.value))) {
    if (part.tag === 0xa0) places = fullNameUrls(part);
    else if (part.tag === 0x83) throw new Malformed('list is for some reasons only, which is not supported');
    else if (part.tag < 0x81 || part.tag > 0x85) throw new Malformed('list has a scope that cannot be read');
    else if (readBoolean({ ...part, tag: 0x01 })) throw new Malformed(`list ${PARTIAL[part.tag] ?? ''}, which is not supported`);
  }
  return { raw: extension.value, ...(places === undefined ? {} : { places }) };
}

const PARTIAL: Readonly<Record<number, string>> = {
  0x81: 'is about holders only', 0x82: 'is about authorities only', 0x84: 'is indirect: it speaks for other issuers', 0x85: 'is about attributes only',
};

/** True when a list of this scope speaks about certificates that name these places (RFC 5280, 6.3.3, b.2.i). */
export function isForPlace({ places }: ListScope, named: readonly string[] = []): boolean {
  return places === undefined || named.some((url) => places.includes(url));
}
