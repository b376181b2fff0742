/** How many rebuilders must agree: two unless a policy says more, and never one. */
import { z } from 'zod';
import { compact } from '../compile/compact.ts';
import { compileVouched } from '../compile/vouched.ts';
import { lintVouched, vouchedDemands } from '../lint/vouched.ts';
import { vouching } from '../schema/common.ts';
import { list, strict } from '../schema/fields.ts';
import type { RequirementPart } from './kind.ts';

/** Rebuilders who must agree when the policy says no number. */
const USUAL_THRESHOLD = 2;

const field = strict({
  ...vouching,
  threshold: z.int('expected a whole number').min(2, 'must be at least 2: one builder agrees with nobody').optional(),
  types: list(z.string().min(1, 'is empty').max(1024, 'is longer than 1024 characters'), 'predicate type', 32).optional(),
});

/** `reproducible` as written. */
export type ReproducibleField = z.output<typeof field>;

/** `reproducible`: independent rebuilders came to the same digest. */
export const reproduciblePart: RequirementPart<'reproducible', ReproducibleField> = {
  schema: () => field,
  compile: (written, site) =>
    compileVouched(
      { ...written, threshold: written.threshold ?? USUAL_THRESHOLD },
      site,
      (base) => ({ kind: 'reproducible', ...base, ...compact({ types: written.types }) }),
    ),
  demands: vouchedDemands,
  lint: lintVouched,
};
