/** With what the signers of a policy can be proven: the union of their keys and roots. */
import { nameOfKey } from '../../domain/evidence.ts';
import type { TrustedKey, TrustMaterial } from '../../domain/evidence.ts';
import type { TrustRoot } from '../../domain/policy/trust-root.ts';
import type { TrustReader } from '../../domain/ports.ts';
import type { CompiledSigner } from './signer/compiled-signer.ts';

/** The union of the signers' keys and roots; policies with the same signers share one, by way of `known`. */
export function materialOf(
  signers: ReadonlyMap<string, CompiledSigner>, trust: TrustReader, known: Map<string, TrustMaterial>,
): TrustMaterial {
  const names = [...signers.keys()].toSorted();
  const cacheKey = names.join(' ');
  const existing = known.get(cacheKey);
  if (existing !== undefined) return existing;
  const keys = new Map<string, TrustedKey>();
  const roots = new Map<string, TrustRoot>();
  for (const name of names) {
    for (const key of signers.get(name)?.keys ?? []) keys.set(nameOfKey(key), key);
    for (const root of signers.get(name)?.roots ?? []) roots.set(root.id, root);
  }
  const id = trust.hash({ keys: [...keys.keys()].toSorted(), roots: [...roots.keys()].toSorted() });
  const material: TrustMaterial = { id, keys: [...keys.values()], roots: [...roots.values()] };
  known.set(cacheKey, material);
  return material;
}
