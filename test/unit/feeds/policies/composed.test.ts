// What is in force of several sources, whatever is applied, broken, mended and deleted in whatever order: held against a model of a few lines.
import { afterEach, describe, expect, test } from 'vitest';
import type { PolicySet } from '../../../../src/domain/policy/policy.ts';
import { openComposedStore } from '../../../../src/feeds/policies/composed/store.ts';
import type { ComposedPolicyStore } from '../../../../src/feeds/policies/composed/store.ts';
import type { PolicySource, SourceContent } from '../../../../src/feeds/policies/source.ts';
import type { ClusterContent, ClusterSource } from '../../../../src/feeds/policies/sources/cluster.ts';
import { readResource, RESOURCE_KINDS } from '../../../../src/feeds/policies/sources/kinds.ts';
import { inSlices } from '../../../../src/flow/slices.ts';
import { compilePolicySetSteps, lostPolicies } from '../../../../src/policy/index.ts';
import { createTrustReader } from '../../../../src/trust/index.ts';
import { createWorld } from '../../../world/world.ts';

const world = createWorld({ now: 0 });
const KEYS = { a: world.key().publicKeyPem, b: world.key().publicKeyPem };
const trust = createTrustReader();

/** A source that the test writes. */
function written<T extends SourceContent>(name: string, judged: PolicySource['judged']) {
  const listeners = new Set<() => void>();
  const held: { content: T | undefined } = { content: undefined };
  const source = {
    name, judged, current: () => held.content, age: () => 0, close: () => undefined, refresh: () => Promise.resolve(),
    condition: () => ({ ready: held.content !== undefined, generation: 1, refused: 0 }),
    changed(listener: () => void) { listeners.add(listener); return () => void listeners.delete(listener); },
  };
  return { source, hold(content: T): void { held.content = content; for (const tell of listeners) tell(); } };
}

interface Life { readonly spec: unknown; readonly uid: string; readonly version: number }
const kindOf = (key: string) => RESOURCE_KINDS.find(({ kind }) => key.startsWith(`${kind} `)) as (typeof RESOURCE_KINDS)[number];

/** Objects by key, as the API server would tell them. */
function objectsOf(lives: ReadonlyMap<string, Life>): ClusterContent {
  const resources = RESOURCE_KINDS.flatMap((kind) => [...lives].filter(([key]) => kindOf(key) === kind).map(([key, { spec, uid, version }]) => {
    const [namespace, name] = kind.namespaced ? key.slice(kind.kind.length + 1).split('/') : ['', key.slice(kind.kind.length + 1)];
    return readResource({ metadata: { name, namespace, uid, generation: version, resourceVersion: String(version) }, spec }, kind);
  }).filter((one) => one !== undefined));
  return { mark: resources.map(({ key, uid, hash }) => `${key} ${uid} ${hash}`).join('\n'), files: resources.map(({ file }) => file), resources };
}

const ending: (() => void)[] = [];
afterEach(() => { for (const end of ending.splice(0)) end(); });

async function open(lives: ReadonlyMap<string, Life>, whole: Readonly<Record<string, string>> = {}) {
  const cluster = written<ClusterContent>('policies-cluster', 'oneByOne');
  const folders = Object.entries(whole).map(([name, text]) => ({ name, ...written<SourceContent>(name, 'whole'), text }));
  const write = (name: string, text: string): void => folders.find((one) => one.name === name)?.hold({ mark: text, files: [{ path: `/${name}/p.yaml`, text }] });
  for (const { name, text } of folders) write(name, text);
  cluster.hold(objectsOf(lives));
  const told: string[] = [];
  const refused: string[] = [];
  const store: ComposedPolicyStore = await openComposedStore({
    whole: folders.map(({ source }) => source), cluster: { ...cluster.source, resources: () => cluster.source.current()?.resources } as ClusterSource,
    composing: (work) => work((files, signal, extras) => inSlices(compilePolicySetSteps(files, { trust, ...extras }), { signal })),
    events: { changed: (_set, _problems, lost) => void told.push(...lost.map(({ policy, what }) => `${policy} ${what}`)), refused: (problems) => void refused.push(problems[0]?.message ?? ''), broken: () => undefined },
    lost: lostPolicies, allowNoPolicies: true,
  });
  ending.push(() => store.close());
  return {
    store, told, refused, write,
    async hold(next: ReadonlyMap<string, Life>) { cluster.hold(objectsOf(next)); await store.refresh(); },
    set(): PolicySet | undefined { const state = store.current(); return state.ready ? state.set : undefined; },
  };
}

const signer = (key: keyof typeof KEYS): object => ({ identities: [{ key: { data: KEYS[key] } }] });
const BROKEN_SIGNER = { identities: [{ key: { data: 'none' } }] };
const policy = (by: string, more: object = {}): object => ({ artifacts: [{ image: 'r.example/**' }], require: [{ name: 'signed', signature: { by: [by] } }], ...more });
const brokenPolicy = (by: string): object => policy(by, { treshold: 2 });
const life = (spec: unknown, uid = 'u', version = 1): Life => ({ spec, uid, version });

/** Of each policy by name: whose keys it wants, or that it cannot be used. */
function demanded(set: PolicySet | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((set?.policies ?? []).map(({ name, broken, requirements: [first] }) => [
    name, broken !== undefined ? 'broken' : first?.kind === 'signature' ? first.by.flatMap(({ identities }) => identities.map((one) => (one.kind === 'key' ? one.keyId : ''))).join() : '?',
  ]));
}

/** A generator of numbers that gives the same ones for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('whatever is done in whatever order', () => {
  const keyIds = Object.fromEntries(Object.entries(KEYS).map(([name, pem]) => { const read = trust.key(pem); return [name, read.ok ? read.key.keyId : '']; }));

  test.each(Array.from({ length: 12 }, (_, index) => index + 1))('seed %i: what is in force is what the model says, and no policy that is there is ever gone', async (seed) => {
    const pick = numbers(seed);
    const lives = new Map<string, Life>();
    /** What was in force without a mistake, by key and uid. */
    const good = new Map<string, { readonly uid: string; readonly says: string }>();
    const scene = await open(lives);
    let uids = 0;
    for (let step = 0; step < 40; step += 1) {
      // Several events may come as one.
      for (let event = 0; event <= pick(3); event += 1) {
        const key = ['Signer s', 'Signer t', 'ClusterArtifactPolicy p', 'ClusterArtifactPolicy q'][pick(4)] as string;
        const isSigner = key.startsWith('Signer');
        const before = lives.get(key);
        const by = ['s', 't'][pick(2)] as string;
        const act = pick(4);
        if (act === 0) lives.delete(key);
        else lives.set(key, life(act === 1 ? (isSigner ? BROKEN_SIGNER : brokenPolicy(by)) : isSigner ? signer(['a', 'b'][pick(2)] as 'a' | 'b') : policy(by), before?.uid ?? `u${(uids += 1)}`, step));
      }
      await scene.hold(lives);
      // The model.
      for (const [key, { uid }] of good) if (lives.get(key)?.uid !== uid) good.delete(key);
      const signers = new Map<string, string>();
      for (const key of ['Signer s', 'Signer t']) {
        const now = lives.get(key);
        if (now === undefined) continue;
        const name = Object.keys(KEYS).find((one) => JSON.stringify(now.spec) === JSON.stringify(signer(one as 'a' | 'b')));
        if (name !== undefined) good.set(key, { uid: now.uid, says: keyIds[name] ?? '' });
        const says = good.get(key)?.says;
        if (says !== undefined) signers.set(key.slice('Signer '.length), says);
      }
      const expected: Record<string, string> = {};
      for (const key of ['ClusterArtifactPolicy p', 'ClusterArtifactPolicy q']) {
        const now = lives.get(key);
        if (now === undefined) continue;
        const wants = ['s', 't'].find((by) => JSON.stringify(now.spec) === JSON.stringify(policy(by)) && signers.has(by));
        if (wants !== undefined) good.set(key, { uid: now.uid, says: wants });
        const by = good.get(key)?.says;
        expected[key.slice('ClusterArtifactPolicy '.length)] = (by === undefined ? undefined : signers.get(by)) ?? 'broken';
      }
      expect(demanded(scene.set()), `step ${step}`).toEqual(expected);
      expect(scene.set()?.candidates({ kind: 'image', name: 'r.example/app' }).map(({ name }) => name)).toEqual(Object.keys(expected).toSorted());
    }
  });
});

describe('whole sources beside objects', () => {
  const SIGNER = `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 's' }, spec: signer('a') })}\n`;
  const file = (name: string, by: string): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name }, spec: policy(by) })}\n`;

  test('a file cannot rely on an object, an object may rely on a file, and takes no name of one', async () => {
    const lives = new Map([['ClusterArtifactPolicy p', life(policy('s'))], ['Signer s', life(signer('b'))]]);
    const { set, store, write, refused } = await open(lives, { files: SIGNER });
    expect(demanded(set())['p']).toBe(trust.key(KEYS.a).ok ? Object.values(demanded(set()))[0] : '');
    expect(store.documents().map(({ key, state }) => `${key} ${state}`)).toEqual(['Signer s leftOut', 'ClusterArtifactPolicy p good']);
    expect(store.documents()[0]?.problems[0]?.message).toContain('Signer s is already defined at /files/p.yaml');
    write('files', `${SIGNER}---\n${file('f', 'nobody')}`);
    await store.refresh();
    expect(refused.at(-1)).toContain('no Signer is named "nobody"');
    expect(Object.keys(demanded(set()))).toEqual(['p']);
  });

  test('two that go together no more stay as they were together, and both are told', async () => {
    const { set, store, write, refused } = await open(new Map(), { one: SIGNER, two: file('f', 's') });
    const before = demanded(set());
    write('one', SIGNER.replace('"s"', '"renamed"'));
    await store.refresh();
    expect(demanded(set())).toEqual(before);
    expect(refused).toEqual([expect.stringContaining('does not go together'), expect.stringContaining('no Signer is named "s"')]);
    write('two', file('f', 'renamed'));
    await store.refresh();
    expect(demanded(set())).toEqual(before);
    expect(refused).toHaveLength(2);
  });

  test('a whole source that was never good leaves the store without a set', async () => {
    const { set, store, write } = await open(new Map([['ClusterArtifactPolicy p', life(policy('s'))]]), { files: 'kind: Nothing' });
    expect([set(), store.condition().ready]).toEqual([undefined, false]);
    write('files', SIGNER);
    await store.refresh();
    expect(Object.keys(demanded(set()))).toEqual(['p']);
  });
});

describe('what stands in for what cannot be used', () => {
  const standsIn = async (key: string, spec: unknown): Promise<PolicySet['policies'][number] | undefined> => (await open(new Map([[key, life(spec)]]))).set()?.policies[0];

  test.each<[string, object, object]>([
    ['patterns are believed where all are read', { artifacts: [{ image: 'a.example/*' }, { blob: 'x' }] }, { patterns: [{ kind: 'image', source: 'a.example/*' }, { kind: 'blob', source: 'x' }] }],
    ['or none is', { artifacts: [{ image: 'a.example/*' }, { image: '**/' }] }, { patterns: ['image', 'blob', 'package', 'git', 'definition'].map((kind) => ({ kind, source: '**' })) }],
    ['a selector is believed where it is read', { namespaces: { matchLabels: { env: 'prod' } } }, { namespaces: { source: 'env=prod' } }],
    ['and narrows nothing where it is not', { namespaces: { matchLabel: { env: 'prod' } } }, { namespaces: undefined }],
    ['except and callers narrow nothing where a field is wrong', { except: [{ image: 'r.example/x' }], callers: [{ serviceAccount: 'ci/x' }] }, { except: undefined, callers: undefined }],
    ['audit is believed', { mode: 'audit' }, { mode: 'audit' }],
    ['another word is not', { mode: 'Audit' }, { mode: 'enforce' }],
  ])('%s', async (_what, more, expected) => {
    const { source: _source, ...seen } = { source: 0, ...(await standsIn('ClusterArtifactPolicy p', { ...brokenPolicy('s'), ...more })) };
    const shown = 'namespaces' in seen && seen.namespaces !== undefined ? { ...seen, namespaces: { source: seen.namespaces.source } } : { namespaces: undefined, except: undefined, callers: undefined, ...seen };
    expect(shown).toMatchObject(expected);
    expect(seen.broken).toMatch(/^spec/);
  });

  test('where only a name in it is unknown, all that narrows it is believed', async () => {
    const found = await standsIn('ClusterArtifactPolicy p', policy('nobody', { except: [{ image: 'r.example/x' }], usedAs: ['baseImage'] }));
    expect([found?.except?.has({ kind: 'image', name: 'r.example/x' }), [...(found?.usedAs ?? [])]]).toEqual([true, ['baseImage']]);
  });

  test('of one namespace a hundred stand in by themselves; of more, one stands over all of it, and each is told', async () => {
    const many = (namespace: string, count: number): [string, Life][] => Array.from({ length: count }, (_, n) => [`ArtifactPolicy ${namespace}/p${n}`, life({ ...brokenPolicy('s'), artifacts: [{ image: `r.example/${n}` }] })]);
    const { set, store, hold } = await open(new Map([...many('shop', 101), ...many('team', 100), ['ClusterArtifactPolicy p', life(brokenPolicy('s'))]]));
    const of = (namespace: string | undefined) => (set()?.policies ?? []).filter((one) => one.namespace === namespace);
    expect([of('shop').length, of('team').length, of(undefined).length]).toEqual([1, 100, 1]);
    expect(of('shop')[0]).toMatchObject({ mode: 'enforce', patterns: ['image', 'blob', 'package', 'git', 'definition'].map((kind) => ({ kind, source: '**' })) });
    expect(of('shop')[0]?.broken).toMatch(/^101 ArtifactPolicies of this namespace cannot be used, this is one of them: spec/);
    expect(store.documents().filter(({ state, problems }) => state === 'standIn' && problems.length > 0)).toHaveLength(202);
    // One less, and each speaks for itself again.
    await hold(new Map(many('shop', 100)));
    expect([of('shop').length, of('shop').some(({ patterns: [first] }) => first?.source === '**')]).toEqual([100, false]);
  });

  test('hosts are opened by policies of the cluster that can be used', async () => {
    const lives = new Map([
      ['Signer s', life(signer('a'))], ['ClusterArtifactPolicy good', life(policy('s', { artifacts: [{ image: 'good.example/**' }] }))],
      ['ClusterArtifactPolicy bad', life(policy('nobody', { artifacts: [{ image: 'bad.example/**' }] }))], ['ArtifactPolicy shop/x', life(policy('s', { artifacts: [{ image: 'tenant.example/**' }] }))],
    ]);
    expect([...((await open(lives)).set()?.literalHosts ?? [])]).toEqual(['good.example']);
  });

  test('what breaks is no loss of demands, what is milder while it is broken is', async () => {
    const lives = new Map([['Signer s', life(signer('a'))], ['ClusterArtifactPolicy p', life(policy('s'))]]);
    const { hold, told } = await open(lives);
    lives.delete('Signer s');
    await hold(lives);
    expect(told).toEqual([]);
    lives.set('ClusterArtifactPolicy p', life(policy('s', { mode: 'warn' }), 'another'));
    await hold(lives);
    // It denied all that it speaks about, and does no more.
    expect(told.splice(0)).toEqual(['p mode']);
    lives.set('Signer s', life(signer('a')));
    lives.set('ClusterArtifactPolicy p', life(policy('s'), 'third'));
    await hold(lives);
    lives.set('ClusterArtifactPolicy p', life({ ...brokenPolicy('s'), mode: 'warn' }, 'fourth'));
    await hold(lives);
    expect(told).toEqual(['p mode']);
  });
});

describe('the sources that a set says it comes from', () => {
  const doc = (kind: string, name: string, spec: object): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n`;
  const good = (text: string, version: string): SourceContent => ({ mark: `${text} ${version}`, version, files: [{ path: '/p.yaml', text }] });

  test('a version that is refused is not told: what it held before is in force, under the version that it had then', async () => {
    const first = written<SourceContent>('policies oci a', 'whole');
    const second = written<SourceContent>('policies-files', 'whole');
    first.hold(good(doc('Signer', 'a', signer('a')), 'one'));
    second.hold({ mark: 'x', files: [{ path: '/x.yaml', text: doc('ClusterArtifactPolicy', 'x', policy('a')) }] });
    const store = await openComposedStore({
      whole: [first.source, second.source],
      composing: (work) => work((files, signal, extras) => inSlices(compilePolicySetSteps(files, { trust, ...extras }), { signal })),
      events: { changed: () => undefined, refused: () => undefined, broken: () => undefined },
    });
    ending.push(() => store.close());
    const states = async () => {
      await store.refresh();
      const state = store.current();
      return state.ready ? state.sources?.map(({ source, digest, version }) => [source, version, digest.slice(0, 15)].join(' ')) : undefined;
    };
    const before = await states();
    expect(before).toMatchObject([expect.stringMatching(/^policies oci a one sha256:/), expect.stringMatching(/^policies-files {2}sha256:/)]);
    // Broken by itself; then good, and not together with what relies on it.
    for (const text of ['nonsense: [', doc('Signer', 'other', signer('a'))]) {
      first.hold(good(text, 'two'));
      expect(await states()).toEqual(before);
    }
    // The same content under another version, and other content.
    first.hold(good(doc('Signer', 'a', signer('a')), 'three'));
    const renamed = await states();
    expect([renamed?.[0]?.startsWith('policies oci a three '), renamed?.[0]?.slice(-15) === before?.[0]?.slice(-15)]).toEqual([true, true]);
    first.hold(good(doc('Signer', 'a', signer('b')), 'four'));
    const changed = await states();
    expect([changed?.[0]?.startsWith('policies oci a four '), changed?.[0]?.slice(-15) === before?.[0]?.slice(-15), changed?.[1] === before?.[1]]).toEqual([true, false, true]);
  });
});
