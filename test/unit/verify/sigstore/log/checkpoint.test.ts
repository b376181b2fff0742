import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHash } from 'node:crypto';
import { proveCheckpoint } from '../../../../../src/verify/sigstore/log/checkpoint.ts';
import { Refusal } from '../../../../../src/verify/problem.ts';
import { signWith } from '../../../../world/keys.ts';
import { compiledRoot, world } from '../world-case.ts';
import { cpuNow } from '../../../../support/cpu.ts';

const root = compiledRoot();
const ROOT_HASH = Buffer.alloc(32, 5).toString('base64');
const V1 = 'rekor.world.example';
const V2 = 'log2026-1.rekor.world.example';

interface Note {
  readonly origin?: string;
  readonly size?: string;
  readonly hash?: string;
  readonly name?: string;
  readonly extra?: string;
  readonly hint?: Buffer;
  readonly before?: string;
  readonly after?: string;
}

function note(log: 'rekor' | 'rekor2', change: Note = {}): string {
  const origin = change.origin ?? (log === 'rekor' ? `${V1} - 1193050959916656506` : V2);
  const text = `${origin}\n${change.size ?? '7'}\n${change.hash ?? ROOT_HASH}\n${change.extra ?? ''}`;
  const signature = signWith(world[log].key, Buffer.from(text));
  const hint = change.hint ?? world[log].logId.subarray(0, 4);
  const line = `\u2014 ${change.name ?? origin.split(' - ')[0] ?? ''} ${Buffer.concat([hint, signature]).toString('base64')}\n`;
  return `${text}\n${change.before ?? ''}${line}${change.after ?? ''}`;
}

function prove(log: 'rekor' | 'rekor2', text: string): string {
  const compiled = root.logs.get(world[log].logId.toString('hex'));
  if (compiled === undefined) throw new Error('no log');
  try {
    return String(proveCheckpoint(text, compiled).treeSize);
  } catch (thrown) {
    return thrown instanceof Refusal ? (thrown.code ?? '') : String(thrown);
  }
}

const INVALID = 'VERIFY_LOG_INVALID';
const WITNESS = `\u2014 witness.example/w1 ${createHash('sha512').update('w').digest('base64')}\n`;

describe('checkpoints', () => {
  test.each<[string, Note, string]>([
    ['as logs write them', {}, '7'],
    ['a witness after the log', { after: WITNESS }, '7'],
    ['a witness before the log', { before: WITNESS }, '7'],
    ['another signature under the name of the log', { after: `\u2014 ${V2} ${Buffer.alloc(40, 1).toString('base64')}\n` }, '7'],
    ['an extension line', { extra: 'Timestamp: 1\n' }, '7'],
    ['the signature carries another name', { name: 'other.example' }, INVALID],
    ['B18 the name is a pattern', { name: '.*' }, INVALID],
    ['the key hint is another', { hint: Buffer.alloc(4) }, INVALID],
    ['B18 size in exponent form', { size: '1e9' }, INVALID],
    ['B18 size in hexadecimal', { size: '0x10' }, INVALID],
    ['B18 size negative', { size: '-1' }, INVALID],
    ['B18 size empty', { size: '' }, INVALID],
    ['size with leading zero', { size: '07' }, INVALID],
    ['size with twenty digits', { size: '1'.repeat(20) }, INVALID],
    ['no root hash', { hash: '' }, INVALID],
    ['a short root hash', { hash: Buffer.alloc(31).toString('base64') }, INVALID],
    ['a malformed line after the log', { after: 'rubbish\n' }, INVALID],
    ['a signature with three bytes', { after: '\u2014 x AAAA\n' }, INVALID],
    ['more than 100 signatures', { after: WITNESS.repeat(100) }, INVALID],
    ['an empty line among the signatures', { after: '\n' }, INVALID],
  ])('%s', (_, change, expected) => {
    expect(prove('rekor', note('rekor', change))).toBe(expected);
    expect(prove('rekor2', note('rekor2', change))).toBe(expected);
  });

  test('Rekor v2 binds its name; Rekor v1 binds none and may run under any host name', () => {
    expect(prove('rekor2', note('rekor2', { origin: 'other.example' }))).toBe(INVALID);
    expect(prove('rekor2', note('rekor2', { origin: `${V2} - 12` }))).toBe(INVALID);
    expect(prove('rekor', note('rekor', { origin: 'rekor-00001-deployment-56bf7777c9-jds5x - 6364419738405537866' }))).toBe('7');
  });

  test('the key of another log', () => {
    expect(prove('rekor', note('rekor2'))).toBe(INVALID);
    expect(prove('rekor2', note('rekor'))).toBe(INVALID);
  });

  test('any altered character refuses it', () => {
    const good = note('rekor2');
    fc.assert(fc.property(fc.nat(good.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
      fc.pre(good[at] !== character);
      const changed = good.slice(0, at) + character + good.slice(at + 1);
      expect(prove('rekor2', changed)).toBe(INVALID);
    }), { numRuns: 500 });
  });

  test('no text whatever throws anything but a refusal, and fast', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
      expect(prove('rekor', text)).toBe(INVALID);
    }));
    const start = cpuNow();
    for (const text of ['\n\n'.repeat(30_000), `a\n1\n${ROOT_HASH}\n\n${'\u2014 a '.repeat(10_000)}\n`, `${' - 1'.repeat(16_000)}\n1\n${ROOT_HASH}\n\n${WITNESS}`]) prove('rekor', text);
    expect(cpuNow() - start).toBeLessThan(3000);
  });
});
