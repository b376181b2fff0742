/** The check of the root that a policy pins: the only thing that is trusted from the beginning. */
import { TUF_LIMITS } from './limits.ts';
import { TufRefusal } from './refusal.ts';
import { TrustedSet } from './trusted-set.ts';

/** The pinned root of a TUF repository as bytes, or why it cannot be one. */
export type PinnedRootReading = { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly problem: string };

/**
 * Reads a `root.json` that a policy pins: complete, within its limits and signed by its own threshold of keys.
 * An expired one is in order: it is where the chain to the current root begins (specification 5.2).
 */
export function readPinnedRoot(json: unknown): PinnedRootReading {
  const bytes = Buffer.from(JSON.stringify(json) ?? '');
  if (bytes.length > TUF_LIMITS.rootBytes) return { ok: false, problem: `root is larger than ${TUF_LIMITS.rootBytes} bytes` };
  try {
    void new TrustedSet(bytes, 0);
    return { ok: true, bytes };
  } catch (error) {
    if (error instanceof TufRefusal) return { ok: false, problem: error.message };
    throw error;
  }
}
