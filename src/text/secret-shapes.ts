/** Texts that have the form of a secret: private keys, and tokens of which the issuer has made sure that they can be told. */
import { decodeBase64 } from './base64.ts';

/** One text in the form of a secret: of what sort, and how long; never the text itself. */
export interface SecretShape {
  readonly sort: string;
  /** In characters. */
  readonly length: number;
}

/** A token: its beginning, then as many characters of an alphabet. */
interface Shape {
  readonly sort: string;
  readonly starts: readonly string[];
  readonly alphabet: RegExp;
  readonly least: number;
  /** Absent: 512. */
  readonly most?: number;
}

const ALNUM = /[A-Za-z0-9]/;
const WORD = /[A-Za-z0-9_]/;
const URL_SAFE = /[A-Za-z0-9_-]/;
const DOTTED = /[A-Za-z0-9_.-]/;
const BASE64 = /[A-Za-z0-9+/]/;
const BASE32 = /[A-Z2-7]/;
const UPPER = /[A-Z0-9]/;
const SLACK = /[A-Za-z0-9.-]/;

/** In the order in which they are told; all are tried at each place where one begins. */
const SHAPES: readonly Shape[] = [
  { sort: 'GitHub token', starts: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], alphabet: ALNUM, least: 36 },
  { sort: 'GitHub token', starts: ['github_pat_'], alphabet: WORD, least: 60 },
  { sort: 'GitLab token', starts: ['glpat-', 'gldt-', 'glrt-', 'glcbt-', 'glptt-', 'glsoat-'], alphabet: URL_SAFE, least: 20 },
  { sort: 'AWS access key', starts: ['AKIA', 'ASIA'], alphabet: BASE32, least: 16, most: 16 },
  { sort: 'Slack token', starts: ['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xoxe-', 'xoxe.', 'xapp-'], alphabet: SLACK, least: 24 },
  { sort: 'Google API key', starts: ['AIza'], alphabet: URL_SAFE, least: 35, most: 35 },
  { sort: 'Google client secret', starts: ['GOCSPX-'], alphabet: URL_SAFE, least: 28, most: 28 },
  { sort: 'npm token', starts: ['npm_'], alphabet: ALNUM, least: 36, most: 36 },
  { sort: 'PyPI token', starts: ['pypi-AgE'], alphabet: URL_SAFE, least: 50 },
  { sort: 'Docker Hub token', starts: ['dckr_pat_', 'dckr_oat_'], alphabet: URL_SAFE, least: 24 },
  { sort: 'Vault token', starts: ['hvs.', 'hvb.'], alphabet: URL_SAFE, least: 24 },
  { sort: 'Stripe key', starts: ['sk_live_', 'rk_live_'], alphabet: ALNUM, least: 24 },
  { sort: 'Hugging Face token', starts: ['hf_'], alphabet: ALNUM, least: 34, most: 40 },
  { sort: 'age secret key', starts: ['AGE-SECRET-KEY-1'], alphabet: UPPER, least: 58, most: 58 },
];

/** Different characters that a secret has at the least: `xxxx…` and `1234…` stand for one. */
const LEAST_DIFFERENT = 8;
/** Everything that may begin a secret; what follows is then read character by character. */
const STARTS = new RegExp([
  ...SHAPES.flatMap(({ starts }) => starts).map((start) => start.replace('.', '\\.')), 'eyJ', '-----BEGIN ', 'LS0tLS1CRUdJTi', '"auth',
].join('|'), 'g');

/**
 * Every text in the form of a secret, sort by sort, each sort once with its first length. Linear in the text; what stands for a secret
 * (`ghp_xxxx…`, `$(params.token)`) is none. A secret of no known form is not found: this is no proof that there is none.
 */
export function secretsIn(text: string): readonly SecretShape[] {
  const found = new Map<string, SecretShape>();
  const runs = runsOf(text);
  for (const { 0: start, index } of text.matchAll(STARTS)) {
    const secret = secretAt(text, index, start, runs);
    if (secret !== undefined && !found.has(secret.sort)) found.set(secret.sort, secret);
  }
  return [...found.values()];
}

/** Where the characters of an alphabet end that begin somewhere. */
type Runs = (from: number, alphabet: RegExp) => number;

function secretAt(text: string, at: number, start: string, runs: Runs): SecretShape | undefined {
  if (start === '-----BEGIN ') return privateKey(text, at);
  if (start === 'LS0tLS1CRUdJTi') return wrappedKey(text, at, runs);
  if (start === '"auth') return dockerAuth(text, at);
  if (at > 0 && WORD.test(text.charAt(at - 1))) return undefined;
  if (start === 'eyJ') return webToken(text, at, runs);
  const shape = SHAPES.find(({ starts }) => starts.includes(start));
  return shape === undefined ? undefined : token(text, at, start, shape, runs);
}

function token(text: string, at: number, start: string, { sort, alphabet, least, most = 512 }: Shape, runs: Runs): SecretShape | undefined {
  const from = at + start.length;
  const length = runs(from, alphabet) - from;
  if (length < least || length > most) return undefined;
  const body = text.slice(from, from + length);
  // AWS's own documentation writes keys that end so.
  return new Set(body).size < LEAST_DIFFERENT || body.endsWith('EXAMPLE') ? undefined : { sort, length: start.length + length };
}

/** Three parts in base64url, the first two of them JSON objects (RFC 7519). */
function webToken(text: string, at: number, runs: Runs): SecretShape | undefined {
  const end = runs(at, DOTTED);
  if (end - at > 8192) return undefined;
  const [head = '', claims = '', signature = ''] = text.slice(at, end).split('.', 3);
  if (!claims.startsWith('eyJ') || Math.min(head.length, claims.length, signature.length) < 16) return undefined;
  return { sort: 'JSON web token', length: head.length + claims.length + signature.length + 2 };
}

/** `-----BEGIN … PRIVATE KEY-----` with something of a key behind it, lines broken or written as `\n`. */
function privateKey(text: string, at: number): SecretShape | undefined {
  const label = text.slice(at + 11, at + 80);
  const end = label.indexOf('-----');
  if (end < 0 || !label.slice(0, end).includes('PRIVATE KEY')) return undefined;
  const head = at + 11 + end + 5;
  const foot = text.indexOf('-----', head);
  const body = text.slice(head, Math.min(foot < 0 ? text.length : foot, head + 8192)).replaceAll(/\\[nr]|\s/g, '');
  const key = /[A-Za-z0-9+/]{32,}={0,2}/.exec(body)?.[0] ?? '';
  return new Set(key).size < LEAST_DIFFERENT ? undefined : { sort: 'private key', length: key.length };
}

/** A private key in PEM, in base64 once more. */
function wrappedKey(text: string, at: number, runs: Runs): SecretShape | undefined {
  const length = runs(at, BASE64) - at;
  const head = Buffer.from(text.slice(at, at + Math.min(length, 96)), 'base64').toString('latin1');
  return head.includes('PRIVATE KEY-----') && length > 100 ? { sort: 'private key', length } : undefined;
}

/** `"auth": "<user:password in base64>"` of a Docker configuration; quotes may be escaped. */
function dockerAuth(text: string, at: number): SecretShape | undefined {
  const value = /^"auth\\?"\s{0,16}:\s{0,16}\\?"([A-Za-z0-9+/]{8,1024}={0,2})\\?"/.exec(text.slice(at, at + 1200))?.[1];
  const pair = decodeBase64(value)?.toString('latin1') ?? '';
  return value !== undefined && /^[\x21-\x39\x3b-\x7e]+:[\x20-\x7e]{3,}$/.test(pair)
    ? { sort: 'registry password', length: value.length }
    : undefined;
}

/** Each character is looked at once for an alphabet, however many beginnings stand in a run. */
function runsOf(text: string): Runs {
  const last = new Map<RegExp, { readonly from: number; readonly end: number }>();
  return (from, alphabet) => {
    const known = last.get(alphabet);
    if (known !== undefined && from >= known.from && from < known.end) return known.end;
    let end = from;
    while (end < text.length && alphabet.test(text.charAt(end))) end += 1;
    last.set(alphabet, { from, end });
    return end;
  };
}
