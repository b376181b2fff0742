// What a policy names under `except` it does not speak about: `unmatched`, or another policy, decides.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lostPolicies } from '../../../src/policy/index.ts';
import { overlaps } from '../../../src/policy/match/overlaps.ts';
import { parseArtifactPattern } from '../../../src/policy/match/artifact-pattern.ts';
import type { ArtifactPattern } from '../../../src/policy/match/artifact-pattern.ts';
import { nearMisses } from '../../../src/select/select.ts';
import { uncoveredTektonImages } from '../../../src/select/engine-images.ts';
import { TEKTON_IMAGES } from '../../../src/domain/build/engine-images.ts';
import { judge } from './every-field/judge.ts';
import type { Scene } from './every-field/judge.ts';
import { demanding } from './every-field/row.ts';
import { DIGEST, doc, signs } from './every-field/world.ts';
import { compile, compileSet, errors, policy, signer, warnings } from './support.ts';

const image = (name: string): Scene['artifact'] => ({ kind: 'image', usage: 'container', path: 'a', raw: `${name}@${DIGEST}`, name, digest: DIGEST });
const under = (except: readonly object[] | undefined, name: string, spec: object = {}): Promise<string> =>
  judge(demanding({ signature: { by: ['alice'] } }, { artifact: image(name) }, { artifacts: [{ image: '**' }], ...(except === undefined ? {} : { except }), ...spec }))
    .then(({ verdict }) => verdict);

describe('except: from YAML to the verdict', () => {
  test('except: an image within "**" is unmatched, and its neighbours are judged', async () => {
    const except = [{ image: 'registry.k8s.io/**' }, { image: 'busybox' }];
    expect(await under(except, 'registry.k8s.io/pause')).toBe('deny SELECT_NO_POLICY');
    expect(await under(except, 'docker.io/library/busybox')).toBe('deny SELECT_NO_POLICY');
    expect(await under(undefined, 'registry.k8s.io/pause')).toBe('deny FETCH_NONE_FOUND');
    for (const other of ['ghcr.io/acme/app', 'registry.k8s.io.evil.example/pause', 'evil.example/registry.k8s.io/pause', 'registry.k8s.io:8443/pause', 'docker.io/library/busybox2', 'docker.io/other/busybox'])
      expect(await under(except, other)).toBe('deny FETCH_NONE_FOUND');
  });

  test('except: of one policy takes nothing from another, wherever the other stands', async () => {
    const scene = demanding({ signature: { by: ['alice'] } }, { artifact: image('ghcr.io/acme/app') }, { except: [{ image: 'ghcr.io/acme/app' }] });
    const other = doc('ClusterArtifactPolicy', 'q', { artifacts: [{ image: 'ghcr.io/acme/**' }], require: [{ name: 'bob', signature: { by: ['bob'] } }] });
    const own = { ...other, kind: 'ArtifactPolicy', metadata: { name: 'own', namespace: 'team' } };
    expect((await judge(scene)).verdict).toBe('deny SELECT_NO_POLICY');
    expect((await judge({ ...scene, documents: [...scene.documents, other] })).verdict).toBe('deny FETCH_NONE_FOUND');
    expect((await judge({ ...scene, documents: [...scene.documents, own] })).verdict).toContain('FETCH_NONE_FOUND');
    expect((await judge({ ...scene, documents: [...scene.documents, other], evidence: [signs({ by: 'bob' })] })).verdict).toBe('admit POLICY_SATISFIED');
  });

  test('except: in a policy of a namespace is about that policy alone', async () => {
    const scene = demanding({ signature: { by: ['alice'] } }, { artifact: image('ghcr.io/acme/app'), evidence: [signs()] });
    const SPEC = { artifacts: [{ image: 'ghcr.io/acme/**' }], except: [{ image: 'ghcr.io/acme/app' }], require: [{ name: 'bob', signature: { by: ['bob'] } }] };
    const own = doc('ArtifactPolicy', 'own', SPEC);
    const team = { ...own, metadata: { name: 'own', namespace: 'team' } };
    expect((await judge({ ...scene, documents: [...scene.documents, team] })).verdict).toBe('admit POLICY_SATISFIED');
    const without = { ...team, spec: { artifacts: SPEC.artifacts, require: SPEC.require } };
    expect((await judge({ ...scene, documents: [...scene.documents, without] })).verdict).toMatch(/^deny/);
  });

  test('except: the grammar is that of artifacts: what is no pattern is refused', () => {
    for (const bad of [{ image: 'ghcr.io/acme/app:v1' }, { image: '' }, { package: 'npm/app' }, { other: 'x' }, {}])
      expect(errors(compile(signer(), policy({ except: [bad] }))).length).toBeGreaterThan(0);
    expect(errors(compile(signer(), policy({ except: [] })))[0]?.message).toContain('must not be empty');
  });
});

describe('except: what else is told of it', () => {
  test('except: the near miss says so, and only there', () => {
    const ref = image('ghcr.io/acme/app');
    expect(nearMisses(ref, compileSet(signer(), policy({ except: [{ image: 'ghcr.io/acme/app' }] })), 'team')).toMatch(/names it under except$/);
    expect(nearMisses(ref, compileSet(signer(), policy({ except: [{ image: 'ghcr.io/acme/b' }], usedAs: ['source'] })), 'team')).not.toMatch(/except/);
  });

  test('except: names no host that may be private', () => {
    const { literalHosts } = compileSet(signer(), policy({ except: [{ image: 'registry.internal/x' }] }));
    expect([literalHosts.has('registry.internal'), literalHosts.has('ghcr.io')]).toEqual([false, true]);
  });

  test('except: an image of Tekton that is left out is told ahead of time', () => {
    const all = (spec: object): number => uncoveredTektonImages(compileSet(signer(), policy({ artifacts: [{ image: '**' }], ...spec }))).length;
    expect([all({}), all({ except: [{ image: TEKTON_IMAGES[0]?.name }] })]).toEqual([0, 1]);
  });

  const loss = (before: Record<string, unknown>, after: Record<string, unknown>): string[] =>
    lostPolicies(compileSet(signer(), policy(before)), compileSet(signer(), policy(after))).map(({ what, detail }) => `${what}: ${detail}`);
  test('except: a new one is less, fewer or narrower ones are not', () => {
    const [wide, narrow] = [{ except: [{ image: 'ghcr.io/acme/**' }] }, { except: [{ image: 'ghcr.io/acme/app' }] }];
    expect(loss({}, narrow)).toEqual(['except: speaks no longer about ghcr.io/acme/app']);
    expect(loss(narrow, wide)).toEqual(['except: speaks no longer about ghcr.io/acme/**']);
    for (const [before, after] of [[wide, narrow], [narrow, {}], [narrow, narrow]] as const) expect(loss(before, after)).toEqual([]);
  });

  const advice = (spec: Record<string, unknown>): string[] => warnings(compile(signer(), policy(spec))).map(({ path, message }) => `${path} ${message.slice(0, 15)}`);
  test('except: lint sees what is left out as a whole, what leaves out nothing, and what stands twice', () => {
    expect(advice({ except: [{ image: 'ghcr.io/**' }] })).toEqual(['spec.artifacts[0].image is excepted as ']);
    expect(advice({ except: [{ image: 'quay.io/**' }] })).toEqual(['spec.except[0].image matches nothing']);
    expect(advice({ except: [{ package: '**' }] })).toEqual(['spec.except[0].package matches nothing']);
    expect(advice({ except: [{ image: 'ghcr.io/acme/a' }, { image: 'ghcr.io/acme/a' }] })).toHaveLength(1);
    for (const image of ['ghcr.io/acme/app', 'ghcr.io/*/app', 'ghcr.io/acme/a*']) expect(advice({ except: [{ image }] })).toEqual([]);
  });
});

describe('except: whether two patterns have a name in common', () => {
  const read = (text: string): ArtifactPattern => { const one = parseArtifactPattern('image', text); if (!one.ok) throw new Error(one.problem); return one.value; };
  const segment = fc.stringMatching(/^[ab*]{1,3}$/).filter((text) => !text.includes('**'));
  const pattern = fc.array(fc.oneof(segment, fc.constant('**')), { minLength: 1, maxLength: 4 }).map((parts) => `x.io/${parts.join('/')}`);
  const name = fc.array(fc.stringMatching(/^[ab]{1,3}$/), { minLength: 1, maxLength: 5 }).map((parts) => `x.io/${parts.join('/')}`);

  test('except: a name that both match is never overlooked, in either order', () => {
    fc.assert(fc.property(pattern, pattern, name, (a, b, found) => {
      const [one, two, ref] = [read(a), read(b), { kind: 'image', name: found } as const];
      expect(overlaps(one, two)).toBe(overlaps(two, one));
      if (one.test(ref) && two.test(ref)) expect(overlaps(one, two)).toBe(true);
    }), { numRuns: 2000 });
  });

  test.each([['x.io/a/*', 'x.io/b/*', false], ['x.io/a*', 'x.io/*b', true], ['x.io/**', 'y.io/a', false], ['x.io/a/**', 'x.io/a', false], ['x.io/**/a', 'x.io/b/**', true], ['*.io/a', 'x.*/a', true], ['x.io:1/a', 'x.io/a', false]])(
    'except: %s and %s', (a, b, common) => expect(overlaps(read(a), read(b))).toBe(common));
});
