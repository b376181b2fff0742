import { describe, expect, test } from 'vitest';
import { createPublishedReader } from '../../../src/tuf/index.ts';
import type { PublishedReader } from '../../../src/tuf/index.ts';
import { TufRepo } from '../../world/tuf.ts';
import { DAY, faultOf, MemoryStore, NOW } from './support.ts';

const good = (text: string): string => JSON.stringify({ good: text });

interface Setting {
  readonly repo: TufRepo;
  readonly store: MemoryStore;
  reader(): PublishedReader;
  refresh(reader: PublishedReader, now?: number): ReturnType<PublishedReader['refresh']>;
}

function setting(): Setting {
  const repo = new TufRepo({ now: NOW });
  repo.addTarget('root.json', good('first'));
  const [pinnedRoot = new Uint8Array()] = repo.roots;
  const store = new MemoryStore();
  return {
    repo,
    store,
    reader: () => createPublishedReader({ pinnedRoot, store, target: 'root.json', maxBytes: 1000, problems: (content) => (typeof (content as { good?: unknown }).good === 'string' ? [] : [{ path: 'good', message: 'is missing' }]) }),
    refresh: (reader, now = NOW) => reader.refresh({ metadata: async (path) => repo.metadata(path), targets: async (path) => repo.target(path) }, now),
  };
}

describe('a published document', () => {
  test('is downloaded once, and confirmed without a download', async () => {
    const { repo, reader, refresh } = setting();
    const one = reader();
    expect(await refresh(one)).toMatchObject({ content: { good: 'first' }, confirmedAt: NOW });
    repo.asked.length = 0;
    expect(await refresh(one, NOW + DAY)).toMatchObject({ content: { good: 'first' }, confirmedAt: NOW + DAY });
    expect(repo.asked).toEqual(['2.root.json', 'timestamp.json']);
  });

  test('a restart knows it without network, with the time it was confirmed', async () => {
    const { repo, reader, refresh } = setting();
    repo.rotateKeys('root');
    repo.publishRoot();
    await refresh(reader(), NOW + 1);
    expect(await reader().restore()).toMatchObject({ content: { good: 'first' }, confirmedAt: NOW + 1, versions: { root: 2 } });
  });

  test('after a restart, and after expiry of everything, it is restored all the same: its age is for the caller to judge', async () => {
    const { reader, refresh } = setting();
    await refresh(reader());
    const again = reader();
    expect(await again.restore()).toBeDefined();
    await expect(refresh(again, NOW + 400 * DAY)).rejects.toMatchObject({ fault: 'expired' });
  });

  test.each([
    ['is not valid', '{"bad":1}', 'content'],
    ['is not JSON', '{', 'content'],
    ['is too large', JSON.stringify({ good: 'x'.repeat(1000) }), 'limit'],
  ])('a new one that %s does not replace the good one, not even after a restart', async (_name, text, fault) => {
    const { repo, reader, refresh } = setting();
    const one = reader();
    await refresh(one);
    repo.addTarget('root.json', text);
    repo.publish('targets');
    expect(await faultOf(refresh(one))).toBe(fault);
    expect(await reader().restore()).toMatchObject({ content: { good: 'first' } });
    repo.addTarget('root.json', good('second'));
    repo.publish('targets');
    expect(await refresh(one)).toMatchObject({ content: { good: 'second' } });
    expect(await reader().restore()).toMatchObject({ content: { good: 'second' } });
  });

  test('the floor stays when a bad document came: what is older is refused', async () => {
    const { repo, reader, refresh } = setting();
    repo.publish('targets');
    await refresh(reader());
    const old = repo.file('timestamp');
    repo.addTarget('root.json', '{}');
    repo.publish('targets');
    expect(await faultOf(refresh(reader()))).toBe('content');
    repo.override.set('timestamp.json', old);
    expect(await faultOf(refresh(reader()))).toBe('rollback');
  });

  test('one that is not listed is missing', async () => {
    const { repo, reader, refresh } = setting();
    delete repo.targets.get('targets')?.targets['root.json'];
    expect(await faultOf(refresh(reader()))).toBe('missing');
  });

  test.each<readonly [string, (store: MemoryStore) => void]>([
    ['is gone', (store) => store.files.delete('accepted')],
    ['is damaged', (store) => store.files.set('accepted', Buffer.from('{"confirmedAt":1'))],
    ['is something else', (store) => store.files.set('accepted', Buffer.from('{"confirmedAt":"x"}'))],
    ['holds another document', (store) => {
      const kept = JSON.parse(Buffer.from(store.files.get('accepted') ?? []).toString()) as Record<string, unknown>;
      store.files.set('accepted', Buffer.from(JSON.stringify({ ...kept, target: Buffer.from(good('evil')).toString('base64') })));
    }],
    ['was signed by somebody else', (store) => {
      const kept = JSON.parse(Buffer.from(store.files.get('accepted') ?? []).toString()) as { files: Record<string, string> };
      kept.files['targets.json'] = Buffer.from(new TufRepo({ now: NOW }).file('targets')).toString('base64');
      store.files.set('accepted', Buffer.from(JSON.stringify(kept)));
    }],
  ])('what is kept and %s is not restored, and the repository is asked', async (_name, damage) => {
    const { store, reader, refresh } = setting();
    await refresh(reader());
    damage(store);
    const again = reader();
    expect(await again.restore()).toBeUndefined();
    expect(await refresh(again)).toMatchObject({ content: { good: 'first' } });
  });

  test('one that a delegated role publishes is restored too', async () => {
    const { repo, reader, refresh } = setting();
    delete repo.targets.get('targets')?.targets['root.json'];
    repo.delegate('targets', 'team', { paths: ['*.json'] });
    repo.addTarget('root.json', good('by the team'), 'team');
    repo.publish('targets', 'team');
    await refresh(reader());
    expect(await reader().restore()).toMatchObject({ content: { good: 'by the team' } });
  });
});
