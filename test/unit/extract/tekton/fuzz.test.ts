/** Examples in which something was replaced by something else: whatever it is, the readers answer, soon, and never throw. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extract } from '../../../../src/extract/index.ts';
import { cpuNow } from '../../../support/cpu.ts';
import { hasSharedData } from '../../../support/shared.ts';
import type { KubernetesObject } from './objects.ts';
import { exampleObjects, reviewOf } from './objects.ts';

/** `FUZZ_TEKTON=100000 npx vitest run test/unit/extract/tekton/fuzz.test.ts` is the long run. */
const CASES = Number(process.env['FUZZ_TEKTON'] ?? 500);
/** Processor time, as in hostile.test.ts. */
const SOON_MS = 250;

type Holder = Record<string, unknown> | unknown[];

/** Every place in an object that can be replaced. */
function placesIn(value: unknown, found: { readonly holder: Holder; readonly key: string }[] = []): { readonly holder: Holder; readonly key: string }[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, member] of Object.entries(value)) {
    found.push({ holder: value as Holder, key });
    placesIn(member, found);
  }
  return found;
}

const junk = fc.oneof(
  fc.constantFrom<unknown>(null, 0, -1, true, false, '', '$(', '$(params.x)', '$(params.x[*])', '$(tasks.a.results.b)', [], {}, [[]], [null], '__proto__', 'x'.repeat(5000)),
  fc.constantFrom<unknown>({ name: 'x', image: 'a' }, [{ name: 'x', value: ['a'] }], [{ name: 'x', default: '$(params.x)' }], { steps: [{ image: '$(params.x)' }] }, { tasks: [{ taskSpec: { steps: [{}] } }] }, { resolver: 'bundles', params: [{ name: 'bundle', value: {} }] }, { constructor: 'x', toString: 1 }),
  fc.json().map((text): unknown => JSON.parse(text)),
);
const change = fc.record({ at: fc.double({ min: 0, max: 0.999999, noNaN: true }), to: junk, how: fc.constantFrom('replace', 'remove', 'rename', 'copy') });

function changed(object: KubernetesObject, changes: readonly { readonly at: number; readonly to: unknown; readonly how: string }[]): KubernetesObject {
  const copy = structuredClone(object) as unknown as Record<string, unknown>;
  for (const { at, to, how } of changes) {
    const places = placesIn(copy['spec']);
    const place = places[Math.floor(at * places.length)];
    if (place === undefined) break;
    const holder = place.holder as Record<string, unknown>;
    if (how === 'replace') holder[place.key] = structuredClone(to);
    else if (how === 'remove') delete holder[place.key];
    else if (how === 'rename') holder[place.key.toUpperCase()] = holder[place.key];
    else holder[place.key] = structuredClone(copy['spec']);
  }
  return copy as unknown as KubernetesObject;
}

describe.skipIf(!hasSharedData)('mutated examples', () => {
  it(`${CASES} of them are answered`, () => {
    const examples = exampleObjects().map(({ object }) => object);
    let slowest = 0;
    fc.assert(fc.property(fc.nat(examples.length - 1), fc.array(change, { minLength: 1, maxLength: 4 }), (index, changes) => {
      const example = examples[index];
      if (example === undefined) return;
      let review;
      try {
        review = reviewOf(changed(example, changes));
      } catch {
        return; // Not let in by intake.
      }
      const start = cpuNow();
      const { artifacts, findings, deferred = [], matter } = extract(review);
      slowest = Math.max(slowest, cpuNow() - start);
      expect(matter === undefined && artifacts.length + findings.length + deferred.length === 0).toBe(false);
      // What looks like a variable is never taken for a name.
      for (const { raw } of artifacts) expect(raw).not.toContain('$(');
    }), { numRuns: CASES });
    expect(slowest).toBeLessThan(SOON_MS);
  }, 1_200_000);
});
