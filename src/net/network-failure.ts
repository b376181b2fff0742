/** From error codes of sockets, TLS and parsers to words that help a reader. */
import { FetchFailure } from './failure.ts';
import { PROXY_REFUSED } from './tunnel.ts';

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
const TLS =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|CRL_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)|^EPROTO$/;

/** What an error of sockets, TLS, name resolution or the HTTP parser means for the user. */
export function networkFailure(error: unknown, source: string): FetchFailure {
  const code = codeOf(error);
  if (TIMEOUTS.has(code)) return new FetchFailure({ code: 'FETCH_TIMEOUT', source, found: 'no answer in time' });
  if (TLS.test(code)) return new FetchFailure({ code: 'FETCH_TLS', source, found: code, cause: tlsCause(code) });
  if (NAMES.has(code)) return new FetchFailure({ code: 'FETCH_UNREACHABLE', source, found: `name cannot be resolved (${code})` });
  if (RESETS.has(code)) return new FetchFailure({ code: 'FETCH_UNREACHABLE', source, found: 'connection reset' });
  if (code === PROXY_REFUSED)
    return new FetchFailure({
      code: 'FETCH_UNREACHABLE',
      source,
      found: `the proxy answers ${String((error as { status?: unknown }).status)}`,
    });
  if (NO_HTTP.test(code)) return new FetchFailure({ code: 'FETCH_RESPONSE_INVALID', source, found: 'an answer that is not HTTP/1.1' });
  if (BROKEN.has(code)) return new FetchFailure({ code: 'FETCH_RESPONSE_INVALID', source, found: BROKEN.get(code) ?? code });
  return new FetchFailure({ code: 'FETCH_UNREACHABLE', source, found: PLAIN_WORDS.get(code) ?? code });
}

function codeOf(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  if (typeof code === 'string') return code;
  if (Array.isArray(errors) && errors.length > 0) return codeOf(errors[0]);
  return error instanceof Error ? error.name : 'unknown error';
}

function tlsCause(code: string): string {
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'the certificate is not valid now';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'the certificate is for another host';
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return 'the host does not speak TLS as expected; plain HTTP must be allowed for it by name';
  return 'the certificate is not issued by a trusted authority';
}
