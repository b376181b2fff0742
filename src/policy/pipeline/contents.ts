/** What a run may contain: parameters, images, and what it must not ask for. */
import { z } from 'zod';
import { HYGIENE_RULES } from '../../domain/policy/request-policy.ts';
import type {
  HygieneRequirement, HygieneRule, ImagesRequirement, ParametersRequirement, TaskClasses,
} from '../../domain/policy/request-policy.ts';
import { patternText } from '../match/pattern-text.ts';
import { regExpText } from '../match/text-matcher.ts';
import { didYouMean } from '../read/suggest.ts';
import { list, parsed, strict, word } from '../schema/fields.ts';

const parameterName = z
  .string()
  .min(1, 'is empty')
  .max(253, 'is longer than 253 characters')
  .regex(/^[^\u0000-\u0020*\u007f]*$/, 'is no name of a parameter: no spaces, and no wildcards here');

/** `parameters` as written; to demand nothing is an error. */
export const parametersField = strict({
  deny: list(parsed(patternText), 'parameter').optional(),
  allow: z.record(parameterName, parsed(regExpText)).optional(),
  others: word('allow', 'deny').optional(),
}).check((context) => {
  const { deny, allow, others } = context.value;
  if (deny === undefined && allow === undefined && others !== 'deny')
    context.issues.push({
      code: 'custom',
      message: 'demands nothing of parameters; write deny, allow or others: deny',
      input: context.value,
    });
});

/** Parameters that whoever asks may set. */
export function compileParameters(written: z.output<typeof parametersField>): ParametersRequirement {
  const { deny = [], allow = {}, others = 'allow' } = written;
  return { kind: 'parameters', name: 'parameters', deny, allow: new Map(Object.entries(allow)), others };
}

/** `images` as written. */
export const imagesField = strict({
  deferred: word('deny', 'allowIfPodsAreGated').optional(),
  unpinned: word('deny', 'allow').optional(),
});

/** Images that are not known yet, or are named by tag; in every policy, as strict as its author leaves it. */
export function compileImages(written: z.output<typeof imagesField> = {}, definitionsElsewhere = false): ImagesRequirement {
  const { deferred = 'allowIfPodsAreGated', unpinned = 'deny' } = written;
  return { kind: 'images', name: 'images', deferred, unpinned, ...(definitionsElsewhere ? { definitionsElsewhere } : {}) };
}

/** What Kubernetes' Pod Security Standards ask for at the level restricted and not at the level baseline. */
const RESTRICTED: ReadonlySet<HygieneRule> = new Set(['privilegeEscalation', 'runAsRoot', 'seccomp']);

const LEVELS: Readonly<Record<string, readonly HygieneRule[]>> = {
  baseline: HYGIENE_RULES.filter((rule) => !RESTRICTED.has(rule)),
  restricted: HYGIENE_RULES,
};

/** `hygiene` as written: a level, or rules one by one. */
export const hygieneField = z.unknown().transform((value, context): readonly HygieneRule[] => {
  const level = typeof value === 'string' && Object.hasOwn(LEVELS, value) ? LEVELS[value] : undefined;
  if (level !== undefined) return level;
  const report = (message: string, path: (string | number)[] = []): void =>
    void context.issues.push({ code: 'custom', message, path, input: value });
  if (!Array.isArray(value)) {
    const near = typeof value === 'string' ? didYouMean(value, Object.keys(LEVELS)) : '';
    report(`expected baseline, restricted or a list of rules (${HYGIENE_RULES.join(', ')})${near}`);
    return z.NEVER;
  }
  if (value.length === 0) report('must not be empty: name at least one rule, or leave hygiene out');
  for (const [index, entry] of (value as readonly unknown[]).entries())
    if (!HYGIENE_RULES.some((rule) => rule === entry))
      report(
        `expected one of ${HYGIENE_RULES.join(', ')}; found ${JSON.stringify(entry)}${typeof entry === 'string' ? didYouMean(entry, HYGIENE_RULES) : ''}`,
        [index],
      );
  return HYGIENE_RULES.filter((rule) => (value as readonly unknown[]).includes(rule));
});

/** Things that a build must not ask for. */
export function compileHygiene(rules: readonly HygieneRule[], classes: TaskClasses): HygieneRequirement {
  return { kind: 'hygiene', name: 'hygiene', rules, classes };
}
