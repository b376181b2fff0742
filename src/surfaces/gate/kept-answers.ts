/** Answers of the gate that can be asked for again, bounded in bytes: of large ones what did not hold, and how many held. */
import { LRUCache } from 'lru-cache';
import type { AdmissionDocument } from './answer.ts';

/** Who may have an answer that is kept. */
export interface AnswerOwner {
  /** Name of the caller that asked, as `callerName` gives it. */
  readonly caller: string;
  readonly namespace: string;
}

/** An answer that is kept. */
export interface KeptAnswer extends AnswerOwner {
  readonly document: AdmissionDocument;
}

/** The latest answers. */
export interface KeptAnswers {
  /** Keeps an answer; `text` is the document as JSON, which was written for its caller already. */
  keep(owner: AnswerOwner, document: AdmissionDocument, text: string): void;
  find(id: string): KeptAnswer | undefined;
}

/** Memory for all of them, by the length of their texts. */
const MOST_BYTES = 32 * 1024 * 1024;
/** Artifacts of one answer that are kept; those that did not hold come first. */
const MOST_ARTIFACTS = 100;

/** Keeps at most `most` answers and 32 MiB of them; 0 keeps none. Texts: thousands of objects would be walked by every collection. */
export function createKeptAnswers(most: number): KeptAnswers {
  const answers = new LRUCache<string, AnswerOwner & { readonly text: string }>({
    max: Math.max(1, most), maxSize: MOST_BYTES, maxEntrySize: MOST_BYTES / 16,
  });
  return {
    keep({ caller, namespace }, document, text) {
      if (most === 0) return;
      const short = shortened(document);
      const kept = short === document ? text : JSON.stringify(short);
      answers.set(document.id, { caller, namespace, text: kept }, { size: kept.length });
    },
    find(id) {
      const kept = answers.get(id);
      if (kept === undefined) return undefined;
      return { caller: kept.caller, namespace: kept.namespace, document: JSON.parse(kept.text) as AdmissionDocument };
    },
  };
}

/** A document of at most so many artifacts, and of their findings; it says what was left out. */
export function shortened(document: AdmissionDocument, most = MOST_ARTIFACTS): AdmissionDocument {
  const { artifacts } = document;
  if (artifacts.length <= most) return document;
  const failed = artifacts.filter(({ decision }) => decision !== 'admit');
  const shown = [...failed, ...artifacts.filter(({ decision }) => decision === 'admit')].slice(0, most);
  const places = new Set(shown);
  const counts = { artifacts: artifacts.length, failed: failed.length };
  return { ...document, artifacts: artifacts.filter((one) => places.has(one)), shortened: counts };
}
