// Turns of the event loop for questions to the gate: a namespace has those of one, however many accounts ask in it.
import { expect, test } from 'vitest';
import { turnsOf } from '../../../src/domain/gate/caller.ts';
import { ARTIFACT } from '../evaluate/support.ts';
import { harness, policy, policySet } from './support.ts';

const QUESTION = { group: 'gatehouse.dev', version: 'v1alpha1' };

/** How many artifacts of each question have been looked at when the one of `build` has been answered. */
async function race(flood: (index: number) => { namespace: string; account: string }): Promise<number> {
  let looked = 0;
  const set = policySet(policy());
  const { admit } = harness({
    policies: { current: () => ({ ready: true, set: { ...set, candidates: (ref, namespace) => { if (ref.name.startsWith('flood')) looked += 1; return set.candidates(ref, namespace); } } }) },
  });
  const ask = (namespace: string, account: string, name: string, count: number): Promise<unknown> => {
    const caller = { kind: 'serviceAccount', namespace, name: account, uid: account } as const;
    return Promise.resolve(admit({
      surface: 'gate', namespace, user: { username: `system:serviceaccount:${namespace}:${account}`, groups: [] }, object: null,
      kind: { ...QUESTION, kind: 'Question' }, resource: { ...QUESTION, resource: 'questions' },
      question: { asks: 'admit', caller, run: { found: 'none' } },
      artifacts: Array.from({ length: count }, (_, index) => ({ ...ARTIFACT, name: `${name}-${index}`, raw: `${name}-${index}@${ARTIFACT.digest}`, path: `artifacts[${index}]` })),
    }));
  };
  const floods = Array.from({ length: 30 }, (_, index) => { const { namespace, account } = flood(index); return ask(namespace, account, `flood-${index}`, 60); });
  await ask('build', 'fetcher', 'build', 60);
  const seen = looked;
  await Promise.all(floods);
  return seen;
}

test('accounts of one namespace take its turns; those of many namespaces each their own', async () => {
  const [one, many] = [await race((index) => ({ namespace: 'flood', account: `a${index}` })), await race((index) => ({ namespace: `flood-${index}`, account: 'a' }))];
  expect(one).toBeLessThan(many / 2);
});

test('whose turns a caller takes', () => {
  expect(turnsOf({ kind: 'serviceAccount', namespace: 'ci', name: 'a', uid: 'u' })).toBe('ci');
  expect(turnsOf({ kind: 'spiffe', id: 'spiffe://acme.example/a', trustDomain: 'acme.example', namespace: '' })).toBe('spiffe://acme.example/a');
});
