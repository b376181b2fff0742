/** A bare signature, bound to the repository it was made for if the policy says so. */
import { z } from 'zod';
import { compileVouched } from '../compile/vouched.ts';
import { lintVouched, vouchedDemands } from '../lint/vouched.ts';
import { vouching } from '../schema/common.ts';
import { strict, textOrGlob } from '../schema/fields.ts';
import type { RequirementPart } from './kind.ts';

/** As `cosign sign -a` takes them: the name ends at the first `=`. */
const annotations = z
  .record(z.string().regex(/^[^=\u0000-\u001f\u007f]{1,256}$/, 'is no name of an annotation: 1 to 256 characters without ='), textOrGlob)
  .refine((map) => Object.keys(map).length > 0, 'must not be empty: name at least one annotation')
  .refine((map) => Object.keys(map).length <= 64, 'has more than 64 entries')
  .meta({ minProperties: 1, maxProperties: 64 })
  .transform((map) => Object.entries(map).map(([name, value]) => ({ name, value })));

const field = strict({ ...vouching, bindRepository: z.boolean().optional(), annotations: annotations.optional() });

/** `signature` as written. */
export type SignatureField = z.output<typeof field>;

/** `signature`: enough signers signed the digest, whatever they said of it. */
export const signaturePart: RequirementPart<'signature', SignatureField> = {
  schema: () => field,
  compile: (written, site) =>
    compileVouched(written, site, (base) => ({
      kind: 'signature',
      ...base,
      bindRepository: written.bindRepository ?? false,
      ...(written.annotations === undefined ? {} : { annotations: written.annotations }),
    })),
  demands: vouchedDemands,
  lint: lintVouched,
};
