import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasSharedData, sharedData } from '../support/shared.ts';
import { rfc3339 } from '../world/encode.ts';
import { makeKey } from '../world/keys.ts';
import { serveTuf, signTuf, tufKey, tufKeyId } from '../world/tuf.ts';
import { main } from './tuf-client.ts';
import { DAY, Run } from './tuf-suite.ts';

const STATIC = sharedData('tuf-conformance');
const repositories = hasSharedData ? readdirSync(STATIC, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name) : [];

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(repositories.length === 0)('static repositories made by real tools', () => {
  test.each(repositories)('%s: initialize, refresh, download, through the command line', async (name) => {
    const folder = join(STATIC, name);
    const text = (file: string): string => readFileSync(join(folder, file), 'utf8').trim();
    const server = await serveTuf((path) => {
      const file = normalize(join(folder, decodeURIComponent(path)));
      return file.startsWith(folder) && existsSync(file) ? readFileSync(file) : undefined;
    });
    const own = mkdtempSync(join(tmpdir(), 'tuf-static-'));
    const client = (...args: string[]): Promise<number | null> => new Promise((done) => {
      spawn(fileURLToPath(new URL('./tuf-client', import.meta.url)), ['--metadata-dir', join(own, 'metadata'), ...args], { stdio: 'inherit' }).on('close', done);
    });
    try {
      const now = existsSync(join(folder, 'faketime')) ? ['--now', text('faketime').replace(' ', 'T')] : [];
      expect(await client('init', join(folder, 'initial_root.json'))).toBe(0);
      expect(await client('--metadata-url', `${server.url}/metadata`, ...now, 'refresh')).toBe(0);
      expect(await client('--metadata-url', `${server.url}/metadata`, ...now, '--target-name', text('targetpath'), '--target-base-url', `${server.url}/targets`, '--target-dir', join(own, 'targets'), 'download')).toBe(0);
      expect(readdirSync(join(own, 'targets'))).toHaveLength(1);
    } finally {
      await server.close();
      rmSync(own, { recursive: true, force: true });
    }
  });
});

test('a wrong command line is neither done nor refused', async () => {
  expect(await main(['refresh'], () => undefined)).toBe(64);
  expect(await main(['--metadata-dir', 'x', 'upload'], () => undefined)).toBe(64);
});

describe('the cases of the suite, by their names', () => {
  let run: Run;
  beforeEach(async () => { run = await Run.start(); });
  afterEach(() => run.close());

  test('test_basic_init_and_refresh', async () => {
    expect([await run.init(), await run.refresh()]).toEqual([0, 0]);
    expect(run.asked).toEqual(['2.root', 'timestamp', '1.snapshot', '1.targets']);
    expect(['root', 'timestamp', 'snapshot', 'targets'].map((role) => run.version(role))).toEqual([1, 1, 1, 1]);
  });

  test('test_implicit_refresh', async () => {
    await run.init();
    expect(await run.download('nonexistent artifact')).toBe(1);
    expect(run.asked).toEqual(['2.root', 'timestamp', '1.snapshot', '1.targets']);
    expect(run.trusted).toBe(4);
  });

  test('test_invalid_initial_root, test_unsigned_initial_root', async () => {
    const { version: _version, ...rest } = run.repo.root;
    for (const root of [signTuf(rest, run.repo.signers.get('root') ?? []), signTuf(run.repo.root, [makeKey('p256')])]) {
      await run.init(root);
      expect(await run.refresh()).toBe(1);
    }
    expect(run.asked).toEqual([]);
  });

  test('test_custom_fields', async () => {
    await run.init();
    run.repo.root['custom-field'] = 'value';
    Object.assign(run.repo.root.roles['root'] ?? {}, { 'another-field': 'value' });
    run.repo.publishRoot();
    expect([await run.refresh(), run.version('root')]).toEqual([0, 2]);
  });

  test('test_timestamp_content_changes, test_timestamp_eq_versions_check', async () => {
    await run.init();
    await run.refresh();
    run.repo.timestamp.meta['snapshot.json'] = { version: 100 };
    await run.refresh();
    expect(readFileSync(join(run.folder, 'metadata', 'timestamp.json'), 'utf8')).not.toMatch(/"version": 100\b/);
  });

  test('test_new_targets_hash_mismatch', async () => {
    await run.init();
    run.repo.metaHashes = true;
    run.repo.publishSnapshot();
    expect(await run.refresh()).toBe(0);
    (run.repo.targets.get('targets') ?? { version: 0 }).version = 2;
    Object.assign(run.repo.snapshot.meta['targets.json'] ?? {}, { version: 2 });
    run.repo.snapshot.version = 3;
    run.repo.timestamp.version += 1;
    run.repo.timestamp.meta['snapshot.json'] = { version: 3 };
    expect(await run.refresh()).toBe(1);
    expect([run.version('snapshot'), run.version('targets')]).toEqual([3, 1]);
  });

  test('test_new_targets_version_mismatch', async () => {
    await run.init();
    await run.refresh();
    (run.repo.targets.get('targets') ?? { version: 0 }).version += 1;
    expect(await run.refresh()).toBe(0);
    expect(run.version('targets')).toBe(1);
  });

  test('test_simple_snapshot_rollback', async () => {
    await run.init();
    run.repo.publishSnapshot();
    await run.refresh();
    run.repo.snapshot.version -= 1;
    expect([await run.refresh(), run.version('snapshot'), run.asked.at(-1)]).toEqual([0, 2, 'timestamp']);
  });

  test('J01 test_new_timestamp_version_rollback', async () => {
    await run.init();
    run.repo.publishTimestamp();
    await run.refresh();
    run.repo.timestamp.version -= 1;
    expect([await run.refresh(), run.version('timestamp'), run.asked.at(-1)]).toEqual([1, 2, 'timestamp']);
  });

  test.each([false, true])('J01 test_snapshot_rollback (hashes: %j)', async (hashes) => {
    run.repo.metaHashes = hashes;
    await run.init();
    run.repo.publishSnapshot();
    expect(await run.refresh()).toBe(0);
    run.repo.snapshot.version = 1;
    run.repo.publishTimestamp();
    expect(await run.refresh()).toBe(1);
    expect([run.version('timestamp'), run.version('snapshot'), run.asked.at(-1)]).toEqual([2, 2, 'timestamp']);
  });

  test.each([false, true])('J01 test_targets_rollback (hashes: %j)', async (hashes) => {
    run.repo.metaHashes = hashes;
    await run.init();
    run.repo.publish('targets');
    run.repo.publish('targets');
    expect(await run.refresh()).toBe(0);
    (run.repo.targets.get('targets') ?? { version: 0 }).version = 1;
    run.repo.publish('targets');
    expect([await run.refresh(), run.version('snapshot'), run.version('targets')]).toEqual([1, 3, 3]);
  });

  test('test_new_targets_fast_forward_recovery', async () => {
    await run.init();
    (run.repo.targets.get('targets') ?? { version: 0 }).version = 99;
    run.repo.publish('targets');
    expect([await run.refresh(), run.version('targets')]).toEqual([0, 100]);
    run.repo.rotateKeys('snapshot');
    run.repo.publishRoot();
    (run.repo.targets.get('targets') ?? { version: 0 }).version = 1;
    run.repo.publish('targets');
    expect([await run.refresh(), run.version('targets')]).toEqual([0, 2]);
  });

  test('test_new_snapshot_fast_forward_recovery', async () => {
    await run.init();
    run.repo.snapshot.version = 99_998;
    run.repo.publishSnapshot();
    expect([await run.refresh(), run.version('snapshot')]).toEqual([0, 99_999]);
    run.repo.rotateKeys('snapshot');
    run.repo.rotateKeys('timestamp');
    run.repo.publishRoot();
    run.repo.snapshot.version = 0;
    run.repo.publishSnapshot();
    expect([await run.refresh(), run.version('snapshot')]).toEqual([0, 1]);
  });

  test('test_new_timestamp_fast_forward_recovery', async () => {
    await run.init();
    run.repo.timestamp.version = 100;
    expect([await run.refresh(), run.version('timestamp')]).toEqual([0, 100]);
    run.repo.rotateKeys('timestamp');
    run.repo.publishRoot();
    run.repo.timestamp.version = 1;
    expect([await run.refresh(), run.version('timestamp')]).toEqual([0, 1]);
  });

  test('test_new_snapshot_version_mismatch', async () => {
    await run.init();
    run.repo.snapshot.version += 1;
    expect([await run.refresh(), run.version('timestamp'), run.version('snapshot'), run.asked.at(-1)]).toEqual([1, 1, undefined, '1.snapshot']);
  });

  test('J06 test_root_expired', async () => {
    await run.init();
    await run.refresh();
    run.repo.publishRoot();
    await run.refresh();
    run.repo.root.expires = rfc3339(run.repo.now - DAY);
    run.repo.publishRoot();
    run.repo.publish('targets');
    expect(await run.refresh()).toBe(1);
    expect(['root', 'timestamp', 'snapshot'].map((role) => run.version(role))).toEqual([3, 1, 1]);
  });

  test.each(['timestamp', 'snapshot', 'targets'] as const)('J06 test_%s_expired', async (role) => {
    await run.init();
    await run.refresh();
    const file = role === 'targets' ? run.repo.targets.get('targets') : run.repo[role];
    if (file !== undefined) file.expires = rfc3339(run.repo.now - 5 * DAY);
    run.repo.publish('targets');
    expect([await run.refresh(), run.version(role)]).toEqual([1, 1]);
  });

  test('J06 test_expired_metadata', async () => {
    await run.init();
    run.repo.timestamp.expires = rfc3339(run.repo.now + 7 * DAY);
    await run.refresh();
    run.repo.publish('targets');
    run.repo.timestamp.expires = rfc3339(run.repo.now + 21 * DAY);
    run.repo.publishTimestamp();
    expect(await run.refresh(18)).toBe(0);
    expect(['targets', 'timestamp', 'snapshot'].map((role) => run.version(role))).toEqual([2, 3, 2]);
  });

  test('test_snapshot_threshold', async () => {
    await run.init();
    await run.refresh();
    for (let i = 0; i < 4; i += 1) run.repo.addKey('snapshot');
    (run.repo.root.roles['snapshot'] ?? { threshold: 0 }).threshold = 6;
    run.repo.publishRoot();
    run.repo.publishSnapshot();
    expect([await run.refresh(), run.version('root'), run.version('snapshot')]).toEqual([1, 2, 1]);
  });

  test('test_root_has_keys_but_not_snapshot', async () => {
    await run.init();
    await run.refresh();
    run.repo.root.roles['snapshot']?.keyids.push(tufKeyId(makeKey('p256')));
    (run.repo.root.roles['snapshot'] ?? { threshold: 0 }).threshold = 2;
    run.repo.publishRoot();
    run.repo.publishSnapshot();
    expect([await run.refresh(), run.version('root'), run.version('snapshot')]).toEqual([1, 2, 1]);
  });

  test('test_wrong_hashing_algorithm', async () => {
    await run.init();
    const id = run.repo.root.roles['snapshot']?.keyids[0] ?? '';
    Object.assign(run.repo.root.keys[id] ?? {}, { keyid_hash_algorithms: ['md5'] });
    run.repo.publishRoot();
    run.repo.publishSnapshot();
    expect([await run.refresh(), run.version('root'), run.version('snapshot')]).toEqual([0, 2, 2]);
  });

  test('J02 test_duplicate_keys_root', async () => {
    await run.init();
    await run.refresh();
    const key = makeKey('p256');
    const role = run.repo.root.roles['snapshot'];
    run.repo.signers.set('snapshot', [...(run.repo.signers.get('snapshot') ?? []), key]);
    for (let n = 0; n < 9; n += 1) {
      run.repo.root.keys[`${tufKeyId(key)}${n}`] = { ...tufKey(key), n };
      role?.keyids.push(`${tufKeyId(key)}${n}`);
    }
    if (role !== undefined) role.threshold = 6;
    run.repo.publishRoot();
    run.repo.publishSnapshot();
    const file = JSON.parse(Buffer.from(run.repo.file('snapshot')).toString()) as { signatures: { keyid: string; sig: string }[] };
    const sig = file.signatures[1]?.sig ?? '';
    for (let n = 0; n < 9; n += 1) file.signatures.push({ keyid: `${tufKeyId(key)}${n}`, sig });
    run.repo.override.set('2.snapshot.json', Buffer.from(JSON.stringify(file)));
    expect([await run.refresh(), run.version('snapshot')]).toEqual([1, 1]);
  });

  test('J02 test_root_rotation: a root between that is not signed by its predecessor ends the chain there', async () => {
    await run.init();
    run.repo.publishRoot();
    run.repo.rotateKeys('root');
    run.repo.publishRoot(run.repo.signers.get('root') ?? []);
    expect([await run.refresh(), run.version('root')]).toEqual([1, 2]);
  });

  test('test_client_downloads_expected_file, test_client_downloads_expected_file_in_sub_dir, test_artifact_cache', async () => {
    await run.init();
    run.repo.addTarget('target_file.txt', 'one');
    run.repo.addTarget('path/to/a/target_file.txt', 'two');
    await run.refresh();
    expect(run.downloaded).toEqual([]);
    expect([await run.download('target_file.txt'), await run.download('path/to/a/target_file.txt')]).toEqual([0, 0]);
    expect(run.downloaded).toEqual(['one', 'two']);
    const before = run.repo.asked.length;
    expect(await run.download('target_file.txt')).toBe(0);
    expect(run.asked.slice(before)).toEqual(['2.root', 'timestamp']);
  });

  test('test_repository_substitutes_target_file', async () => {
    await run.init();
    run.repo.addTarget('a', 'one');
    run.repo.addTarget('b', 'two');
    await run.download('a');
    run.repo.artifacts.set('a', Buffer.from('bad'));
    run.repo.artifacts.set('b', Buffer.from('bad'));
    await run.download('a');
    expect([await run.download('b'), run.downloaded]).toEqual([1, ['one']]);
  });

  test('test_multiple_changes_to_target', async () => {
    await run.init();
    for (let i = 0; i < 4; i += 1) {
      run.repo.addTarget('file', `content ${i}`);
      run.repo.publish('targets');
      expect([await run.download('file'), run.downloaded]).toEqual([0, [`content ${i}`]]);
      run.repo.artifacts.set('file', Buffer.from(`malicious ${i}`));
      run.repo.publish('targets');
      await run.download('file');
      expect(run.downloaded).toEqual([`content ${i}`]);
    }
  });

  test.each(['?', '#', '/delegatedrole', '../delegatedrole'])('J05 test_unusual_role_name %s', async (role) => {
    await run.init();
    run.repo.delegate('targets', role);
    run.repo.publish('targets');
    expect(await run.download('nonexistent target')).toBe(1);
    expect(run.asked).toContain(`1.${encodeURIComponent(role)}`);
    expect(run.trusted).toBe(5);
    expect(readdirSync(run.folder).sort()).toEqual(['initial.root', 'metadata']);
  });

  test('test_delegated_role_expired', async () => {
    await run.init();
    run.repo.delegate('targets', 'A');
    (run.repo.targets.get('A') ?? { expires: '' }).expires = rfc3339(run.repo.now - DAY);
    run.repo.addTarget('x', 'x', 'A');
    run.repo.publish('targets');
    expect([await run.download('x'), run.downloaded]).toEqual([1, []]);
  });

  test('J04 test_cached_role_is_verified_against_current_delegator', async () => {
    await run.init();
    run.repo.delegate('targets', 'A', { paths: ['a'] });
    run.repo.addTarget('a', 'by A', 'A');
    run.repo.publish('targets');
    expect(await run.download('a')).toBe(0);
    // The delegation now names another key; the file of the role, kept by the client, has not changed.
    const delegations = run.repo.targets.get('targets')?.['delegations'] as { keys: Record<string, unknown>; roles: { keyids: string[] }[] };
    const key = makeKey('p256');
    delegations.keys = { [tufKeyId(key)]: tufKey(key) };
    (delegations.roles[0] ?? { keyids: [] }).keyids = [tufKeyId(key)];
    run.repo.publish('targets');
    rmSync(join(run.folder, 'targets'), { recursive: true });
    expect([await run.download('a'), run.downloaded]).toEqual([1, []]);
  });

  test('J08 endless data and slow files end the refresh, and nothing of them is kept', async () => {
    await run.init();
    run.server.intercept = (request, response) => {
      if (request.url?.endsWith('timestamp.json') !== true) return false;
      const more = (): void => { while (!response.destroyed && response.write(Buffer.alloc(65_536, 0x20))); };
      response.on('drain', more).on('error', () => undefined);
      more();
      return true;
    };
    expect([await run.refresh(), run.trusted]).toEqual([1, 1]);
    expect(run.said).toContain('FETCH_TOO_LARGE');
  });

  test.each([0, -1])('J03 a root with threshold %i', async (threshold) => {
    await run.init();
    (run.repo.root.roles['targets'] ?? { threshold: 0 }).threshold = threshold;
    run.repo.publishRoot();
    expect([await run.refresh(), run.version('root')]).toEqual([1, 1]);
  });

  test('without an initial root nothing is done', async () => {
    writeFileSync(join(run.folder, 'x'), '');
    expect(await run.refresh()).toBe(1);
    expect(run.asked).toEqual([]);
  });
});
