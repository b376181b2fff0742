import { describe, expect, test } from 'vitest';
import { compile, errors, KEYS, signer, warnings } from '../support.ts';
import { pipeline } from './support.ts';

const BASE = { requesters: { users: ['alice'] } };
const SIGNED = { definitions: { signedBy: ['alice'] } };

function advice(spec: object, ...signers: string[]): string[] {
  const result = compile(...(signers.length === 0 ? [signer('alice')] : signers), pipeline(spec));
  expect(errors(result)).toEqual([]);
  return warnings(result).map(({ path, message }) => `${path}: ${message}`);
}

/** What is advised, where, and the twin about which nothing is said. */
describe('advice about a policy on pipelines', () => {
  test.each<[string, object, RegExp, object]>([
    ['demands nothing', {}, /^spec: demands nothing of builds/, BASE],
    ['lets anybody run anything', { hygiene: 'baseline' }, /^spec: names neither requesters nor definitions/, { ...BASE, hygiene: 'baseline' }],
    ['names nobody', { requesters: {} }, /^spec\.requesters: names nobody/, { requesters: { groups: ['releasers'] } }],
    ['unsigned definitions', { definitions: {} }, /^spec\.definitions: names no signers/, SIGNED],
    ['signed ones beside what stands in the run', { definitions: { signedBy: ['alice'], inline: 'allow' } }, /^spec\.definitions\.inline: .*write deny/, { definitions: { signedBy: ['alice'], inline: 'deny' } }],
    ['no sources', { definitions: { signedBy: ['alice'], sources: [] } }, /^spec\.definitions\.sources: is empty/, { definitions: { signedBy: ['alice'], sources: [{ cluster: 'x' }] } }],
    ['a hub that is pinned', { definitions: { signedBy: ['alice'], sources: [{ hub: 'a/*' }] } }, /^spec\.definitions\.sources\[0\]: a version of a hub is never pinned/, { definitions: { signedBy: ['alice'], sources: [{ hub: 'a/*' }], pinned: false } }],
    ['a jail of all tasks', { ...BASE, jail: {} }, /^spec\.jail: no definition is verified/, { ...SIGNED, jail: {} }],
    ['a jail of none', { ...SIGNED, jail: {}, classes: { userCode: [] } }, /^spec\.classes\.userCode: is empty/, { ...SIGNED, jail: {}, classes: { userCode: ['build'] } }],
    ['a jail without walls', { ...SIGNED, jail: { networkPolicy: 'off', hermetic: 'off' } }, /^spec\.jail: neither networkPolicy nor hermetic/, { ...SIGNED, jail: { networkPolicy: 'off' } }],
    ['a jail with a wide door', { ...SIGNED, jail: { apiServer: ['10.0.0.0/8'] } }, /^spec\.jail\.apiServer\[0\]: is larger/, { ...SIGNED, jail: { apiServer: ['10.0.0.1/32', 'fd00::1/128'] } }],
    ['a parameter that is allowed and denied', { ...BASE, parameters: { deny: ['*_FLAGS'], allow: { CFLAGS: '.*', GO_FLAGS: '.*' } } }, /^spec\.parameters\.allow\.GO_FLAGS: is denied by "\*_FLAGS"/, { ...BASE, parameters: { deny: ['*_FLAGS'], allow: { CFLAGS: '.*' } } }],
    ['classes for nobody', { ...SIGNED, classes: { label: 'a/b' } }, /^spec\.classes: nothing asks for classes/, { ...SIGNED, classes: { label: 'a/b' }, hygiene: 'baseline' }],
    ['nobody who may ask', { ...SIGNED, jail: {}, callers: {} }, /^spec\.callers: names nobody/, { ...SIGNED, jail: {}, callers: { serviceAccounts: ['ci/fetcher'] } }],
    ['callers without a jail', { ...SIGNED, callers: { serviceAccounts: ['ci/fetcher'] } }, /^spec\.callers: no jail is demanded/, { ...SIGNED, jail: {}, callers: { serviceAccounts: ['ci/fetcher'] } }],
    ['receipts that nobody enforces', { ...SIGNED, mode: 'warn', jail: {}, receipts: 'required' }, /^spec\.receipts: mode warn/, { ...SIGNED, jail: {}, receipts: 'required' }],
    ['receipts where no task shows its class', { requesters: { users: ['alice'] }, receipts: 'required' }, /^spec\.receipts: no definition is verified/, { ...SIGNED, jail: {}, receipts: 'required' }],
    ['receipts where builds can fetch', { ...SIGNED, receipts: 'required' }, /^spec\.receipts: no jail is demanded/, { ...SIGNED, jail: {}, receipts: 'required' }],
    ['classes for receipts alone', { ...SIGNED, classes: { label: 'a/b' } }, /^spec\.classes: nothing asks for classes/, { ...SIGNED, classes: { label: 'a/b' }, jail: {}, receipts: 'required' }],
    ['one definition of two classes', { ...SIGNED, jail: {}, classes: { definitions: { fetch: ['x'], publish: ['x'] } } }, /^spec\.classes\.definitions\.publish\[0\]: stands under fetch as well/, { ...SIGNED, jail: {}, classes: { definitions: { fetch: ['x'], publish: ['y'] } } }],
  ])('%s', (_, spec, told, twin) => {
    expect(advice(spec)).toEqual([expect.stringMatching(told)]);
    expect(advice(twin)).toEqual([]);
  });

  test('a signer who may certify no definition', () => {
    const bound = (kind: string): string => signer('alice', { mayCertify: [{ [kind]: '**' }] });
    expect(advice(SIGNED, bound('image'))).toEqual([expect.stringMatching(/^spec\.definitions\.signedBy\[0\]: alice may certify no definition/)]);
    expect(advice(SIGNED, bound('definition'))).toEqual([]);
  });

  test('signers who share a key, and ages that nobody can prove', () => {
    const keyed = (name: string, key: number): string => signer(name, { identities: [{ key: { data: KEYS[key] } }] });
    const spec = (more: object): object => ({ definitions: { signedBy: ['alice', 'bob'], ...more } });
    expect(advice(spec({ threshold: 2 }), keyed('alice', 0), keyed('bob', 0))).toEqual([expect.stringMatching(/^spec\.definitions\.signedBy\[1\]: .*in common/)]);
    expect(advice(spec({ threshold: 2 }), keyed('alice', 0), keyed('bob', 1))).toEqual([]);
    expect(advice(spec({ maxAge: '1h' }), keyed('alice', 0), keyed('bob', 1))).toHaveLength(2);
  });
});
