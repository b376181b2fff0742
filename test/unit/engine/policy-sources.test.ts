// A decision names the set that it was judged with, and the sources of that set, whatever comes into force meanwhile.
import { expect, test } from 'vitest';
import type { PolicyState } from '../../../src/domain/ports.ts';
import { batch, harness, lookup, policy, policySet, source } from './support.ts';

const stateOf = (name: string): PolicyState => ({ ready: true, set: { ...policySet(policy()), generation: name }, sources: [{ source: 'policies-files', digest: name }] });

test.each(['while evidence is looked for', 'before it is asked'])('a set that comes into force %s', async (when) => {
  let state = stateOf('first');
  let look = (): void => undefined;
  const found = new Promise<void>((done) => { look = done; });
  const { admit } = harness({
    policies: { current: () => state },
    source: source(() => lookup([batch()]), { open: async () => { await found; return lookup([batch()]); } }),
  });
  if (when === 'before it is asked') state = stateOf('second');
  const answer = admit();
  state = stateOf(when === 'before it is asked' ? 'third' : 'second');
  look();
  const expected = when === 'before it is asked' ? 'second' : 'first';
  expect(await answer).toMatchObject({ policyGeneration: expected, policySources: [{ digest: expected }] });
});

test('without policies there are no sources, and none are made up', async () => {
  const { admit } = harness({ policies: { current: () => ({ ready: false, problems: [] }) } });
  const decision = await admit();
  expect([decision.policyGeneration, 'policySources' in decision]).toEqual(['', false]);
});
