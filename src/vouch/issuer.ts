/** Orders become receipts: as many inputs as fit, signed at once by the key of the moment. */
import { MOST_RECEIPT_BYTES, NEVER } from '../domain/gate/receipt.ts';
import type { Issued, ReceiptOrder } from '../domain/gate/receipt.ts';
import { seal } from './envelope.ts';
import type { KeyRing } from './key-ring.ts';
import { statementOf } from './statement.ts';
import type { Author } from './statement.ts';

/** What is signed with. */
export interface IssuerOptions extends Author {
  readonly ring: Pick<KeyRing, 'signing'>;
  /** Milliseconds for which a receipt of the gate holds. */
  readonly lastsMs: number;
}

/** A publish summary lies in a registry, where there is more room than in a result of Tekton. */
const MOST_SUMMARY_BYTES = 16_384;
/** More than any key and signature of ours take: everything of the envelope but the payload. */
const AROUND = 320;

/** Signs an order now; says why when it cannot be a receipt. */
export function issueNow(order: ReceiptOrder, { ring, lastsMs, ...author }: IssuerOptions): Issued {
  const key = ring.signing();
  if (key === undefined) return { state: 'none', why: 'no key for receipts is there (gate.receipts.keys)' };
  const expiresAt = endOf(order, lastsMs);
  const fitting = fit(order, author, expiresAt);
  if (typeof fitting === 'number')
    return {
      state: 'none',
      why: `a receipt holds at most ${mostOf(order)} bytes, and this one would take ${fitting}: ask for fewer or shorter names, or for the list as one`,
    };
  return { state: 'signed', text: seal(fitting, key), expiresAt };
}

/** When a receipt of this order ends, epoch milliseconds. */
export function endOf({ purpose, at }: Pick<ReceiptOrder, 'purpose' | 'at'>, lastsMs: number): number {
  return purpose === 'gate' ? at + lastsMs : NEVER;
}

function mostOf({ purpose }: Pick<ReceiptOrder, 'purpose'>): number {
  return purpose === 'gate' ? MOST_RECEIPT_BYTES : MOST_SUMMARY_BYTES;
}

/** So many inputs are tried as they are: nearly all receipts rest on one or two, and are written once. */
const FEW = 8;

/** The statement with all that fits; a number when not even what must be in it does: the bytes it would take. */
function fit(order: ReceiptOrder, author: Author, expiresAt: number): Buffer | number {
  const whole = order.sources === undefined ? undefined : fitInputs(order, author, expiresAt);
  if (whole instanceof Buffer) return whole;
  // The generation says of all sources together what each would say of itself.
  const { sources: _sources, ...others } = order;
  return fitInputs(others, author, expiresAt);
}

/** The statement with as many inputs as fit, the largest left out first; a number when not even the rest fits: the bytes it would take. */
function fitInputs(order: ReceiptOrder, author: Author, expiresAt: number): Buffer | number {
  const most = mostOf(order);
  const smallestFirst = order.inputs.length < 2
    ? order.inputs
    : order.inputs.toSorted((a, b) => sizeOf(a) - sizeOf(b) || (a.uri < b.uri ? -1 : 1));
  const room = Math.floor((most - AROUND) / 4) * 3;
  if (smallestFirst.length <= FEW) {
    const whole = written(statementOf(order, author, expiresAt, smallestFirst));
    if (whole.length <= room) return whole;
  }
  const bare = written(statementOf(order, author, expiresAt, [])).length + '"inputAttestations":[],'.length;
  if (bare > room && order.inputs.length > 0) return encoded(bare);
  let used = bare;
  let kept = 0;
  // Each with its digest, as it is written.
  for (const input of smallestFirst) {
    used += sizeOf(input);
    if (used > room) break;
    kept += 1;
  }
  const payload = written(statementOf(order, author, expiresAt, smallestFirst.slice(0, kept)));
  return payload.length > room ? encoded(payload.length) : payload;
}

function written(statement: unknown): Buffer {
  return Buffer.from(JSON.stringify(statement));
}

function encoded(bytes: number): number {
  return AROUND + Math.ceil(bytes / 3) * 4;
}

/** Bytes of an input in the statement, with the comma after it. */
function sizeOf({ uri, digest }: ReceiptOrder['inputs'][number]): number {
  return Buffer.byteLength(JSON.stringify(uri)) + digest.length + '{"name":,"digest":{"":""}},'.length;
}
