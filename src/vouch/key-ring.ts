/** The keys of the moment: which one signs, and which still verify what they have signed, so that a rotation has no gap at any replica. */
import type { ReceiptKey } from './keys.ts';

/** What a ring needs; times in milliseconds. */
export interface RingOptions {
  now(): number;
  /** How long a receipt holds. */
  readonly lastsMs: number;
  /** How long a key is shown before it signs while another one can: so long other replicas may take to see it. */
  readonly settleMs: number;
  /** True for a key that must not sign any more. */
  isRevoked(keyId: string): boolean;
}

/** Keys that change while receipts are signed and read. */
export interface KeyRing {
  /** Puts these in force, oldest first; those that are no longer among them verify until their last receipt has ended. */
  take(keys: readonly ReceiptKey[]): void;
  /** The key that signs now. */
  signing(): (ReceiptKey & Required<Pick<ReceiptKey, 'privateKey'>>) | undefined;
  /** A key that verifies now. */
  find(keyId: string): ReceiptKey | undefined;
  /** All that verify now, newest last. */
  shown(): readonly ReceiptKey[];
}

interface Gone {
  readonly key: ReceiptKey;
  /** Until then it signs where no other key is settled. */
  readonly signsUntil: number;
  readonly verifiesUntil: number;
}

/** Makes an empty ring. */
export function createKeyRing({ now, lastsMs, settleMs, isRevoked }: RingOptions): KeyRing {
  let inForce: readonly ReceiptKey[] = [];
  const seen = new Map<string, number>();
  const gone = new Map<string, Gone>();

  const find = (keyId: string): ReceiptKey | undefined => {
    const key = inForce.find((one) => one.keyId === keyId);
    if (key !== undefined) return key;
    const former = gone.get(keyId);
    return former !== undefined && now() < former.verifiesUntil ? former.key : undefined;
  };
  const signing = (): ReceiptKey | undefined => {
    const at = now();
    const signers = inForce.filter((key) => key.privateKey !== undefined && !isRevoked(key.keyId));
    const settled = signers.findLast(({ keyId }) => at - (seen.get(keyId) ?? at) >= settleMs);
    if (settled !== undefined) return settled;
    const former = [...gone.values()].findLast(({ key, signsUntil }) => at < signsUntil && !isRevoked(key.keyId));
    // The oldest: of several at a start, it is the one that other replicas know for certain.
    return former?.key ?? signers[0];
  };

  return {
    take(keys) {
      const at = now();
      const isHeld = new Set(keys.map(({ keyId }) => keyId));
      const signer = signing();
      for (const key of inForce) {
        if (isHeld.has(key.keyId)) continue;
        // Only the one that signs goes on for a while, until the new one is known everywhere.
        const signsUntil = key.keyId === signer?.keyId ? at + settleMs : at;
        gone.set(key.keyId, { key, signsUntil, verifiesUntil: signsUntil + lastsMs });
        seen.delete(key.keyId);
      }
      for (const [keyId, { verifiesUntil }] of gone) if (isHeld.has(keyId) || verifiesUntil <= at) gone.delete(keyId);
      for (const { keyId } of keys) if (!seen.has(keyId)) seen.set(keyId, at);
      inForce = keys;
    },
    signing() {
      const key = signing();
      return key?.privateKey === undefined ? undefined : { ...key, privateKey: key.privateKey };
    },
    find,
    shown: () => [...[...gone.values()].filter(({ verifiesUntil }) => now() < verifiesUntil).map(({ key }) => key), ...inForce],
  };
}
