import { describe, expect, test } from 'vitest';
import { TufRepo } from '../../world/tuf.ts';
import type { TufDelegationOptions } from '../../world/tuf.ts';
import { makeKey } from '../../world/keys.ts';
import { hash } from '../../world/encode.ts';
import { matchesPattern } from '../../../src/tuf/path-pattern.ts';
import { Client, faultOf, NOW } from './support.ts';
import { cpuNow } from '../../support/cpu.ts';

type Edge = readonly [delegator: string, role: string, options?: TufDelegationOptions];

/** A repository with these delegations, a role named twice being one role with one key. */
function graph(...edges: readonly Edge[]): TufRepo {
  const repo = new TufRepo({ now: NOW });
  for (const [delegator, role, options] of edges) {
    const known = repo.signers.get(role);
    repo.delegate(delegator, role, { ...options, ...(known === undefined ? {} : { keys: known, existing: true }) });
  }
  repo.publishSnapshot();
  return repo;
}

const visited = (repo: TufRepo): string[] => repo.asked.slice(4).map((path) => path.replace(/^\d+\.|\.json$/g, ''));

describe('a target is looked for in the order of trust', () => {
  test.each<readonly [string, readonly Edge[], readonly string[]]>([
    ['one role', [['targets', 'A']], ['A']],
    ['two roles', [['targets', 'A'], ['targets', 'B']], ['A', 'B']],
    ['two levels', [['targets', 'A'], ['targets', 'B'], ['B', 'C']], ['A', 'B', 'C']],
    ['two levels, depth first', [['targets', 'A'], ['targets', 'B'], ['A', 'C'], ['A', 'D']], ['A', 'C', 'D', 'B']],
    ['three levels, depth first', [['targets', 'A'], ['targets', 'B'], ['A', 'C'], ['C', 'D']], ['A', 'C', 'D', 'B']],
    ['a terminating role ends the search', [['targets', 'A'], ['targets', 'B'], ['A', 'C', { terminating: true }], ['A', 'D']], ['A', 'C']],
    ['but not below itself', [['targets', 'A'], ['targets', 'B'], ['A', 'C', { terminating: true }], ['C', 'D']], ['A', 'C', 'D']],
    ['paths that do not match are left out', [['targets', 'A', { paths: ['*.py'] }], ['targets', 'B'], ['A', 'C']], ['B']],
    ['a terminating role that does not match ends nothing', [['targets', 'A', { paths: ['*.py'], terminating: true }], ['targets', 'B']], ['B']],
    ['a circle', [['targets', 'A'], ['targets', 'B'], ['B', 'C'], ['C', 'D'], ['D', 'B']], ['A', 'B', 'C', 'D']],
    ['two ways to one role', [['targets', 'A'], ['targets', 'B'], ['B', 'C'], ['A', 'C']], ['A', 'C', 'B']],
    ['numbers as names keep their order', [['targets', '2'], ['targets', '1']], ['2', '1']],
  ])('%s', async (_name, edges, order) => {
    const repo = graph(...edges);
    expect(await new Client(repo).get('missingpath')).toBeUndefined();
    expect(visited(repo)).toEqual(order);
  });

  test('the first role that lists it wins', async () => {
    const repo = graph(['targets', 'A'], ['targets', 'B']);
    repo.addTarget('x', 'by B', 'B');
    repo.publish('B');
    expect(await new Client(repo).get('x')).toBe('by B');
    repo.addTarget('x', 'by A', 'A');
    repo.publish('A');
    expect(await new Client(repo).get('x')).toBe('by A');
  });

  test('a target that only a role without the right to its path lists is not found', async () => {
    const repo = graph(['targets', 'B', { paths: ['releases/*/*'] }], ['B', 'D', { paths: ['releases/y/*.zip'] }]);
    repo.addTarget('releases/z/z.zip', 'z', 'D');
    repo.publish('D');
    expect(await new Client(repo).get('releases/z/z.zip')).toBeUndefined();
    repo.addTarget('releases/y/y.zip', 'y', 'D');
    repo.publish('D');
    expect(await new Client(repo).get('releases/y/y.zip')).toBe('y');
  });

  test('hash prefixes delegate by the hash of the path', async () => {
    const prefix = hash('x').toString('hex').slice(0, 3);
    for (const [given, found] of [[prefix, 'content'], ['zzz', undefined]] as const) {
      const repo = graph(['targets', 'A', { hashPrefixes: [given] }]);
      repo.addTarget('x', 'content', 'A');
      repo.publish('A');
      expect(await new Client(repo).get('x')).toBe(found);
    }
  });

  test('hash bins: one role for each path', async () => {
    const repo = new TufRepo({ now: NOW });
    const bin = `bin-${(hash('x').readUInt32BE(0) >>> 24).toString(16).padStart(2, '0')}`;
    const [key] = repo.delegate('targets', bin);
    const delegations = repo.targets.get('targets')?.['delegations'] as { keys: object; roles?: { keyids: string[] }[]; succinct_roles?: object };
    delegations.succinct_roles = { keyids: delegations.roles?.[0]?.keyids, threshold: 1, bit_length: 8, name_prefix: 'bin' };
    delete delegations.roles;
    repo.addTarget('x', 'binned', bin);
    repo.publish(bin, 'targets');
    expect(key).toBeDefined();
    expect(await new Client(repo).get('x')).toBe('binned');
  });

  test('no more than 32 roles are asked', async () => {
    const repo = graph(...Array.from({ length: 40 }, (_, index): Edge => ['targets', `r${index}`]));
    expect(await faultOf(new Client(repo).get('nowhere'))).toBe('limit');
    expect(visited(repo)).toHaveLength(31);
  });
});

describe('delegated roles are verified', () => {
  test.each([0, -1])('J03 a delegation with threshold %i is refused', async (threshold) => {
    const repo = graph(['targets', 'A', { threshold }]);
    expect(await faultOf(new Client(repo).refresh())).toBe('malformed');
  });

  test('a role below its threshold is refused, and found when another key has signed', async () => {
    const keys = [makeKey('ed25519'), makeKey('p256')];
    const repo = graph(['targets', 'A', { keys, threshold: 2 }]);
    repo.addTarget('x', 'content', 'A');
    repo.publish('A');
    repo.signers.set('A', keys.slice(0, 1));
    const client = new Client(repo);
    expect(await faultOf(client.get('x'))).toBe('signature');
    expect([...client.store.files.keys()].filter((name) => name.startsWith('delegated-'))).toEqual([]);
    repo.signers.set('A', keys);
    expect(await new Client(repo).get('x')).toBe('content');
  });

  test('J04 a role of the same name below two delegators with other keys: the file of one is not taken for the other', async () => {
    const repo = graph(['targets', 'A'], ['targets', 'B'], ['A', 'shared', { paths: ['a-*'] }]);
    repo.delegate('B', 'shared', { paths: ['b-*'], keys: [makeKey('ed25519')], existing: true });
    repo.addTarget('a-1', 'a', 'shared');
    repo.addTarget('b-1', 'b', 'shared');
    repo.publish('A', 'B', 'shared');
    const client = new Client(repo);
    const session = await client.refresh();
    expect(await session.find('a-1')).toBeDefined();
    // Loaded in this session, and kept in the store: neither counts for B.
    expect(await faultOf(session.find('b-1'))).toBe('signature');
    expect(await faultOf(client.get('b-1'))).toBe('signature');
    expect(await client.get('a-1')).toBe('a');
  });

  test('J01 an older file of a delegated role is refused', async () => {
    const repo = graph(['targets', 'A']);
    repo.publish('A');
    repo.publish('A');
    const client = new Client(repo);
    await client.get('x');
    (repo.targets.get('A') ?? { version: 0 }).version = 1;
    repo.snapshot.meta['A.json'] = { version: 1 };
    repo.publishSnapshot();
    expect(await faultOf(client.refresh())).toBe('rollback');
  });

  test('two delegations to one role by one delegator are refused: which of them counts would be a guess', async () => {
    const repo = graph(['targets', 'A']);
    repo.delegate('targets', 'A', { keys: [makeKey('ed25519')], existing: true });
    expect(await faultOf(new Client(repo).refresh())).toBe('malformed');
  });

  test.each<readonly [string, Record<string, unknown>]>([
    ['named like a top-level role', { name: 'root' }],
    ['without a name', { name: '' }],
    ['with paths and hash prefixes', { path_hash_prefixes: ['ab'] }],
    ['with neither', { paths: undefined }],
    ['with a pattern that clients read differently', { paths: ['[a-z]*'] }],
    ['terminating maybe', { terminating: 'yes' }],
    ['with a lone surrogate in its name', { name: '\ud800' }],
  ])('a delegation %s is refused', async (_name, change) => {
    const repo = graph(['targets', 'A']);
    const delegations = repo.targets.get('targets')?.['delegations'] as { roles: Record<string, unknown>[] };
    Object.assign(delegations.roles[0] ?? {}, change);
    expect(await faultOf(new Client(repo).refresh())).toBe('malformed');
  });
});

describe('J05 names never become paths', () => {
  test.each(['?', '#', '/delegatedrole', '../delegatedrole', '..', '.', '..%2f..%2fx', 'a\\b', '%00', 'C:\\x', 'ü'])('J05 role %j is asked for as one encoded segment and kept under a hash', async (role) => {
    const repo = graph(['targets', role]);
    const client = new Client(repo);
    await client.get('nothing');
    expect(repo.asked.at(-1)).toBe(`1.${encodeURIComponent(role)}.json`);
    const names = [...client.store.files.keys()].filter((name) => name.startsWith('delegated-'));
    expect(names).toEqual([expect.stringMatching(/^delegated-[0-9a-f]{32}\.json$/)]);
  });

  test.each(['../../etc/passwd', '/etc/passwd', 'a/../b', 'a//b', './a', 'a\\b', 'a\nb', ''])('J05 target %j is refused', async (path) => {
    const repo = new TufRepo({ now: NOW });
    repo.addTarget(path, 'x');
    expect(await faultOf(new Client(repo).get(path))).toBe('malformed');
    expect(repo.asked).toHaveLength(4);
  });

  test('a target path is encoded by segments', async () => {
    const repo = new TufRepo({ now: NOW });
    repo.addTarget('a b/ü?#.json', 'x');
    expect(await new Client(repo).get('a b/ü?#.json')).toBe('x');
    expect(repo.asked.at(-1)).toMatch(/^a%20b\/[0-9a-f]{64}\.%C3%BC%3F%23\.json$/);
  });
});

describe('targets', () => {
  test.each([
    ['other bytes of the same length', 'CONTENT'],
    ['fewer bytes', 'conten'],
    ['more bytes', 'content!'],
  ])('%s are refused', async (_name, served) => {
    const repo = new TufRepo({ now: NOW });
    repo.addTarget('x', 'content');
    repo.artifacts.set('x', Buffer.from(served));
    expect(await faultOf(new Client(repo).get('x'))).toBe('mismatch');
  });

  test('every hash that is known must match', async () => {
    const repo = new TufRepo({ now: NOW });
    repo.addTarget('x', 'content');
    const hashes = repo.targets.get('targets')?.targets['x']?.['hashes'] as Record<string, string>;
    hashes['blake9'] = 'ff';
    expect(await new Client(repo).get('x')).toBe('content');
    hashes['sha512'] = '0'.repeat(128);
    expect(await faultOf(new Client(repo).get('x'))).toBe('mismatch');
  });

  test.each<readonly [string, Record<string, unknown>]>([
    ['no hashes', { hashes: {} }],
    ['only unknown hashes', { hashes: { md5: 'ff' } }],
    ['a short hash', { hashes: { sha256: 'ff' } }],
    ['no length', { length: undefined }],
    ['a negative length', { length: -1 }],
  ])('an entry with %s is refused', async (_name, change) => {
    const repo = new TufRepo({ now: NOW });
    repo.addTarget('x', 'content');
    Object.assign(repo.targets.get('targets')?.targets['x'] ?? {}, change);
    expect(await faultOf(new Client(repo).get('x'))).toBe('malformed');
  });

  test('J08 a target that is larger than the limit is not asked for', async () => {
    const repo = new TufRepo({ now: NOW });
    repo.addTarget('x', 'content');
    expect(await faultOf(new Client(repo).get('x', 6))).toBe('limit');
    expect(repo.asked).toHaveLength(4);
  });

  test('a target that is listed but not served is missing', async () => {
    const repo = new TufRepo({ now: NOW });
    repo.addTarget('x', 'content');
    repo.artifacts.delete('x');
    expect(await faultOf(new Client(repo).get('x'))).toBe('missing');
  });

  test.each(['__proto__', 'constructor', 'toString'])('%s is not a target unless it is listed', async (path) => {
    expect(await new Client(new TufRepo({ now: NOW })).get(path)).toBeUndefined();
  });
});

test.each([
  ['targets/a.tgz', 'targets/*.tgz', true],
  ['targets/a.txt', 'targets/*.tgz', false],
  ['a/b/c', 'a/*', false],
  ['a/b/c', 'a/*/c', true],
  ['foo-version-a.tgz', 'foo-version-?.tgz', true],
  ['foo-version-alpha.tgz', 'foo-version-?.tgz', false],
  ['.hidden', '*', true],
  ['a', '', false],
  ['', '*', true],
  ['aaa', 'a*a*a', true],
  ['aa', 'a*a*a', false],
  ['a.b', 'a?b', true],
  ['a', 'a**', true],
])('%j matches %j: %j', (path, pattern, expected) => expect(matchesPattern(path, pattern)).toBe(expected));

test('a hostile pattern costs no more than the product of the lengths', () => {
  const began = cpuNow();
  expect(matchesPattern('a'.repeat(512), `${'*a'.repeat(250)}b`)).toBe(false);
  expect(cpuNow() - began).toBeLessThan(200);
});
