/** Identities of others: expressions that are found anywhere, names of all types, keys. */
import { describe, expect, test } from 'vitest';
import { anywhere, issuerMatching, publicKeys, subjectsLike, subjectsMatching } from '../../../src/migrate/identity.ts';
import { PEM } from './fields/table.ts';
import { subjectTypes } from '../../../src/domain/policy/identity.ts';
import { regExpText } from '../../../src/policy/match/text-matcher.ts';

const TEXTS = ['', 'a', 'ab', 'xabx', 'https://github.com/acme/app', 'release@acme.example', 'x|y', 'b', 'prefix-b', 'a$', '^a'];

describe('I5: expressions that Go finds anywhere', () => {
  test.each(['a', '^a', 'b$', '^a|b$', 'a|b', '.*a', 'a.*', '^ab$', '(?i)AB', '^a(b|c)?$', 'acme[.]example$', '\\$', 'a\\\\$', '(a|^b)'])('%s', (source) => {
    const read = regExpText(anywhere(source));
    if (!read.ok) throw new Error(read.problem);
    const there = new RegExp(source.replace('(?i)', ''), source.startsWith('(?i)') ? 'i' : '');
    for (const text of TEXTS) expect(read.value.test(text), `${source} in ${text} as ${read.value.source}`).toBe(there.test(text));
  });

  test('one for each type of name that could match, with equal meaning', () => {
    const types = (source: string): readonly string[] => {
      const read = subjectsMatching(source);
      return read.ok ? read.value.map(([, value]) => subjectTypes(value)[0] ?? '') : [read.problem];
    };
    expect(types('.*kubernetes.*')).toEqual(['dns', 'email', 'uri']);
    expect(types('release.yml@refs/heads/main$')).toEqual(['email', 'uri']);
    expect(types('^https://github.com/')).toEqual(['uri']);
    const subjects = subjectsMatching('^ab$');
    const read = regExpText(subjects.ok ? subjects.value[1]?.[1] ?? '' : '');
    expect(read.ok && [read.value.test('ab'), read.value.test('abc'), read.value.test('ab@')]).toEqual([true, false, false]);
  });

  test('a wildcard is any characters, everything else itself', () => {
    const read = subjectsLike('https://github.com/acme/*/a.yml@*');
    expect(read.ok && read.value).toEqual([['subjectRegExp', '^https://github\\.com/acme/.*/a\\.yml@.*$']]);
    expect(subjectsLike('release@acme.example')).toEqual({ ok: true, value: [['subject', 'release@acme.example']] });
  });
});

test('I5: what is no key, and keys that are not believed, are told apart', () => {
  expect(publicKeys('---somedata---')).toMatchObject({ ok: false, problem: expect.stringContaining('no public key') as string });
  expect(publicKeys('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----')).toMatchObject({ ok: false });
});

test.each(['?foo', '{2}foo', 'foo\\', 'a|b)|(?:c', 'a)(b', '(?i)a)|(?:b', '+a', 'a\\Q'])('I5: %s is no expression, and does not become one by what is put around it', (source) => {
  expect([issuerMatching(source).ok, subjectsMatching(source).ok]).toEqual([false, false]);
});

test('I5: a key that is broken, cut off or filled in later spoils those beside it; words between keys do not', () => {
  const spoilt = [PEM.replace(/\n.{6}/, '\n------'), '-----BEGIN PUBLIC KEY-----\nMFkw', '{{ keys.data.second }}', '-----END PUBLIC KEY-----'];
  for (const other of spoilt) for (const text of [`${PEM}${other}`, `${other}\n${PEM}`]) expect(publicKeys(text).ok, text).toBe(false);
  for (const text of [PEM, `first\n${PEM}second\n${PEM}`, `${PEM}\r\n\t`]) expect(publicKeys(text).ok, text).toBe(true);
});
