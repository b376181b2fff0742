/** A key of one's own that signs publish summaries without a server. */
import { basename } from 'node:path';
import { readInputText } from '../../platform/input-file.ts';
import { VERSION } from '../../platform/version.ts';
import { UsageError } from '../../surfaces/cli/context.ts';
import type { SummarySigner } from '../../surfaces/cli/context.ts';
import { orderOf, vouchablePaths } from '../../surfaces/gate/orders.ts';
import { createReceipts } from '../../vouch/index.ts';
import { asUsageError } from './usage.ts';

/** Opens one by the file of a private key (PEM, Ed25519 or P-256). Throws {@link UsageError} for what is none. */
export async function openSigner({ key, verifier }: { readonly key: string; readonly verifier: string }): Promise<SummarySigner> {
  const text = await readInputText(key).catch(asUsageError);
  // What a gate's receipts last does not matter: summaries do not end.
  const { issuer, take } = createReceipts({ verifier, version: VERSION, lastsMs: 0, now: Date.now });
  try {
    take([{ name: basename(key), text }]);
  } catch (cause) {
    throw new UsageError(`--vsa-key ${key}: ${cause instanceof Error ? cause.message : 'is no key'}`);
  }
  return {
    sign(decision, run) {
      const vouchable = vouchablePaths(decision);
      if (decision.artifacts.length === 0 || !decision.artifacts.every(({ path: place }) => vouchable.has(place)))
        return { missing: 'not every requirement is satisfied under policies that enforce' };
      const order = orderOf(decision, decision.artifacts, { caller: 'gatehouse verify', uid: run, purpose: 'publish' });
      const issued = order === undefined ? undefined : issuer.issue({ ...order, usage: 'publish' });
      if (issued?.state === 'signed') return { text: issued.text };
      return { missing: issued?.state === 'none' ? issued.why : 'the artifact has no digest' };
    },
  };
}
