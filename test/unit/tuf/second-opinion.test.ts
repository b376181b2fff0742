import fs from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createPublishedReader } from '../../../src/tuf/index.ts';
import type { PublishedReader } from '../../../src/tuf/index.ts';
import { secondOpinionRefusal } from '../../../src/tuf/second-opinion.ts';
import { TufRepo } from '../../world/tuf.ts';
import { DAY, faultOf, MemoryStore, NOW } from './support.ts';

afterEach(() => { vi.restoreAllMocks(); });

/** A repository of two roots and a delegated role, and a reader of its document. */
function setting(): { readonly repo: TufRepo; readonly store: MemoryStore; readonly reader: PublishedReader; refresh(now?: number): ReturnType<PublishedReader['refresh']> } {
  const repo = new TufRepo({ now: NOW });
  const [pinnedRoot = new Uint8Array()] = repo.roots;
  repo.delegate('targets', 'team', { paths: ['team/*'], terminating: true });
  repo.addTarget('team/root.json', '{"one":1}', 'team');
  repo.publish('targets', 'team');
  repo.rotateKeys('root');
  repo.publishRoot();
  const store = new MemoryStore();
  const reader = createPublishedReader({ pinnedRoot, store, target: 'team/root.json', maxBytes: 1000, problems: () => [] });
  return { repo, store, reader, refresh: (now = NOW) => reader.refresh({ metadata: async (path) => repo.metadata(path), targets: async (path) => repo.target(path) }, now) };
}

/** The timestamp lists a further file: our client reads it by the specification, tuf-js drops it before it checks the signature. */
function disagree(repo: TufRepo): void {
  (repo.timestamp.meta as Record<string, unknown>)['further.json'] = { version: 1 };
  repo.publish('timestamp');
}

describe('a new root of trust is used only when tuf-js accepts it too', () => {
  test('both accept: through a rotated root and a delegated role', async () => {
    expect(await setting().refresh()).toMatchObject({ content: { one: 1 } });
  });

  test('only ours accepts the first one: it is refused, and nothing is kept for a restart', async () => {
    const { repo, reader, refresh } = setting();
    disagree(repo);
    expect(await faultOf(refresh())).toBe('disagreement');
    expect(await reader.restore()).toBeUndefined();
  });

  test('only ours accepts a changed one: the old one stays, until both accept again', async () => {
    const { repo, reader, refresh } = setting();
    await refresh();
    repo.addTarget('team/root.json', '{"two":2}', 'team');
    repo.publish('targets', 'team');
    disagree(repo);
    expect(await faultOf(refresh())).toBe('disagreement');
    expect(await reader.restore()).toMatchObject({ content: { one: 1 } });
    delete (repo.timestamp.meta as Record<string, unknown>)['further.json'];
    repo.publish('timestamp');
    expect(await refresh()).toMatchObject({ content: { two: 2 } });
  });

  test('a document that is in use is confirmed without asking tuf-js again', async () => {
    const { repo, refresh } = setting();
    await refresh();
    disagree(repo);
    expect(await refresh(NOW + 1)).toMatchObject({ content: { one: 1 }, confirmedAt: NOW + 1 });
  });

  test('what lies in the store beyond the root in force decides nothing', async () => {
    const { store, refresh } = setting();
    store.files.set('3.root', Buffer.from('{}'));
    expect(await refresh()).toMatchObject({ content: { one: 1 } });
  });

  test('nothing is read from or written to a disk', async () => {
    const touched = (['readFileSync', 'writeFileSync', 'copyFileSync', 'createReadStream', 'mkdtempSync', 'existsSync'] as const).map((name) => vi.spyOn(fs, name));
    await setting().refresh();
    for (const spy of touched) expect(spy).not.toHaveBeenCalled();
  });
});

describe('tuf-js judges by our time, over our bytes', () => {
  async function asked(now: number, change: (target: Buffer) => Buffer = (same) => same): Promise<string | undefined> {
    const repo = new TufRepo({ now: NOW });
    repo.addTarget('root.json', '{}');
    const [pinnedRoot = new Uint8Array()] = repo.roots;
    const used = new Map([['timestamp.json', repo.file('timestamp')], ['snapshot.json', repo.file('snapshot')], ['targets.json', repo.file('targets')]]);
    return secondOpinionRefusal({ pinnedRoot, now, root: async () => undefined, used, path: 'root.json', target: change(Buffer.from('{}')) });
  }

  test('accepted at the time of the repository', async () => {
    expect(await asked(NOW)).toBeUndefined();
  });

  test('refused at a time when its metadata has expired', async () => {
    expect(await asked(NOW + 4000 * DAY)).toMatch(/expired/i);
  });

  test('refused for one changed byte of the target', async () => {
    expect(await asked(NOW, () => Buffer.from('[]'))).toBeDefined();
  });
});
