/** Receipts as they are signed and read back, with the keys of the moment. */
import type { Issued, ReceiptIssuer, ReceiptKeyFile, ReceiptReader, ReceiptRevocations } from '../domain/gate/receipt.ts';
import { issueNow } from './issuer.ts';
import { createKeyRing } from './key-ring.ts';
import { jwkOf, readReceiptKeys } from './keys.ts';
import { createReader } from './reader.ts';

/** What receipts are made with. */
export interface ReceiptOptions {
  /** Begins the verifier ids. */
  readonly verifier: string;
  /** Version of this build. */
  readonly version: string;
  /** Milliseconds for which a receipt of the gate holds. */
  readonly lastsMs: number;
  /** Milliseconds for which a new key is shown before it signs in place of another one. */
  readonly settleMs?: number;
  now(): number;
  /** Why a receipt, key or subject is revoked; absent: nothing is. */
  readonly revoked?: ReceiptRevocations;
}

/** Signs receipts, reads them back, and takes new keys. */
export interface Receipts {
  readonly issuer: ReceiptIssuer;
  readonly reader: ReceiptReader;
  /** Puts keys in force as files hold them. Throws when one of them is none, and then changes nothing. */
  take(files: readonly ReceiptKeyFile[]): void;
}

/** Without keys nothing is signed, and nothing counts. */
export function createReceipts({ verifier, version, lastsMs, settleMs = 0, now, revoked = () => undefined }: ReceiptOptions): Receipts {
  const isRevoked = (keyId: string): boolean => revoked({ id: '', keyId, digests: [] }) !== undefined;
  const ring = createKeyRing({ now, lastsMs, settleMs, isRevoked });
  return {
    issuer: {
      issue: (order): Issued => issueNow(order, { ring, lastsMs, verifier, version }),
      issued: () => undefined,
      keys: () => ({ keys: ring.shown().map(jwkOf) }),
    },
    reader: createReader({ ring, verifier, lastsMs, revoked }),
    take: (files) => ring.take(readReceiptKeys(files)),
  };
}
