/** Lists of referrers, read page by page in fixed memory, however long a registry makes them. */
import { shortDigest } from '../../domain/artifact/digest.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import type { Descriptor, ImageIndex, ImageManifest, Unusable } from '../oci/manifest.ts';
import { interestIn, tooMany, unsupported } from './pieces.ts';

/** What a list of referrers offers, in the list's order, and what is wrong with the others. */
export interface ReferrerList {
  /** Says of itself that it is evidence, or does not say what it is. */
  readonly wanted: readonly Entry[];
  /** Says that it is something else; its manifest says what it really is. */
  readonly others: readonly Entry[];
  readonly problems: readonly FetchProblem[];
}

/** What is kept of a list's entry: its annotations and embedded data are not, they may be large. */
export type Entry = Pick<Descriptor, 'digest' | 'size'>;

/** Reads a list page by page within fixed memory. */
export interface ListReader {
  /** `enough` when further pages need not be asked for: there is more evidence than is read anyway. */
  page(page: ImageManifest | ImageIndex | Unusable): 'more' | 'enough' | 'no list';
  /** The list so far; nothing wanted, but a problem, when there was more than the limit. */
  end(): ReferrerList;
}

/** How a list is read: its place for messages, the most evidence wanted, and how sure it is that somebody pushed what is wrong in it. */
export interface ListRules {
  readonly source: string;
  readonly limit: number;
  /** The code of entries that are none: of a list that a registry makes nobody can say whose fault they are. */
  readonly broken: 'FETCH_RESPONSE_INVALID' | 'FETCH_MANIFEST_INVALID';
}

/** Attachments of other types of which the manifest is read; an image with more has a problem of its own. */
const MOST_OTHERS = 100;

/** A reader of one artifact's referrers. */
export function createListReader({ source, limit, broken }: ListRules): ListReader {
  const wanted = new Map<string, Entry>();
  const others = new Map<string, Entry>();
  const strange = new Map<string, FetchProblem>();
  const problems: FetchProblem[] = [];

  function take({ manifests, invalid }: ImageIndex): 'more' | 'enough' {
    for (const entry of manifests) {
      const interest = interestIn(entry);
      const kept = { digest: entry.digest, size: entry.size };
      if (interest === 'first') wanted.set(entry.digest, kept);
      else if (interest === 'after' && others.size <= MOST_OTHERS) others.set(entry.digest, kept);
      else if (interest === 'unsupported' && strange.size < limit)
        strange.set(entry.digest, unsupported(`referrer ${shortDigest(entry.digest)}`, entry));
    }
    if (invalid > 0)
      problems.push({
        code: broken,
        source,
        found: `${invalid} entries that are no descriptors`,
        expected: 'entries with media type, digest and size',
      });
    return wanted.size <= limit ? 'more' : 'enough';
  }

  return {
    page(page) {
      if (page.kind === 'index') return take(page);
      const overfull = page.kind === 'unusable' && page.reason === 'too-many';
      if (!overfull && broken === 'FETCH_RESPONSE_INVALID') return 'no list';
      problems.push({
        code: overfull ? 'FETCH_TOO_MANY' : broken,
        source,
        found: page.kind === 'manifest' ? 'a manifest' : page.found,
        expected: overfull ? `at most ${limit} pieces` : 'an index',
      });
      return overfull ? 'enough' : 'no list';
    },
    end() {
      const all = [...problems, ...strange.values()];
      const rest = [...others.values()].slice(0, MOST_OTHERS);
      if (others.size > MOST_OTHERS) all.push({
        code: 'FETCH_TOO_MANY', source, found: `more than ${MOST_OTHERS} attachments of other types`, expected: `at most ${MOST_OTHERS}`,
        cause: 'only the first of them were looked at',
      });
      if (wanted.size <= limit) return { wanted: [...wanted.values()], others: rest, problems: all };
      return { wanted: [], others: rest, problems: [...all, tooMany(source, `${wanted.size} or more`, limit)] };
    },
  };
}
