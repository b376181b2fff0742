import { describe, expect, test } from 'vitest';
import { readMetadata } from '../../../../src/verify/intoto/metadata.ts';
import { readLayout } from '../../../../src/verify/intoto/read-layout.ts';
import { readLink } from '../../../../src/verify/intoto/read-link.ts';
import { json } from '../../../support/layout.ts';
import { hex, layout, link, person, signed, step } from './support.ts';

const alice = person();
const good = signed(link('build', {}, { a: '1' }), [alice]);
const envelope = (payload: unknown, further: object = {}): object => ({
  payloadType: 'application/vnd.in-toto+json', payload: Buffer.from(json(payload)).toString('base64'), signatures: [{ keyid: 'k', sig: 'AQID' }], ...further,
});

describe('layout and link files', () => {
  test('classic and DSSE are read', () => {
    expect(readMetadata(json(good))).toMatchObject({ ok: true, value: { type: 'link', signatures: [{ keyid: alice.keyid }] } });
    expect(readMetadata(json(envelope(link('build', {}, {}))))).toMatchObject({ ok: true, value: { type: 'link', signatures: [{ keyid: 'k', signature: Buffer.from([1, 2, 3]) }] } });
  });

  test.each([
    ['not JSON', Buffer.from('layout')],
    ['neither form', json({ hello: 1 })],
    ['both forms at once', json({ ...good, ...envelope(link('a', {}, {})) })],
    ['an unknown type', json(signed({ _type: 'cake' }, [alice]))],
    ['A05 a statement under the same payload type', json(envelope({ _type: 'https://in-toto.io/Statement/v1' }))],
    ['a signature that is not hexadecimal', json({ ...good, signatures: [{ keyid: 'k', sig: 'xyz' }] })],
    ['a signature of half a byte', json({ ...good, signatures: [{ keyid: 'k', sig: 'abc' }] })],
    ['two DSSE signatures by one key id', json(envelope(link('a', {}, {}), { signatures: [{ keyid: 'k', sig: 'AQID' }, { keyid: 'k', sig: 'AQID' }] }))],
    ['D01 a key twice', Buffer.from('{"signed":{"_type":"link","_type":"layout"},"signatures":[]}')],
    ['A12 a key __proto__', Buffer.from('{"signed":{"_type":"link","__proto__":{}},"signatures":[]}')],
    ['A13 a fraction in what is signed', Buffer.from('{"signed":{"_type":"link","x":1.5},"signatures":[]}')],
    ['nesting without end', Buffer.from(`{"signed":${'['.repeat(2000)}${']'.repeat(2000)}}`)],
  ])('%s is refused', (_, bytes) => expect(readMetadata(bytes).ok).toBe(false));

  test('A13 what has no canonical form is told, and an integer is read', () => {
    const file = (number: string): Buffer => Buffer.from(`{"signed":{"_type":"link","x":${number}},"signatures":[]}`);
    expect(readMetadata(file('15')).ok).toBe(true);
    expect(readMetadata(file('1.5'))).toEqual({
      ok: false,
      problem: { code: 'VERIFY_MALFORMED', cause: 'number has no canonical form', found: '1.5', expected: 'an integer between -2^53 and 2^53' },
    });
  });

  test('A05 another payload type is named', () => {
    expect(readMetadata(json(envelope(link('a', {}, {}), { payloadType: 'text/plain' })))).toMatchObject({ ok: false, problem: { code: 'VERIFY_PAYLOAD_TYPE', found: 'text/plain' } });
  });

  test('more signatures than the limit are refused', () => {
    expect(readMetadata(json({ ...good, signatures: Array.from({ length: 33 }, () => ({ keyid: 'k', sig: '' })) }))).toMatchObject({ ok: false, problem: { code: 'VERIFY_LIMIT' } });
  });
});

describe('layout', () => {
  const body = layout([step('build', [alice])], [alice]);
  const first = (further: object): object => layout([step('build', [alice], further)], [alice]);

  test('is read', () => expect(readLayout(body)).toMatchObject({ ok: true, value: { layout: { expires: Date.parse('2030-01-01T00:00:00Z'), steps: [{ name: 'build', threshold: 1 }] } } }));

  test.each([
    ['A18 there are no steps', layout([], [alice])],
    ['A18 a threshold is 0', first({ threshold: 0 })],
    ['a threshold is true', first({ threshold: true })],
    ['a threshold is a fraction', first({ threshold: 1.5 })],
    ['two steps have one name', layout([step('build', [alice]), step('build', [alice])], [alice])],
    ['a step and an inspection have one name', layout([step('build', [alice])], [alice], { inspect: [{ name: 'build', run: [] }] })],
    ['a step has no name', layout([step('', [alice])], [alice])],
    ['expires is no date', layout([step('build', [alice])], [alice], { expires: '2030-02-31T00:00:00Z' })],
    ['expires has a zone', layout([step('build', [alice])], [alice], { expires: '2030-01-01T00:00:00+01:00' })],
    ['expires is missing', layout([step('build', [alice])], [alice], { expires: undefined })],
    ['a key is listed under another id', layout([step('build', [alice])], [alice], { keys: { ff: alice.inToto } })],
    ['a rule is unknown', first({ expected_materials: [['PERMIT', '*']] })],
    ['a rule has a word too many', first({ expected_products: [['ALLOW', '*', '*']] })],
    ['a rule is one text', first({ expected_products: ['ALLOW *'] })],
    ['MATCH compares with neither materials nor products', first({ expected_products: [['MATCH', '*', 'WITH', 'STDOUT', 'FROM', 'x']] })],
    ['a key id is not a text', first({ pubkeys: [1] })],
  ])('is refused when %s', (_, value) => expect(readLayout(value as Record<string, unknown>)).toMatchObject({ ok: false, problem: { code: 'VERIFY_MALFORMED' } }));
});

describe('link', () => {
  test('paths are normalised and digests become one text', () => {
    const read = readLink({ ...link('build', {}, {}), products: { './a//b/': { sha512: hex('b'), sha256: hex('a') } } });
    expect(read).toMatchObject({ ok: true, value: { products: new Map([['a/b', `sha256:${hex('a')},sha512:${hex('b')}`]]) } });
  });

  test.each([
    ['C15 one artifact under two paths', { 'a/b': { sha256: hex('1') }, './a/b': { sha256: hex('2') } }],
    ['an artifact without digest', { a: {} }],
    ['A12 a digest that is an object', { a: { sha256: { toString: 1 } } }],
    ['a digest that is not hexadecimal', { a: { sha256: 'zz'.repeat(32) } }],
    ['an algorithm that could hide another', { a: { 'sha256:00,sha512': hex('1') } }],
    ['a list', ['a']],
  ])('%s is refused', (_, products) => expect(readLink({ ...link('build', {}, {}), products })).toMatchObject({ ok: false, problem: { code: 'VERIFY_MALFORMED' } }));
});
