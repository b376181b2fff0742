/** For whom the layers of an image may be encrypted, in each notation of recipients. */
import { z } from 'zod';
import { parseDigest } from '../../domain/artifact/digest.ts';
import type { Recipient } from '../../domain/policy/examined-requirement.ts';
import { pattern } from '../schema/content.ts';
import { list, parsed, strict } from '../schema/fields.ts';
import { bad, good } from '../../text/result.ts';
import type { RequirementPart } from './kind.ts';

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

/** A recipient that is a plain text is the key id of a JWE recipient. */
const field = strict({
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

/** `encryption` as written. */
export type EncryptionField = z.output<typeof field>;

/** `encryption`: every layer is encrypted, for nobody but the recipients. */
export const encryptionPart: RequirementPart<'encryption', EncryptionField> = {
  schema: () => field,
  compile({ recipients, plainLayers, allowUnidentified }, { name }) {
    if (name === undefined) return undefined;
    return {
      kind: 'encryption',
      name,
      recipients: recipients.map(toRecipient),
      plainLayers: new Set(plainLayers ?? []),
      allowUnidentified: allowUnidentified ?? false,
    };
  },
  demands: ({ recipients, plainLayers }) => JSON.stringify([recipients, [...plainLayers]]),
  /** Manifests say for whom they are encrypted, and anybody can write a manifest. */
  lint(_, { beside, path, report }) {
    if (beside.every(({ kind }) => kind === 'encryption'))
      report.advise(
        'encryption-alone',
        path,
        'names recipients, but nobody who must sign: anybody could have built the image; add a signature requirement',
        'key',
      );
  },
};

function toRecipient(entry: EncryptionField['recipients'][number]): Recipient {
  if ('pkcs7' in entry && entry.pkcs7 !== undefined)
    return { scheme: 'pkcs7', issuer: entry.pkcs7.issuer, serial: entry.pkcs7.serial.replace(/^0+(?=.)/, '') };
  if ('pgp' in entry && entry.pgp !== undefined) return { scheme: 'pgp', keyId: entry.pgp };
  if ('provider' in entry && entry.provider !== undefined)
    return { scheme: 'provider', provider: entry.provider.name, field: entry.provider.field, value: entry.provider.value };
  return { scheme: 'jwe', kid: entry.jwe ?? '' };
}
