/** Policies from a TUF repository: all of one state, nothing older, and of delegated roles only what they may speak of. */
import { describe, expect, test } from 'vitest';
import { tufSourceSchema } from '../../../src/platform/config/policy-sources/tuf.ts';
import type { PolicySource } from '../../../src/feeds/policies/source.ts';
import { createTufSource } from '../../../src/wiring/signed/tuf-source.ts';
import { TufRepo } from '../../world/tuf.ts';
import { DAY, MemoryStore, NOW } from '../tuf/support.ts';
import { policyText } from './support.ts';

const NAMESPACED = policyText('images').replace('ClusterArtifactPolicy', 'ArtifactPolicy').replace('name: images', 'name: images\n  namespace: shop');

function standing(more: object = {}) {
  const repo = new TufRepo({ now: NOW });
  repo.addTarget('acme.yaml', policyText());
  const store = new MemoryStore();
  const at = { now: NOW, down: false };
  const refusals: string[] = [];
  const [root = new Uint8Array()] = repo.roots;
  const { tuf } = tufSourceSchema.parse({ tuf: { mirror: 'https://tuf.acme.example/metadata', targetsUrl: 'https://tuf.acme.example/files', root: 'root.json', targets: ['acme.yaml'], ...more } });
  return {
    repo, at, refusals, store,
    async open(pinned = root) {
      const made = createTufSource(tuf, {
        root: pinned, store, now: () => at.now, refused: (problem) => refusals.push(problem),
        files: (base) => async (path) => {
          if (at.down) throw new Error('mirror is down');
          return base.endsWith('/files') ? repo.target(path) : repo.metadata(path);
        },
      });
      await made.refresh();
      return made;
    },
  };
}
const textsOf = (made: PolicySource): readonly string[] => (made.current()?.files ?? []).map(({ text }) => text);
const problemsOf = (made: PolicySource): readonly (string | undefined)[] => (made.current()?.files ?? []).map(({ problem }) => problem);

describe('policies of a TUF repository', () => {
  test('are there with their place and version, and a new state comes as a whole', async () => {
    const { repo, open } = standing({ targets: ['acme.yaml', 'more/other.yaml'] });
    repo.addTarget('more/other.yaml', policyText('other'));
    const made = await open();
    expect(made.current()).toMatchObject({ version: 'snapshot 1 (root 1)', files: [{ path: 'https://tuf.acme.example/metadata/acme.yaml' }, { path: 'https://tuf.acme.example/metadata/more/other.yaml' }] });
    repo.addTarget('acme.yaml', policyText('acme-images', 2));
    repo.addTarget('more/other.yaml', policyText('other', 2));
    repo.publish('targets');
    repo.asked.length = 0;
    await made.refresh();
    expect([textsOf(made), made.current()?.version]).toEqual([[policyText('acme-images', 2), policyText('other', 2)], 'snapshot 2 (root 1)']);
    await made.refresh();
    expect(repo.asked.filter((path) => path.endsWith('.yaml'))).toHaveLength(2);
  });

  test('a target that is missing, or of which other bytes are served, refuses the whole: the last good content stays', async () => {
    const { repo, open, refusals } = standing();
    const made = await open();
    repo.addTarget('acme.yaml', policyText('acme-images', 2));
    repo.publish('targets');
    repo.artifacts.set('acme.yaml', Buffer.from(policyText('acme-images', 2).replace('acme/**', '**')));
    await made.refresh();
    expect([textsOf(made), refusals.length]).toEqual([[policyText()], 1]);
    delete repo.targets.get('targets')?.targets['acme.yaml'];
    repo.publish('targets');
    await made.refresh();
    expect([textsOf(made), made.condition().problem]).toEqual([[policyText()], expect.stringContaining('acme.yaml')]);
  });

  test('an older state is refused, after a restart too; a mirror that stands still or is down is told', async () => {
    const { repo, open, at } = standing();
    repo.publish('targets');
    const made = await open();
    const kept = made.current()?.version;
    const { version } = repo.timestamp;
    repo.timestamp.version = 1;
    await made.refresh();
    expect([made.current()?.version, made.condition().problem]).toEqual([kept, expect.anything()]);
    const again = await open();
    expect([again.current()?.version, again.condition().problem]).toEqual([kept, expect.anything()]);
    repo.timestamp.version = version;
    await made.refresh();
    expect(made.condition().problem).toBeUndefined();
    at.now = NOW + 40 * DAY;
    await made.refresh();
    expect([textsOf(made), made.condition().problem]).toEqual([[policyText()], expect.stringMatching(/expire/)]);
    at.down = true;
    await made.refresh();
    expect([textsOf(made), made.condition().problem]).toEqual([[policyText()], 'mirror is down']);
  });

  describe('after a restart while the mirror is down', () => {
    const restarted = async (change: (made: ReturnType<typeof standing>) => void = () => undefined, more: object = {}) => {
      const made = standing(more);
      await made.open();
      made.at.down = true;
      change(made);
      return { ...made, again: await made.open() };
    };
    const kept = ({ store }: ReturnType<typeof standing>): string => [...store.files.keys()].find((name) => name.startsWith('accepted-')) ?? '';
    const rewritten = (made: ReturnType<typeof standing>, change: (text: string) => string): void => {
      const content = JSON.parse(Buffer.from(made.store.files.get(kept(made)) ?? []).toString()) as Record<'files' | 'targets', [string, string][]>;
      for (const part of ['files', 'targets'] as const)
        content[part] = content[part].map(([name, text]) => [name, Buffer.from(change(Buffer.from(text, 'base64').toString())).toString('base64')]);
      made.store.files.set(kept(made), Buffer.from(JSON.stringify(content)));
    };

    test('what was accepted last is there, as old as it is, expired or not, and what the mirror has later comes as ever', async () => {
      const { again, at, repo } = await restarted(({ at: clock }) => { clock.now += 40 * DAY; });
      expect([textsOf(again), again.current()?.version, again.condition().problem]).toEqual([[policyText()], 'snapshot 1 (root 1)', 'mirror is down']);
      expect(again.age()).toBeGreaterThanOrEqual(40 * DAY);
      Object.assign(at, { down: false, now: NOW + DAY });
      await again.refresh();
      expect([again.condition().problem, (again.age() ?? Infinity) < DAY]).toEqual([undefined, true]);
      repo.addTarget('acme.yaml', policyText('acme-images', 2));
      repo.publish('targets');
      await again.refresh();
      expect(textsOf(again)).toEqual([policyText('acme-images', 2)]);
    });

    test.each<[string, (made: ReturnType<typeof standing>) => void]>([
      ['other targets', (made) => rewritten(made, (text) => text.replace('acme/**', '**'))],
      ['other metadata', (made) => rewritten(made, (text) => text.replace(/"version": ?1/, '"version":3'))],
      ['half a file', (made) => made.store.files.set(kept(made), (made.store.files.get(kept(made)) ?? Buffer.from('')).subarray(0, 200))],
      ['a list that is none', (made) => made.store.files.set(kept(made), Buffer.from('{"confirmedAt":1,"files":[1,null],"targets":{}}'))],
      ['nothing', (made) => made.store.files.delete(kept(made))],
    ])('%s on the disk: nothing of it is used', async (_, change) => {
      const { again, refusals } = await restarted(change);
      expect([again.current(), refusals.at(-1)]).toEqual([undefined, 'mirror is down']);
    });

    test('keys that a later root has taken away prove nothing of it any more', async () => {
      const { again } = await restarted((made) => {
        const { repo, store } = made;
        repo.rotateKeys('timestamp');
        repo.publishRoot();
        store.files.set('2.root', repo.roots[1] ?? new Uint8Array());
      });
      expect(again.current()).toBeUndefined();
    });

    test('a role that may speak of it no more delivers nothing of it, and other targets are not those', async () => {
      const made = standing({ targets: ['acme.yaml', 'shop/images.yaml'], roles: { 'team-shop': ['ArtifactPolicy/shop/*'] } });
      made.repo.delegate('targets', 'team-shop', { paths: ['shop/*'] });
      made.repo.addTarget('shop/images.yaml', NAMESPACED, 'team-shop');
      made.repo.publish('targets');
      await made.open();
      made.at.down = true;
      expect(problemsOf(await made.open())).toEqual([undefined, undefined]);
      const other = standing({ targets: ['acme.yaml', 'shop/images.yaml'] });
      for (const [name, bytes] of made.store.files) other.store.files.set(name, bytes);
      const [root = new Uint8Array()] = made.repo.roots;
      other.at.down = true;
      expect(problemsOf(await other.open(root))).toEqual([undefined, expect.stringContaining('may deliver nothing')]);
      const fewer = standing();
      for (const [name, bytes] of made.store.files) fewer.store.files.set(name, bytes);
      fewer.at.down = true;
      expect((await fewer.open(root)).current()).toBeUndefined();
    });
  });

  test('a look that could not be finished is gone on with by the next one, and nothing is in force before all of it is there', async () => {
    const { repo, open } = standing({ targets: ['a.yaml', 'b.yaml', 'c.yaml'] });
    for (const name of ['a', 'b', 'c']) repo.addTarget(`${name}.yaml`, policyText(name));
    repo.publish('targets');
    const asked = (): string[] => repo.asked.splice(0).filter((path) => path.endsWith('.yaml')).map((path) => path.slice(-6));
    const content = repo.artifacts.get('c.yaml') ?? Buffer.from('');
    repo.artifacts.set('c.yaml', Buffer.from('other'));
    const made = await open();
    // The look that opening begins, and the one after it.
    expect([made.current(), asked()]).toEqual([undefined, ['a.yaml', 'b.yaml', 'c.yaml', 'c.yaml']]);
    repo.artifacts.set('c.yaml', content);
    await made.refresh();
    expect([textsOf(made).length, asked()]).toEqual([3, ['c.yaml']]);
  });

  test('more than is read together refuses the whole, before any of it is asked for', async () => {
    const { repo, open, refusals } = standing({ targets: ['a.yaml', 'b.yaml', 'c.yaml', 'd.yaml', 'e.yaml'] });
    for (const name of ['a', 'b', 'c', 'd', 'e']) repo.addTarget(`${name}.yaml`, '#'.repeat(3_500_000));
    repo.publish('targets');
    expect([(await open()).current(), refusals[0]]).toEqual([undefined, expect.stringContaining('e.yaml" have 17500000 bytes together')]);
  });

  test('signed by keys of nobody: nothing of it', async () => {
    const { repo, open } = standing();
    repo.signers.set('targets', [...new TufRepo({ now: NOW }).signers.get('targets') ?? []]);
    expect((await open()).current()).toBeUndefined();
  });

  test('a delegated role delivers what it may speak of, and nothing else', async () => {
    const delegated = (text: string, roles: object): ReturnType<typeof standing> => {
      const made = standing({ targets: ['acme.yaml', 'shop/images.yaml'], roles });
      made.repo.delegate('targets', 'team-shop', { paths: ['shop/*'] });
      made.repo.addTarget('shop/images.yaml', text, 'team-shop');
      made.repo.publish('targets');
      return made;
    };
    const own = { 'team-shop': ['ArtifactPolicy/shop/*'] };
    expect(problemsOf(await delegated(NAMESPACED, own).open())).toEqual([undefined, undefined]);
    expect(problemsOf(await delegated(NAMESPACED, {}).open())).toEqual([undefined, expect.stringContaining('may deliver nothing')]);
    expect(problemsOf(await delegated(NAMESPACED.replace('shop', 'bank'), own).open())).toEqual([undefined, expect.stringContaining('found ArtifactPolicy/bank/images')]);
    expect(problemsOf(await delegated(policyText(), own).open())).toEqual([undefined, expect.stringContaining('found ClusterArtifactPolicy/acme-images')]);
    expect(problemsOf(await delegated(`${NAMESPACED}---\n${policyText()}`, own).open())).toEqual([undefined, expect.stringContaining('found ClusterArtifactPolicy/acme-images')]);
    expect(problemsOf(await delegated(NAMESPACED, { constructor: ['**'] }).open())).toEqual([undefined, expect.stringContaining('may deliver nothing')]);
  });

  test('whoever delegates hands on no more than is his, whatever he calls the role and whichever keys he gives it', async () => {
    const nested = (name: string, text: string, roles: object, hostile = false) => {
      const made = standing({ targets: ['acme.yaml', 'shop/images.yaml'], roles });
      const { repo } = made;
      repo.delegate('targets', 'team-shop', { paths: ['shop/*'] });
      if (hostile) repo.delegate('targets', name, { paths: [`${name}/*`] });
      const keys = repo.delegate('team-shop', name, { paths: ['shop/*'], existing: hostile });
      repo.addTarget('shop/images.yaml', text, name);
      repo.publish('targets', 'team-shop', name);
      // The mirror serves another file of that role and version, by keys that team-shop has named.
      if (hostile) {
        repo.signers.set(name, [...keys]);
        repo.override.set(`${repo.targets.get(name)?.version}.${name}.json`, repo.file(name));
      }
      return made;
    };
    const roles = { 'team-shop': ['ArtifactPolicy/shop/*'], security: ['**'], intern: ['ArtifactPolicy/*/images'] };
    expect(problemsOf(await nested('security', policyText(), roles, true).open())).toEqual([undefined, expect.stringContaining('"team-shop", which may speak of ArtifactPolicy/shop/* alone')]);
    expect(problemsOf(await nested('security', policyText(), roles).open())).toEqual([undefined, expect.stringContaining('"team-shop", which may speak of')]);
    expect(problemsOf(await nested('intern', NAMESPACED, roles).open())).toEqual([undefined, undefined]);
    expect(problemsOf(await nested('intern', NAMESPACED.replace('name: images', 'name: other'), roles).open())).toEqual([undefined, expect.stringContaining('"intern", which may speak of')]);
    expect(problemsOf(await nested('stranger', NAMESPACED, roles).open())).toEqual([undefined, expect.stringContaining('"stranger", which policySources does not list')]);
  });

  test('what the top-level role lists itself is its own, whoever else may list it', async () => {
    const { repo, open } = standing();
    repo.delegate('targets', 'team-shop', { paths: ['*'] });
    repo.addTarget('acme.yaml', policyText('hostile'), 'team-shop');
    repo.addTarget('acme.yaml', policyText());
    repo.publish('targets');
    const made = await open();
    expect([textsOf(made), problemsOf(made)]).toEqual([[policyText()], [undefined]]);
  });

  test.each([['../acme.yaml'], ['/acme.yaml'], ['a//b.yaml'], [''], ['a/../b.yaml']])('%j is no target', (path) => {
    const parse = (targets: string[]) => tufSourceSchema.safeParse({ tuf: { mirror: 'https://x.example', root: 'r', targets } }).success;
    expect([parse([path]), parse(['a.yaml']), parse(['a.yaml', 'a.yaml'])]).toEqual([false, true, false]);
  });
});
