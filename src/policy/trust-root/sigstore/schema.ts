/** The four ways to write a Sigstore root, of which a document takes exactly one. */
import { z } from 'zod';
import type { SecondOpinion } from '../../../domain/policy/trust-root.ts';
import { parseDuration, parseTime } from '../../../text/duration.ts';
import { list, parsed, strict, word } from '../../schema/fields.ts';
import { bad, good } from '../../../text/result.ts';
import type { Result } from '../../../text/result.ts';

const URL_TEXT = /^https?:\/\/[^\s?#@\\]+$/;

const count = z.int('expected a whole number').min(0, 'must not be negative').max(32, 'must not be above 32');

const tuf = strict({
  mirror: parsed(baseUrl),
  targets: parsed(baseUrl).optional(),
  root: z.unknown().refine((value) => value !== undefined, 'is missing: expected the content of the root.json to begin with'),
  target: parsed(targetPath).optional(),
  refresh: parsed(parseDuration).optional(),
  maxStale: parsed(parseDuration).optional(),
});

/** Kept as text, because that is how a `trusted_root.json` holds it; written in UTC. */
const time = parsed((value) => {
  const read = parseTime(value);
  return read.ok ? good(new Date(read.value).toISOString()) : read;
});
const validFor = strict({ start: time, end: time.optional() });
const text = z.string().min(1, 'must not be empty').max(2048, 'is longer than 2048 characters');
const pem = z.string().max(131_072, 'is longer than 131072 characters');
const authority = strict({ chain: pem, uri: text.optional(), validFor });
const log = strict({ publicKey: pem, baseUrl: text, logId: text.optional(), operator: text.optional(), validFor });

/** Fields that together are one alternative: authorities written out one by one. */
export const PLAIN_LISTS = ['certificateAuthorities', 'timestampAuthorities', 'transparencyLogs', 'ctLogs'] as const;

/** The lists of what dates signatures, which roots of other kinds have too. */
export const datingLists = {
  timestampAuthorities: list(authority, 'timestamp authority', 64).optional(),
  transparencyLogs: list(log, 'transparency log', 64).optional(),
};

/** What stands under `spec.sigstore`. */
export const sigstoreField = strict(
  {
    publicGood: z.literal(true, { error: 'expected true; leave the field out otherwise' }).optional(),
    trustedRoot: z.unknown().meta({ type: 'object' }).optional(),
    tuf: tuf.optional(),
    certificateAuthorities: list(authority, 'certificate authority', 64).optional(),
    ...datingLists,
    ctLogs: list(log, 'CT log', 64).optional(),
    require: strict({
      transparencyLog: count.optional(),
      transparencyLogOperators: count.optional(),
      sct: count.optional(),
      timestamps: count.optional(),
    }).optional(),
    secondOpinion: word<SecondOpinion>('off', 'report', 'require').optional(),
  },
  { exactlyOne: [['publicGood', 'trustedRoot', 'tuf', PLAIN_LISTS]] },
);

/** A Sigstore trust root as a document writes it. */
export type SigstoreField = z.output<typeof sigstoreField>;

/** A TUF repository as a document names it. */
export type TufField = z.output<typeof tuf>;

/**
 * Reads the base URL of a TUF repository; without a slash at its end. HTTPS is the rule; `http` is read because the
 * server's configuration may name hosts that are asked in plain text.
 */
function baseUrl(text: string): Result<string> {
  const url = URL_TEXT.test(text) && text.length <= 2048 ? URL.parse(text) : null;
  if (url === null || url.hostname === '')
    return bad(`expected a URL such as https://tuf.acme.example/metadata, found ${JSON.stringify(text)}`);
  return good(text.replace(/\/+$/, ''));
}

/** Reads the path of a target: relative, without empty, `.` and `..` segments (security.md J05). */
function targetPath(text: string): Result<string> {
  const fits =
    text !== '' &&
    text.length <= 512 &&
    !/[\\\p{Cc}]/u.test(text) &&
    text.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
  return fits ? good(text) : bad(`expected the path of a target such as trusted_root.json, found ${JSON.stringify(text)}`);
}
