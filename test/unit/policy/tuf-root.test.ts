import { describe, expect, test } from 'vitest';
import type { PublishedRoot, TufRootSpec } from '../../../src/domain/policy/trust-root.ts';
import { compilePolicies } from '../../../src/policy/index.ts';
import type { CompiledPolicies } from '../../../src/policy/index.ts';
import { errors, fakeRoot, fakeTrust, KEYS, policy, signer, trustRoot, warnings } from './support.ts';

const TUF = { mirror: 'https://tuf.acme.example/metadata', root: { pinned: true } };
const HOUR = 3_600_000;

interface Run {
  readonly result: CompiledPolicies;
  readonly specs: readonly TufRootSpec[];
}

/** Compiles a policy whose signer needs the root `acme`, with what its repository publishes. */
function run(tuf: Record<string, unknown> | undefined, published: PublishedRoot, more: { sigstore?: Record<string, unknown>; identity?: Record<string, unknown> } = {}): Run {
  const specs: TufRootSpec[] = [];
  const identity = more.identity ?? { keyless: { issuer: 'https://issuer.example', subject: 'alice@acme.example', trustRoot: 'acme' } };
  const texts = [trustRoot('acme', { ...(tuf === undefined ? {} : { tuf }), ...more.sigstore }), signer('alice', { identities: [identity] }), policy()];
  const trust = { ...fakeTrust, tufRoot: (_name: string, spec: TufRootSpec) => { specs.push(spec); return published; } };
  return { result: compilePolicies(texts.map((text, index) => ({ path: `file${index}.yaml`, text })), { trust }), specs };
}

const rootOf = ({ result }: Run) => result.set?.policies[0]?.trust.roots[0];
const good = (content: unknown = fakeRoot()): PublishedRoot => ({ usable: true, content });
const cold: PublishedRoot = { usable: false, cause: 'not answered yet' };

describe('a TrustRoot over TUF', () => {
  test('has defaults: target, targets URL, six hours, seven days', () => {
    const { specs } = run(TUF, good());
    expect(specs).toEqual([{ mirror: TUF.mirror, targets: `${TUF.mirror}/targets`, root: { pinned: true }, target: 'trusted_root.json', refresh: 6 * HOUR, maxStale: 168 * HOUR }]);
  });

  test('takes what is written, the root also as text', () => {
    const { specs } = run({ ...TUF, mirror: 'https://t.example/', root: '{"pinned":true}', targets: 'https://t.example/t/', target: 'trust/prod.json', refresh: '1h', maxStale: '2d' }, good());
    expect(specs).toEqual([{ mirror: 'https://t.example', targets: 'https://t.example/t', root: { pinned: true }, target: 'trust/prod.json', refresh: HOUR, maxStale: 48 * HOUR }]);
  });

  test('brings its published content into the set, and another id with other content', () => {
    const [one, two] = [rootOf(run(TUF, good())), rootOf(run(TUF, good(fakeRoot(2))))];
    expect(one).toMatchObject({ name: 'acme', trustedRoot: fakeRoot(), require: { transparencyLog: 1, sct: 1, timestamps: 0 } });
    expect(one?.unusable).toBeUndefined();
    expect(two?.id).not.toBe(one?.id);
  });

  test('without content the set compiles, and the root is unusable with the cause', () => {
    const [without, other] = [run(TUF, cold), run(TUF, { usable: false, cause: 'stale since …' })];
    expect(rootOf(without)).toMatchObject({ name: 'acme', unusable: 'not answered yet' });
    expect(rootOf(other)?.id).toBe(rootOf(without)?.id);
    expect(without.result.set?.generation).not.toBe(run(TUF, good()).result.set?.generation);
  });

  test.each<readonly [string, Record<string, unknown>, unknown]>([
    ['a content that is no trusted root', {}, { mediaType: 'x' }],
    ['fewer logs than required', { require: { transparencyLog: 2 } }, fakeRoot(1)],
  ])('%s makes the root unusable with a warning, never the set', (_name, sigstore, content) => {
    const outcome = run(TUF, good(content), { sigstore });
    expect(outcome.result.set).toBeDefined();
    expect(rootOf(outcome)?.unusable).toMatch(/cannot be used/);
    expect(warnings(outcome.result)).toMatchObject([{ path: 'spec.sigstore.tuf' }]);
  });

  test('a key that requires a log compiles before the log is known', () => {
    const identity = { key: { data: KEYS[0], transparencyLog: 'required', trustRoot: 'acme' } };
    expect(run(TUF, cold, { identity }).result.set).toBeDefined();
  });

  test.each<readonly [string, Record<string, unknown>, string]>([
    ['no mirror', { mirror: undefined }, 'spec.sigstore.tuf.mirror'],
    ['a mirror that is no URL', { mirror: 'tuf.acme.example' }, 'spec.sigstore.tuf.mirror'],
    ['a mirror with a query', { mirror: 'https://x/?a' }, 'spec.sigstore.tuf.mirror'],
    ['a mirror with credentials', { mirror: 'https://a:b@x/' }, 'spec.sigstore.tuf.mirror'],
    ['a file URL', { mirror: 'file:///etc' }, 'spec.sigstore.tuf.mirror'],
    ['no root', { root: undefined }, 'spec.sigstore.tuf.root'],
    ['a root that is none', { root: {} }, 'spec.sigstore.tuf.root'],
    ['a root that is no JSON', { root: '{' }, 'spec.sigstore.tuf.root'],
    ['J05 a target outside', { target: '../x' }, 'spec.sigstore.tuf.target'],
    ['J05 an absolute target', { target: '/x' }, 'spec.sigstore.tuf.target'],
    ['a refresh that is no duration', { refresh: '5' }, 'spec.sigstore.tuf.refresh'],
    ['maxStale below refresh', { refresh: '2h', maxStale: '1h' }, 'spec.sigstore.tuf.maxStale'],
    ['an unknown field', { url: 'https://x' }, 'spec.sigstore.tuf.url'],
  ])('%s is an error at its place', (_name, change, path) => {
    const tuf = Object.fromEntries(Object.entries({ ...TUF, ...change }).filter(([, value]) => value !== undefined));
    const { result } = run(tuf, good());
    expect(result.set).toBeUndefined();
    expect(errors(result).map((problem) => problem.path)).toEqual([path]);
  });

  test('plain HTTP is warned about', () => {
    expect(warnings(run({ ...TUF, mirror: 'http://tuf.acme.example' }, good()).result)).toMatchObject([{ path: 'spec.sigstore.tuf.mirror' }]);
  });

  test('numbers that prove no time are an error before anything is published', () => {
    expect(errors(run(TUF, cold, { sigstore: { require: { transparencyLog: 0 } } }).result)).toMatchObject([{ path: 'spec.sigstore.require' }]);
    expect(errors(run(TUF, cold, { sigstore: { require: { transparencyLog: 0, timestamps: 1 } } }).result)).toEqual([]);
  });
});

describe('plain lists', () => {
  const validFor = { start: '2026-01-01T00:00:00Z' };
  const log = { publicKey: KEYS[0], baseUrl: 'https://log.example', validFor };
  const lists = { certificateAuthorities: [{ chain: 'PEM', validFor }], transparencyLogs: [log], ctLogs: [log] };

  test('are an alternative of their own', () => {
    expect(rootOf(run(undefined, cold, { sigstore: lists }))).toMatchObject({ name: 'acme', trustedRoot: fakeRoot(1, 1, 0), require: { transparencyLog: 1, sct: 1 } });
    for (const other of [{ publicGood: true }, { tuf: TUF }, { trustedRoot: fakeRoot() }]) {
      expect(errors(run(undefined, cold, { sigstore: { ...lists, ...other } }).result).map(({ path }) => path)).toContain('spec.sigstore');
    }
  });

  test('times are handed on in UTC', () => {
    let start: string | undefined;
    const trust = { ...fakeTrust, plainTrust: (given: Parameters<typeof fakeTrust.plainTrust>[0]) => { start = given.transparencyLogs[0]?.validFor?.start; return fakeTrust.plainTrust(given); } };
    compilePolicies([{ path: 'a.yaml', text: trustRoot('acme', { transparencyLogs: [{ ...log, validFor: { start: '2026-01-01T02:00:00+02:00' } }] }) }], { trust });
    expect(start).toBe('2026-01-01T00:00:00.000Z');
  });

  test('problems of the content are told at their place', () => {
    const trust = { ...fakeTrust, plainTrust: () => ({ content: {}, problems: [{ path: 'transparencyLogs[0].publicKey', message: 'is none' }] }) };
    const result = compilePolicies([{ path: 'a.yaml', text: trustRoot('acme', lists) }], { trust });
    expect(errors(result)).toMatchObject([{ path: 'spec.sigstore.transparencyLogs[0].publicKey', message: 'is none' }]);
  });

  test.each<readonly [string, Record<string, unknown>, string]>([
    ['an empty list', { ctLogs: [] }, 'spec.sigstore.ctLogs'],
    ['a log without a window', { ctLogs: [{ publicKey: KEYS[0], baseUrl: 'https://x' }] }, 'spec.sigstore.ctLogs[0].validFor'],
    ['a window without a start', { ctLogs: [{ ...log, validFor: {} }] }, 'spec.sigstore.ctLogs[0].validFor.start'],
    ['a time that is none', { ctLogs: [{ ...log, validFor: { start: 'yesterday' } }] }, 'spec.sigstore.ctLogs[0].validFor.start'],
  ])('%s is an error at its place', (_name, change, path) => {
    expect(errors(run(undefined, cold, { sigstore: { ...lists, ...change } }).result).map((problem) => problem.path)).toEqual([path]);
  });
});
