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
/** The part of all that the answers of one namespace may take; of callers without one those of each caller. */
const SHARE = 1 / 4;
/** Artifacts of one answer that are kept; those that did not hold come first. */
const MOST_ARTIFACTS = 100;

/** Answers of one lane: their lengths by id, the oldest first. */
interface Lane {
  readonly lengths: Map<string, number>;
  length: number;
}

/**
 * Keeps at most `most` answers and 32 MiB of them; 0 keeps none. Those of one namespace take a quarter of either at most: what others wait
 * for, such as a receipt that is being signed, is not pushed out by asking much. Texts: thousands of objects would be walked by every
 * collection.
 */
export function createKeptAnswers(most: number): KeptAnswers {
  const lanes = new Map<string, Lane>();
  const answers = new LRUCache<string, AnswerOwner & { readonly text: string }>({
    max: Math.max(1, most), maxSize: MOST_BYTES, maxEntrySize: MOST_BYTES / 16,
    dispose(answer, id) {
      const lane = lanes.get(laneOf(answer));
      if (lane === undefined) return;
      lane.length -= lane.lengths.get(id) ?? 0;
      lane.lengths.delete(id);
      if (lane.lengths.size === 0) lanes.delete(laneOf(answer));
    },
  });

  function count(owner: AnswerOwner, id: string, length: number): void {
    const lane = lanes.get(laneOf(owner)) ?? { lengths: new Map<string, number>(), length: 0 };
    lanes.set(laneOf(owner), lane);
    lane.lengths.set(id, length);
    lane.length += length;
    for (const oldest of lane.lengths.keys()) {
      if (lane.lengths.size <= Math.max(1, most * SHARE) && lane.length <= MOST_BYTES * SHARE) return;
      answers.delete(oldest);
    }
  }

  return {
    keep({ caller, namespace }, document, text) {
      if (most === 0) return;
      const short = shortened(document);
      const kept = short === document ? text : JSON.stringify(short);
      answers.set(document.id, { caller, namespace, text: kept }, { size: kept.length });
      if (answers.has(document.id)) count({ caller, namespace }, document.id, kept.length);
    },
    find(id) {
      const kept = answers.get(id);
      if (kept === undefined) return undefined;
      return { caller: kept.caller, namespace: kept.namespace, document: JSON.parse(kept.text) as AdmissionDocument };
    },
  };
}

function laneOf({ caller, namespace }: AnswerOwner): string {
  return namespace === '' ? `caller ${caller}` : `namespace ${namespace}`;
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
