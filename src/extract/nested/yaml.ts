/** YAML inside of a text field, as the tools that apply it read it; what two readers could understand differently is not read. */
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import { readJsonText } from '../../text/json/read.ts';

/** Longest text of YAML that is read, in UTF-16 code units; JSON, which is read much faster, may be longer. */
const MAX_YAML = 32 * 1024;
const MAX_JSON = 1024 * 1024;
const MAX_DEPTH = 64;
const MAX_DOCUMENTS = 50;

/**
 * As YAML 1.1, whose `yes` and `on` are true for the tools of Kubernetes too. Duplicate keys are looked for below: the library
 * compares each key with every other.
 */
const OPTIONS = { version: '1.1', uniqueKeys: false, merge: false, logLevel: 'silent', stringKeys: false } as const;

/** Tags that a text may write out, since they say what is understood without them. */
const TAGS: ReadonlySet<string> = new Set(['str', 'int', 'bool', 'null', 'float', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`));

/** Documents of a text, or why it is not read; `size` says that it is too long, `syntax` that it has no single meaning. */
export type YamlRead =
  | { readonly ok: true; readonly documents: readonly unknown[] }
  | { readonly ok: false; readonly fault: 'size' | 'syntax'; readonly cause: string };

/**
 * Reads JSON, or documents of YAML. Refused: aliases, merge keys, duplicate keys, keys that are no text, tags of other types,
 * nesting beyond 64 levels, more than 50 documents. Empty documents are left out. Never throws. `most` is the length up to which
 * YAML is read.
 */
export function readYaml(text: string, most = MAX_YAML): YamlRead {
  if (/^\s*[{[]/.test(text.slice(0, 1024)) && text.length <= MAX_JSON) {
    const json = readJsonText(text, { maxDepth: MAX_DEPTH, maxItems: 50_000, maxKeys: 2000 });
    if (json.ok) return { ok: true, documents: [json.value] };
  }
  if (isDeep(text, most)) return { ok: false, fault: 'syntax', cause: 'nested too deeply' };
  if (text.length > most) return { ok: false, fault: 'size', cause: `more than ${most} characters` };
  try {
    return documentsIn(text);
  } catch (error) {
    const cause = error instanceof Unclear ? error.message : error instanceof RangeError ? 'nested too deeply' : 'no YAML';
    return { ok: false, fault: 'syntax', cause };
  }
}

/** Whether brackets open far beyond what is read: the parser's own answer to that takes long. Brackets in texts count too. */
function isDeep(text: string, most: number): boolean {
  let depth = 0;
  for (let index = 0; index < Math.min(text.length, most); index += 1) {
    const unit = text.charCodeAt(index);
    if (unit === 0x5b || unit === 0x7b) depth += 1;
    else if (unit === 0x5d || unit === 0x7d) depth -= 1;
    if (depth > 4 * MAX_DEPTH) return true;
  }
  return false;
}

/** What is wrong with a text that the parser took. */
class Unclear extends Error {}

function documentsIn(text: string): YamlRead {
  const parsed = parseAllDocuments(text, OPTIONS);
  const documents: unknown[] = [];
  for (const document of Array.isArray(parsed) ? parsed : []) {
    if (document.errors.length + document.warnings.length > 0 || document.directives.yaml.explicit === true) throw new Unclear('no YAML');
    const value = valueOf(document.contents, 0);
    if (value !== null && value !== undefined) documents.push(value);
    if (documents.length > MAX_DOCUMENTS) throw new Unclear(`more than ${MAX_DOCUMENTS} documents`);
  }
  return { ok: true, documents };
}

function valueOf(node: unknown, depth: number): unknown {
  if (node === null || node === undefined) return null;
  if (depth > MAX_DEPTH) throw new Unclear('nested too deeply');
  if (isAlias(node)) throw new Unclear('an alias');
  if ((isMap(node) || isSeq(node) || isScalar(node)) && node.tag !== undefined && !TAGS.has(node.tag)) throw new Unclear('a tag');
  if (isScalar(node)) return node.value instanceof Date ? node.source : node.value;
  if (isSeq(node)) return node.items.map((item) => valueOf(item, depth + 1));
  if (!isMap(node)) throw new Unclear('no YAML');
  const members = new Map<string, unknown>();
  for (const { key, value } of node.items) {
    const name: unknown = isScalar(key) ? key.value : undefined;
    if (typeof name !== 'string' && typeof name !== 'number' && typeof name !== 'boolean') throw new Unclear('a key that is no text');
    const text = String(name);
    if (text === '<<') throw new Unclear('a merge key');
    if (text === '__proto__' || members.has(text)) throw new Unclear('a key twice');
    members.set(text, valueOf(value, depth + 1));
  }
  return Object.fromEntries(members);
}
