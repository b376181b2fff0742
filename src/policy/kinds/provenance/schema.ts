/** What may be expected of builder, source, parameters, dependencies and level of a build. */
import { z } from 'zod';
import { BUILDER_PROFILES, COMPLETE } from '../../../domain/policy/build-requirement.ts';
import type { BuildLevel, BuilderProfileName } from '../../../domain/policy/build-requirement.ts';
import type { TextMatcher } from '../../../domain/policy/requirement.ts';
import { parseDuration } from '../../../text/duration.ts';
import { list, names, parsed, strict, word } from '../../schema/fields.ts';
import { patternText, refPattern, sourcePattern, uriPattern } from '../../match/pattern-text.ts';
import { bad, good } from '../../../text/result.ts';
import { exactText, globText } from '../../match/text-matcher.ts';
import { vouching } from '../../schema/common.ts';

const pattern = parsed(patternText);
const commit = parsed((text) =>
  /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)
    ? good(text)
    : bad(`expected a commit id of 40 or 64 hexadecimal digits, found ${JSON.stringify(text)}`),
);
const sourceLevel = parsed((text) =>
  /^(?:SLSA|ORG)_SOURCE_[A-Z0-9_]{1,100}$/.test(text)
    ? good(text)
    : bad(`expected a level of the source track such as SLSA_SOURCE_LEVEL_4, found ${JSON.stringify(text)}`),
);
const reviewed = strict(
  {
    by: names('signer'),
    level: sourceLevel,
    verifier: parsed(uriPattern).optional(),
    ref: pattern.optional(),
    branch: parsed(refPattern('refs/heads/')).optional(),
    maxAge: parsed(parseDuration).optional(),
  },
  { atMostOne: [['ref', 'branch']] },
);

/** A number that a code host gives, which YAML reads as one unless it is quoted. */
const hostId = z.union([z.string().regex(/^[1-9][0-9]{0,19}$/), z.int().min(1)], {
  error: 'expected the number by which the code host knows it: repository_id and repository_owner_id of GitHub',
}).transform(String);

const source = strict(
  {
    uri: parsed(sourcePattern).optional(),
    ref: pattern.optional(),
    branch: parsed(refPattern('refs/heads/')).optional(),
    tag: parsed(refPattern('refs/tags/')).optional(),
    digest: commit.optional(),
    repositoryId: hostId.optional(),
    ownerId: hostId.optional(),
    reviewed: reviewed.optional(),
  },
  { atMostOne: [['ref', 'branch', 'tag']] },
).check((context) => {
  if (Object.values(context.value).every((value) => value === undefined))
    context.issues.push({ code: 'custom', message: 'is empty; write uri, and ref, branch or tag', input: context.value });
});

/** Absent is the one value that no matcher can stand for. */
const ABSENT = 'absent';
const parameterObject = strict(
  { glob: parsed(globText).optional(), absent: z.literal(true).optional() },
  { exactlyOne: [['glob', 'absent']] },
).transform((value) => value.glob ?? ABSENT);
const scalar = z.union([z.string(), z.boolean(), z.int()]).transform((value, context): TextMatcher => {
  const matcher = exactText(String(value));
  if (matcher.ok) return matcher.value;
  context.issues.push({ code: 'custom', message: matcher.problem, input: value });
  return z.NEVER;
});
const parameter = z.union([scalar, parameterObject], {
  error: 'expected a text, a whole number, true, false, {glob: …} or {absent: true}',
});

const uris = list(parsed(uriPattern), 'pattern').optional();
const images = strict({
  admitted: z.literal(true, { error: 'expected true; leave images out when it does not matter' }),
  unmatched: word('deny', 'allow').optional(),
  except: uris,
});
const dependencies = strict({ pinned: z.boolean().optional(), allowed: uris, except: uris, images: images.optional() }).check((context) => {
  const value = context.value;
  if (value.pinned !== true && value.allowed === undefined && value.images === undefined)
    context.issues.push({ code: 'custom', message: 'demands nothing; write pinned: true, allowed, or images', input: value });
});

const run = z.union([z.literal('admitted'), strict({ admittedBy: names('signer') })], {
  error: 'expected admitted, or {admittedBy: [signers of publish summaries]}; leave it out when it does not matter',
});

const level = z
  .union([z.literal(1), z.literal(2), z.literal(3)], { error: 'expected a SLSA build level: 1, 2 or 3' })
  .transform((value): BuildLevel => value);

/** `provenance` as written. */
export const provenanceField = strict({
  ...vouching,
  profile: word<BuilderProfileName>(...BUILDER_PROFILES).optional(),
  builder: parsed(uriPattern).optional(),
  buildType: parsed(uriPattern).optional(),
  source: source.optional(),
  entryPoint: pattern.optional(),
  parameters: z.record(z.string().min(1).max(256), parameter).optional(),
  otherParameters: word('allow', 'deny').optional(),
  dependencies: dependencies.optional(),
  invocation: pattern.optional(),
  run: run.optional(),
  hermetic: z.literal(true, { error: 'expected true; leave it out when it does not matter' }).optional(),
  isolated: z.literal(true, { error: 'expected true; leave it out when it does not matter' }).optional(),
  complete: list(word(...COMPLETE), 'of parameters, environment, dependencies').optional(),
  level: level.optional(),
});

/** The same, read. */
export type ProvenanceField = z.output<typeof provenanceField>;
/** What {@link parameterObject} makes of `{absent: true}`. */
export const PARAMETER_ABSENT: typeof ABSENT = ABSENT;
