import { describe, expect, test } from 'vitest';
import { TufRepo, signTuf, tufKey, tufKeyId } from '../../world/tuf.ts';
import { makeKey } from '../../world/keys.ts';
import type { KeyType } from '../../world/keys.ts';
import { rfc3339 } from '../../world/encode.ts';
import { Client, DAY, faultOf, NOW } from './support.ts';

const repoAt = (options: Partial<ConstructorParameters<typeof TufRepo>[0]> = {}): TufRepo => new TufRepo({ now: NOW, ...options });
const past = rfc3339(NOW - DAY);

describe('a refresh', () => {
  test.each<KeyType>(['ed25519', 'p256', 'p384', 'rsa-2048'])('succeeds with %s keys and asks for exactly the files of the workflow', async (keyType) => {
    const repo = repoAt({ keyType });
    const session = await new Client(repo).refresh();
    expect(session.versions).toEqual({ root: 1, timestamp: 1, snapshot: 1, targets: 1 });
    expect(repo.asked).toEqual(['2.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json']);
  });

  test('succeeds without consistent snapshots, by names without versions', async () => {
    const repo = repoAt({ consistentSnapshot: false });
    repo.addTarget('a/b.json', 'content');
    expect(await new Client(repo).get('a/b.json')).toBe('content');
    expect(repo.asked).toEqual(['2.root.json', 'timestamp.json', 'snapshot.json', 'targets.json', 'a/b.json']);
  });

  test('asks only for root and timestamp when nothing changed', async () => {
    const repo = repoAt();
    const client = new Client(repo);
    await client.refresh();
    repo.asked.length = 0;
    await client.refresh();
    expect(repo.asked).toEqual(['2.root.json', 'timestamp.json']);
  });

  test('keeps unknown members in what it verifies', async () => {
    const repo = repoAt();
    const client = new Client(repo);
    repo.root['x-custom'] = { a: [1, 'ü "quoted" \\'], b: null };
    repo.publishRoot();
    expect((await client.refresh()).versions.root).toBe(2);
  });
});

describe('J02 roots and thresholds', () => {
  test('a chain of roots is followed step by step, and kept', async () => {
    const repo = repoAt();
    const client = new Client(repo);
    for (let i = 0; i < 5; i += 1) {
      repo.rotateKeys('root');
      repo.publishRoot();
    }
    expect((await client.refresh()).versions.root).toBe(6);
    expect([...client.store.files.keys()].filter((name) => name.endsWith('.root'))).toHaveLength(5);
    repo.asked.length = 0;
    await client.refresh();
    expect(repo.asked[0]).toBe('7.root.json');
  });

  test('J02 a root that the old keys did not sign is refused, and the old one stays', async () => {
    const repo = repoAt();
    const client = new Client(repo);
    repo.rotateKeys('root');
    repo.publishRoot(repo.signers.get('root') ?? []);
    expect(await faultOf(client.refresh())).toBe('signature');
    expect(client.store.files.has('2.root')).toBe(false);
  });

  test('J02 a root that its own keys did not sign is refused', async () => {
    const repo = repoAt();
    const client = new Client(repo);
    const old = repo.signers.get('root') ?? [];
    repo.rotateKeys('root');
    repo.publishRoot(old);
    expect(await faultOf(client.refresh())).toBe('signature');
  });

  test('J02 a root that skips a version is refused', async () => {
    const repo = repoAt();
    const client = new Client(repo);
    repo.root.version = 3;
    repo.roots.push(signTuf(repo.root, repo.signers.get('root') ?? []));
    expect(await faultOf(client.refresh())).toBe('rollback');
  });

  test('J02 one key under two key ids counts once towards a threshold of two', async () => {
    const repo = repoAt();
    const client = new Client(repo);
    const [key] = repo.signers.get('timestamp') ?? [];
    const alias = { ...tufKey(key ?? makeKey('ed25519')), 'x-alias': true };
    repo.root.keys['alias'] = alias;
    repo.root.roles['timestamp'] = { keyids: [tufKeyId(key ?? makeKey('ed25519')), 'alias'], threshold: 2 };
    repo.publishRoot();
    const file = JSON.parse(Buffer.from(repo.file('timestamp')).toString()) as { signatures: { keyid: string; sig: string }[] };
    file.signatures.push({ keyid: 'alias', sig: file.signatures[0]?.sig ?? '' });
    repo.override.set('timestamp.json', Buffer.from(JSON.stringify(file)));
    expect(await faultOf(client.refresh())).toBe('signature');
  });

  test('two distinct keys fulfil a threshold of two (twin of J02)', async () => {
    const repo = repoAt();
    const client = new Client(repo);
    repo.addKey('timestamp');
    (repo.root.roles['timestamp'] ?? { threshold: 0 }).threshold = 2;
    repo.publishRoot();
    expect((await client.refresh()).versions.root).toBe(2);
  });

  test('J02 two signatures under one key id are refused', async () => {
    const repo = repoAt();
    const file = JSON.parse(Buffer.from(repo.file('timestamp')).toString()) as { signatures: unknown[] };
    file.signatures.push(file.signatures[0]);
    repo.override.set('timestamp.json', Buffer.from(JSON.stringify(file)));
    expect(await faultOf(new Client(repo).refresh())).toBe('malformed');
  });

  test.each([0, -1, 1.5, '1', null])('J03 a root with threshold %j is refused', async (threshold) => {
    const repo = repoAt();
    const client = new Client(repo);
    (repo.root.roles['snapshot'] as unknown as { threshold: unknown }).threshold = threshold;
    if (threshold === 1.5) {
      const root = JSON.parse(Buffer.from(repo.roots[0] ?? []).toString()) as { signed: { version: number; roles: Record<string, { threshold: number }> } };
      root.signed.version = 2;
      (root.signed.roles['snapshot'] ?? { threshold: 0 }).threshold = 1.5;
      repo.roots.push(Buffer.from(JSON.stringify(root)));
    } else repo.publishRoot();
    expect(await faultOf(client.refresh())).toBe('malformed');
  });

  test('J02 a role that names a key id twice is refused', async () => {
    const repo = repoAt();
    const client = new Client(repo);
    const role = repo.root.roles['snapshot'];
    role?.keyids.push(...role.keyids);
    repo.publishRoot();
    expect(await faultOf(client.refresh())).toBe('malformed');
  });

  test.each<[string, unknown, string]>([
    ['empty', {}, 'malformed'],
    ['no object', 'x', 'malformed'],
    ['a text for keyids', { keyids: 'x', threshold: 1 }, 'malformed'],
    ['no text among keyids', { keyids: [1], threshold: 1 }, 'malformed'],
    ['no threshold', { keyids: [] }, 'malformed'],
    ['a threshold of 0', { keyids: [], threshold: 0 }, 'malformed'],
    ['a role as it should be (twin)', { keyids: [], threshold: 1 }, 'accepted'],
  ])('a root with a further role that nobody uses: %s', async (_name, role, outcome) => {
    for (const name of ['mirrors', 'x', 'constructor']) {
      const repo = repoAt();
      const client = new Client(repo);
      (repo.root.roles as Record<string, unknown>)[name] = role;
      repo.publishRoot();
      expect(await faultOf(client.refresh())).toBe(outcome);
    }
  });

  test('a threshold above the number of keys only makes that role unusable', async () => {
    const repo = repoAt();
    const client = new Client(repo);
    (repo.root.roles['snapshot'] ?? { threshold: 0 }).threshold = 2;
    repo.publishRoot();
    expect(await faultOf(client.refresh())).toBe('signature');
    expect(client.store.version('root.json')).toBe(2);
  });

  test('a signature by a key of another role counts for nothing', async () => {
    const repo = repoAt();
    repo.signers.set('timestamp', repo.signers.get('snapshot') ?? []);
    expect(await faultOf(new Client(repo).refresh())).toBe('signature');
  });

  test('an unsigned pinned root is refused before anything is asked', async () => {
    const repo = repoAt();
    const client = new Client(repo);
    client.pinned = signTuf(repo.root, [makeKey('ed25519')]);
    expect(await faultOf(client.refresh())).toBe('signature');
    expect(repo.asked).toEqual([]);
  });

  test('more than 256 new roots are not taken at once', async () => {
    const repo = repoAt();
    for (let i = 0; i < 260; i += 1) repo.publishRoot();
    const client = new Client(repo);
    expect((await client.refresh()).versions.root).toBe(257);
    expect((await client.refresh()).versions.root).toBe(261);
  });
});

describe('J01 rollback', () => {
  const published = async (): Promise<{ repo: TufRepo; client: Client }> => {
    const repo = repoAt();
    repo.publish('targets');
    repo.publish('targets');
    const client = new Client(repo);
    await client.refresh();
    return { repo, client };
  };

  test('J01 an older timestamp is refused, also by a client that starts anew over the same store', async () => {
    const { repo, client } = await published();
    repo.timestamp.version -= 1;
    expect(await faultOf(client.refresh())).toBe('rollback');
    expect(await faultOf(new Client(repo, client.store).refresh())).toBe('rollback');
    expect(client.store.version('timestamp.json')).toBe(3);
  });

  test('J01 a newer timestamp that leads back to an older snapshot is refused and not kept', async () => {
    const { repo, client } = await published();
    repo.snapshot.version -= 1;
    repo.publishTimestamp();
    expect(await faultOf(client.refresh())).toBe('rollback');
    expect(client.store.version('timestamp.json')).toBe(3);
  });

  test('J01 a newer snapshot that leads back to older targets is refused', async () => {
    const { repo, client } = await published();
    (repo.targets.get('targets') ?? { version: 0 }).version = 1;
    repo.snapshot.meta['targets.json'] = { version: 1 };
    repo.publishSnapshot();
    expect(await faultOf(client.refresh())).toBe('rollback');
    expect(client.store.version('snapshot.json')).toBe(3);
    expect(client.store.version('targets.json')).toBe(3);
  });

  test('J01 a snapshot that drops a role is refused', async () => {
    const { repo, client } = await published();
    repo.delegate('targets', 'team');
    repo.publish('targets');
    await client.refresh();
    repo.targets.delete('team');
    delete repo.snapshot.meta['team.json'];
    repo.publishSnapshot();
    expect(await faultOf(client.refresh())).toBe('rollback');
  });

  test('a timestamp of the same version with other content changes nothing', async () => {
    const { repo, client } = await published();
    repo.timestamp.meta['snapshot.json'] = { version: 100 };
    const kept = client.store.files.get('timestamp.json');
    expect((await client.refresh()).versions.snapshot).toBe(3);
    expect(client.store.files.get('timestamp.json')).toBe(kept);
  });

  test.each(['timestamp', 'snapshot'])('rotating the keys of timestamp and %s lets a repository recover from a version that was set too high', async (role) => {
    const { repo, client } = await published();
    repo.timestamp.version = 1_000_000;
    repo.snapshot.version = 99_999;
    repo.publishTimestamp();
    await client.refresh();
    repo.rotateKeys('timestamp');
    repo.rotateKeys(role);
    repo.rotateKeys('snapshot');
    repo.publishRoot();
    repo.timestamp.version = 1;
    repo.snapshot.version = 4;
    repo.publishTimestamp();
    expect((await client.refresh()).versions).toMatchObject({ root: 2, timestamp: 2, snapshot: 4 });
  });
});

describe('J06 expiry and freeze', () => {
  test('an expired pinned root begins the chain', async () => {
    const repo = repoAt();
    repo.root.expires = past;
    repo.roots[0] = signTuf(repo.root, repo.signers.get('root') ?? []);
    repo.root.expires = rfc3339(NOW + DAY);
    repo.publishRoot();
    expect((await new Client(repo).refresh()).versions.root).toBe(2);
  });

  test('J06 an expired last root is kept, but nothing is built on it', async () => {
    const repo = repoAt();
    const client = new Client(repo);
    repo.root.expires = past;
    repo.publishRoot();
    expect(await faultOf(client.refresh())).toBe('expired');
    expect(client.store.version('root.json')).toBe(2);
    expect(client.store.files.has('timestamp.json')).toBe(false);
  });

  test.each(['timestamp', 'snapshot', 'targets'] as const)('J06 an expired %s is refused', async (role) => {
    const repo = repoAt();
    const file = role === 'targets' ? repo.targets.get('targets') : repo[role];
    if (file !== undefined) file.expires = past;
    const client = new Client(repo);
    expect(await faultOf(client.refresh())).toBe('expired');
    expect(client.store.files.has(`${role}.json`)).toBe(false);
  });

  test('J06 a mirror frozen in time is noticed when its timestamp expires', async () => {
    const repo = repoAt();
    repo.timestamp.expires = rfc3339(NOW + 2 * DAY);
    const client = new Client(repo);
    client.now = NOW + DAY;
    await client.refresh();
    client.now = NOW + 2 * DAY;
    expect(await faultOf(client.refresh())).toBe('expired');
  });

  test('an expired timestamp from the store still is the floor for the next one', async () => {
    const repo = repoAt();
    repo.timestamp.expires = rfc3339(NOW + 7 * DAY);
    repo.publishTimestamp();
    const client = new Client(repo);
    await client.refresh();
    client.now = NOW + 18 * DAY;
    repo.timestamp.expires = rfc3339(NOW + 21 * DAY);
    repo.timestamp.version = 1;
    expect(await faultOf(client.refresh())).toBe('rollback');
    repo.timestamp.version = 3;
    expect((await client.refresh()).versions.timestamp).toBe(3);
  });
});

describe('what the level above promises', () => {
  test('hashes and lengths of snapshot and targets are compared', async () => {
    const repo = repoAt();
    repo.metaHashes = true;
    repo.publish('targets');
    expect((await new Client(repo).refresh()).versions.targets).toBe(2);
    repo.snapshot['x'] = 1;
    expect(await faultOf(new Client(repo).refresh())).toBe('mismatch');
    delete repo.snapshot['x'];
    (repo.targets.get('targets') ?? {})['x' as never] = 1 as never;
    expect(await faultOf(new Client(repo).refresh())).toBe('mismatch');
  });

  test.each([
    ['snapshot', (repo: TufRepo) => { repo.snapshot.version += 1; }],
    ['targets', (repo: TufRepo) => { (repo.targets.get('targets') ?? { version: 0 }).version += 1; }],
  ])('a %s of another version than promised is refused', async (_role, change) => {
    const repo = repoAt();
    change(repo);
    expect(await faultOf(new Client(repo).refresh())).toBe('mismatch');
  });

  test.each(['timestamp.json', '1.snapshot.json', '1.targets.json'])('%s not being there is refused', async (path) => {
    const repo = repoAt();
    repo.override.set(path, null);
    expect(await faultOf(new Client(repo).refresh())).toBe('missing');
  });

  test('J08 a file that promises more than the limit is not asked for', async () => {
    const repo = repoAt();
    repo.timestamp.meta['snapshot.json'] = { version: 1, length: 2_000_001 };
    expect(await faultOf(new Client(repo).refresh())).toBe('limit');
    expect(repo.asked).not.toContain('1.snapshot.json');
  });

  test('J08 every file is asked for with its limit', async () => {
    const repo = repoAt();
    const asked = new Map<string, number>();
    await new Client(repo).refresh(async (path, max) => {
      asked.set(path, max);
      return repo.metadata(path);
    });
    expect(Object.fromEntries(asked)).toEqual({ '2.root.json': 512_000, 'timestamp.json': 16_384, '1.snapshot.json': 2_000_000, '1.targets.json': 5_000_000 });
  });
});

describe('the store', () => {
  test.each(['timestamp.json', 'snapshot.json', 'targets.json', '2.root'])('a damaged %s in the store is replaced from the repository', async (name) => {
    const repo = repoAt();
    repo.publishRoot();
    const client = new Client(repo);
    await client.refresh();
    client.store.files.set(name, Buffer.from('{"signed":'));
    expect((await client.refresh()).versions).toEqual({ root: 2, timestamp: 1, snapshot: 1, targets: 1 });
    expect(Buffer.from(client.store.files.get(name) ?? []).toString()).not.toBe('{"signed":');
  });

  test('a root put into the store by somebody else is not believed', async () => {
    const repo = repoAt();
    const evil = repoAt();
    evil.publishRoot();
    const client = new Client(repo);
    client.store.files.set('2.root', evil.roots[1] ?? new Uint8Array());
    expect((await client.refresh()).versions.root).toBe(1);
  });
});
