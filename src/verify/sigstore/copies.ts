/** What was put into the evidence more than once is looked at once: a copy proves nothing new and costs as much. */
import { hash } from 'node:crypto';
import type { DatingMaterial, LogEntry } from '../provers/signed.ts';

/** The same dating material with every log entry and timestamp once, in the order in which they came first. */
export function withoutCopies({ logEntries, timestamps }: DatingMaterial): DatingMaterial {
  return { logEntries: once(logEntries, entryKey), timestamps: once(timestamps, (der) => digest(der)) };
}

function once<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Item[] {
  if (items.length < 2) return items;
  const first = new Map<string, Item>();
  for (const item of items) {
    const key = keyOf(item);
    if (!first.has(key)) first.set(key, item);
  }
  return [...first.values()];
}

/** All of an entry that anything is proven with; what a bundle claims of its kind is read from the body instead. */
function entryKey({ logId, logIndex, integratedTime, body, promise, proof }: LogEntry): string {
  const proven = proof && [
    String(proof.logIndex), String(proof.treeSize), digest(proof.rootHash), proof.hashes.map(digest), digest(Buffer.from(proof.checkpoint)),
  ];
  return JSON.stringify([digest(logId), String(logIndex), String(integratedTime), digest(body), promise && digest(promise), proven]);
}

function digest(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64');
}
