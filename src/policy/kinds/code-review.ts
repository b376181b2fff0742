/** How many approvals a review needs, by whom, and who counts as the author. */
import { z } from 'zod';
import type { Authorship } from '../../domain/policy/examined-requirement.ts';
import { familyOf, HOST_REVIEW_TYPES, PREDICATE_FAMILIES } from '../../domain/policy/predicate-types.ts';
import { compileExamined } from '../compile/examined.ts';
import type { Content } from '../compile/examined.ts';
import { lintPredicateType, predicateTypes } from '../compile/predicate-type.ts';
import { findSigners } from '../compile/vouched.ts';
import { lintVouched, vouchedDemands } from '../lint/vouched.ts';
import { examining, patterns } from '../schema/content.ts';
import { names, strict } from '../schema/fields.ts';
import type { RequirementPart, Site } from './kind.ts';

const field = strict({
  ...examining,
  approvals: z.int('expected a whole number').min(1, 'must be at least 1').max(100, 'is more than 100').optional(),
  reviewers: patterns('reviewer').optional(),
  authors: names('signer').optional(),
  authoredBy: strict({
    type: z.string().min(1, 'is empty; write signature, or a predicate type').max(1024, 'is longer than 1024 characters'),
  }).optional(),
});

/** `codeReview` as written. */
export type CodeReviewField = z.output<typeof field>;

/** `codeReview`: others than the author approved. */
export const codeReviewPart: RequirementPart<'codeReview', CodeReviewField> = {
  schema: () => field,
  compile: (written, site) => compileExamined(written, site, () => contentOf(written, site)),
  demands: vouchedDemands,
  lint(requirement, advice) {
    const { authoredBy } = requirement;
    const exact = authoredBy !== undefined && !authoredBy.signature && authoredBy.types.has(authoredBy.written);
    if (exact) lintPredicateType(authoredBy.written, [...advice.path, 'authoredBy', 'type'], advice.report, [SIGNATURE]);
    lintVouched(requirement, advice);
  },
};

/** Without `authors` only the code host can say that author and approver differ. */
function contentOf({ approvals, reviewers, authors, authoredBy }: CodeReviewField, site: Site): Content | undefined {
  const writing = authors === undefined ? undefined : findSigners(authors, [...site.path, 'authors'], site);
  const shown = authoredBy === undefined ? undefined : authorshipOf(authoredBy.type, authors !== undefined, site);
  if ((authors !== undefined && writing === undefined) || (authoredBy !== undefined && shown === undefined)) return undefined;
  return {
    written: 'codeReview',
    wanted: 'a review (human-review)',
    types: writing === undefined ? HOST_REVIEW_TYPES : PREDICATE_FAMILIES['human-review'],
    check: { kind: 'codeReview', approvals: approvals ?? 1, reviewers: reviewers ?? [] },
    ...(writing === undefined ? {} : { more: { authors: writing, ...(shown === undefined ? {} : { authoredBy: shown }) } }),
  };
}

/** The one thing that shows an author without being an attestation. */
const SIGNATURE = 'signature';

/** By which evidence authors are known; a review says who approved, so it cannot say who wrote. */
function authorshipOf(written: string, named: boolean, { tools: { report }, path }: Site): Authorship | undefined {
  if (written === SIGNATURE && named) return { written, signature: true, types: new Set() };
  const types = predicateTypes(written);
  const review = types.find((type) => familyOf(type) === 'human-review');
  if (!named) report.error([...path, 'authoredBy'], 'says how authors are known, but authors names nobody; add authors', 'key');
  else if (review !== undefined)
    report.error([...path, 'authoredBy', 'type'], 'is a review, which shows who approved; write the type of what authors give');
  else return { written, signature: false, types: new Set(types) };
  return undefined;
}
