import { expect, test } from 'vitest';
import { headlineOf } from '../../../src/explain/parts/headline.ts';

test.each([
  ['FETCH_SERVER_ERROR', 'the store archivista evidence.acme.example was asked for the envelopes', 'evidence store answers with an error of its own'],
  ['FETCH_UNREACHABLE', 'the store folder evidence.acme.example: it did not give what was needed', 'evidence store cannot be reached'],
  ['FETCH_CREDENTIALS', 'the store github api.github.com: no such file', 'credentials of the evidence store could not be read'],
  ['FETCH_TOO_LARGE', 'the store grafeas x: none of it was read', 'answer is larger than what is read'],
  ['FETCH_SERVER_ERROR', 'registry ghcr.io was asked for the store manifest', 'registry answers with an error of its own'],
  ['FETCH_UNREACHABLE', undefined, 'registry cannot be reached'],
] as const)('%s, %s: %s', (code, cause, title) => {
  expect(headlineOf(cause === undefined ? { code } : { code, cause })).toBe(title);
});
