/** From error codes of sockets, TLS and parsers to words that help a reader. */
import type { FetchProblem } from '../../domain/ports.ts';
import { FetchFailure } from '../failure.ts';
import { isTlsError, tlsProblem } from './tls-failure.ts';
import type { AskedHost } from './tls-failure.ts';
import { PROXY_REFUSED } from '../tunnel.ts';

const TIMEOUTS: ReadonlySet<string> = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
const RESETS: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
const NAMES: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'ESERVFAIL']);
const BROKEN: ReadonlyMap<string, string> = new Map([
  ['UND_ERR_HEADERS_OVERFLOW', 'headers that are larger than the limit'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'a body of another length than was announced'],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'a body that is larger than the limit'],
]);
/** The parser's errors; not every one has a code of its own. */
const NO_HTTP = /^HPE_|^HTTPParserError$/;
/** What the commonest codes mean; the code itself helps nobody who reads a denial. */
const PLAIN_WORDS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['EHOSTUNREACH', 'no route to the host'],
  ['ENETUNREACH', 'no route to the network'],
]);
/** What an error of sockets, TLS, name resolution or the HTTP parser means for the user. */
export function networkFailure(error: unknown, asked: AskedHost): FetchFailure {
  const code = codeOf(error);
  const { source } = asked;
  if (TIMEOUTS.has(code)) return new FetchFailure({ code: 'FETCH_TIMEOUT', source, found: 'no answer in time' });
  if (isTlsError(code)) return new FetchFailure({ code: 'FETCH_TLS', source, ...tlsProblem(error, code, asked) });
  if (NAMES.has(code)) return new FetchFailure({ code: 'FETCH_UNREACHABLE', source, found: `name cannot be resolved (${code})` });
  if (RESETS.has(code)) return new FetchFailure({ code: 'FETCH_UNREACHABLE', source, found: 'connection reset', ...inPlainHttp(asked) });
  if (code === PROXY_REFUSED)
    return new FetchFailure({
      code: 'FETCH_UNREACHABLE',
      source,
      found: `the proxy answers ${String((error as { status?: unknown }).status)}`,
    });
  if (NO_HTTP.test(code))
    return new FetchFailure({ code: 'FETCH_RESPONSE_INVALID', source, found: 'an answer that is not HTTP/1.1', ...inPlainHttp(asked) });
  if (BROKEN.has(code)) return new FetchFailure({ code: 'FETCH_RESPONSE_INVALID', source, found: BROKEN.get(code) ?? code });
  return new FetchFailure({ code: 'FETCH_UNREACHABLE', source, found: PLAIN_WORDS.get(code) ?? code });
}

/** Servers of TLS close a connection in plain HTTP, answer bytes of TLS, or 400: whoever allowed it may have meant another one. */
export function inPlainHttp({ source, scheme, advice }: AskedHost): Pick<FetchProblem, 'cause' | 'fix'> {
  if (scheme !== 'http') return {};
  const cause = 'it was asked in plain HTTP, which is allowed for it; registries that speak TLS answer so';
  return advice === undefined ? { cause } : { cause, fix: advice.secure(source) };
}

function codeOf(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  if (typeof code === 'string') return code;
  if (Array.isArray(errors) && errors.length > 0) return codeOf(errors[0]);
  return error instanceof Error ? error.name : 'unknown error';
}
