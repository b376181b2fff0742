import { expect, test } from 'vitest';
import { leadsTo } from '../../../src/net/words/leads-to.ts';

test.each<[unknown, string | undefined]>([
  ['https://bucket.acme.example/a/b?X-Amz-Signature=secret', 'https://bucket.acme.example/a/b'],
  ['https://bucket.acme.example/a#secret', 'https://bucket.acme.example/a'],
  ['http://10.0.0.1:8080', 'http://10.0.0.1:8080/'],
  ['/login?next=secret', '/login'],
  ['//evil.example/secret', 'a place that cannot be read'],
  ['https://user:secret@bucket.acme.example/a', 'a place that cannot be read'],
  ['javascript:secret', 'a place that cannot be read'],
  ['https://bucket.acme.example/\nsecret', 'a place that cannot be read'],
  [`https://bucket.acme.example/${'a'.repeat(500)}`, `https://bucket.acme.example/${'a'.repeat(172)}`],
  [undefined, undefined],
  [['https://a.example/', 'https://b.example/'], undefined],
])('%j', (location, expected) => {
  expect(leadsTo(location)).toBe(expected);
});
