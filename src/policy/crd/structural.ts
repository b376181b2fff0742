/** A JSON Schema as the structural schema of a resource: nothing pruned, nothing defaulted, and no stricter than the compiler. */
import type { JsonSchema } from '../json-schema/index.ts';
import { placeRules, ruleOfKeys } from './rules.ts';
import { KEEP } from './schema.ts';
import type { Restrictions, Structural, Validation } from './schema.ts';

/** How often a definition may stand inside of itself; further down anything is kept and nothing checked. */
const MOST_NESTED = 2;

/** Where in a schema: `ClusterArtifactPolicy.spec.require[].anyOf[]`. */
interface Site {
  readonly at: string;
  readonly defs: JsonSchema;
  readonly open: readonly string[];
}

/** Converts the schema of one kind; `at` names it in the table of rules. */
export function structural(schema: JsonSchema, at: string): Structural {
  return convert(schema, { at, defs: (schema['$defs'] ?? {}) as JsonSchema, open: [] });
}

function convert(schema: JsonSchema, site: Site): Structural {
  const { $ref: reference, ...beside } = schema;
  if (typeof reference === 'string') return { ...describedBy(beside), ...referred(reference.replace('#/$defs/', ''), site) };
  if (Array.isArray(schema['anyOf'])) return { ...describedBy(schema), ...united(flat(schema['anyOf'] as JsonSchema[]), site) };
  const { type, items, properties, additionalProperties } = schema;
  const common = { ...describedBy(schema), ...restrictionsOf(schema), ...patternsOf(schema) };
  if (type === 'array') return { type, ...common, items: convert(items as JsonSchema, { ...site, at: `${site.at}[]` }) };
  if (type !== 'object') return type === undefined ? { ...common, ...KEEP } : { type: type as Structural['type'] & string, ...common };
  if (properties !== undefined) return { type, ...common, ...fields(schema, site) };
  const values = convert((additionalProperties ?? {}) as JsonSchema, { ...site, at: `${site.at}{}` });
  // A map keeps every key as it is; one whose values may be anything says so.
  return values.type === undefined && !('x-kubernetes-int-or-string' in values)
    ? { type, ...common, ...KEEP }
    : { type, ...common, additionalProperties: { ...values, nullable: true } };
}

function referred(name: string, site: Site): Structural {
  if (site.open.filter((one) => one === name).length >= MOST_NESTED) return { type: 'object', ...KEEP };
  return convert(site.defs[name] as JsonSchema, { ...site, open: [...site.open, name] });
}

interface ObjectSchema extends JsonSchema {
  readonly properties?: JsonSchema;
  readonly required?: readonly string[];
  readonly allOf?: readonly JsonSchema[];
}

/** Fields that nobody may write are left out, kept where somebody does, and refused when they are read. */
function fields(schema: JsonSchema, site: Site): Structural {
  const { properties = {}, required = [], allOf = [] } = schema as ObjectSchema;
  const written = Object.entries(properties as Record<string, JsonSchema>).filter(([, part]) => !('not' in part));
  const known = new Set(written.map(([name]) => name));
  const needed = required.filter((name) => known.has(name));
  const converted = Object.fromEntries(written.map(([name, part]) => {
    const made = convert(part, { ...site, at: `${site.at}.${name}` });
    // A null that is not allowed would be dropped, `maxAge:` without a value would mean no bound; kept, it is refused.
    return [name, needed.includes(name) ? made : { ...made, nullable: true as const }];
  }));
  const counted = allOf.map((one) => ruleOfKeys(one, known)).filter((rule) => rule !== undefined);
  const rules: readonly Validation[] = [...counted, ...placeRules(site.at, converted)];
  return {
    ...KEEP,
    ...(needed.length === 0 ? {} : { required: needed }),
    ...(rules.length === 0 ? {} : { 'x-kubernetes-validations': rules }),
    properties: converted,
  };
}

function flat(choices: readonly JsonSchema[]): readonly JsonSchema[] {
  return choices.flatMap((one) => (Array.isArray(one['anyOf']) ? flat(one['anyOf'] as JsonSchema[]) : [one]));
}

/** Alternatives as one node: words as an enumeration, number or text as that, all else as anything with the fields of its objects. */
function united(choices: readonly JsonSchema[], site: Site): Structural {
  const words = choices.flatMap((one) => ('const' in one ? [one['const']] : (one['enum'] as unknown[] | undefined) ?? []));
  if (words.length === choices.length) return { type: typeOf(words), enum: words };
  const types = choices.map(({ type }) => type).toSorted().join();
  const restricted = Object.assign({}, ...choices.map(restrictionsOf)) as Restrictions;
  if (types === 'integer,string') return { 'x-kubernetes-int-or-string': true, ...restricted };
  const objects = choices.filter(({ type }) => type === 'object').flatMap((one) => Object.entries(fields(one, site).properties ?? {}));
  const merged = Object.fromEntries(objects.map(([name, part]) => [name, { ...part, nullable: true as const }]));
  return { ...KEEP, ...(objects.length === 0 ? {} : { properties: merged }) };
}

function typeOf(words: readonly unknown[]): 'integer' | 'string' | 'boolean' {
  const [first] = words;
  return typeof first === 'number' ? 'integer' : typeof first === 'boolean' ? 'boolean' : 'string';
}

const describedBy = ({ description }: JsonSchema): Structural => (typeof description === 'string' ? { description } : {});

const CARRIED = ['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems', 'minProperties', 'maxProperties'] as const;

function restrictionsOf(schema: JsonSchema): Restrictions {
  const numbers = Object.fromEntries(CARRIED.flatMap((key) => (typeof schema[key] === 'number' ? [[key, schema[key]]] : [])));
  return {
    ...numbers,
    ...('const' in schema ? { enum: [schema['const']] } : Array.isArray(schema['enum']) ? { enum: schema['enum'] } : {}),
    ...(typeof schema['pattern'] === 'string' ? { pattern: goPattern(schema['pattern']) } : {}),
  };
}

function patternsOf({ allOf }: JsonSchema): Structural {
  const patterns = (Array.isArray(allOf) ? (allOf as JsonSchema[]) : [])
    .flatMap(({ pattern }) => (typeof pattern === 'string' ? [{ pattern: goPattern(pattern) }] : []));
  return patterns.length === 0 ? {} : { allOf: patterns };
}

/** Go has no `\u0000`; all else that is in use means the same, or takes more. */
function goPattern(pattern: string): string {
  return pattern.replace(/\\u([0-9a-fA-F]{4})/g, '\\x{$1}');
}
