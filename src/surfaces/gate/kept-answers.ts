/** Answers of the gate that can be asked for again, bounded in bytes: of large ones what did not hold, and how many held. */
import { LRUCache } from 'lru-cache';
import type { AdmissionDocument } from './answer.ts';

/** An answer that is kept, and who may have it. */
export interface KeptAnswer {
  /** Name of the caller that asked, as `callerName` gives it. */
  readonly caller: string;
  readonly namespace: string;
  readonly document: AdmissionDocument;
}

/** The latest answers. */
export interface KeptAnswers {
  keep(answer: KeptAnswer): void;
  find(id: string): KeptAnswer | undefined;
}

/** Memory for all of them, reckoned at the length of their JSON. */
const MOST_BYTES = 32 * 1024 * 1024;
/** Artifacts of one answer that are kept; those that did not hold come first. */
const MOST_ARTIFACTS = 100;

/** Keeps at most `most` answers and 32 MiB of them; 0 keeps none. */
export function createKeptAnswers(most: number): KeptAnswers {
  const answers = new LRUCache<string, KeptAnswer>({ max: Math.max(1, most), maxSize: MOST_BYTES, maxEntrySize: MOST_BYTES / 16 });
  return {
    keep(answer) {
      if (most === 0) return;
      const kept = { ...answer, document: shortened(answer.document) };
      answers.set(kept.document.id, kept, { size: JSON.stringify(kept.document).length });
    },
    find: (id) => answers.get(id),
  };
}

/** A document of at most so many artifacts, and of their findings; it says what was left out. */
export function shortened(document: AdmissionDocument, most = MOST_ARTIFACTS): AdmissionDocument {
  const { artifacts } = document;
  if (artifacts.length <= most) return document;
  const failed = artifacts.filter(({ decision }) => decision !== 'admit');
  const shown = [...failed, ...artifacts.filter(({ decision }) => decision === 'admit')].slice(0, most);
  const places = new Set(shown);
  return { ...document, artifacts: artifacts.filter((one) => places.has(one)), shortened: { artifacts: artifacts.length, failed: failed.length } };
}
