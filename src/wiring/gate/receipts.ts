/** Receipts put together: keys as they are followed, and revocations of the policies in force. */
import type { PolicyStore } from '../../domain/ports.ts';
import type { Feed } from '../../feeds/feed.ts';
import { openReceiptKeys } from '../../feeds/receipt-keys.ts';
import type { GateConfig } from '../../platform/config/gate/index.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { VERSION } from '../../platform/version.ts';
import { createReceipts } from '../../vouch/index.ts';
import type { Receipts } from '../../vouch/index.ts';
import type { Lifetime } from '../lifetime.ts';
import { revocationsOf } from './revocations.ts';

/** What signs receipts and reads them, and what is followed for it. */
export interface OpenReceipts extends Pick<Receipts, 'issuer' | 'reader'> {
  readonly feeds: readonly Feed<unknown>[];
}

/** Opens receipts as they are configured; without keys nothing is signed, and no receipt counts. */
export async function openReceipts(
  { verifier, lasts, settle, keys, keyless }: GateConfig['receipts'],
  policies: PolicyStore,
  telemetry: Telemetry,
  lifetime: Lifetime,
  pollMs?: number,
): Promise<OpenReceipts> {
  const { logger, metrics } = telemetry;
  const identity = keyless === undefined ? undefined : await import('./keyless.ts');
  const { issuer, reader, take, pending, close } = createReceipts({
    verifier, version: VERSION, lastsMs: lasts, settleMs: settle, now: Date.now, revoked: revocationsOf(policies),
    ...(keyless === undefined || identity === undefined ? {} : { keyless: await identity.openKeyless(keyless, policies, telemetry) }),
  });
  lifetime.defer(close);
  metrics.gauge('receipts_pending', 'Receipts that are signed in the background, or wait for it', pending);
  if (keys === undefined) return { issuer, reader, feeds: [] };
  const feed = await openReceiptKeys(keys, {
    take,
    loaded: (count) => logger.info({ count, keys: issuer.keys().keys.map(({ kid }) => kid) }, 'keys for receipts loaded'),
    refused: (problem) => logger.error({ problem }, 'keys for receipts refused, those in force stay'),
  }, pollMs);
  lifetime.defer(() => feed.close());
  return { issuer, reader, feeds: [feed] };
}
