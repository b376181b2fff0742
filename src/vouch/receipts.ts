/** Receipts as they are signed and read back, with the keys of the moment. */
import type { Issued, ReceiptIssuer, ReceiptKeyFile, ReceiptReader, ReceiptRevocations } from '../domain/gate/receipt.ts';
import { issueNow } from './issuer.ts';
import { createKeyRing } from './key-ring.ts';
import { jwkOf, readReceiptKeys } from './keys.ts';
import { createBundleReader, looksLikeBundle } from './keyless/reader.ts';
import type { ProveBundle } from './keyless/reader.ts';
import { createKeylessIssuer } from './keyless/queue.ts';
import type { KeylessOptions } from './keyless/queue.ts';
import { createReader } from './reader.ts';

/** Signing by an identity in place of keys. */
export interface Keyless extends Pick<KeylessOptions, 'after' | 'signed' | 'failed' | 'sign'> {
  readonly prove: ProveBundle;
}

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
  /** Present: receipts are signed in the background, and by no key. */
  readonly keyless?: Keyless;
  /** Why a receipt, key or subject is revoked; absent: nothing is. */
  readonly revoked?: ReceiptRevocations;
}

/** Signs receipts, reads them back, and takes new keys. */
export interface Receipts {
  /** Receipts that are signed in the background or wait for it. */
  pending(): number;
  /** Ends what goes on in the background. */
  close(): void;
  readonly issuer: ReceiptIssuer;
  readonly reader: ReceiptReader;
  /** Puts keys in force as files hold them. Throws when one of them is none, and then changes nothing. */
  take(files: readonly ReceiptKeyFile[]): void;
}

/** Without keys nothing is signed, and nothing counts. */
export function createReceipts(
  { verifier, version, lastsMs, settleMs = 0, now, revoked = () => undefined, keyless }: ReceiptOptions,
): Receipts {
  const isRevoked = (keyId: string): boolean => revoked({ id: '', keyId, digests: [] }) !== undefined;
  const ring = createKeyRing({ now, lastsMs, settleMs, isRevoked });
  const background = keyless === undefined ? undefined : createKeylessIssuer({ ...keyless, verifier, version, lastsMs });
  const envelopes = createReader({ ring, verifier, lastsMs, revoked });
  const bundles = keyless === undefined ? undefined : createBundleReader(keyless.prove, { verifier, lastsMs, revoked });
  return {
    issuer: {
      issue: (order): Issued => background?.issue(order) ?? issueNow(order, { ring, lastsMs, verifier, version }),
      issued: (id) => background?.issued(id),
      keys: () => ({ keys: ring.shown().map(jwkOf) }),
    },
    reader: {
      read: (text, purpose, now) => (bundles !== undefined && looksLikeBundle(text) ? bundles : envelopes).read(text, purpose, now),
    },
    pending: () => background?.pending() ?? 0,
    close: () => background?.close(),
    take: (files) => ring.take(readReceiptKeys(files)),
  };
}
