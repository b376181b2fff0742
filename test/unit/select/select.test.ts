import { describe, expect, test } from 'vitest';
import type { ArtifactRef, Usage } from '../../../src/domain/artifact/artifact.ts';
import type { TrustMaterial } from '../../../src/domain/evidence.ts';
import { mergeTrust, nearestPatterns, nearMisses, select } from '../../../src/select/select.ts';
import { compileSet, policy, signer } from '../policy/support.ts';

const ref = (name: string, usage: Usage = 'container'): ArtifactRef => ({ kind: 'image', usage, path: 'spec.containers[0].image', raw: name, name });
const APP = ref('ghcr.io/acme/app');
const names = (policies: readonly { readonly name: string }[]): string[] => policies.map((entry) => entry.name);

describe('select', () => {
  const set = compileSet(
    signer(),
    policy({}, { name: 'everywhere' }),
    policy({ namespaces: { matchLabels: { env: 'prod' } } }, { name: 'prod-only' }),
    policy({ usedAs: ['buildStep'] }, { name: 'steps' }),
    policy({ artifacts: [{ image: 'ghcr.io/other/*' }] }, { name: 'other' }),
    policy({}, { name: 'mine', namespace: 'team-a' }),
    policy({}, { name: 'theirs', namespace: 'team-b' }),
  );

  test.each([
    ['labels that match', APP, 'team-a', { env: 'prod' }, ['mine', 'everywhere', 'prod-only'], []],
    ['labels that do not', APP, 'team-a', { env: 'dev' }, ['mine', 'everywhere'], []],
    ['no labels', APP, 'team-a', {}, ['mine', 'everywhere'], []],
    ['labels that are not known', APP, 'team-a', undefined, ['mine', 'everywhere'], ['prod-only']],
    ['another namespace', APP, 'team-b', {}, ['theirs', 'everywhere'], []],
    ['a namespace without policies', APP, 'other', {}, ['everywhere'], []],
    ['no namespace', APP, '', {}, ['everywhere'], []],
    ['another usage', ref('ghcr.io/acme/app', 'buildStep'), '', {}, ['everywhere', 'steps'], []],
    ['another image', ref('ghcr.io/other/x'), 'team-a', undefined, ['other'], []],
    ['an image nobody speaks of', ref('quay.io/x/y'), 'team-a', {}, [], []],
  ] as const)('%s', (_what, artifact, namespace, labels, applies, unknown) => {
    const selection = select(artifact, set, { namespace, labels });
    expect(names(selection.applies)).toEqual(applies);
    expect(names(selection.unknown)).toEqual(unknown);
  });

  test.each([
    ['another use', [policy({ usedAs: ['source', 'publish'] })], /^the name is matched, but policy \S+ is for use as source, publish, not container$/],
    ['other labels', [policy({ namespaces: { matchLabels: { env: 'prod' } } })], /is for namespaces with the labels env=prod$/],
    ['a policy of the namespace', [policy({}, { name: 'own', namespace: 'team' })], /policy team\/own is of a namespace, so it can only add requirements$/],
    ['a policy on trial', [policy({ mode: 'audit' })], /policy \S+ only audits, so it admits nothing by itself$/],
    ['another namespace, which is not named', [policy({}, { name: 'theirs', namespace: 'secret' })], /^only policies of other namespaces match the name$/],
    ['many', Array.from({ length: 5 }, (_, index) => policy({ usedAs: ['source'] }, { name: `p${index}` })), /policy p0 .*policy p2 .*; 2 more do not either$/],
  ])('tells why a pattern that matches is not enough: %s', (_what, documents, told) => {
    expect(nearMisses(APP, compileSet(signer(), ...documents), 'team')).toMatch(told);
    expect(nearMisses(ref('quay.io/x/y'), compileSet(signer(), ...documents), 'team')).toBeUndefined();
  });

  test('I04 a namespaced policy adds to the cluster policy and replaces nothing', () => {
    const both = compileSet(signer(), policy(), policy({ mode: 'audit' }, { name: 'soft', namespace: 'n' }));
    expect(select(APP, both, { namespace: 'n', labels: {} }).applies.map((entry) => entry.mode)).toEqual(['audit', 'enforce']);
  });

  test('a policy whose selector cannot be judged is unknown only for usages it covers', () => {
    const narrow = compileSet(signer(), policy({ usedAs: ['buildStep'], namespaces: { matchLabels: { a: 'b' } } }));
    expect(select(APP, narrow, { namespace: 'n', labels: undefined }).unknown).toEqual([]);
    expect(select(ref('ghcr.io/acme/app', 'buildStep'), narrow, { namespace: 'n', labels: undefined }).unknown).toHaveLength(1);
  });

  test.each(['__proto__', 'constructor', 'toString'])('L10 the namespace %s is an ordinary one', (namespace) => {
    expect(names(select(APP, set, { namespace, labels: {} }).applies)).toEqual(['everywhere']);
  });
});

describe('merging trust', () => {
  const material = (id: string, keys: string[], roots: string[] = []): { trust: TrustMaterial } => ({
    trust: { id, keys: keys.map((keyId) => ({ keyId, pem: keyId })), roots: roots.map((root) => ({ kind: 'sigstore' as const, name: root, id: root, trustedRoot: {}, require: { transparencyLog: 1, sct: 1, timestamps: 0 }, secondOpinion: 'off' as const })) },
  });
  const A = material('a', ['k1', 'k2'], ['r1']);
  const B = material('b', ['k2', 'k3'], ['r1', 'r2']);

  test('is the union, once each', () => {
    const merged = mergeTrust([A, B]);
    expect(merged.keys.map((key) => key.keyId)).toEqual(['k1', 'k2', 'k3']);
    expect(merged.roots.map((root) => root.id)).toEqual(['r1', 'r2']);
  });

  test('has the same id for the same material in any order and number, another for another', () => {
    expect(mergeTrust([A, B]).id).toBe(mergeTrust([B, A, B]).id);
    expect(mergeTrust([A, B]).id).not.toBe(mergeTrust([A]).id);
    expect(mergeTrust([A, B]).id).not.toBe(mergeTrust([A, material('c', ['k9'])]).id);
  });

  test('of one material is that material, of none is empty', () => {
    expect(mergeTrust([A, A])).toBe(A.trust);
    expect(mergeTrust([])).toMatchObject({ keys: [], roots: [] });
  });

  test('is remembered', () => {
    expect(mergeTrust([A, B])).toBe(mergeTrust([A, B]));
  });

  test('keeps a key with and without root apart', () => {
    const rooted = { trust: { id: 'd', keys: [{ keyId: 'k1', pem: 'k1', rootId: 'r1' }], roots: [] } };
    expect(mergeTrust([A, rooted]).keys).toHaveLength(3);
  });
});

describe('nearest patterns', () => {
  const patterns = ['ghcr.io/acme/app', 'ghcr.io/acme/**', 'ghcr.io/zeta/x', 'quay.io/acme/*', 'nginx', 'acme/*'];
  const set = compileSet(signer(), policy({ artifacts: patterns.map((image) => ({ image })) }));
  test.each([
    ['ghcr.io/acmee/app', ['ghcr.io/acme/**', 'ghcr.io/acme/app', 'ghcr.io/zeta/x']],
    ['docker.io/library/nginxx', ['nginx', 'acme/*']],
    ['docker.io/acme2/x', ['acme/*', 'nginx']],
    ['x.example/y', []],
  ])('to %s are %j', (name, expected) => {
    expect(nearestPatterns({ kind: 'image', name }, set, '')).toEqual(expected);
  });
  test('are of the same kind', () => {
    expect(nearestPatterns({ kind: 'blob', name: 'ghcr.io/acme/app' }, set, '')).toEqual([]);
  });
  test('are none of other namespaces', () => {
    const tenants = compileSet(signer(), ...['mine', 'theirs'].map((namespace) => policy({ artifacts: [{ image: `ghcr.io/${namespace}/*` }] }, { name: 'p', namespace })));
    expect(nearestPatterns({ kind: 'image', name: 'ghcr.io/x/y' }, tenants, 'mine')).toEqual(['ghcr.io/mine/*']);
  });
});
