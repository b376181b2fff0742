import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTufRootSource } from '../../../src/trust/index.ts';
import { readPinnedRoot, TufRefusal } from '../../../src/tuf/index.ts';
import { publicGoodContent, publicGoodTuf } from '../../../src/trust/sigstore/public-good.ts';
import { checkTrustedRoot } from '../../../src/trust/index.ts';
import { readRoot, readSnapshot, readTargets, readTimestamp } from '../../../src/tuf/metadata.ts';
import { TufRepo } from '../../world/tuf.ts';
import { MemoryStore, NOW } from './support.ts';
import { cpuNow } from '../../support/cpu.ts';

const RUNS = { numRuns: Number(process.env['FUZZ_RUNS'] ?? 2000) };
const repo = new TufRepo({ now: NOW });
repo.addTarget('x', 'y');
repo.delegate('targets', 'team');
repo.publish('targets');
const files = ['root', 'timestamp', 'snapshot', 'targets'].map((role) => Buffer.from(repo.file(role)));

/** Reads bytes as each sort of metadata; anything thrown but a refusal fails the test. */
function readAll(bytes: Uint8Array): void {
  for (const read of [(it: Uint8Array) => readRoot(it, 'root'), readTimestamp, readSnapshot, (it: Uint8Array) => readTargets(it, 'targets').delegations?.forPath('x')]) {
    try {
      read(bytes);
    } catch (error) {
      if (!(error instanceof TufRefusal)) throw error;
    }
  }
}

describe('hostile metadata is refused, and nothing else is thrown', () => {
  test('bytes changed in good files', () => {
    fc.assert(fc.property(fc.constantFrom(...files), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), (file, changes) => {
      const bytes = Buffer.from(file);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      readAll(bytes);
    }), RUNS);
  });

  test('any JSON in the place of any member', () => {
    fc.assert(fc.property(fc.constantFrom(...files), fc.nat(), fc.jsonValue(), (file, pick, value) => {
      const json = JSON.parse(file.toString()) as { signed: Record<string, unknown> };
      const keys = Object.keys(json.signed);
      json.signed[keys[pick % keys.length] ?? ''] = value;
      readAll(Buffer.from(JSON.stringify(json)));
    }), RUNS);
  });

  test('any bytes', () => fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), readAll), RUNS));

  test.each([
    ['deep nesting', `{"signed":${'['.repeat(200_000)}${']'.repeat(200_000)},"signatures":[]}`],
    ['nothing', ''],
    ['not UTF-8', '\xff'],
    ['a prototype', '{"__proto__":{"signed":{}},"signatures":[]}'],
    ['null', 'null'],
  ])('%s', (_name, text) => readAll(Buffer.from(text, 'latin1')));

  test('a file at its limit is read in a fraction of a second', () => {
    const signed = { ...repo.targets.get('targets'), targets: Object.fromEntries(Array.from({ length: 25_000 }, (_, index) => [`path/to/target-${index}`, { length: index, hashes: { sha256: '0'.repeat(64) } }])) };
    const bytes = Buffer.from(JSON.stringify({ signed, signatures: [] }));
    const began = cpuNow();
    readTargets(bytes, 'targets');
    expect(cpuNow() - began).toBeLessThan(1500);
  });
});

describe('what has no canonical form, or several readings, is refused', () => {
  const signed = repo.targets.get('targets') ?? {};
  const fault = (custom: string, twice = ''): string => {
    const text = JSON.stringify({ signed: { ...signed, custom: 'X' }, signatures: [] }).replace('"X"', custom).replace('"signatures"', `${twice}"signatures"`);
    try {
      readTargets(Buffer.from(text), 'targets');
      return 'none';
    } catch (error) {
      if (error instanceof TufRefusal) return error.fault;
      throw error;
    }
  };
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

  test.each([
    ['a whole number', '15', 'none'], ['1.5', '1.5', 'malformed'], ['1e300', '1e300', 'malformed'], ['-0.1', '-0.1', 'malformed'],
    ['text', '"\\ud83d\\ude00"', 'none'], ['half of a surrogate pair', '"\\ud83d"', 'malformed'],
    ['nesting at the limit', nested(31), 'none'], ['nesting beyond the limit', nested(32), 'limit'],
    ['two keys', '{"a":1,"b":1}', 'none'], ['a key twice', '{"a":1,"a":1}', 'malformed'], ['a prototype', '{"__proto__":1}', 'malformed'],
  ])('%s', (_name, custom, expected) => expect(fault(custom)).toBe(expected));

  test('a second signed', () => {
    expect(fault('1', '"signed_":{},')).toBe('none');
    expect(fault('1', '"signed":{},')).toBe('malformed');
  });

  test('a byte order mark', () => {
    const file = files[3] ?? Buffer.of();
    expect(() => readTargets(file, 'targets')).not.toThrow();
    expect(() => readTargets(Buffer.concat([Buffer.from('\ufeff'), file]), 'targets')).toThrow(TufRefusal);
  });
});

describe('the packaged root of the public-good repository', () => {
  test('is a root.json that signs itself', () => expect(readPinnedRoot(publicGoodTuf.root)).toMatchObject({ ok: true }));

  test.each(['version', 'expires', 'keys', 'roles'])('without %s it is none', (member) => {
    const { signed, signatures } = publicGoodTuf.root as { signed: Record<string, unknown>; signatures: unknown };
    const { [member]: _gone, ...rest } = signed;
    expect(readPinnedRoot({ signed: rest, signatures })).toMatchObject({ ok: false });
  });

  test('the packaged trusted root is in order', () => expect(checkTrustedRoot(publicGoodContent)).toEqual([]));
});

test('a source with a pinned root that is none rejects with the reason and asks nothing', async () => {
  const source = createTufRootSource({ ...publicGoodTuf, root: {} }, { store: new MemoryStore(), files: () => () => Promise.reject(new Error('asked')) });
  expect(await source.restore()).toBeUndefined();
  await expect(source.refresh(NOW, new AbortController().signal)).rejects.toThrow('expected an object');
});
