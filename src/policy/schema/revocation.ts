/** What can be revoked, and how each thing is written; notation that tools print is read, doubtful notation refused. */
import { z } from 'zod';
import { parseDigest } from '../../domain/artifact/digest.ts';
import type { RevokedThing } from '../../domain/policy/revocation.ts';
import { parseTime } from '../../text/duration.ts';
import { list, parsed, strict } from './fields.ts';
import { bad, good } from '../../text/result.ts';
import { documentSchema, resourceName } from './common.ts';
import { describe } from './problems.ts';
import { exactText, globText, regExpText } from '../match/text-matcher.ts';

/** More would have to be read by nobody. */
const MAX_LISTED = 10_000;

/** Serial numbers have at most 20 octets (RFC 5280, 4.1.2.2). */
const SERIAL = /^[0-9a-f]{1,40}$/;
const INDEX = /^(?:0|[1-9]\d{0,18})$/;

const sha256 = parsed((text) =>
  /^sha256:[0-9a-f]{64}$/.test(text)
    ? good(text)
    : bad(`expected sha256: and 64 lower-case hexadecimal digits, as messages show it; found ${quote(text)}`),
);

const digest = parsed((text) => {
  const read = parseDigest(text);
  return read === undefined
    ? bad(`expected the digest of an artifact, sha256: and 64 lower-case hexadecimal digits; found ${quote(text)}`)
    : good(read);
});

const logId = parsed((text) =>
  /^[0-9a-f]{64}$/.test(text) ? good(text) : bad(`expected the id of a log, 64 lower-case hexadecimal digits; found ${quote(text)}`),
);

/** As tools print it: with colons, in upper case, with leading zeros. What is revoked must not hinge on notation. */
const serial = parsed((text) => {
  const plain = text.replaceAll(':', '').toLowerCase().replace(/^0+(?=.)/, '');
  return SERIAL.test(plain) ? good(plain) : bad(`expected a serial number of at most 40 hexadecimal digits; found ${quote(text)}`);
});

/** As rekor-cli prints it: the hash of the leaf, before which the id of the tree may stand. The hash alone tells the entry, whatever the shard. */
const leafHash = parsed((text) => {
  const [, hash] = /^(?:[0-9a-f]{16})?([0-9a-f]{64})$/.exec(text) ?? [];
  return hash === undefined
    ? bad(`expected the UUID of a log entry, 80 lower-case hexadecimal digits, or the 64 of its leaf hash; found ${quote(text)}`)
    : good(hash);
});

/** The id of a decision, as answers and `gatehouse_id` show it. */
const receiptId = parsed((text) =>
  /^[0-9A-HJKMNP-TV-Z]{26}$/.test(text) ? good(text) : bad(`expected the id of a receipt, 26 characters as its answer shows it; found ${quote(text)}`),
);

/** A number, or a text for those beyond what a JSON number holds exactly. */
const index = z.unknown().transform((value, context): string => {
  const text = Number.isSafeInteger(value) || typeof value === 'string' ? String(value) : undefined;
  if (text !== undefined && INDEX.test(text)) return text;
  const wanted = 'the index of a log entry, a whole number';
  context.issues.push({
    code: 'custom',
    message: value === undefined ? `is missing: expected ${wanted}` : `expected ${wanted}; found ${describe(value)}`,
    input: value,
  });
  return z.NEVER;
});

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

const certificate = strict(
  { fingerprint: sha256.optional(), serial: serial.optional(), trustRoot: resourceName.optional() },
  { exactlyOne: [['fingerprint', 'serial']], atMostOne: [['fingerprint', 'trustRoot']] },
);

const identity = strict(
  {
    issuer: parsed(exactText).optional(),
    issuerRegExp: parsed(regExpText).optional(),
    subject: parsed(exactText).optional(),
    subjectGlob: parsed(globText).optional(),
    subjectRegExp: parsed(regExpText).optional(),
  },
  {
    exactlyOne: [
      ['issuer', 'issuerRegExp'],
      ['subject', 'subjectGlob', 'subjectRegExp'],
    ],
  },
);

const reason = z
  .string()
  .min(1, 'is empty: messages show the reason to whoever is denied')
  .max(256, 'is longer than 256 characters')
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'contains control characters');

/** One entry of `revocations`: exactly one thing, the reason, and perhaps the moment from which it is not to be believed. */
export const revocation = strict(
  {
    key: sha256.optional(),
    certificate: certificate.optional(),
    identity: identity.optional(),
    logIndex: strict({ logId, index }).optional(),
    logEntry: leafHash.optional(),
    digest: digest.optional(),
    receipt: receiptId.optional(),
    reason,
    compromisedAt: parsed(parseTime).optional(),
  },
  { exactlyOne: [['key', 'certificate', 'identity', 'logIndex', 'logEntry', 'digest', 'receipt']] },
);

/** The `revocations` of one document. */
export const revocations = list(revocation, 'revocation', MAX_LISTED);

/** Document of kind RevocationList. */
export const revocationListSchema = documentSchema(strict({ revocations }), 'cluster');

export type RevocationField = z.output<typeof revocation>;
export type RevocationListDocument = z.output<typeof revocationListSchema>;

/** The thing that a checked entry revokes; `undefined` never comes from an entry that the schema let pass. */
export function revokedThing(field: RevocationField): RevokedThing | undefined {
  const { key, certificate: named, identity: who, logIndex: entry } = field;
  if (key !== undefined) return { kind: 'key', keyId: key };
  if (named?.fingerprint !== undefined) return { kind: 'fingerprint', fingerprint: named.fingerprint };
  if (named?.serial !== undefined)
    return { kind: 'serial', serial: named.serial, ...(named.trustRoot === undefined ? {} : { trustRoot: named.trustRoot }) };
  if (entry !== undefined) return { kind: 'logIndex', ...entry };
  if (field.logEntry !== undefined) return { kind: 'logEntry', leafHash: field.logEntry };
  if (field.digest !== undefined) return { kind: 'digest', digest: field.digest };
  if (field.receipt !== undefined) return { kind: 'receipt', id: field.receipt };
  const issuer = who?.issuer ?? who?.issuerRegExp;
  const subject = who?.subject ?? who?.subjectGlob ?? who?.subjectRegExp;
  return issuer === undefined || subject === undefined ? undefined : { kind: 'identity', issuer, subject };
}
