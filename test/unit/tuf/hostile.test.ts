import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../src/trust/tuf/canonical.ts';
import { createTufRootSource, readPinnedRoot, TufRefusal } from '../../../src/tuf/index.ts';
import { publicGoodContent, publicGoodTuf } from '../../../src/trust/sigstore/public-good.ts';
import { checkTrustedRoot } from '../../../src/trust/index.ts';
import { readRoot, readSnapshot, readTargets, readTimestamp } from '../../../src/tuf/metadata.ts';
import { olpc, TufRepo } from '../../world/tuf.ts';
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

describe('canonical JSON', () => {
  const json = fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value, (_key, part: unknown) => (typeof part === 'number' ? Math.trunc(part) % 1e15 : part))) as unknown);

  test('is that of an independent writer', () => {
    fc.assert(fc.property(json, (value) => {
      // The other writer sorts by UTF-16 units, which differs beyond the basic plane only.
      fc.pre(!/[\ud800-\udfff]/.test(JSON.stringify(value)));
      expect(canonicalJson(value)).toBe(olpc(value));
    }), RUNS);
  });

  test('does not depend on the order of members, and sorts by code points', () => {
    expect(canonicalJson({ b: 1, a: [true, null, 'x\n"\\'] })).toBe('{"a":[true,null,"x\n\\"\\\\"],"b":1}');
    expect(canonicalJson({ '\u{1f600}': 1, '\uffee': 2 })).toBe('{"\uffee":2,"\u{1f600}":1}');
  });

  test.each([1.5, 1e300, Number.NaN, -0.1])('the number %d cannot be signed', (value) => expect(() => canonicalJson([value])).toThrow(TufRefusal));
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
