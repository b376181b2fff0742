/** Whether policies must be signed, by whom, and where it is kept which versions were in force. */
import { z } from 'zod';

const file = z.string().min(1).refine((text) => !text.includes('\0'), 'expected a path, found a NUL character');

/** Kinds that others guard as well: the one can only add, and of the other two people must agree. */
const EXCEPT = ['ArtifactPolicy', 'AdmissionException'] as const;

const DNS = '[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?';
const secret = z.string().max(512).regex(new RegExp(`^${DNS}/${DNS}$`), 'expected NAMESPACE/NAME of a Secret');

const record = z
  .strictObject({ file: file.optional(), secret: secret.optional(), key: file.optional(), publicKey: file.optional() })
  .refine(({ file: path, secret: name }) => (path === undefined) !== (name === undefined), 'expected either file or secret')
  .refine(({ key, publicKey }) => (key === undefined) !== (publicKey === undefined), 'expected either key (this server writes the record) or publicKey (it only reads it)');

/** `policySignatures`; absent: policies need no signature. */
export const policySignaturesSchema = z
  .strictObject({
    /** False: what would be refused is told, and used. */
    require: z.boolean().default(true),
    signers: z.array(file).min(1).max(64),
    threshold: z.int().min(1).max(16).default(1),
    except: z.array(z.enum(EXCEPT)).max(EXCEPT.length).default([]),
    record: record.optional(),
  })
  .optional();

/** The section, checked. */
export type PolicySignaturesConfig = NonNullable<z.output<typeof policySignaturesSchema>>;
