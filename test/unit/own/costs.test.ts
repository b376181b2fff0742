// Trying out a document holds nobody else up: steps are small whatever it says, and what it names is bounded.
import { expect, test } from 'vitest';
import { tryOutSteps } from '../../../src/own/trial/trial.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { document } from '../../support/own.ts';

const trust = createTrustReader();

/** The longest of all steps, milliseconds of CPU. */
function longestStep(spec: Record<string, unknown>): number {
  const after = document('ArtifactPolicy', 'ours', spec, 'shop');
  const steps = tryOutSteps({ kind: 'ArtifactPolicy', namespace: 'shop', name: 'ours', after }, [], { trust, now: 0 });
  let longest = 0;
  for (;;) {
    const before = process.cpuUsage();
    const step = steps.next();
    const { user, system } = process.cpuUsage(before);
    longest = Math.max(longest, (user + system) / 1000);
    if (step.done === true) return longest;
  }
}

/** As many of what `make` gives as fit into what somebody who may write in one namespace may send. */
function filled<T>(make: (index: number) => T): T[] {
  const all: T[] = [];
  for (let size = 0; size < 60 * 1024; size += JSON.stringify(all.at(-1)).length + 1) all.push(make(all.length));
  return all;
}

const REQUIRE = [{ name: 'signed', signature: { by: ['alice'] } }];
const ARTIFACTS = [{ image: 'ghcr.io/acme/app' }];

test.each<[string, Record<string, unknown>]>([
  ['patterns', { artifacts: filled((n) => ({ image: `ghcr.io/a/a${n}` })), require: REQUIRE }],
  ['unknown fields', { artifacts: ARTIFACTS, require: [], ...Object.fromEntries(filled((n) => [`f${n}`, n] as const)) }],
  ['unknown fields of items', { artifacts: filled((n) => ({ imagee: n })), require: REQUIRE }],
  ['empty items', { artifacts: filled(() => ({})), require: filled(() => ({})) }],
  ['requirements', { artifacts: ARTIFACTS, require: filled((n) => ({ name: `r${n}`, signature: { by: [`s${n}`] } })) }],
  ['signers', { artifacts: ARTIFACTS, require: [{ name: 'signed', signature: { by: filled((n) => `s${n}`) } }] }],
  ['nesting', { artifacts: ARTIFACTS, require: [JSON.parse(`${'{"anyOf":['.repeat(200)}{}${']}'.repeat(200)}`) as object] }],
])('%s', (_, spec) => {
  longestStep({ artifacts: ARTIFACTS, require: REQUIRE });
  // On an idle machine 2 to 20; what no step may cost is more than other answers can wait for.
  expect(longestStep(spec)).toBeLessThan(250);
});
