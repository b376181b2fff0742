/** What is wrong with a host's TLS, in words: a certificate that nobody vouches for, one for another host, or no TLS at all. */
import type { FetchProblem } from '../../domain/ports.ts';
import type { Advice } from './advice.ts';

const RETRY = 'could not verify, retry';
const TLS = new RegExp(
  '^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|CRL_|INVALID_CA|INVALID_PURPOSE'
  + '|PATH_LENGTH_EXCEEDED)|^EPROTO$',
);
/** The first bytes of the answer were none of TLS: an answer in plain HTTP, in all that is met. */
const NO_TLS: ReadonlySet<string> = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST']);
/** What is wrong with a certificate, by the codes of OpenSSL, which help nobody who reads a denial. */
const CERTIFICATES: ReadonlyMap<string, string> = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'a certificate that is signed by itself'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'a certificate of a private CA'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'a certificate whose issuer is not known, without the chain to a CA'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'a certificate whose issuer is not known'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'a certificate whose issuer is not known'],
  ['CERT_UNTRUSTED', 'a certificate of an authority that is not trusted'],
  ['INVALID_CA', 'a certificate issued by something that is no CA'],
  ['CERT_HAS_EXPIRED', 'a certificate that has expired'],
  ['CERT_NOT_YET_VALID', 'a certificate that is not valid yet'],
  ['CERT_REVOKED', 'a certificate that is revoked'],
]);
const MOST_NAMES = 5;

/** Who was asked, in which way, and for whom what helps is written; without advice the catalogue's remedy stands. */
export interface AskedHost {
  /** `HOST[:PORT]`. */
  readonly source: string;
  readonly scheme: 'https' | 'http';
  readonly advice?: Advice | undefined;
}

type TlsProblem = Pick<FetchProblem, 'found' | 'expected' | 'cause' | 'fix'>;

/** True for the codes of TLS, of certificates and of OpenSSL. */
export function isTlsError(code: string): boolean {
  return TLS.test(code);
}

/** What kind of trouble it is decides on what helps: another CA mends neither a wrong name nor a host without TLS. */
export function tlsProblem(error: unknown, code: string, { source, advice }: AskedHost): TlsProblem {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      expected: `a certificate for ${withoutPort(source)}`,
      found: `one for ${namesOf(error)}`,
      cause: 'the registry shows a certificate for another host',
      fix: `${RETRY} by a name that the certificate is for, or after its operator has had one issued for ${withoutPort(source)}; `
        + 'a CA does not help',
    };
  }
  // Only where whoever asked said how the server proves itself; the words are his.
  if (code === 'ERR_TLS_SERVER_PROOF')
    return { cause: error instanceof Error ? error.message : 'the server does not prove itself', fix: `${RETRY} once the server proves itself as configured` };
  if (NO_TLS.has(code)) {
    const fix = advice === undefined ? {} : { fix: advice.plain(source) };
    return { expected: 'TLS', found: 'an answer in plain HTTP', cause: 'the registry does not speak TLS', ...fix };
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return {
      found: `no agreement on TLS (${code})`,
      cause: 'the host does not speak TLS as expected',
      fix: `${RETRY}; look at what the host speaks`,
    };
  const found = CERTIFICATES.get(code) ?? `a certificate that is not trusted (${code})`;
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID' || code === 'CERT_REVOKED')
    return {
      found, cause: 'the certificate is not valid now',
      fix: `${RETRY} after the operator of ${source} has had it renewed, or compare the clocks; a CA does not help`,
    };
  const fix = advice === undefined ? {} : { fix: advice.authority(source) };
  return { found, cause: 'the certificate is not issued by a trusted authority', ...fix };
}

/** The names in the certificate that was shown; whoever shows it wrote them, and they are escaped where they are printed. */
function namesOf(error: unknown): string {
  const { cert } = error as { cert?: { subjectaltname?: unknown } };
  const text = typeof cert?.subjectaltname === 'string' ? cert.subjectaltname.slice(0, 4096) : '';
  const names = text.split(', ').map((name) => name.replace(/^(?:DNS|IP Address):/, '')).filter((name) => name !== '');
  if (names.length === 0) return 'no host at all';
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `${names.slice(0, MOST_NAMES).join(', ')}${more}`;
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}
