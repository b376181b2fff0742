import { describe, expect, test } from 'vitest';
import type { AuthorityWindow, RootWindows, TrustInventory } from '../../../src/domain/policy/expiry.ts';
import type { Signer } from '../../../src/domain/policy/requirement.ts';
import { expiries, trustEnds, WARN_AHEAD } from '../../../src/policy/index.ts';
import { HOUR, KEY_A, KEY_B, keyIdentity, keylessIdentity, NOW, signer } from '../evaluate/support.ts';
import { compileSet, KEYS, policy, signer as signerDocument } from './support.ts';

const DAY = 24 * HOUR;
const having = (inventory: Partial<TrustInventory>): { inventory: TrustInventory } => ({ inventory: { signers: [], roots: [], revocations: [], ...inventory } });
const states = (signers: Signer[]): string[] => expiries(having({ signers }), NOW).map(({ kind, item, state }) => `${kind} ${item === KEY_A ? 'A' : item === KEY_B ? 'B' : item}${state}`);

describe('expiries of signers and keys', () => {
  const key = (keyId: string, notAfter?: number) => keyIdentity(keyId, notAfter === undefined ? {} : { notAfter });
  test.each([
    { name: 'a key without end', signers: [signer('a', key(KEY_A))], expected: [] },
    { name: 'a key that ends in a year', signers: [signer('a', key(KEY_A, NOW + 365 * DAY))], expected: ['key Alater'] },
    { name: 'a key that ends in 29 days', signers: [signer('a', key(KEY_A, NOW + 29 * DAY))], expected: ['key Aexpiring'] },
    { name: 'a key that ends in 30 days', signers: [signer('a', key(KEY_A, NOW + WARN_AHEAD))], expected: ['key Alater'] },
    { name: 'a key whose last moment is now', signers: [signer('a', key(KEY_A, NOW))], expected: ['key Aexpiring'] },
    { name: 'the only key ended', signers: [signer('a', key(KEY_A, NOW - 1))], expected: ['key Aexpired'] },
    { name: 'all keys ended', signers: [signer('a', key(KEY_A, NOW - 2), key(KEY_B, NOW - 1))], expected: ['key Aexpired', 'key Bexpired'] },
    { name: 'a key ended and another goes on', signers: [signer('a', key(KEY_A, NOW - 1), key(KEY_B))], expected: ['key Aended'] },
    { name: 'a key ended and another signs keyless', signers: [signer('a', key(KEY_A, NOW - 1), keylessIdentity())], expected: ['key Aended'] },
    { name: 'a signer whose time is over', signers: [{ ...signer('a', keylessIdentity()), validity: { notAfter: NOW - 1 } }], expected: ['signer expired'] },
    { name: 'a signer whose time is over soon', signers: [{ ...signer('a', keylessIdentity()), validity: { notAfter: NOW + DAY } }], expected: ['signer expiring'] },
  ])('$name', ({ signers, expected }) => {
    expect(states(signers)).toEqual(expected);
  });

  test('are sorted by time', () => {
    expect(expiries(having({ signers: [signer('b', key(KEY_B, NOW + DAY)), signer('a', key(KEY_A, NOW + 2 * DAY)), { ...signer('c', keylessIdentity()), validity: { notAfter: NOW } }] }), NOW).map(({ name }) => name)).toEqual(['c', 'b', 'a']);
  });

  test('a set without inventory has none', () => {
    expect(expiries({}, NOW)).toEqual([]);
    expect(trustEnds({}, NOW)).toEqual([]);
  });

  test('a compiled set has its signers, and the roots they name', () => {
    const set = compileSet(signerDocument('alice', { identities: [{ key: { data: KEYS[0], notAfter: '2027-01-01T00:00:00Z' } }], validity: { notAfter: '2028-01-01T00:00:00Z' } }), signerDocument('bob'), policy());
    expect(expiries(set, NOW).map(({ kind, name, at }) => [kind, name, at])).toEqual([['key', 'alice', Date.UTC(2027)], ['signer', 'alice', Date.UTC(2028)]]);
    expect(set.inventory?.roots.map(({ name }) => name)).toEqual(['sigstore-public-good']);
  });
});

test.each<[number, string]>([[-1, 'ended'], [0, 'expiring'], [DAY, 'expiring'], [WARN_AHEAD, 'later']])(
  'AdmissionException: one that ends in %i ms is %s; over, it is no loss of trust', (ahead, state) => {
    const set = having({ exceptions: [{ name: 'night', expiresAt: NOW + ahead }] });
    expect(expiries(set, NOW)).toEqual([{ kind: 'exception', name: 'night', item: '', at: NOW + ahead, state }]);
    expect(trustEnds(set, NOW)).toEqual([{ kind: 'exception', name: 'night', at: NOW + ahead }]);
  },
);

describe('expiries of trust roots', () => {
  const log = (end?: number): AuthorityWindow => ({ kind: 'transparency-log', name: `log ${end ?? ''}`, ...(end === undefined ? {} : { end }) });
  const root = (windows: AuthorityWindow[], transparencyLog = 1): RootWindows => ({ name: 'r', require: { transparencyLog, sct: 0, timestamps: 0 }, windows });
  const of = (one: RootWindows): string[] => expiries(having({ roots: [one] }), NOW).map(({ state }) => state);
  test.each([
    { name: 'an open log', one: root([log()]), expected: [], ends: [] },
    { name: 'the only log ended', one: root([log(NOW - 1)]), expected: ['expired'], ends: [NOW - 1] },
    { name: 'one log ended, its successor is open', one: root([log(NOW - 1), log()]), expected: ['ended'], ends: [] },
    { name: 'the only log ends soon', one: root([log(NOW + DAY)]), expected: ['expiring'], ends: [NOW + DAY] },
    { name: 'one log ends soon, its successor later', one: root([log(NOW + DAY), log(NOW + 90 * DAY)]), expected: ['later', 'later'], ends: [NOW + 90 * DAY] },
    { name: 'two logs are demanded, one of two ends soon', one: root([log(NOW + DAY), log()], 2), expected: ['expiring'], ends: [NOW + DAY] },
    { name: 'two logs are demanded, one of two ended', one: root([log(NOW - 1), log()], 2), expected: ['expired'], ends: [NOW - 1] },
    { name: 'no log is demanded, the only one ended', one: root([log(NOW - 1)], 0), expected: ['ended'], ends: [NOW - 1] },
  ])('$name', ({ one, expected, ends }) => {
    expect(of(one)).toEqual(expected);
    expect(trustEnds(having({ roots: [one] }), NOW).map(({ at }) => at)).toEqual(ends);
  });
});

describe('the ends that a metric shows', () => {
  const key = (keyId: string, notAfter: number) => keyIdentity(keyId, { notAfter });
  test.each([
    { name: 'the key that ends next', who: signer('a', key(KEY_A, NOW + 2 * DAY), key(KEY_B, NOW + DAY)), at: NOW + DAY },
    { name: 'not the one that was rotated out', who: signer('a', key(KEY_A, NOW - DAY), key(KEY_B, NOW + DAY)), at: NOW + DAY },
    { name: 'the last one when all are over', who: signer('a', key(KEY_A, NOW - 2 * DAY), key(KEY_B, NOW - DAY)), at: NOW - DAY },
  ])('$name', ({ who, at }) => {
    expect(trustEnds(having({ signers: [who] }), NOW)).toEqual([{ kind: 'key', name: 'a', at }]);
  });
});
