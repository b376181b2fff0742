import { describe, expect, test } from 'vitest';
import { hintedFirst, keyIdOfHint } from '../../../../src/verify/provers/key-hint.ts';

const HEX = Buffer.from('TLMsSDfG3ajPsWge+z/vX5T/zluXnmvbkTkwLIV68Tk=', 'base64').toString('hex');
const BASE64 = 'TLMsSDfG3ajPsWge+z/vX5T/zluXnmvbkTkwLIV68Tk=';
const ID = `sha256:${HEX}`;

describe('key hint', () => {
  test.each([
    ['the id itself', ID],
    ['the hex alone', HEX],
    ['base64 as in bundles', BASE64],
    ['base64 without padding', BASE64.slice(0, -1)],
  ])('%s names the key', (_, hint) => expect(keyIdOfHint(hint)).toBe(ID));

  test.each([
    ['nothing', ''],
    ['hex in upper case', HEX.toUpperCase()],
    ['hex that is too short', HEX.slice(1)],
    ['a name', 'release-key'],
    ['an ssh fingerprint', `SHA256:${BASE64}`],
    ['base64 with junk', `${BASE64.slice(0, -1)}!`],
  ])('%s names none', (_, hint) => expect(keyIdOfHint(hint)).toBeUndefined());

  test('moves the named key, under all its roots, to the front and loses none', () => {
    const keys = [{ keyId: 'sha256:1', pem: '' }, { keyId: ID, pem: '', rootId: 'a' }, { keyId: 'sha256:2', pem: '' }, { keyId: ID, pem: '', rootId: 'b' }];
    expect(hintedFirst(keys, BASE64).map((key) => key.rootId ?? key.keyId)).toEqual(['a', 'b', 'sha256:1', 'sha256:2']);
    expect(hintedFirst(keys, 'something')).toEqual(keys);
  });
});
