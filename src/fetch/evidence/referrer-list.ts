/** Lists of referrers, read page by page in fixed memory, however long a registry makes them. */
import { shortDigest } from '../../domain/artifact/digest.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { Descriptor, ManifestBytes } from '../oci/manifest.ts';
import { interestIn, tooMany, unsupported } from './pieces.ts';

/** What a list of referrers offers: the entries worth reading, in the list's order, and what is wrong with the others. */
export interface ReferrerList {
  readonly wanted: readonly Entry[];
  readonly problems: readonly FetchProblem[];
}

/** What is kept of a list's entry: its annotations and embedded data are not, they may be large. */
export type Entry = Pick<Descriptor, 'digest' | 'size'>;

/** Reads a list page by page within fixed memory. */
export interface ListReader {
  /** False when further pages need not be asked for: there is more evidence than is read anyway. */
  page(page: Pick<ManifestBytes, 'bytes' | 'contentType'>): boolean;
  /** The list so far; nothing wanted, but a problem, when there was more than the limit. */
  end(): ReferrerList;
}

/** A reader of one artifact's referrers, of which it wants at most `limit`; `source` is the place for messages. */
export function createListReader(source: string, limit: number): ListReader {
  const wanted = new Map<string, Entry>();
  const strange = new Map<string, FetchProblem>();
  const problems: FetchProblem[] = [];
  let overfull = false;

  return {
    page(bytes) {
      const page = parseManifest(bytes);
      if (page.kind === 'index') {
        for (const entry of page.manifests) {
          const interest = interestIn(entry);
          if (interest === 'read') wanted.set(entry.digest, { digest: entry.digest, size: entry.size });
          else if (interest === 'unsupported' && strange.size < limit)
            strange.set(entry.digest, unsupported(`referrer ${shortDigest(entry.digest)}`, entry));
        }
        if (page.invalid > 0)
          problems.push({
            code: 'FETCH_RESPONSE_INVALID',
            source,
            found: `${page.invalid} entries that are no descriptors`,
            expected: 'entries with media type, digest and size',
          });
        return wanted.size <= limit;
      }
      overfull ||= page.kind === 'unusable' && page.reason === 'too-many';
      problems.push({
        code: overfull ? 'FETCH_TOO_MANY' : 'FETCH_RESPONSE_INVALID',
        source,
        found: page.kind === 'manifest' ? 'a manifest' : page.found,
        expected: overfull ? `at most ${limit} pieces` : 'an index',
      });
      return !overfull;
    },
    end() {
      const all = [...problems, ...strange.values()];
      if (wanted.size <= limit) return { wanted: [...wanted.values()], problems: all };
      return { wanted: [], problems: [...all, tooMany(source, `${wanted.size} or more`, limit)] };
    },
  };
}
