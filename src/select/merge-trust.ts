/** All trust with which evidence for an artifact is verified at once; whom it counts for is asked later. */
import { nameOfKey } from '../domain/evidence.ts';
import type { TrustedKey, TrustMaterial } from '../domain/evidence.ts';
import type { TrustRoot } from '../domain/policy/trust-root.ts';
import type { TrustedLayout } from '../domain/policy/layout-requirement.ts';
import type { CompiledPolicy } from '../domain/policy/policy.ts';

const NOTHING: TrustMaterial = { id: 'none', keys: [], roots: [] };

/** More combinations than this are not remembered; real clusters have a handful. */
const MAX_REMEMBERED = 1000;

/** Unions by the material they begin with, so that they are forgotten together with the policy set. */
const remembered = new WeakMap<TrustMaterial, Map<string, TrustMaterial>>();

/**
 * Everything with which evidence for one artifact may be proven: the union over its policies.
 *
 * The id follows from the ids inside, which are hashes over content, so that equal unions have equal ids. A key that
 * is trusted both with and without a root, for bare payloads or for one hash, stays in twice, because what the two can
 * prove differs. Which policy trusts which key is forgotten here on purpose: `evaluate` asks each policy's signers again.
 */
export function mergeTrust(policies: readonly Pick<CompiledPolicy, 'trust'>[]): TrustMaterial {
  const materials = new Map(policies.map(({ trust }) => [trust.id, trust]));
  const [first, ...others] = materials.values();
  if (first === undefined) return NOTHING;
  if (others.length === 0) return first;
  const id = [...materials.keys()].sort().join('+');
  const unions = remembered.get(first) ?? new Map<string, TrustMaterial>();
  const known = unions.get(id);
  if (known !== undefined) return known;
  const merged = union(id, [...materials.values()]);
  if (unions.size >= MAX_REMEMBERED) unions.clear();
  remembered.set(first, unions.set(id, merged));
  return merged;
}

function union(id: string, materials: readonly TrustMaterial[]): TrustMaterial {
  const keys = new Map<string, TrustedKey>();
  const roots = new Map<string, TrustRoot>();
  const layouts = new Map<string, TrustedLayout>();
  const related = new Set(materials.flatMap(({ relatedTypes = [] }) => relatedTypes));
  for (const material of materials) {
    for (const key of material.keys) keys.set(nameOfKey(key), key);
    for (const root of material.roots) roots.set(root.id, root);
    for (const layout of material.layouts ?? []) layouts.set(layout.id, layout);
  }
  return {
    id,
    keys: [...keys.values()],
    roots: [...roots.values()],
    ...(layouts.size === 0 ? {} : { layouts: [...layouts.values()] }),
    ...(related.size === 0 ? {} : { relatedTypes: [...related] }),
  };
}
