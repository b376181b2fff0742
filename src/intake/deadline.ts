/** What the API server waits when a webhook's configuration says nothing (admissionregistration v1, timeoutSeconds). */
export const DEFAULT_TIMEOUT_MS = 10_000;
/** The longest that a webhook's configuration may say. */
export const MAX_TIMEOUT_MS = 30_000;

const PART = /(\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})(ns|us|µs|μs|ms|s|m|h)/y;
const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** Milliseconds of a Go duration (`10s`, `1m30s`, `1.5h`; package time, ParseDuration) that is not negative; `undefined` for other text. */
export function parseGoDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (text === '' || text.length > 100) return undefined;
  let total = 0;
  PART.lastIndex = 0;
  for (let at = 0; at < text.length; at = PART.lastIndex) {
    const match = PART.exec(text);
    const unit = UNIT_MS.get(match?.[2] ?? '');
    if (match === null || unit === undefined) return undefined;
    total += Number(match[1]) * unit;
  }
  return total;
}

/**
 * How long the caller waits for an answer, in milliseconds, from the value of its query parameter `timeout`.
 *
 * The API server sends `?timeout=10s` with every call. An absent value, or one that is no duration or not
 * positive, gives the API server's default; longer ones are cut at what the API allows. Whoever uses it leaves
 * itself time to answer, see {@link decisionTime}.
 */
export function requestTimeout(timeout: unknown): number {
  const parsed = typeof timeout === 'string' ? parseGoDuration(timeout) : undefined;
  return parsed === undefined || parsed <= 0 ? DEFAULT_TIMEOUT_MS : Math.min(parsed, MAX_TIMEOUT_MS);
}

/** Milliseconds that may be spent on deciding: one second less than the caller waits, but at least half of it. */
export function decisionTime(timeoutMs: number): number {
  return Math.max(timeoutMs - 1000, timeoutMs / 2);
}
