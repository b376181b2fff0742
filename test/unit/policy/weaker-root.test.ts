import { expect, test } from 'vitest';
import type { NotationRoot, SpiffeRoot, TrustRoot, X509Root } from '../../../src/domain/policy/trust-root.ts';
import { milderRoot } from '../../../src/policy/weaker/root.ts';

/** What a trust root of one's own proves that it did not: more authorities, a time less, a plug-in nobody runs. */
const notation: NotationRoot = { kind: 'notation', name: 'r', id: '1', ca: ['a'], signingAuthority: [], tsa: ['t'], verifyTimestamp: 'always', plugins: [] };
const x509: X509Root = { kind: 'x509', name: 'r', id: '1', anchors: ['a'], dating: { tlogs: [{ baseUrl: 'l' }] } };
const spiffe: SpiffeRoot = { kind: 'spiffe', name: 'r', id: '1', trustDomain: 'a.example', anchors: ['a', 'b'] };

test.each<[string, TrustRoot, Readonly<Record<string, unknown>>, readonly string[]]>([
  ['another certificate', notation, { ca: ['a', 'b'] }, ['ca has another certificate']],
  ['another certificate in its place', notation, { ca: ['b'] }, ['ca has another certificate']],
  ['one less', notation, { ca: [] }, []],
  ['a signing authority', notation, { signingAuthority: ['b'] }, ['signingAuthority has another certificate']],
  ['another timestamp authority', notation, { tsa: ['t', 'u'] }, ['tsa has another authority']],
  ['no timestamps', notation, { tsa: [] }, ['tsa demands no more timestamps']],
  ['timestamps later', notation, { verifyTimestamp: 'afterCertExpiry' }, ['verifyTimestamp is afterCertExpiry, was always']],
  ['a plug-in', notation, { plugins: [{ name: 'p', attributes: [] }] }, ['plugins has another plug-in p']],
  ['timestamps demanded', { ...notation, tsa: [] }, { tsa: ['t'] }, []],
  ['the authority of a PKI', x509, { anchors: ['a', 'b'] }, ['anchors has another authority']],
  ['its log', x509, { dating: { tlogs: [{ baseUrl: 'l' }, { baseUrl: 'm' }] } }, ['dating has another transparency log']],
  ['an authority less', spiffe, { anchors: ['a'] }, []],
  ['another domain', spiffe, { trustDomain: 'b.example' }, ['trustDomain is b.example, was a.example']],
])('%s', (_, before, change, expected) => {
  expect(milderRoot(before, { ...before, ...change, id: '2' } as TrustRoot)).toEqual(expected);
});

test('a root of another kind is another root', () => {
  expect(milderRoot(x509, { ...notation, id: '2' })).toEqual(['is of kind notation, was x509']);
});
