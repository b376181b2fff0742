/** Whether somebody other than the author has approved: reviews, and what counts as two different persons. */
import type { CodeReviewCheck, ContentObjection } from '../domain/policy/content-check.ts';
import { field, isObject } from '../text/json/fields.ts';
import type { JsonObject } from '../text/json/fields.ts';
import { HOST_REVIEW_TYPES } from '../domain/policy/predicate-types.ts';
import { areTwo, countPersons, idsOf, personOf, readPerson } from './persons.ts';
import type { Person } from './persons.ts';
import { object, objects, quoted, texts, Unreadable } from './read.ts';
import type { Typed } from './read.ts';
import { said } from './sbom/sbom-model.ts';
import { compileWildcard, firstMatch } from '../text/wildcard.ts';

/**
 * Checks a review: in-toto's human-review v0.1, signed by the reviewer, must say `pass`; its VCS variant, signed by the
 * code host, must name enough distinct reviewers whom the policy names, none of them the author. Which of the two it is
 * follows from its type; a `result` that is there must be `pass` in either. The VCS predicate
 * has no field for the author; `annotations.author` (a name or a resource descriptor) is read, and without it nobody
 * can say that author and approver differ. Throws Unreadable.
 */
export function checkCodeReview({ predicateType, predicate }: Typed, check: CodeReviewCheck): readonly ContentObjection[] {
  const review = object(predicate, 'predicate');
  const result = field(review, 'result');
  const hosted = HOST_REVIEW_TYPES.includes(predicateType);
  if (!hosted && typeof result !== 'string') throw new Unreadable('result', 'pass or fail');
  if ((!hosted || result !== undefined) && result !== 'pass')
    return [objection(`result ${typeof result === 'string' ? quoted(result) : 'that is no text'}`, 'pass')];
  return hosted ? checkReviewers(review, check) : [];
}

function checkReviewers(review: JsonObject, check: CodeReviewCheck): readonly ContentObjection[] {
  const authors = authorsOf(review);
  const [author] = authors;
  if (author === undefined)
    return [objection('no author in annotations.author', 'the author, so that approver and author can be told apart')];
  const reviewers = objects(field(review, 'reviewers'), 'reviewers').map(readPerson).filter((one) => idsOf(one).length > 0);
  const others = reviewers.filter((reviewer) => authors.every((one) => areTwo(one, reviewer)));
  const wanted = check.reviewers.map(compileWildcard);
  const counting = others.filter((one) => wanted.length === 0 || firstMatch(wanted, idsOf(one)) !== undefined);
  const distinct = countPersons(counting);
  if (distinct >= check.approvals) return [];
  const names = reviewers.map((one) => idsOf(one)[0]).join(', ') || 'nobody';
  return [
    objection(
      quoted(`${distinct} approval${distinct === 1 ? '' : 's'} that count; approved by ${names}, written by ${idsOf(author)[0] ?? ''}`),
      `${check.approvals} by somebody else than the author${check.reviewers.length === 0 ? '' : `, out of ${check.reviewers.join(', ')}`}`,
    ),
  ];
}

function authorsOf(review: JsonObject): readonly Person[] {
  const annotations = field(review, 'annotations');
  const author = isObject(annotations) ? field(annotations, 'author') : undefined;
  const written = Array.isArray(author) ? texts(author, 'annotations.author') : typeof author === 'string' ? [author] : [];
  const people = isObject(author) ? [readPerson(author)] : said(...written).map(personOf);
  return people.filter((one) => idsOf(one).length > 0);
}

function objection(found: string, expected: string): ContentObjection {
  return { code: 'POLICY_REVIEW', found, expected };
}
