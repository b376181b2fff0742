/** A bare signature, bound to the repository it was made for if the policy says so. */
import { z } from 'zod';
import { compileVouched } from '../compile/vouched.ts';
import { lintVouched, vouchedDemands } from '../lint/vouched.ts';
import { vouching } from '../schema/common.ts';
import { strict } from '../schema/fields.ts';
import type { RequirementPart } from './kind.ts';

const field = strict({ ...vouching, bindRepository: z.boolean().optional() });

/** `signature` as written. */
export type SignatureField = z.output<typeof field>;

/** `signature`: enough signers signed the digest, whatever they said of it. */
export const signaturePart: RequirementPart<'signature', SignatureField> = {
  schema: () => field,
  compile: (written, site) =>
    compileVouched(written, site, (base) => ({ kind: 'signature', ...base, bindRepository: written.bindRepository ?? false })),
  demands: vouchedDemands,
  lint: lintVouched,
};
