/** The form of a token: a compact JWS that two readers cannot read differently. Nothing of it is proven yet. */
import { decodeBase64 } from '../../text/base64.ts';
import { field, isObject, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { readJsonBytes } from '../../text/json/read.ts';
import { nobody } from './refusal.ts';
import type { Refusal } from './refusal.ts';

/** A token as it is written; its signature has not been checked. */
export interface Token {
  readonly ok: true;
  readonly text: string;
  /** Names of the protected header. */
  readonly header: ReadonlySet<string>;
  readonly alg: string;
  readonly kid?: string;
  readonly typ?: string;
  readonly claims: JsonObject;
}

/** Longest token that is looked at, in characters: the whole head of a request has no more room. */
export const LONGEST_TOKEN = 16_384;
const LIMITS = { maxDepth: 16, maxItems: 2_000, maxKeys: 500 };
/** What would let a token choose the key that it is checked with, or how its bytes are read (RFC 7515 §4.1, RFC 7797). */
const STEERING = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64', 'zip', 'enc'];
const TYPES: ReadonlySet<string> = new Set(['JWT', 'JOSE']);
/** Control characters and line ends have no place in what ends up in records. */
const TEXT = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]{1,1024}$/;

/** Reads the form of a token; refuses what is none, what an algorithm outside of these has signed, and what is no bearer token. */
export function readToken(text: string, algorithms: ReadonlySet<string>): Token | Refusal {
  if (text.length > LONGEST_TOKEN) return nobody('INPUT_TOKEN_INVALID', `expected a token of at most ${LONGEST_TOKEN} characters`);
  const parts = text.split('.', 4);
  const [head, body, signature] = parts;
  if (parts.length !== 3 || signature === undefined) return nobody('INPUT_TOKEN_INVALID', 'expected a compact JWS: three parts with dots between them');
  const header = readPart(head);
  if (header === undefined) return nobody('INPUT_TOKEN_INVALID', 'expected the header of a JWS: base64url of a JSON object without a key twice');
  const alg = ownText(header, 'alg') ?? '';
  if (!algorithms.has(alg)) return nobody('INPUT_TOKEN_ALGORITHM', `expected one of the algorithms ${[...algorithms].join(', ')}`);
  const problem = headerProblem(header);
  if (problem !== undefined) return nobody('INPUT_TOKEN_INVALID', problem);
  if ((decodeBase64(signature, 'url')?.length ?? 0) === 0) return nobody('INPUT_TOKEN_INVALID', 'expected a signature in base64url');
  const claims = readPart(body);
  if (claims === undefined) return nobody('INPUT_TOKEN_INVALID', 'expected claims: base64url of a JSON object without a key twice');
  // Whoever holds such a token proves by something else that it is his, which nobody does here (RFC 7800).
  if (Object.hasOwn(claims, 'cnf')) return nobody('INPUT_TOKEN_INVALID', 'expected a bearer token, found one that is bound to a key (cnf)');
  const [kid, typ] = [ownText(header, 'kid'), ownText(header, 'typ')];
  return {
    ok: true, text, alg, claims,
    header: new Set(Object.keys(header)),
    ...(kid === undefined ? {} : { kid }),
    ...(typ === undefined ? {} : { typ }),
  };
}

/** A claim that is text fit for records; `undefined` for everything else. */
export function textClaim(claims: JsonObject, name: string): string | undefined {
  const value = ownText(claims, name);
  return value !== undefined && TEXT.test(value) ? value : undefined;
}

function readPart(part: string | undefined): JsonObject | undefined {
  const bytes = decodeBase64(part, 'url');
  const read = bytes === undefined ? undefined : readJsonBytes(bytes, LIMITS);
  return read?.ok === true && isObject(read.value) ? read.value : undefined;
}

function headerProblem(header: JsonObject): string | undefined {
  const steering = STEERING.find((name) => Object.hasOwn(header, name));
  if (steering !== undefined) return `expected no ${steering} in the header: the keys of issuers are configured`;
  const kid = field(header, 'kid');
  if (kid !== undefined && (typeof kid !== 'string' || !TEXT.test(kid))) return 'expected kid as a text';
  const typ = field(header, 'typ');
  // A WIT-SVID (wit+jwt) and whatever else is no bearer token says so here.
  if (typ !== undefined && (typeof typ !== 'string' || !TYPES.has(typ))) return 'expected typ JWT or JOSE, or none';
  return undefined;
}
