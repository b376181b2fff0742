import { describe, expect, test } from 'vitest';
import { compileTrust } from '../../../../src/trust/index.ts';
import type { DatingTrust } from '../../../../src/trust/index.ts';
import { createKeyProver } from '../../../../src/verify/sigstore/prove.ts';
import { makeSigned } from '../../../world/evidence.ts';
import type { Proofs } from '../../../world/evidence.ts';
import { sigstoreRoot, trustedKey } from '../../../world/domain.ts';
import { compiledRoot, MESSAGE, partsOf, world } from './world-case.ts';

const proveKey = createKeyProver();
const key = world.key();
const whole = compiledRoot();
const [byLogs, byAuthorities]: [DatingTrust, DatingTrust] = [
  { name: whole.name, logs: whole.logs }, { name: whole.name, timestampAuthorities: whole.timestampAuthorities },
];

function prove(proofs: Proofs, trust: DatingTrust): ReturnType<typeof proveKey> {
  const parts = partsOf(makeSigned(world, MESSAGE, { key }, proofs));
  return proveKey(parts.content, trustedKey(key), parts.dating, trust);
}

describe('a key is dated by whatever its root can prove', () => {
  test('timestamps need timestamp authorities and nothing else of a root', () => {
    expect(prove({ tsa: true }, byAuthorities)).toMatchObject({ ok: true, signer: { trustRoot: whole.name }, times: [{ source: 'timestamp' }], logEntries: [] });
    expect(prove({ tsa: true }, byLogs)).toEqual({ ok: true, signer: { kind: 'key', keyId: key.keyId }, times: [], logEntries: [], unlisted: [expect.stringContaining('a timestamp by')] });
  });

  test('log entries need logs and nothing else of a root', () => {
    expect(prove({ log: 'v1' }, byLogs)).toMatchObject({ ok: true, signer: { trustRoot: whole.name }, times: [{ source: 'log' }], logEntries: [{}] });
    expect(prove({ log: 'v1' }, byAuthorities)).toEqual({ ok: true, signer: { kind: 'key', keyId: key.keyId }, times: [], logEntries: [], unlisted: [`an entry of log ${world.rekor.logId.toString('hex')}`] });
  });

  test('a root of neither dates nothing, whatever is there', () => {
    expect(prove({}, { name: 'bare' })).toEqual({ ok: true, signer: { kind: 'key', keyId: key.keyId }, times: [], logEntries: [] });
    expect(prove({ log: 'v1', tsa: true }, { name: 'bare' })).toMatchObject({ ok: true, signer: { kind: 'key', keyId: key.keyId }, times: [], logEntries: [], unlisted: [{}, {}].map(() => expect.any(String) as string) });
  });
});

describe('a Sigstore root', () => {
  test('is compiled by its kind into every part, and not at all when its content is none', () => {
    const root = sigstoreRoot(world);
    expect(Object.keys(compileTrust('sigstore', root)).toSorted()).toEqual(['authorities', 'ctLogs', 'id', 'logs', 'name', 'require', 'timestampAuthorities']);
    expect(() => compileTrust('sigstore', { ...root, trustedRoot: {} })).toThrow(root.name);
  });
});
