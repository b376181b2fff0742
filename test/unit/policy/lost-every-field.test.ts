/** Every field of every kind of document, of which a value denies and another admits: the way from the one to the other is told as a loss. */
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { PolicySet } from '../../../src/domain/policy/policy.ts';
import { compilePolicies, lostPolicies } from '../../../src/policy/index.ts';
import { titled } from './every-field/check.ts';
import { trustOf } from './every-field/judge.ts';
import type { Scene } from './every-field/judge.ts';
import { withField } from './every-field/row.ts';
import { ALTERNATIVES, ROWS } from './every-field/rows.ts';

/** Many rows have one base. */
const known = new WeakMap<Scene, PolicySet | undefined>();
function setOf(scene: Scene): PolicySet | undefined {
  if (!known.has(scene)) known.set(scene, compiled(scene));
  return known.get(scene);
}

function compiled(scene: Scene): PolicySet | undefined {
  const text = scene.documents.map((one) => stringify(one, { aliasDuplicateObjects: false, lineWidth: 0 })).join('---\n');
  return compilePolicies([{ path: 'p.yaml', text }], { trust: trustOf(scene) }).set;
}

/** Of rows whose answers every-field.test.ts has from the engine: nobody who enforces denies it, or nobody speaks about it. */
const admits = (answer: string): boolean => /^(?:POLICY_SATISFIED$|admit |warn |SELECT_NO_POLICY$|deny SELECT_NO_POLICY)/.test(answer);
// Of a root that cannot be used now nothing can be told; it proves nothing either.
const rows = titled([...ROWS, ...ALTERNATIVES].filter(({ from, to }) =>
  typeof to === 'string' && from !== 'refused' && to !== 'VERIFY_TRUST_ROOT_STALE' && admits(from) !== admits(to)));

describe('what denied and is admitted now', () => {
  test('is tried with most fields', () => expect(rows.length).toBeGreaterThan(200));

  test.each(rows)('%s', (_, row) => {
    const sets = [setOf(row.scene), setOf(withField(row.scene, row.kind, row.place, row.value))];
    const [before, after] = admits(row.from) ? sets.toReversed() : sets;
    if (before === undefined || after === undefined) throw new Error('does not compile');
    expect(lostPolicies(before, after)).not.toEqual([]);
    expect([lostPolicies(before, before), lostPolicies(after, after)]).toEqual([[], []]);
  });
});
