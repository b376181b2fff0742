// The jail's view of NetworkPolicies against a model that looks at every policy as the API describes it, over generated sets. 10^5 and
// more of them are a target of `npm run fuzz` (`FUZZ_ONLY='a jail beside a model'`).
import { expect, test } from 'vitest';
import { agreement, numbers } from '../../../../fuzz/jail-model.ts';

const SETS = 2000;

test('isolation of a pod agrees with the model over generated sets of policies', () => {
  const pick = numbers(12);
  const seen = { closed: 0, open: 0 };
  for (let set = 0; set < SETS; set += 1) seen[agreement(pick)] += 1;
  // Both answers occur often enough for an agreement to say something.
  expect(Math.min(seen.closed, seen.open)).toBeGreaterThan(SETS / 50);
});
