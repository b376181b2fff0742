import { expect, test } from 'vitest';
import { namespacesKnown } from '../../../src/wiring/namespaces-known.ts';
import { compileSet, policy, signer } from '../policy/support.ts';
import { pipeline } from '../policy/pipeline/support.ts';

const NEVER_READ = { age: () => undefined, condition: () => ({ ready: false }) } as unknown as Parameters<typeof namespacesKnown>[1];
const SELECTING = { namespaces: { matchLabels: { factory: 'true' } } };

/** Whether a replica that never read the labels may answer under these policies. */
test.each<[string, string[], boolean]>([
  ['policies that choose no namespaces', [policy(), pipeline({})], true],
  ['one about artifacts that chooses', [policy(SELECTING), pipeline({})], false],
  ['one about pipelines that chooses', [policy(), pipeline(SELECTING)], false],
  ['one about pipelines alone that chooses', [pipeline(SELECTING)], false],
])('labels that nobody read matter to %s', (_, documents, ok) => {
  const set = compileSet(signer(), ...documents);
  expect(namespacesKnown({ current: () => ({ ready: true, set }) }, NEVER_READ).ok).toBe(ok);
});
