/** Receipts put together: keys as they are followed, and revocations of the policies in force. */
import type { ReceiptRevocations } from '../../domain/gate/receipt.ts';
import type { PolicyStore } from '../../domain/ports.ts';
import { revokedText } from '../../domain/policy/revocation.ts';
import type { Feed } from '../../feeds/feed.ts';
import { openReceiptKeys } from '../../feeds/receipt-keys.ts';
import type { GateConfig } from '../../platform/config/gate/index.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { VERSION } from '../../platform/version.ts';
import { createReceipts } from '../../vouch/index.ts';
import type { Receipts } from '../../vouch/index.ts';
import type { Lifetime } from '../lifetime.ts';

/** What signs receipts and reads them, and what is followed for it. */
export interface OpenReceipts extends Pick<Receipts, 'issuer' | 'reader'> {
  readonly feeds: readonly Feed<unknown>[];
}

/** Opens receipts as they are configured; without keys nothing is signed, and no receipt counts. */
export async function openReceipts(
  { verifier, lasts, settle, keys }: GateConfig['receipts'],
  policies: PolicyStore,
  { logger }: Telemetry,
  lifetime: Lifetime,
  pollMs?: number,
): Promise<OpenReceipts> {
  const { issuer, reader, take } = createReceipts({
    verifier, version: VERSION, lastsMs: lasts, settleMs: settle, now: Date.now, revoked: revocationsOf(policies),
  });
  if (keys === undefined) return { issuer, reader, feeds: [] };
  const feed = await openReceiptKeys(keys, {
    take,
    loaded: (count) => logger.info({ count, keys: issuer.keys().keys.map(({ kid }) => kid) }, 'keys for receipts loaded'),
    refused: (problem) => logger.error({ problem }, 'keys for receipts refused, those in force stay'),
  }, pollMs);
  lifetime.defer(() => feed.close());
  return { issuer, reader, feeds: [feed] };
}

/** What lists and signers of the policies in force revoke. Receipts carry no proof of time, so whatever their key signed falls with it. */
export function revocationsOf(policies: PolicyStore): ReceiptRevocations {
  return ({ id, keyId, digests }) => {
    const state = policies.current();
    // What is revoked is not known then: nobody is believed.
    if (!state.ready) return 'no set of policies is loaded, so revocations are not known';
    const [first] = state.set.revocations?.matching({ keys: [keyId], certificates: [], logEntries: [], digests, receipt: id }) ?? [];
    return first === undefined ? undefined : `${revokedText(first.what)} is revoked by ${first.declaredBy}: ${first.reason}`;
  };
}
