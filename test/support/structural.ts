/** What the API server does with a structural schema, small: types, restrictions and rules in CEL; a list of what it refuses. */
import { celEngine } from '../../src/examine/cel/engine.ts';

/** A node of a structural schema, as a file of `deploy/crds` has it. */
export interface Node {
  readonly type?: string;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node;
  readonly items?: Node;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly allOf?: readonly Node[];
  readonly [key: string]: unknown;
}

type Program = (variables: Readonly<Record<string, unknown>>) => unknown;
const programs = new Map<string, Program>();

function program(rule: string): Program {
  const known = programs.get(rule);
  if (known !== undefined) return known;
  const { plan, celEnv, parse } = celEngine();
  // What is written between underscores because CEL has reserved the word is a plain name here.
  const made = plan(celEnv(), parse(rule.replaceAll(/\b__(\w+?)__\b/g, '$1'))) as Program;
  programs.set(rule, made);
  return made;
}

/** What is refused, with its path; nothing for a value that is taken. */
export function refusals(node: Node, value: unknown, at = ''): readonly string[] {
  if (value === null) return node.nullable === true ? (node.enum === undefined || node.enum.includes(null) ? [] : [`${at}: null is no value of the enumeration`]) : [`${at}: must not be null`];
  const kind = Array.isArray(value) ? 'array' : typeof value;
  const fits = node.type === undefined || node.type === kind || (kind === 'number' && (node.type === 'number' || (node.type === 'integer' && Number.isInteger(value))));
  if (!fits) return [`${at}: is a ${kind}, expected ${node.type}`];
  if (node['x-kubernetes-int-or-string'] === true && kind !== 'string' && !Number.isInteger(value)) return [`${at}: is neither`];
  const own = [node, ...(node.allOf ?? [])].flatMap((one) => restricted(one, value)).map((what) => `${at}: ${what}`);
  const inside = inner(node, value, at);
  // Rules are asked only of what fits the schema.
  return own.length + inside.length > 0 ? [...own, ...inside] : rulesOf(node, value).map((message) => `${at}: ${message}`);
}

function inner(node: Node, value: unknown, at: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => (node.items === undefined ? [] : refusals(node.items, one, `${at}[${index}]`)));
  if (typeof value !== 'object' || value === null) return [];
  const missing = (node.required ?? []).filter((name) => !Object.hasOwn(value, name)).map((name) => `${at}.${name}: is required`);
  const members = Object.entries(value).flatMap(([name, one]) => {
    const part = node.properties !== undefined && Object.hasOwn(node.properties, name) ? node.properties[name] : node.additionalProperties;
    return part === undefined ? [] : refusals(part, one, `${at}.${name}`);
  });
  return [...missing, ...members];
}

const BOUNDS: readonly (readonly [string, (value: unknown) => number | undefined])[] = [
  ['Length', (value) => (typeof value === 'string' ? [...value].length : undefined)],
  ['Items', (value) => (Array.isArray(value) ? value.length : undefined)],
  ['Properties', (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value).length : undefined)],
  ['imum', (value) => (typeof value === 'number' ? value : undefined)],
];

function restricted(node: Node, value: unknown): readonly string[] {
  const bounds = BOUNDS.flatMap(([name, measure]) => {
    const size = measure(value);
    const [least, most] = [node[`min${name}`], node[`max${name}`]];
    if (size === undefined) return [];
    return (typeof least === 'number' && size < least) || (typeof most === 'number' && size > most) ? [`is out of bounds (${name})`] : [];
  });
  const pattern = node.pattern?.replaceAll(/\\x\{([0-9a-f]{4})\}/gi, '\\u$1');
  return [
    ...bounds,
    ...(node.enum === undefined || node.enum.includes(value) ? [] : ['is no value of the enumeration']),
    ...(pattern === undefined || typeof value !== 'string' || new RegExp(pattern).test(value) ? [] : ['does not match']),
  ];
}

function rulesOf(node: Node, value: unknown): readonly string[] {
  const rules = (node['x-kubernetes-validations'] ?? []) as readonly { readonly rule: string; readonly message: string }[];
  // Whole numbers are integers to it, as the schema says, and an integer is a BigInt to this engine.
  return rules.filter(({ rule }) => program(rule)({ self: whole(value) }) !== true).map(({ message }) => message);
}

function whole(value: unknown): unknown {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (Array.isArray(value)) return value.map(whole);
  if (typeof value !== 'object' || value === null) return value;
  // A null is no field to it.
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null).map(([key, one]) => [key, whole(one)]));
}
