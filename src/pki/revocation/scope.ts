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
  /** The sort of certificates that it is about; absent: both. */
  readonly only?: 'holders' | 'authorities';
}

/** Reads an issuing distribution point. Lists for some reasons, of other issuers or of attributes are not supported: {@link Malformed}. */
export function readScope(extension: Extension | undefined): ListScope {
  if (extension === undefined) return {};
  let places: readonly string[] | undefined;
  const only = new Set<'holders' | 'authorities'>();
  for (const part of sequence(readDer(extension.value))) {
    if (part.tag === 0xa0) places = fullNameUrls(part);
    else if (part.tag === 0x83) throw new Malformed('list is for some reasons only, which is not supported');
    else if (part.tag < 0x81 || part.tag > 0x85) throw new Malformed('list has a scope that cannot be read');
    else if (!readBoolean({ ...part, tag: 0x01 })) continue;
    else if (part.tag === 0x81) only.add('holders');
    else if (part.tag === 0x82) only.add('authorities');
    else throw new Malformed(`list ${PARTIAL[part.tag] ?? ''}, which is not supported`);
  }
  const [first, second] = only;
  if (second !== undefined) throw new Malformed('list is about holders only and about authorities only, which is nobody');
  return { raw: extension.value, ...(places === undefined ? {} : { places }), ...(first === undefined ? {} : { only: first }) };
}

const PARTIAL: Readonly<Record<number, string>> = {
  0x84: 'is indirect: it speaks for other issuers', 0x85: 'is about attributes only',
};

/** True when a list of this scope speaks about certificates that name these places (RFC 5280, 6.3.3, b.2.i). */
export function isForPlace({ places }: ListScope, named: readonly string[] = []): boolean {
  return places === undefined || named.some((url) => places.includes(url));
}

/** True when a list of this scope speaks about certificates of this sort (RFC 5280, 6.3.3, b.2.ii and iii). */
export function isForSort({ only }: ListScope, isAuthority: boolean): boolean {
  return only === undefined || (only === 'authorities') === isAuthority;
}
