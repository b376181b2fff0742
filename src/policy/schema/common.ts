/** What all documents share: name and namespace, who must vouch, artifact patterns and label selectors. */
import { z } from 'zod';
import type { ArtifactKind } from '../../domain/artifact/artifact.ts';
import type { ArtifactPattern } from '../match/artifact-pattern.ts';
import { parseDuration } from '../../text/duration.ts';
import { parseArtifactPattern } from '../match/artifact-pattern.ts';
import { names, parsed, strict, word } from './fields.ts';
import type { TextMatcher } from '../../domain/policy/requirement.ts';
import { compileSelector } from '../match/label-selector.ts';
import type { LabelRequirement } from '../match/label-selector.ts';
import { bad, good } from '../../text/result.ts';
import type { Result } from '../../text/result.ts';
import { globText } from '../match/text-matcher.ts';

/** The only version of the policy API that is read. */
export const API_VERSION = 'gatehouse.dev/v1alpha1';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** A Kubernetes name: DNS subdomain, at most 253 characters; so neither `/`, NUL nor `__proto__` (security.md L10, L11). */
export const resourceName = parsed((text) =>
  text.length <= 253 && text.split('.').every((label) => LABEL.test(label))
    ? good(text)
    : bad(`${quote(text)} is not a valid name: lower-case letters, digits, "-" and ".", at most 253 characters`),
);

/** A name of a namespace: one DNS label. */
export const namespaceName = parsed((text) =>
  text.length <= 63 && LABEL.test(text)
    ? good(text)
    : bad(`${quote(text)} is not a valid namespace: lower-case letters, digits and "-", at most 63 characters`),
);

function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}

/** Fields that the API server adds; they have no meaning here. */
const SERVER_SET = {
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  uid: z.unknown().optional(),
  resourceVersion: z.unknown().optional(),
  generation: z.unknown().optional(),
  creationTimestamp: z.unknown().optional(),
  deletionTimestamp: z.unknown().optional(),
  deletionGracePeriodSeconds: z.unknown().optional(),
  finalizers: z.unknown().optional(),
  ownerReferences: z.unknown().optional(),
  managedFields: z.unknown().optional(),
  selfLink: z.unknown().optional(),
};

/** A whole document of one kind around its spec. */
export function documentSchema<S extends z.ZodType>(spec: S, scope: 'cluster' | 'namespaced') {
  const namespace =
    scope === 'namespaced'
      ? namespaceName
      : z
          .undefined({
            error: 'this kind is cluster-scoped and has no namespace; remove it, or use kind ArtifactPolicy for a namespaced policy',
          })
          .optional();
  return strict({
    apiVersion: z.literal(API_VERSION),
    kind: z.string(),
    metadata: strict({ name: resourceName, namespace, ...SERVER_SET }),
    spec,
    status: z.unknown().optional(),
  });
}

/** Who must vouch, how many, and for how long their word counts: fields of every requirement on evidence. */
export const vouching = {
  by: names('signer'),
  threshold: z.int('expected a whole number').min(1, 'must be at least 1: a threshold of 0 would admit unsigned artifacts').optional(),
  maxAge: parsed(parseDuration).optional(),
};

const KINDS: readonly ArtifactKind[] = ['image', 'blob', 'package', 'git', 'definition'];

function patternField(kind: ArtifactKind) {
  return parsed((text) => parseArtifactPattern(kind, text)).optional();
}

/** One entry of `artifacts` and `mayCertify`: exactly one kind with its pattern. */
export const artifactPattern = strict(
  {
    image: patternField('image'),
    blob: patternField('blob'),
    package: patternField('package'),
    git: patternField('git'),
    definition: patternField('definition'),
  },
  { exactlyOne: [KINDS] },
).transform((entry): ArtifactPattern => {
  const pattern = entry.image ?? entry.blob ?? entry.package ?? entry.git ?? entry.definition;
  // The rule above leaves exactly one; without it this would be a bug that must not pass as a pattern.
  return pattern ?? unreachable();
});

/** `policy: "ClusterArtifactPolicy/acme-*"`: documents of policies that a signer may sign; under `mayCertify` alone. */
export interface PolicyPattern {
  readonly kind: 'policy';
  readonly pattern: TextMatcher;
}

/** One entry of `mayCertify`: artifacts as in {@link artifactPattern}, or documents of policies. */
export const certifiable = strict(
  {
    image: patternField('image'),
    blob: patternField('blob'),
    package: patternField('package'),
    git: patternField('git'),
    definition: patternField('definition'),
    policy: parsed(policyPattern).optional(),
  },
  { exactlyOne: [[...KINDS, 'policy']] },
).transform((entry): ArtifactPattern | PolicyPattern => {
  if (entry.policy !== undefined) return { kind: 'policy', pattern: entry.policy };
  const pattern = entry.image ?? entry.blob ?? entry.package ?? entry.git ?? entry.definition;
  return pattern ?? unreachable();
});

/** Names of documents are their kind and name, of those in a namespace with it: `ArtifactPolicy/shop/images`. */
function policyPattern(text: string): Result<TextMatcher> {
  if (text !== '**' && !/^[A-Za-z*]+\/./.test(text))
    return bad(`expected KIND/NAME, or KIND/NAMESPACE/NAME of kinds in a namespace, with * up to the next slash; found ${quote(text)}`);
  return globText(text);
}

function unreachable(): never {
  throw new Error('artifact pattern without a kind');
}

/** A label key with or without a prefix. */
export const labelKey = z
  .string()
  .regex(/^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, 'is not a valid label key');
const labelValue = z.string().regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/, 'is not a valid label value');

const expression = strict({
  key: labelKey,
  operator: word('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: z.array(labelValue).optional(),
}).check((context) => {
  const { operator, values } = context.value;
  const takesValues = operator === 'In' || operator === 'NotIn';
  if (takesValues !== (values !== undefined && values.length > 0))
    context.issues.push({
      code: 'custom',
      message: `operator ${operator} ${takesValues ? 'needs at least one of values' : 'takes no values'}`,
      path: ['operator'],
      input: operator,
    });
});

/** A Kubernetes LabelSelector, compiled. */
export const labelSelector = strict({
  matchLabels: z.record(labelKey, labelValue).optional(),
  matchExpressions: z.array(expression).optional(),
}).transform((selector) => {
  const equal = Object.entries(selector.matchLabels ?? {}).map(([key, value]): LabelRequirement => ({
    key,
    operator: 'In',
    values: [value],
  }));
  const others = (selector.matchExpressions ?? []).map(({ key, operator, values }): LabelRequirement => ({
    key,
    operator,
    values: values ?? [],
  }));
  return compileSelector([...equal, ...others]);
});
