/** How identities are written: keys, and certificate names with their issuer and claims. */
import { z } from 'zod';
import { parseDuration, parseTime } from '../../text/duration.ts';
import { list, parsed, strict, textOrGlob, word } from './fields.ts';
import { spiffe, x509 } from './holder.ts';
import { certifiable, documentSchema, resourceName } from './common.ts';
import { revocations } from './revocation.ts';
import { bad, good } from '../../text/result.ts';
import { exactText, globText, regExpText } from '../match/text-matcher.ts';

const exact = parsed(exactText);
const glob = parsed(globText);
const regExp = parsed(regExpText);

const keyless = strict(
  {
    issuer: exact.optional(),
    issuerRegExp: regExp.optional(),
    subject: exact.optional(),
    subjectGlob: glob.optional(),
    subjectRegExp: regExp.optional(),
    claims: z.record(z.string().min(1), textOrGlob).optional(),
    trustRoot: resourceName.optional(),
    maxCertificateLifetime: parsed(parseDuration).optional(),
  },
  {
    exactlyOne: [
      ['issuer', 'issuerRegExp'],
      ['subject', 'subjectGlob', 'subjectRegExp'],
    ],
  },
);

const window = { notBefore: parsed(parseTime).optional(), notAfter: parsed(parseTime).optional() };

const key = strict({
  algorithm: word('ml-dsa-65').optional(),
  hashAlgorithm: word('sha256', 'sha384', 'sha512').optional(),
  data: z.string().max(16_384, 'is longer than 16384 characters'),
  ...window,
  transparencyLog: word('optional', 'required').optional(),
  trustRoot: resourceName.optional(),
  barePayloadKeyId: parsed((text) =>
    /^[\x21-\x7e]{1,512}$/.test(text)
      ? good(text)
      : bad('expected the keyid that envelopes name the key by: up to 512 printable characters without spaces'),
  ).optional(),
});

const identity = strict(
  {
    keyless: keyless.optional(),
    key: key.optional(),
    x509: x509.optional(),
    spiffe: spiffe.optional(),
  },
  { exactlyOne: [['keyless', 'key', 'x509', 'spiffe']] },
);

/** Document of kind Signer. */
export const signerSchema = documentSchema(
  strict({
    identities: list(identity, 'identity', 100),
    mayCertify: list(certifiable, 'artifact pattern').optional(),
    validity: strict(window)
      .refine(
        ({ notBefore, notAfter }) => notBefore !== undefined || notAfter !== undefined,
        'names neither notBefore nor notAfter; leave it out, or write one of them',
      )
      .optional(),
    revocations: revocations.optional(),
  }),
  'cluster',
);

export type SignerDocument = z.output<typeof signerSchema>;
export type KeylessField = z.output<typeof keyless>;
export type KeyField = z.output<typeof key>;
