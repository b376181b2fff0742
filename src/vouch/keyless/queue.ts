/** Receipts that are signed in the background: nobody waits for a certificate authority and a log, and few wait for their turn. */
import { LRUCache } from 'lru-cache';
import type { Issued, ReceiptIssuer, ReceiptOrder } from '../../domain/gate/receipt.ts';
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
const MOST_KEPT = 5000;
/** With the first pause of a second, a try every time twice as long as before: half a minute in all. */
const TRIES = 6;
const FIRST_PAUSE = 1000;
/** Inputs listed in a bundle, which has no size to keep to but that of evidence. */
const MOST_INPUTS = 64;

/** Signs orders one after the other; what cannot be signed now is tried again, and given up after half a minute. */
export function createKeylessIssuer({ sign, lastsMs, after, signed, failed, ...author }: KeylessOptions): KeylessIssuer {
  const states = new LRUCache<string, Issued>({ max: MOST_KEPT });
  const waiting: { readonly order: ReceiptOrder; readonly tries: number }[] = [];
  let underWay = 0;
  let pausing = 0;
  let closed = false;

  const settle = (order: ReceiptOrder, tries: number, cause: unknown): void => {
    const why = cause instanceof Error ? cause.message : String(cause);
    const again = tries < TRIES && !closed;
    failed(why, again);
    if (!again) {
      states.set(order.id, { state: 'none', why: `it could not be signed: ${why}` });
      return;
    }
    pausing += 1;
    after(FIRST_PAUSE * 2 ** (tries - 1), () => {
      pausing -= 1;
      waiting.push({ order, tries });
      go();
    });
  };
  const attempt = async (order: ReceiptOrder, tries: number): Promise<void> => {
    try {
      const expiresAt = endOf(order, lastsMs);
      const statement = statementOf(order, author, expiresAt, order.inputs.slice(0, MOST_INPUTS));
      const text = await sign(Buffer.from(JSON.stringify(statement)));
      states.set(order.id, { state: 'signed', text, expiresAt });
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

  return {
    issue(order) {
      // The id finds it again: of one decision there is one.
      if (states.has(order.id)) return { state: 'none', why: 'signed without a key there is one receipt a question: ask for the list as one' };
      if (waiting.length + underWay + pausing >= MOST_WAITING) return { state: 'none', why: 'too many receipts wait to be signed: ask again later' };
      const pending: Issued = { state: 'pending' };
      states.set(order.id, pending);
      waiting.push({ order, tries: 0 });
      go();
      return pending;
    },
    issued: (id) => states.get(id),
    pending: () => waiting.length + underWay + pausing,
    close() {
      closed = true;
      waiting.length = 0;
    },
  };
}
