/** The fields of a PolicyTest: unknown ones are errors, as in policies, since a test that ignores a line tests something else. */
import { z } from 'zod';
import { parseDigest } from '../../domain/artifact/digest.ts';
import { USAGES } from '../../domain/artifact/artifact.ts';
import { isReasonCode, REASONS } from '../../domain/decision/reasons.ts';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import { parseTime } from '../../text/duration.ts';
import { bad, good } from '../../text/result.ts';
import { documentSchema, labelKey, namespaceName } from '../../policy/schema/common.ts';
import { list, parsed, strict, word } from '../../policy/schema/fields.ts';
import { didYouMean } from '../../policy/read/suggest.ts';
import { evidence, TARGETS, target } from './evidence-schema.ts';
import { LIMITS } from './limits.ts';

const text = z.string().min(1, 'must not be empty').max(4096, 'is longer than 4096 characters');
const manifest = z.record(z.string(), z.unknown());

const layer = strict({ mediaType: text, annotations: z.record(z.string(), z.string()).optional() });
const layers = list(layer, 'layer', LIMITS.layers);
const attached = z.array(evidence).max(LIMITS.evidence, `has more than ${LIMITS.evidence} entries`);

const digest = parsed((value) => {
  const read = parseDigest(value);
  return read === undefined ? bad(`expected sha256:… or sha512:… in lower-case hexadecimal, found ${JSON.stringify(value)}`) : good(read);
});

const child = strict({ digest, evidence: attached.optional(), layers: layers.optional() });

const artifact = strict(
  { ...target, evidence: attached.optional(), layers: layers.optional(), children: list(child, 'child', LIMITS.children).optional() },
  { exactlyOne: [TARGETS], atMostOne: [['layers', 'children']] },
);

const reason = parsed((code) =>
  isReasonCode(code)
    ? good<ReasonCode>(code)
    : bad(`no reason is called ${JSON.stringify(code)}${didYouMean(code, Object.keys(REASONS))}`),
);

/** What every text contains would compare nothing. */
const told = text.refine((written) => written.trim() !== '', 'is blank, which every message contains; write words of the message');

const expect = strict({
  decision: word('admit', 'warn', 'deny', 'undetermined'),
  reasons: z.array(reason).max(100, 'has more than 100 entries').optional(),
  message: z.preprocess((written) => (typeof written === 'string' ? [written] : written), list(told, 'text', 100)).optional(),
});

const testCase = strict(
  {
    name: text,
    ...target,
    object: manifest.optional(),
    file: text.optional(),
    namespace: namespaceName.optional(),
    user: text.optional(),
    groups: z.array(text).max(1000, 'has more than 1000 entries').optional(),
    usedAs: word(...USAGES).optional(),
    expect,
  },
  { exactlyOne: [[...TARGETS, 'object', 'file']] },
).check((context) => {
  const { object, file, usedAs, user, groups } = context.value;
  const say = (path: string, message: string): void =>
    void context.issues.push({ code: 'custom', message, path: [path], params: { part: 'key' }, input: context.value });
  if (usedAs !== undefined && (object !== undefined || file !== undefined))
    say('usedAs', 'is for one artifact; an object says itself what its artifacts are used as');
  if (groups !== undefined && user === undefined) say('groups', 'needs user: groups are of somebody');
});

/** Document of kind PolicyTest. */
export const policyTestSchema = documentSchema(
  strict({
    policies: list(z.union([text, manifest], { error: 'expected a path, or a policy document' }), 'policy', LIMITS.policies),
    at: parsed(parseTime).optional(),
    unmatched: word('deny', 'warn', 'allow').optional(),
    namespaces: z.record(z.string(), z.record(labelKey, z.string())).optional(),
    cluster: z.array(manifest).max(LIMITS.objects, `has more than ${LIMITS.objects} entries`).optional(),
    artifacts: z.array(artifact).max(LIMITS.artifacts, `has more than ${LIMITS.artifacts} entries`).optional(),
    cases: list(testCase, 'case', LIMITS.cases),
  }).check((context) => {
    const seen = new Set<string>();
    const { cases } = context.value;
    if (!Array.isArray(cases)) return;
    for (const [index, one] of cases.entries()) {
      if (seen.has(one.name))
        context.issues.push({
          code: 'custom', message: `another case is called ${JSON.stringify(one.name)}`, path: ['cases', index, 'name'], input: one.name,
        });
      seen.add(one.name);
    }
  }),
  'cluster',
);

/** A PolicyTest as a file writes it. */
export type PolicyTestDocument = z.output<typeof policyTestSchema>;
/** One artifact of its world. */
export type WorldArtifact = z.output<typeof artifact>;
/** One case. */
export type TestCase = z.output<typeof testCase>;
/** One layer of an image. */
export type WorldLayer = z.output<typeof layer>;
