import type { TrustRoot } from '../../domain/policy/trust-root.ts';
import type { TrustInventory } from '../../domain/policy/expiry.ts';
import type { TrustReader } from '../../domain/ports.ts';
import type { Revocation } from '../../domain/policy/revocation.ts';
import type { CompiledSigner } from '../compile/signer.ts';
import { rootWindows } from '../trust-root/compile.ts';

/** Everything in a set that changes with time alone: its signers, the roots they name, and what is revoked. */
export function takeInventory(
  signers: ReadonlyMap<string, CompiledSigner>,
  listed: readonly Revocation[],
  trust: TrustReader,
): TrustInventory {
  const all = [...signers.values()];
  const roots = new Map<string, TrustRoot>(all.flatMap((signer) => signer.roots.map((root) => [root.name, root] as const)));
  return {
    signers: all.map(({ signer }) => signer),
    roots: [...roots.values()].map((root) => rootWindows(root, trust)),
    revocations: [...all.flatMap((signer) => signer.revocations), ...listed],
  };
}
