import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPublicKey } from '../../../../src/trust/index.ts';
import { createKeyProver, proveCertificate } from '../../../../src/verify/sigstore/prove.ts';
import type { ProofResult } from '../../../../src/verify/proof.ts';
import { hasSharedData } from '../../../support/shared.ts';
import { makeSigned } from '../../../world/evidence.ts';
import { adaptBundle } from './adapter.ts';
import { conformanceCases, rootOf } from './cases.ts';
import { compiledRoot, KEYLESS, partsOf, STATEMENT, world } from './world-case.ts';
import type { Parts } from './world-case.ts';

const proveKey = createKeyProver();

interface Sample {
  readonly name: string;
  readonly parts: Parts;
  readonly prove: (parts: Parts) => ProofResult;
}

/** Every byte string inside the parts, with a way to put another one in its place. */
function byteFields(parts: Parts): { readonly name: string; readonly bytes: Uint8Array; readonly put: (bytes: Uint8Array) => Parts }[] {
  const fields: { name: string; bytes: Uint8Array; put: (bytes: Uint8Array) => Parts }[] = [];
  const visit = (value: unknown, name: string, put: (changed: unknown) => Parts): void => {
    if (value instanceof Uint8Array) fields.push({ name, bytes: value, put });
    else if (typeof value === 'string') fields.push({ name, bytes: Buffer.from(value), put: (bytes) => put(Buffer.from(bytes).toString('utf8')) });
    else if (Array.isArray(value)) value.forEach((item, i) => visit(item, `${name}[${i}]`, (changed) => put(value.map((one: unknown, j) => (i === j ? changed : one)))));
    else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) visit(member, `${name}.${key}`, (changed) => put({ ...value, [key]: changed }));
    }
  };
  visit(parts, '', (changed) => changed as Parts);
  return fields.filter(({ bytes }) => bytes.length > 0);
}

function samples(): Sample[] {
  const minted: Sample[] = (['v1', 'v2'] as const).map((log) => ({
    name: `world ${log}`,
    parts: partsOf(makeSigned(world, STATEMENT, KEYLESS, { log, tsa: true })),
    prove: ({ content, certificate, dating }) => proveCertificate(content, certificate ?? new Uint8Array(), dating, compiledRoot()),
  }));
  if (!hasSharedData) return minted;
  const real = conformanceCases().filter(({ valid }) => valid).map((one): Sample => {
    const root = rootOf(one.trustedRoot);
    const key = one.key === undefined ? undefined : readPublicKey(one.key);
    return {
      name: one.name,
      parts: adaptBundle(one.bundle, one.artifact),
      prove: ({ content, certificate, dating }) => (key?.ok === true ? proveKey(content, key.key, dating, root) : proveCertificate(content, certificate ?? new Uint8Array(), dating, root)),
    };
  });
  return [...minted, ...real];
}

describe('D13 altered bytes', () => {
  test.each(samples().map((sample) => [sample.name, sample] as const))('%s: never throws, never proves anything else', (_, { parts, prove }) => {
    const good = prove(parts);
    expect(good.ok).toBe(true);
    const fields = byteFields(parts);
    fc.assert(fc.property(fc.nat(fields.length - 1), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.constantFrom('flip', 'cut', 'insert'), (which, where, mask, how) => {
      const field = fields[which];
      if (field === undefined) return;
      const result = prove(field.put(altered(field.bytes, where % field.bytes.length, mask, how)));
      // Some bytes are covered by no signature and mean nothing (witness lines, embedded certificates): what is proven must then be the very same.
      if (result.ok) expectNoMore(result, good, field.name);
      else expect(result.problem.code, `${field.name}: ${result.problem.cause ?? ''}`).toMatch(/^VERIFY_/);
    }), { numRuns: 150 });
  });
});

/** Whose name is altered is nobody's whom the root lists: an entry or timestamp is as good as gone then, and nothing else is proven. */
function expectNoMore(result: ProofResult, good: ProofResult, field: string): void {
  if (!result.ok || !good.ok) throw new Error('unreachable: both are proven');
  const gone = good.times.length + good.logEntries.length > result.times.length + result.logEntries.length;
  if (!gone) return expect(result, field).toEqual(good);
  expect(field).toMatch(/logId|timestamps/);
  const { trustRoot: _, ...signer } = good.signer;
  expect(result.signer, field).toMatchObject(good.signer.kind === 'key' ? signer : good.signer);
  expect(good.times, field).toEqual(expect.arrayContaining([...result.times]));
  expect(good.logEntries, field).toEqual(expect.arrayContaining([...result.logEntries]));
}

function altered(bytes: Uint8Array, at: number, mask: number, how: string): Uint8Array {
  if (how === 'cut') return bytes.subarray(0, at);
  if (how === 'insert') return Buffer.concat([bytes.subarray(0, at), Buffer.of(mask), bytes.subarray(at)]);
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ mask;
  return copy;
}
