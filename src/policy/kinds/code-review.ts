/** How many approvals a review needs, by whom, and who counts as the author. */
import { z } from 'zod';
import { PREDICATE_FAMILIES } from '../../domain/policy/predicate-types.ts';
import { compileExamined } from '../compile/examined.ts';
import type { Content } from '../compile/examined.ts';
import { findSigners } from '../compile/vouched.ts';
import { lintVouched, vouchedDemands } from '../lint/vouched.ts';
import { examining, patterns } from '../schema/content.ts';
import { names, strict } from '../schema/fields.ts';
import type { RequirementPart, Site } from './kind.ts';

/** Reviews that the code host signs for all; those that persons sign need a policy that knows who wrote what. */
const HOST_REVIEWS = PREDICATE_FAMILIES['human-review'].filter((type) => type.includes('/vcs/'));

const field = strict({
  ...examining,
  approvals: z.int('expected a whole number').min(1, 'must be at least 1').max(100, 'is more than 100').optional(),
  reviewers: patterns('reviewer').optional(),
  authors: names('signer').optional(),
});

/** `codeReview` as written. */
export type CodeReviewField = z.output<typeof field>;

/** `codeReview`: others than the author approved. */
export const codeReviewPart: RequirementPart<'codeReview', CodeReviewField> = {
  schema: () => field,
  compile: (written, site) => compileExamined(written, site, () => contentOf(written, site)),
  demands: vouchedDemands,
  lint: lintVouched,
};

/** Without `authors` only the code host can say that author and approver differ. */
function contentOf({ approvals, reviewers, authors }: CodeReviewField, site: Site): Content | undefined {
  const writing = authors === undefined ? undefined : findSigners(authors, [...site.path, 'authors'], site);
  if (authors !== undefined && writing === undefined) return undefined;
  return {
    written: 'codeReview',
    wanted: 'a review (human-review)',
    types: writing === undefined ? HOST_REVIEWS : PREDICATE_FAMILIES['human-review'],
    check: { kind: 'codeReview', approvals: approvals ?? 1, reviewers: reviewers ?? [] },
    ...(writing === undefined ? {} : { more: { authors: writing } }),
  };
}
