import { z } from 'zod';
import { SEVERITIES } from '../../domain/policy/content-check.ts';
import type { Severity } from '../../domain/policy/content-check.ts';
import { parseDigest } from '../../domain/artifact/digest.ts';
import { parseDuration } from '../../text/duration.ts';
import { list, names, parsed, strict, word } from './fields.ts';
import { bad, good } from '../../text/result.ts';
import { vouching } from './common.ts';

/** A pattern in which `*` stands for any characters; it is compared with what evidence says. */
const pattern = z
  .string()
  .min(1, 'pattern is empty')
  .max(512, 'is longer than 512 characters')
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'contains control characters');
const patterns = (what: string): z.ZodArray<typeof pattern> => list(pattern, what);

/** `where` as written: CEL expressions, each with the message to be shown when it is false. */
export const whereField = list(
  strict({ cel: z.string(), message: z.string().min(1, 'is empty').max(300, 'is longer than 300 characters').optional() }),
  'condition',
  20,
);

const examined = { ...vouching, where: whereField.optional() };

/** `sbom` as written. */
export const sbomField = strict({
  ...examined,
  formats: list(word('spdx', 'cyclonedx'), 'format').optional(),
  complete: z.boolean().optional(),
  deny: strict({ packages: patterns('package').optional(), licenses: patterns('licence').optional() }).optional(),
});

/** `vulnerability` as written. */
export const vulnerabilityField = strict({
  ...examined,
  deny: word<Severity>(...SEVERITIES),
  ignore: list(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'is no identifier such as CVE-2024-12345'),
    'vulnerability',
  ).optional(),
  fixableOnly: z.boolean().optional(),
  vex: strict({ by: names('signer'), maxAge: parsed(parseDuration).optional() }).optional(),
});

/** `testResult` as written. */
export const testResultField = strict({
  ...examined,
  accept: list(word('PASSED', 'WARNED'), 'result').optional(),
  tests: patterns('test').optional(),
});

/** `codeReview` as written. */
export const codeReviewField = strict({
  ...examined,
  approvals: z.int('expected a whole number').min(1, 'must be at least 1').max(100, 'is more than 100').optional(),
  reviewers: patterns('reviewer').optional(),
  authors: names('signer').optional(),
});

/** `runtimeTrace` as written; `network: []` allows no connection at all. */
export const runtimeTraceField = strict({
  ...examined,
  monitors: patterns('monitor').optional(),
  network: z.array(pattern).max(1000, 'has more than 1000 entries').optional(),
  processes: patterns('program').optional(),
  singleUse: z.boolean().optional(),
}).check((context) => {
  const { network, processes, singleUse, where } = context.value;
  if (network === undefined && processes === undefined && singleUse !== true && where === undefined)
    context.issues.push({
      code: 'custom',
      message: 'demands nothing of the trace; write network, processes or singleUse',
      input: context.value,
    });
});

const hex = (what: string, form: RegExp): z.ZodType<string, string> =>
  parsed((text) => (form.test(text.toLowerCase()) ? good(text.toLowerCase()) : bad(`expected ${what}, found ${JSON.stringify(text)}`)));

const recipientObject = strict(
  {
    jwe: pattern.optional(),
    pkcs7: strict({ issuer: z.string().min(1, 'is empty'), serial: hex('a serial number in hexadecimal', /^[0-9a-f]{1,64}$/) }).optional(),
    pgp: hex('the 16 hexadecimal digits of a key id', /^[0-9a-f]{16}$/).optional(),
    provider: strict({
      name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'is no name of a key provider'),
      field: z.string().min(1, 'is empty').max(64),
      value: pattern,
    }).optional(),
  },
  { exactlyOne: [['jwe', 'pkcs7', 'pgp', 'provider']] },
);

/** `encryption` as written; a recipient that is a plain text is the key id of a JWE recipient. */
export const encryptionField = strict({
  recipients: list(
    z.union([pattern.transform((jwe) => ({ jwe })), recipientObject], {
      error: 'expected a JWE key id, or one of {jwe}, {pkcs7: {issuer, serial}}, {pgp}, {provider: {name, field, value}}',
    }),
    'recipient',
  ),
  plainLayers: list(
    parsed((text) => {
      const digest = parseDigest(text);
      return digest === undefined ? bad(`expected the digest of a layer, found ${JSON.stringify(text)}`) : good(digest);
    }),
    'layer',
  ).optional(),
  allowUnidentified: z.boolean().optional(),
});

/** The types of requirement that this file describes, by their keys. */
export const examinedFields = {
  sbom: sbomField.optional(),
  vulnerability: vulnerabilityField.optional(),
  testResult: testResultField.optional(),
  codeReview: codeReviewField.optional(),
  runtimeTrace: runtimeTraceField.optional(),
};

/** The part of a requirement that asks for examined content, as written. */
export interface ExaminedFields {
  readonly sbom?: z.output<typeof sbomField> | undefined;
  readonly vulnerability?: z.output<typeof vulnerabilityField> | undefined;
  readonly testResult?: z.output<typeof testResultField> | undefined;
  readonly codeReview?: z.output<typeof codeReviewField> | undefined;
  readonly runtimeTrace?: z.output<typeof runtimeTraceField> | undefined;
}

export const EXAMINED = ['sbom', 'vulnerability', 'testResult', 'codeReview', 'runtimeTrace'] as const;

export type WhereField = z.output<typeof whereField>;
export type EncryptionField = z.output<typeof encryptionField>;
