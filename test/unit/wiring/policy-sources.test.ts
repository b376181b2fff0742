// Sources of policies are told apart whatever they are called, and what cannot work together is said when the configuration is read.
import { afterEach, describe, expect, test } from 'vitest';
import type { PolicySource, SourceContent } from '../../../src/feeds/policies/source.ts';
import { inSlices } from '../../../src/flow/slices.ts';
import { checkConfig } from '../../../src/platform/config/config.ts';
import { compilePolicySetSteps } from '../../../src/policy/index.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { openPolicySources } from '../../../src/wiring/policy-sources.ts';
import { createWorld } from '../../world/world.ts';

const world = createWorld({ now: 0 });
const trust = createTrustReader();
const doc = (kind: string, name: string, spec: object): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
const signer = (name: string): string => doc('Signer', name, { identities: [{ key: { data: world.key().publicKeyPem } }] });
const policy = (name: string, mode: string): string => doc('ClusterArtifactPolicy', name, { artifacts: [{ image: 'r.example/**' }], mode, require: [{ name: 'signed', signature: { by: ['a'] } }] });

const ending: (() => void)[] = [];
afterEach(() => { for (const end of ending.splice(0)) end(); });

function source(name: string, path: string, first: string) {
  const listeners = new Set<() => void>();
  let content: SourceContent = { mark: first, files: [{ path, text: first }] };
  const made: PolicySource = {
    name, judged: 'whole', current: () => content, age: () => 0, close: () => undefined, refresh: () => Promise.resolve(),
    condition: () => ({ ready: true, generation: 1, refused: 0 }),
    changed(listener) { listeners.add(listener); return () => void listeners.delete(listener); },
  };
  return { made, hold(text: string) { content = { mark: text, files: [{ path, text }] }; for (const tell of listeners) tell(); } };
}

test('two sources of one name fall back each for itself: a mistake of one keeps nobody else from what is good', async () => {
  const one = source('policies oci r.example/p', 'r.example/p:v/a.yaml', signer('a') + policy('one', 'enforce'));
  const two = source('policies oci r.example/p', 'r.example/p@sha256:1/a.yaml', policy('two', 'enforce'));
  const checked = checkConfig('policySources: [{files: /nowhere}]', 'gatehouse.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const store = await openPolicySources({ ...checked.config, policySources: [] }, {
    composing: (work) => work((files, signal, extras) => inSlices(compilePolicySetSteps(files, { trust, ...extras }), { signal })),
    telemetry: { logger: { warn: () => undefined, error: () => undefined }, metrics: {} } as never,
    events: { changed: () => undefined, refused: () => undefined },
    signatures: { sources: () => Promise.resolve([one.made, two.made]) },
  });
  ending.push(() => store.close());
  const modes = async (): Promise<readonly string[]> => {
    await store.refresh();
    const state = store.current();
    return state.ready ? state.set.policies.map(({ name, mode }) => `${name} ${mode}`) : ['none'];
  };
  expect(await modes()).toEqual(['one enforce', 'two enforce']);
  one.hold('nonsense: [');
  two.hold(policy('two', 'warn'));
  expect(await modes()).toEqual(['one enforce', 'two warn']);
  two.hold('nonsense: [');
  one.hold(signer('a') + policy('one', 'audit'));
  expect(await modes()).toEqual(['one audit', 'two warn']);
  const state = store.current();
  expect(state.ready && state.sources?.map(({ source: name }) => name)).toEqual(['policies oci r.example/p', 'policies oci r.example/p (2)']);
});

describe('two artifacts of one repository', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const read = (...refs: string[]) => checkConfig(`policySources: ${JSON.stringify(refs.map((ref) => ({ oci: { ref, signedBy: ['/s.yaml'] } })))}`, 'gatehouse.yaml');
  test.each([['docker.io/acme/p:v', 'acme/p:v'], ['r.example/p:v', 'r.example/q:v', 'r.example/p:v'], [`r.example/p@${digest}`, `r.example/p:v@${digest}`]])('are one where they are the same, however they are written: %s, %s', (...refs) => {
    expect(read(...refs)).toMatchObject({ ok: false, problems: [{ message: 'expected each oci.ref once' }] });
  });
  test.each([['r.example/p:v', `r.example/p@${digest}`], ['r.example/p:v', 'r.example/q:v'], ['r.example/p:v', 'r.example:5000/p:v'], ['r.example/p:v', 'r.example/p:w']])('are two where versions are counted apart: %s, %s', (...refs) => {
    expect(read(...refs)).toMatchObject({ ok: true });
  });
});
