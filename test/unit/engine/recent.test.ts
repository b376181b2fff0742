import { describe, expect, test } from 'vitest';
import type { CompiledPolicy, PolicySet } from '../../../src/domain/policy/policy.ts';
import type { Requirement } from '../../../src/domain/policy/requirement.ts';
import { UNPROVEN } from '../../../src/domain/decision/review.ts';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import type { AdmitPorts } from '../../../src/engine/admit.ts';
import type { Context, Judgement } from '../../../src/engine/context.ts';
import { createRecent } from '../../../src/engine/recent.ts';
import { ARTIFACT, DIGEST, KEY_A, keyIdentity, keylessIdentity, signatureBy, signer } from '../evaluate/support.ts';
import { ALICE, batch, harness, lookup, piece, policy, policySet, source } from './support.ts';

const POD = { group: '', version: 'v1' };
const SIGNED = signatureBy([ALICE]);

/** A pod under review, with one image by digest. */
function pod({ namespace = 'team', image = `registry/app@${DIGEST}`, account = 'default', secrets = [] as string[], lists = ['containers'] } = {}): Partial<ReviewRequest> {
  const spec = { serviceAccountName: account, imagePullSecrets: secrets.map((name) => ({ name })), containers: [{ name: 'x', image }], ...Object.fromEntries(lists.map((list) => [list, [{ name: 'c', image }]])) };
  return {
    surface: 'webhook', kind: { ...POD, kind: 'Pod' }, resource: { ...POD, resource: 'pods' }, namespace, artifacts: undefined as never,
    object: { apiVersion: 'v1', kind: 'Pod', metadata: { namespace }, spec },
  };
}

/** An engine with a clock that stands still, which counts how often evidence is opened. */
function engine(set: PolicySet = policySet(policy()), more: Partial<AdmitPorts> = {}) {
  const state = { now: 1_000_000, opened: 0, set, evidence: 'good' };
  const { admit } = harness({
    clock: { now: () => state.now }, policies: { current: () => ({ ready: true, set: state.set }) }, recallMs: 10_000,
    source: source(() => {
      state.opened += 1;
      return lookup([batch(piece(state.evidence))]);
    }), ...more,
  });
  const openedBy = async (review: Partial<ReviewRequest>): Promise<number> => {
    const before = state.opened;
    await admit(review);
    return state.opened - before;
  };
  /** Asks twice: what is asked for once is not remembered. */
  const remembered = async (review: Partial<ReviewRequest>): Promise<void> => {
    await admit(review);
    await admit(review);
  };
  return { state, admit, openedBy, remembered };
}

describe('an admission of a moment ago', () => {
  test('holds for the same question', async () => {
    const { admit, openedBy } = engine();
    expect(await openedBy(pod())).toBe(1);
    expect(await openedBy(pod()), 'asked for the second time').toBe(1);
    const again = await admit(pod());
    expect(await openedBy(pod())).toBe(0);
    expect(again).toMatchObject({ outcome: 'admit', verdict: 'satisfied', artifacts: [{ digest: DIGEST, path: 'spec.containers[0].image' }] });
  });

  test('ends when something else is known of revoked certificates', async () => {
    let generation = 1;
    const { openedBy, remembered } = engine(undefined, { certificates: { of: () => ({ state: 'good' }), generation: () => generation } });
    await remembered(pod());
    expect(await openedBy(pod())).toBe(0);
    generation = 2;
    expect(await openedBy(pod())).toBe(1);
  });

  test.each([[true, 1], [false, 0]] as const)('is not remembered when that changed while it was judged: %s', async (changes, opened) => {
    let generation = 1;
    const judging = { isUnderWay: false };
    const certificates: AdmitPorts['certificates'] = { of: () => ({ state: 'good' }), generation: () => generation };
    const { openedBy, remembered, state } = engine(undefined, {
      certificates,
      source: source(() => {
        state.opened += 1;
        if (judging.isUnderWay && changes) generation += 1;
        return lookup([batch(piece('good'))]);
      }),
    });
    judging.isUnderWay = true;
    await remembered(pod());
    judging.isUnderWay = false;
    expect(await openedBy(pod())).toBe(opened);
  });

  test.each<[string, PolicySet['forRequest'], boolean]>([
    ['no policy about pipelines is there', () => [], true],
    ['one is there, which has to be asked', () => [{ name: 'factory', mode: 'enforce', trust: { id: '', keys: [], roots: [] }, requirements: [{ kind: 'reserved', name: 'reserved names' }] }], false],
  ])('holds for a pod of a build as for any other while %s', async (_what, forRequest, atOnce) => {
    const { openedBy, remembered } = engine({ ...policySet(policy()), forRequest });
    const marked = pod();
    (marked.object as { metadata: object }).metadata = { namespace: 'team', labels: { 'tekton.dev/taskRun': 'build-1' }, annotations: {} };
    await remembered(marked);
    expect(await openedBy(marked)).toBe(atOnce ? 0 : 1);
    expect(await openedBy(pod()), 'and of no build').toBe(0);
  });

  test.each<[string, Partial<ReviewRequest>]>([
    ['another namespace', pod({ namespace: 'other' })],
    ['another service account', pod({ account: 'builder' })],
    ['another pull secret', pod({ secrets: ['one'] })],
    ['S7: a caller that may use no credentials', { ...pod(), caller: UNPROVEN }],
    ['S7: a caller that may use the server\'s own alone', { ...pod(), caller: { proof: 'pathToken', credentials: 'own' } }],
    ['another image', pod({ image: `registry/other@${DIGEST}` })],
    ['another use of it', { artifacts: [{ ...ARTIFACT, raw: `registry/app@${DIGEST}`, usage: 'buildStep' }], namespace: 'team' }],
  ])('is no answer for %s', async (_what, review) => {
    const { openedBy, remembered } = engine();
    await remembered(pod());
    expect(await openedBy(review)).toBe(1);
  });

  test.each<[string, PolicySet, number]>([
    ['ten seconds', policySet(policy()), 10_000],
    ['a second where one alternative asks for an age', policySet(policy({ requirements: [{ kind: 'anyOf', name: 'any', of: [SIGNED, { ...SIGNED, maxAge: 1 }] } as never] })), 1000],
    ['ten seconds for a workflow beside the key', policySet(policy({ requirements: [signatureBy([signer('alice', keyIdentity(KEY_A), keylessIdentity())])] })), 10_000],
    ['ten seconds for a workflow whose certificates are short-lived', policySet(policy({ requirements: [signatureBy([signer('alice', keyIdentity(KEY_A), keylessIdentity({ maxCertificateLifetime: 600_000 }))])] })), 10_000],
    ['a second for a workflow of a signer whose time ends', policySet(policy({ requirements: [signatureBy([{ ...signer('alice', keyIdentity(KEY_A), keylessIdentity()), validity: { notAfter: 1e15 } }])] })), 1000],
    ['a second for a key that ends', policySet(policy({ requirements: [signatureBy([signer('alice', { ...keyIdentity(KEY_A), notAfter: 1e15 })])] })), 1000],
    ['a second for a key that begins', policySet(policy({ requirements: [signatureBy([signer('alice', { ...keyIdentity(KEY_A), notBefore: 0 })])] })), 1000],
    ['a second for a signer whose time ends', policySet(policy({ requirements: [signatureBy([{ ...ALICE, validity: { notAfter: 1e15 } }])] })), 1000],
  ])('is over after %s, and never holds for an earlier time', async (_what, set, ms) => {
    const { state, openedBy, remembered } = engine(set);
    await remembered(pod());
    state.now += ms - 1;
    expect(await openedBy(pod())).toBe(0);
    state.now += 1;
    expect(await openedBy(pod())).toBe(1);
    state.now -= ms + 1;
    expect(await openedBy(pod())).toBe(1);
  });

  test.each<[string, object, number]>([
    ['the same digest beside the same text', {}, 0],
    ['another digest beside the same text', { digest: `sha256:${'9'.repeat(64)}` }, 1],
    ['a file of the same name and digest', { kind: 'blob' }, 1],
  ])('an image with its digest beside its name: %s', async (_what, over, opened) => {
    const { openedBy, remembered } = engine();
    const asked = (more: object): Partial<ReviewRequest> => ({
      ...pod(), surface: 'gate', kind: { ...POD, kind: 'Question' }, object: null,
      artifacts: [{ kind: 'image', usage: 'container', path: 'a', raw: 'registry/app:1', name: 'registry/app', tag: '1', digest: DIGEST, ...more }],
    });
    await remembered(asked({}));
    expect(await openedBy(asked({}))).toBe(0);
    expect(await openedBy(asked(over))).toBe(opened);
  });

  test('is over when the policies are others, even equal ones', async () => {
    const { state, openedBy, remembered } = engine();
    await remembered(pod());
    state.set = policySet(policy());
    expect(await openedBy(pod())).toBe(1);
  });

  test('a refusal is never remembered', async () => {
    const { state, admit } = engine();
    state.evidence = 'junk';
    expect((await admit(pod())).outcome).toBe('deny');
    state.evidence = 'good';
    expect((await admit(pod())).outcome).toBe('admit');
  });

  test('a tag is resolved anew every time', async () => {
    let resolved = 0;
    const { admit } = engine(policySet(policy()), { resolver: { resolve: async () => {
      resolved += 1;
      return { ok: true, digest: DIGEST };
    } } });
    await admit(pod({ image: 'registry/app:1' }));
    await admit(pod({ image: 'registry/app:1' }));
    expect(resolved).toBe(2);
  });

  test('is told with the place where the image stands now', async () => {
    const { admit, remembered } = engine();
    await remembered(pod());
    const decision = await admit(pod({ lists: ['containers', 'initContainers'] }));
    expect(decision.findings.map(({ path }) => path)).toEqual(['spec.containers[0].image', 'spec.initContainers[0].image']);
    expect(decision.artifacts.map(({ path }) => path)).toEqual(['spec.containers[0].image', 'spec.initContainers[0].image']);
  });
});

describe('what depends on more than evidence is judged anew', () => {
  const selecting: CompiledPolicy = policy({ namespaces: { source: 'env=prod', test: () => true } as never });
  test.each<[string, PolicySet, number]>([
    ['a signature', policySet(policy({ requirements: [SIGNED] })), 0],
    ['alternatives of signatures', policySet(policy({ requirements: [{ kind: 'anyOf', name: 'any', of: [SIGNED] } as never] })), 0],
    ['an alternative of another kind', policySet(policy({ requirements: [{ kind: 'anyOf', name: 'any', of: [SIGNED, { kind: 'encryption', name: 'e', recipients: [] } as never] } as never] })), 1],
    ['a selector by labels', policySet(selecting), 1],
  ])('%s', async (_what, set, opened) => {
    const { openedBy, remembered } = engine(set);
    await remembered(pod());
    expect(await openedBy(pod())).toBe(opened);
  });
});

describe('of every kind of requirement, by itself and as an alternative', () => {
  const LASTS: { readonly [K in Requirement['kind']]: boolean } = {
    signature: true, attestation: true, anyOf: true, provenance: false, vsa: false, reproducible: false, examined: false, layout: false, encryption: false, registry: false, source: false,
  };
  const bare = (kind: string): Requirement => ({ kind, name: kind, by: [ALICE], of: [SIGNED] }) as never;
  const cases = Object.entries(LASTS).flatMap(([kind, lasts]): [string, boolean, Requirement][] => [
    [kind, lasts, bare(kind)], [`${kind} as an alternative`, lasts, { kind: 'anyOf', name: 'any', of: [SIGNED, bare(kind)] }],
  ]);
  test.each(cases)('%s is remembered: %s', (_what, lasts, requirement) => {
    const recent = createRecent(10_000);
    const extraction = { artifacts: [{ ...ARTIFACT, raw: `registry/app@${DIGEST}` }], findings: [], scope: { namespace: 'team', serviceAccount: 'default', pullSecrets: [] } };
    const context = { startedAt: 1000, ports: {}, policies: policySet(policy({ requirements: [requirement] })) } as unknown as Context;
    const judged = [{ artifact: ARTIFACT, findings: [{ verdict: 'satisfied', code: 'POLICY_SATISFIED' }] }] as unknown as readonly Judgement[];
    for (const _time of ['once', 'again']) recent.keep(extraction, context, judged);
    expect(recent.recall(extraction, { ...context, startedAt: 10_999 }) !== undefined).toBe(lasts);
    expect(recent.recall(extraction, { ...context, startedAt: 11_000 })).toBeUndefined();
  });
});

describe('S7: memories apart', () => {
  const scope = { namespace: 'team', serviceAccount: 'default', pullSecrets: [] };
  const context = { startedAt: 1000, ports: {}, policies: policySet(policy()) } as unknown as Context;
  const judged = [{ artifact: ARTIFACT, findings: [{ verdict: 'satisfied', code: 'POLICY_SATISFIED' }] }] as unknown as readonly Judgement[];
  const question = (name: string, credentials?: 'none') => ({ artifacts: [{ ...ARTIFACT, raw: `${name}@${DIGEST}` }], findings: [], scope: { ...scope, ...(credentials === undefined ? {} : { credentials }) } });

  test.each<['none' | undefined, boolean]>([['none', true], [undefined, false]])('a flood of callers with credentials %s leaves what others asked for: %s', (flooding, kept) => {
    const recent = createRecent(10_000);
    for (const _time of ['once', 'again']) recent.keep(question('registry/app'), context, judged);
    expect(recent.recall(question('registry/app'), context)).toBeDefined();
    for (let index = 0; index < 20_000; index += 1) for (const _time of ['once', 'again']) recent.keep(question(`registry/n${index}`, flooding), context, judged);
    expect(recent.recall(question('registry/app'), context) !== undefined).toBe(kept);
  });

  test('what nobody with credentials asked for is remembered for those without, as theirs alone', () => {
    const recent = createRecent(10_000);
    for (const _time of ['once', 'again']) recent.keep(question('registry/app', 'none'), context, judged);
    expect(recent.recall(question('registry/app', 'none'), context)).toBeDefined();
    expect(recent.recall(question('registry/app'), context)).toBeUndefined();
  });
});

describe('an image whose index may speak for it', () => {
  test.each<[string, string, number]>([
    ['is judged anew where its tag names the index', `registry/app:1@${DIGEST}`, 1],
    ['is remembered where no tag does', `registry/app@${DIGEST}`, 0],
  ])('%s', async (_what, image, opened) => {
    const { openedBy, remembered } = engine(policySet(policy({ indexCoversChildren: true })));
    await remembered(pod({ image }));
    expect(await openedBy(pod({ image }))).toBe(opened);
  });
});
