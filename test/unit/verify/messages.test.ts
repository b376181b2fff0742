import { describe, expect, test } from 'vitest';
import type { TrustMaterial } from '../../../src/domain/evidence.ts';
import type { SigstoreRoot } from '../../../src/domain/policy/trust-root.ts';
import { createTrustLedger, createTrustShelf } from '../../../src/verify/messages.ts';

const root = (id: string): SigstoreRoot => ({ kind: 'sigstore', name: id, id, trustedRoot: {}, require: { transparencyLog: 1, sct: 1, timestamps: 0 }, secondOpinion: 'off' });
const material = (id: string, ...roots: string[]): TrustMaterial => ({ id, keys: [], roots: roots.map(root) });

describe('trust material on its way to a thread', () => {
  test('crosses once, and each of its roots once', () => {
    const ledger = createTrustLedger();
    const first = ledger.send(material('a', 'r1', 'r2'));
    expect([first.trust?.rootIds, first.roots?.map(({ id }) => id)]).toEqual([['r1', 'r2'], ['r1', 'r2']]);
    expect(ledger.send(material('b', 'r2', 'r3')).roots?.map(({ id }) => id)).toEqual(['r3']);
    expect(ledger.send(material('a', 'r1', 'r2'))).toEqual({ trustId: 'a' });
  });

  test('is known to the thread whenever the ledger says so, through any order of questions', () => {
    const ledger = createTrustLedger();
    const shelf = createTrustShelf();
    for (let step = 0; step < 5000; step += 1) {
      const number = (step * 7919) % 613;
      const asked = material(`t${number}`, `r${number % 101}`, `r${(number * 3) % 101}`);
      expect(shelf.take(ledger.send(asked))).toEqual(asked);
    }
  });

  test('is forgotten by the thread when the ledger forgets it', () => {
    const ledger = createTrustLedger();
    const shelf = createTrustShelf();
    const ids = Array.from({ length: 300 }, (_, index) => `t${index}`);
    for (const id of ids) shelf.take(ledger.send(material(id)));
    expect(ids.filter((id) => shelf.take({ trustId: id }) !== undefined)).toHaveLength(256);
    expect(shelf.take({ trustId: 't0' })).toBeUndefined();
    expect(shelf.take({ trustId: 't299' })).toBeDefined();
  });
});
