/** Receipts that are signed in the background: nobody waits for a certificate authority and a log, and few wait for their turn. */
import { LRUCache } from 'lru-cache';
import type { Issued, ReceiptIssuer, ReceiptOrder } from '../../domain/gate/receipt.ts';
import type { Asker } from '../../flow/asker.ts';
import { createFairQueue } from '../../flow/fair-queue.ts';
import { endOf } from '../issuer.ts';
import { statementOf } from '../statement.ts';
import type { Author } from '../statement.ts';

/** Signs a statement somewhere else: gives the text of a bundle, or rejects. */
export type SignElsewhere = (payload: Uint8Array) => Promise<string>;

/** How the background works. */
export interface KeylessOptions extends Author {
  readonly sign: SignElsewhere;
  /** Milliseconds for which a receipt of the gate holds. */
  readonly lastsMs: number;
  /** Calls once after so many milliseconds, keeping no process alive. */
  after(ms: number, run: () => void): void;
  /** Told what became of a try; must not throw. `again`: it is tried once more. */
  signed(): void;
  failed(problem: string, again: boolean): void;
}

/** The background, and how it stands. */
export interface KeylessIssuer extends Pick<ReceiptIssuer, 'issue' | 'issued'> {
  /** Receipts that are signed or wait for it. */
  pending(): number;
  /** Begins nothing more. */
  close(): void;
}

const AT_ONCE = 4;
const MOST_WAITING = 1000;
/** The part of the places that the receipts of one namespace may have: alone it gets most of them, and others find some. */
const SHARE = 3 / 4;
const MOST_KEPT = 5000;
/** With the first pause of a second, a try every time twice as long as before: half a minute in all. */
const TRIES = 6;
const FIRST_PAUSE = 1000;
/** Inputs listed in a bundle, which has no size to keep to but that of evidence. */
const MOST_INPUTS = 64;

/** Signs orders, those of namespaces in turn; what cannot be signed now is tried again, and given up after half a minute. */
export function createKeylessIssuer({ sign, lastsMs, after, signed, failed, ...author }: KeylessOptions): KeylessIssuer {
  const states = new LRUCache<string, Issued>({ max: MOST_KEPT });
  const waiting = createFairQueue<{ readonly order: ReceiptOrder; readonly tries: number }>();
  /** Receipts that are not settled, by namespace. */
  const unsettled = new Map<string, number>();
  let underWay = 0;
  let pausing = 0;
  let closed = false;

  const count = ({ caller }: ReceiptOrder, by: 1 | -1): void => {
    const { namespace } = askerOf(caller);
    const left = (unsettled.get(namespace) ?? 0) + by;
    if (left > 0) unsettled.set(namespace, left);
    else unsettled.delete(namespace);
  };
  const settle = (order: ReceiptOrder, tries: number, cause: unknown): void => {
    const why = cause instanceof Error ? cause.message : String(cause);
    const again = tries < TRIES && !closed;
    failed(why, again);
    if (!again) {
      count(order, -1);
      states.set(order.id, { state: 'none', why: `it could not be signed: ${why}` });
      return;
    }
    pausing += 1;
    after(FIRST_PAUSE * 2 ** (tries - 1), () => {
      pausing -= 1;
      waiting.push(askerOf(order.caller), { order, tries });
      go();
    });
  };
  const attempt = async (order: ReceiptOrder, tries: number): Promise<void> => {
    try {
      const expiresAt = endOf(order, lastsMs);
      const statement = statementOf(order, author, expiresAt, order.inputs.slice(0, MOST_INPUTS));
      const text = await sign(Buffer.from(JSON.stringify(statement)));
      states.set(order.id, { state: 'signed', text, expiresAt });
      count(order, -1);
      signed();
    } catch (cause) {
      settle(order, tries + 1, cause);
    }
  };
  const go = (): void => {
    while (underWay < AT_ONCE && !closed) {
      const next = waiting.shift();
      if (next === undefined) return;
      underWay += 1;
      void attempt(next.order, next.tries).finally(() => {
        underWay -= 1;
        go();
      });
    }
  };

  const pending = (): number => waiting.size + underWay + pausing;

  return {
    issue(order) {
      // The id finds it again: of one decision there is one.
      if (states.has(order.id)) return { state: 'none', why: 'signed without a key there is one receipt a question: ask for the list as one' };
      const own = unsettled.get(askerOf(order.caller).namespace) ?? 0;
      if (own >= SHARE * MOST_WAITING || pending() >= MOST_WAITING) return { state: 'none', why: 'too many receipts wait to be signed: ask again later' };
      const isPending: Issued = { state: 'pending' };
      states.set(order.id, isPending);
      waiting.push(askerOf(order.caller), { order, tries: 0 });
      count(order, 1);
      go();
      return isPending;
    },
    issued: (id) => states.get(id),
    pending,
    close() {
      closed = true;
      waiting.drain();
    },
  };
}

const ACCOUNT = /^system:serviceaccount:([^:]+):[^:]+$/;

/** Whose turn a receipt is signed in: accounts by their namespace, others by themselves. */
function askerOf(caller: string): Asker {
  return { namespace: ACCOUNT.exec(caller)?.[1] ?? caller, caller };
}
