/** Secret tokens that callers show, read from a file, compared without telling by time how much of one was right. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** Tokens that are valid now: none, one, or two while one takes the place of the other; the newest first. */
export interface Tokens {
  /** Whether the text is one of them; takes the same time for every text of the same length. */
  accept(text: string): boolean;
  readonly all: readonly TokenFacts[];
}

/** What may be told of a token to anybody. */
export interface TokenFacts {
  /** Tells tokens apart and gives nothing of them away: eight hexadecimal digits of a hash. */
  readonly fingerprint: string;
  /** Epoch milliseconds; by what stands beside the token, else the time of its file. */
  readonly madeAt: number;
}

/** From this age on a path token is warned about. */
export const OLD_TOKEN_DAYS = 30;

/** Whether a token is so old that it should be replaced. */
export function isOld({ madeAt }: TokenFacts, now: number): boolean {
  return now - madeAt > OLD_TOKEN_DAYS * 86_400_000;
}

/** Base64url; 22 characters are 132 bits, and no more than 64 fit into a segment of a path. */
const TOKEN = /^[A-Za-z0-9_-]{22,64}$/;
const MOST = 2;
/** A random token has at least this many different characters, but for one of a hundred million; a placeholder has fewer. */
const LEAST_CHARACTERS = 10;

/** No token at all: nobody shows one that counts. */
export const NO_TOKENS: Tokens = { accept: () => false, all: [] };

/**
 * Reads a file of tokens: at most two, one on a line, the newest first, each perhaps followed by the time at which it was made
 * (RFC 3339). Empty lines and those that begin with `#` say nothing. Throws for anything else, with the number of the line and
 * never its text.
 */
export function parseTokens(text: string, fileTime: number): Tokens {
  const entries = text
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
    .map(({ line, number }) => entryOf(line, number, fileTime));
  if (entries.length > MOST) throw new Error(`expected at most ${MOST} tokens, found ${entries.length}`);
  if (new Set(entries.map(({ fingerprint }) => fingerprint)).size < entries.length) throw new Error('the same token stands there twice');
  const hashes = entries.map(({ hash }) => hash);
  return {
    accept(candidate) {
      const hash = hashOf(candidate);
      // All are compared, whatever the first came to.
      return hashes.map((known) => timingSafeEqual(known, hash)).includes(true);
    },
    all: entries.map(({ fingerprint, madeAt }) => ({ fingerprint, madeAt })),
  };
}

/** Tells tokens apart; see {@link TokenFacts}. */
export function fingerprintOf(token: string): string {
  return createHash('sha256').update(`fingerprint of ${token}`).digest('hex').slice(0, 8);
}

function entryOf(line: string, number: number, fileTime: number): TokenFacts & { readonly hash: Buffer } {
  const [token = '', time, ...more] = line.split(/[ \t]+/);
  if (!TOKEN.test(token) || more.length > 0) {
    throw new Error(
      `line ${number}: expected a token of 22 to 64 characters of base64url (at least 128 random bits), and perhaps its time`,
    );
  }
  if (new Set(token).size < LEAST_CHARACTERS) throw new Error(`line ${number}: the token is not random`);
  const madeAt = time === undefined ? fileTime : Date.parse(time);
  if (Number.isNaN(madeAt)) throw new Error(`line ${number}: expected the time as in 2026-11-24T10:00:00Z`);
  return { fingerprint: fingerprintOf(token), madeAt, hash: hashOf(token) };
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
