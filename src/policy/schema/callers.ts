/** Who asks the gate, as policies write it: the same fields in policies about artifacts and about pipelines. */
import { z } from 'zod';
import type { CallerPattern } from '../../domain/gate/caller-pattern.ts';
import type { TextMatcher } from '../../domain/policy/requirement.ts';
import { bad, good } from '../../text/result.ts';
import type { Result } from '../../text/result.ts';
import { exactText, globText } from '../match/text-matcher.ts';
import { list, parsed, strict } from './fields.ts';

const ACCOUNT = /^([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/([a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?)$/;

const account = parsed((text): Result<CallerPattern> => {
  const [, namespace, name] = ACCOUNT.exec(text) ?? [];
  return namespace === undefined || name === undefined
    ? bad(`expected NAMESPACE/NAME of a service account, found ${JSON.stringify(text)}; accounts are named one by one`)
    : good({ kind: 'serviceAccount', namespace, name });
});

/** SPIFFE-ID §2: a trust domain of lower-case letters, digits, `.`, `-` and `_`, and segments of letters, digits and the same marks. */
const SPIFFE = /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/[A-Za-z0-9._*-]+)+)$/;

const spiffe = parsed((text): Result<CallerPattern> => {
  const [, trustDomain, path = ''] = SPIFFE.exec(text) ?? [];
  if (trustDomain === undefined || text.length > 2048 || path.split('/').some((segment) => segment === '.' || segment === '..'))
    return bad(`expected spiffe://TRUST-DOMAIN/PATH with the trust domain written out and * in the path alone, found ${JSON.stringify(text)}`);
  const id: Result<TextMatcher> = text.includes('*') ? globText(text) : exactText(text);
  return id.ok ? good({ kind: 'spiffe', trustDomain, id: id.value }) : id;
});

const issuer = parsed((text) =>
  /^https:\/\/[a-z0-9.-]+(?::[0-9]+)?(?:\/[^\s?#*]*)?$/.test(text)
    ? good(text)
    : bad(`expected the issuer as tokens name it, https://HOST/PATH, compared exactly; found ${JSON.stringify(text)}`));

const claim = z.string('expected a text: quote numbers, such as "123"').min(1, 'is empty').max(1024, 'is longer than 1024 characters');

const ci = strict(
  {
    issuer,
    subject: parsed(exactText).optional(),
    subjectGlob: parsed(globText).optional(),
    claims: z.record(z.string().min(1, 'is empty'), claim).optional(),
  },
  { atMostOne: [['subject', 'subjectGlob']] },
).transform(({ issuer: of, subject, subjectGlob, claims = {} }): CallerPattern => {
  const named = subject ?? subjectGlob;
  return { kind: 'ci', issuer: of, ...(named === undefined ? {} : { subject: named }), claims: new Map(Object.entries(claims)) };
});

/** The three lists of callers. */
export const callerLists = {
  serviceAccounts: list(account, 'service account').optional(),
  spiffe: list(spiffe, 'SPIFFE ID').optional(),
  ci: list(ci, 'CI system', 100).optional(),
};

/** `callers` as it was read. */
export interface WrittenCallers {
  readonly serviceAccounts?: readonly CallerPattern[] | undefined;
  readonly spiffe?: readonly CallerPattern[] | undefined;
  readonly ci?: readonly CallerPattern[] | undefined;
}

/** All of the callers that are named. */
export function callersIn({ serviceAccounts = [], spiffe: ids = [], ci: jobs = [] }: WrittenCallers): readonly CallerPattern[] {
  return [...serviceAccounts, ...ids, ...jobs];
}

/** `callers` of a policy about artifacts: it speaks only about what these ask for, and so must name somebody. */
export const callersField = strict(callerLists).transform((written, context): readonly CallerPattern[] => {
  const callers = callersIn(written);
  if (callers.length === 0)
    context.issues.push({ code: 'custom', message: 'names nobody, so the policy would speak about nothing; name serviceAccounts, spiffe or ci', input: written });
  return callers;
});
