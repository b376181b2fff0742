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
    async open() {
      const made = createTufSource(tuf, {
        root, store, now: () => at.now, refused: (problem) => refusals.push(problem),
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
    expect((await open()).current()).toBeUndefined();
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
