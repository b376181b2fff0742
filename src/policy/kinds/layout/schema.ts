/** What may stand under `layout`: artifact rules, a document that is read at once, and no field of the other form. */
import { z } from 'zod';
import { parseRule, RULE_FORMS } from '../../../domain/artifact/artifact-rule.ts';
import type { ArtifactRule } from '../../../domain/policy/layout.ts';
import { own } from '../../../text/json/fields.ts';
import { readJsonText } from '../../../text/json/read.ts';
import type { JsonFault } from '../../../text/json/read.ts';
import { list, names, strict } from '../../schema/fields.ts';
import { vouching } from '../../schema/common.ts';
import { whereField } from '../../schema/content.ts';

const MAX_DOCUMENT = 1024 * 1024;

/** A rule as one text, or as its words where a path has a space in it. */
const rule = z
  .union([z.string().max(8192), z.array(z.string().max(4096)).max(10)], {
    error: 'expected an artifact rule, as text or as a list of its words',
  })
  .transform((value, context): ArtifactRule => {
    const words = typeof value === 'string' ? value.trim().split(/\s+/) : value;
    const read = parseRule(words);
    if (read !== undefined) return read;
    context.issues.push({
      code: 'custom',
      message: `expected ${RULE_FORMS}; found ${JSON.stringify(words.join(' ').slice(0, 200))}`,
      input: value,
    });
    return z.NEVER;
  });

const step = strict({
  ...vouching,
  name: z.string().min(1, 'is empty').max(128, 'is longer than 128 characters'),
  type: z.string().min(1, 'is empty; write the predicate type').max(1024, 'is longer than 1024 characters'),
  materials: list(rule, 'rule', 1000).optional(),
  products: list(rule, 'rule', 1000).optional(),
  where: whereField.optional(),
});

const document = z.string().max(MAX_DOCUMENT, 'is longer than 1 MiB').check((context) => {
  const problem = documentProblem(context.value);
  if (problem !== undefined) context.issues.push({ code: 'custom', message: problem, input: context.value });
});

function documentProblem(text: string): string | undefined {
  const read = readJsonText(text);
  if (!read.ok) return `${faultOf(read.fault)}; write the signed layout as it is, as a block of text (|)`;
  const signed = own(read.value, 'signed') !== undefined || own(read.value, 'payload') !== undefined;
  return signed ? undefined : 'is not a signed layout: it has neither signed nor payload';
}

const ownerKey = z.string().max(64 * 1024).check((context) => {
  const problem = ownerKeyProblem(context.value);
  if (problem !== undefined) context.issues.push({ code: 'custom', message: problem, input: context.value });
});

function ownerKeyProblem(text: string): string | undefined {
  const read = readJsonText(text);
  if (!read.ok) return `${faultOf(read.fault)}; write an in-toto key object as text`;
  return own(read.value, 'keyid') === undefined ? 'is not an in-toto key object: it has no keyid' : undefined;
}

function faultOf({ kind }: JsonFault): string {
  return kind === 'duplicate-key' ? 'has a key twice in an object' : 'is not JSON';
}

const parameterName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'expected letters, digits, "_" and "-"');

/** `layout` as written: a signed in-toto layout, or steps over attestations. */
export const layoutField = strict(
  {
    document: document.optional(),
    owners: names('signer').optional(),
    ownerKeys: list(ownerKey, 'key', 16).optional(),
    parameters: z.record(parameterName, z.string().max(1024, 'is longer than 1024 characters')).optional(),
    dataOnlyInspections: list(z.string().min(1, 'is empty').max(256, 'is longer than 256 characters'), 'inspection', 256).optional(),
    product: z.string().min(1, 'is empty').max(4096, 'is longer than 4096 characters').optional(),
    steps: list(step, 'step', 64).optional(),
    chained: z.boolean().optional(),
    sameRun: z.boolean().optional(),
  },
  { exactlyOne: [['document', 'steps']] },
).check((context) => {
  const { document: signed, owners, ownerKeys, dataOnlyInspections, product } = context.value;
  for (const message of misplaced(context.value)) context.issues.push({ code: 'custom', message, input: context.value });
  if (dataOnlyInspections !== undefined && product === undefined)
    context.issues.push({
      code: 'custom',
      message: 'declares inspections, whose rules are about paths; write product, the path of the artifact',
      input: context.value,
    });
  if (signed !== undefined && owners === undefined && ownerKeys === undefined)
    context.issues.push({
      code: 'custom',
      message: 'names nobody who must have signed the document; write owners or ownerKeys',
      input: context.value,
    });
});

const WITH_DOCUMENT = ['owners', 'ownerKeys', 'parameters', 'dataOnlyInspections', 'product'] as const;
const WITH_STEPS = ['chained', 'sameRun'] as const;

function misplaced(value: object): readonly string[] {
  const [form, others] = Object.hasOwn(value, 'steps') ? (['document', WITH_DOCUMENT] as const) : (['steps', WITH_STEPS] as const);
  return others
    .filter((key) => (value as Readonly<Record<string, unknown>>)[key] !== undefined)
    .map((key) => `${key} belongs to a layout with ${form}`);
}

/** The same, read. */
export type LayoutField = z.output<typeof layoutField>;
