/** How long there is to decide, by what the caller says it waits. */
import { GO_DURATION, readDuration } from '../text/duration.ts';

/** What the API server waits when a webhook's configuration says nothing (admissionregistration v1, timeoutSeconds). */
export const DEFAULT_TIMEOUT_MS = 10_000;
/** The longest that a webhook's configuration may say. */
export const MAX_TIMEOUT_MS = 30_000;

/**
 * How long the caller waits for an answer, in milliseconds, from the value of its query parameter `timeout`.
 *
 * The API server sends `?timeout=10s` with every call. An absent value, or one that is no duration or not
 * positive, gives the API server's default; longer ones are cut at what the API allows. Whoever uses it leaves
 * itself time to answer, see {@link decisionTime}.
 */
export function requestTimeout(timeout: unknown): number {
  const parsed = typeof timeout === 'string' ? readDuration(timeout, GO_DURATION) : undefined;
  return parsed === undefined || parsed <= 0 ? DEFAULT_TIMEOUT_MS : Math.min(parsed, MAX_TIMEOUT_MS);
}

/** Milliseconds that may be spent on deciding: one second less than the caller waits, but at least half of it. */
export function decisionTime(timeoutMs: number): number {
  return Math.max(timeoutMs - 1000, timeoutMs / 2);
}
