import { requestTimeout } from '../../intake/deadline.ts';

let lastQuery = '';
let lastAsked: number | undefined;

/**
 * How long the caller waits, in milliseconds, by the parameter `timeout` of its query; `undefined` without one.
 *
 * The API server sends the same text with every call, so the last one is remembered. A parameter given twice
 * says nothing and counts as one that is no duration.
 */
export function askedTimeout(query: string): number | undefined {
  if (query === lastQuery) return lastAsked;
  const values = new URLSearchParams(query).getAll('timeout');
  lastAsked = values.length === 0 ? undefined : requestTimeout(values.length === 1 ? values[0] : undefined);
  lastQuery = query;
  return lastAsked;
}
