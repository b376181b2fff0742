import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { BaseFetcher, Updater } from 'tuf-js';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { signTuf, TufRepo } from '../../world/tuf.ts';
import { Client, DAY, faultOf, NOW } from './support.ts';

/** The oracle: tuf-js, an independent implementation, over the same repository. Accepts with the target's text. */
async function oracle(repo: TufRepo, path: string): Promise<string> {
  const folder = mkdtempSync(join(scratch, 'oracle-'));
  writeFileSync(join(folder, 'root.json'), repo.roots[0] ?? '');
  const updater = new Updater({ metadataDir: folder, targetDir: folder, metadataBaseUrl: 'https://r/metadata', targetBaseUrl: 'https://r/targets', fetcher: new RepoFetcher(repo) });
  try {
    await updater.refresh();
    const info = await updater.getTargetInfo(path);
    return info === undefined ? 'refused: not listed' : readFileSync(await updater.downloadTarget(info), 'utf8');
  } catch (error) {
    return `refused: ${(error as Error).message}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class RepoFetcher extends BaseFetcher {
  readonly #repo: TufRepo;

  constructor(repo: TufRepo) {
    super();
    this.#repo = repo;
  }

  override async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const path = url.replace(/^https:\/\/r\//, '');
    const bytes = path.startsWith('metadata/') ? this.#repo.metadata(path.slice(9)) : this.#repo.target(path.slice(8));
    if (bytes === undefined) throw new (await httpError())('not there', 404);
    return new Blob([Buffer.from(bytes)]).stream() as ReadableStream<Uint8Array<ArrayBuffer>>;
  }
}

/** tuf-js does not export the error by which it recognises a 404. */
async function httpError(): Promise<new (message: string, status: number) => Error> {
  const { createRequire } = await import('node:module');
  const require = createRequire(createRequire(import.meta.url).resolve('tuf-js'));
  return (require('./error') as { DownloadHTTPError: new (message: string, status: number) => Error }).DownloadHTTPError;
}

async function ours(repo: TufRepo, path: string): Promise<string> {
  const client = new Client(repo);
  let text: string | undefined;
  const fault = await faultOf(client.get(path).then((found) => { text = found; }));
  return fault === 'accepted' ? (text ?? 'refused: not listed') : `refused: ${fault}`;
}

const scratch = mkdtempSync(join(tmpdir(), 'gatehouse-tuf-oracle-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
// The oracle reads the clock itself.
beforeEach(() => { vi.useFakeTimers({ now: NOW, toFake: ['Date'] }); });
afterEach(() => { vi.useRealTimers(); });

/** A repository with everything in it: rotation, thresholds, a delegated role, hashes. */
function repository(): TufRepo {
  const repo = new TufRepo({ now: NOW, keyType: 'ed25519' });
  repo.metaHashes = true;
  repo.addKey('timestamp');
  (repo.root.roles['timestamp'] ?? { threshold: 0 }).threshold = 2;
  repo.rotateKeys('root');
  repo.publishRoot();
  repo.delegate('targets', 'team', { paths: ['team/*'], terminating: true });
  repo.addTarget('team/a.json', 'content', 'team');
  repo.publish('targets', 'team');
  return repo;
}

type Path = readonly (string | number)[];

function paths(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, part]) => paths(part, [...at, Array.isArray(value) ? Number(key) : key]))];
}

/** Changes, adds or removes one thing in a JSON value. */
function mutate(json: unknown, pick: number, change: Change): unknown {
  const all = paths(json).filter((path) => path.length > 0);
  const path = all[pick % all.length] ?? [];
  const copy = structuredClone(json) as Record<string | number, unknown>;
  let parent = copy;
  for (const key of path.slice(0, -1)) parent = parent[key] as typeof parent;
  const last = path.at(-1) ?? '';
  if (change.kind === 'remove') { if (Array.isArray(parent)) parent.splice(Number(last), 1); else delete parent[last]; }
  else if (change.kind === 'add' && typeof parent[last] === 'object' && parent[last] !== null && !Array.isArray(parent[last])) (parent[last] as Record<string, unknown>)[change.name] = change.value;
  else if (change.kind === 'double' && Array.isArray(parent)) parent.push(parent[Number(last)]);
  else parent[last] = change.value;
  return copy;
}

interface Change { readonly kind: 'set' | 'remove' | 'add' | 'double'; readonly name: string; readonly value: unknown }

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('set' as const, 'remove' as const, 'add' as const, 'double' as const),
  name: fc.constantFrom('x', 'sha256', 'team.json', 'targets.json', 'threshold', 'constructor', 'length'),
  value: fc.oneof(fc.constantFrom<unknown>(0, 1, 2, -1, 3, 100, '', 'team', 'targets', '*', null, true, false, [], {}, '2020-01-01T00:00:00Z', new Date(NOW + DAY).toISOString().replace('.000', ''), '1.0.0', '2.0.0'), fc.integer(), fc.string({ maxLength: 6 })),
});

const FILES: readonly (readonly [path: string, role: string])[] = [['2.root.json', 'root'], ['timestamp.json', 'timestamp'], ['2.snapshot.json', 'snapshot'], ['2.targets.json', 'targets'], ['2.team.json', 'team']];

/**
 * Where the oracle refuses what we accept, all about members that nobody reads: it loses further entries of a
 * timestamp's `meta` before it checks the signature, and wants unknown members of `keyval` and targets that nobody
 * asked for to have the usual form, and no hash of an unknown algorithm beside a known one.
 */
const STRICTER: readonly RegExp[] = [/^refused: timestamp was signed by 0\/2 keys$/, /keyval must be a string record$/, /targets error TypeError: (?:targets must be an object|hashes must have string keys and values|length must be a number)$/, /Hash algorithm .* not supported$/];

/** FUZZ_RUNS and FUZZ_SEED, so that a run that failed can be repeated. */
const seed = process.env['FUZZ_SEED'];
const RUNS = { numRuns: Number(process.env['FUZZ_RUNS'] ?? 200), ...(seed === undefined ? {} : { seed: Number(seed) }) };

describe('differential: what we accept, tuf-js accepts with the same result', () => {
  test('the repository as it is', async () => {
    expect([await ours(repository(), 'team/a.json'), await oracle(repository(), 'team/a.json')]).toEqual(['content', 'content']);
  });

  test.each<[unknown, boolean]>([
    [{}, false],
    [{ keyids: [], threshold: 'x' }, false],
    [{ keyids: [], threshold: 1 }, true],
  ])('a further role %j in the root (accepted: %j)', async (role, accepted) => {
    const repo = repository();
    (repo.root.roles as Record<string, unknown>)['x'] = role;
    repo.publishRoot();
    expect([await ours(repo, 'team/a.json'), await oracle(repo, 'team/a.json')].map((text) => text === 'content')).toEqual([accepted, accepted]);
  });

  /** A change of which both think nothing: a further member beside a signature. Without it, chance alone would say whether anything is accepted. */
  const harmless = (): [(typeof FILES)[number], number, Change] => {
    const [timestamp = FILES[1], signature] = [FILES.find(([path]) => path === 'timestamp.json'), 'signatures.0'];
    const file: unknown = JSON.parse(Buffer.from(repository().metadata('timestamp.json') ?? []).toString());
    return [timestamp as (typeof FILES)[number], paths(file).filter((path) => path.length > 0).findIndex((path) => path.join('.') === signature), { kind: 'add', name: 'x', value: 1 }];
  };

  test.each([true, false])('one thing changed in one file (signed again by its rightful signers: %j)', { timeout: 120_000 }, async (resigned) => {
    let accepted = 0;
    await fc.assert(fc.asyncProperty(fc.constantFrom(...FILES), fc.nat(), change, async ([path, role], pick, what) => {
      const repo = repository();
      // Without hashes above it a changed file is judged by its own content.
      for (const meta of resigned ? [...Object.values(repo.timestamp.meta), ...Object.values(repo.snapshot.meta)] : []) {
        delete meta['hashes'];
        delete meta['length'];
      }
      const file = JSON.parse(Buffer.from(repo.metadata(path) ?? []).toString()) as { signed: unknown };
      const signers = [...(repo.signers.get(role) ?? []), ...(role === 'root' ? repo.firstRootSigners : [])];
      repo.override.set(path, resigned ? signTuf(mutate(file.signed, pick, what), signers) : Buffer.from(JSON.stringify(mutate(file, pick, what))));
      const mine = await ours(repo, 'team/a.json');
      if (mine.startsWith('refused')) return;
      accepted += 1;
      const theirs = await oracle(repo, 'team/a.json');
      if (!STRICTER.some((known) => known.test(theirs))) expect(theirs).toBe(mine);
    }), { ...RUNS, examples: [harmless()] });
    expect(accepted).toBeGreaterThan(resigned ? 5 : 0);
  });
});
