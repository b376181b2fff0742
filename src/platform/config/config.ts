/** From file and flags to one checked configuration, or to every problem with its line and column. */
import { isObject } from '../../text/json/fields.ts';
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { z } from 'zod';
import { caProblem } from './texts/ca-text.ts';
import { issueMessage, textProblems } from './message.ts';
import { withPathsOf } from './policy-sources.ts';
import { configSchema } from './schema.ts';
import { withStore } from './stores/evidence-stores.ts';
import type { ServerConfig } from './schema.ts';

export type { ServerConfig } from './schema.ts';

/** One thing wrong with the configuration; line and column count from 1 and are 0 for flags. */
export interface ConfigProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `cache.evidenceTTL`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
}

/** The configuration, or everything that is wrong with it; `files` are those that it took texts from, where it came so far. */
export type ConfigResult =
  | { readonly ok: true; readonly config: ServerConfig; readonly files?: readonly string[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[]; readonly files?: readonly string[] };

/** Values from the command line by configuration path (`tls.cert`); they win over the file. Lists replace lists. */
export type ConfigFlags = Readonly<Record<string, unknown>>;

const MAX_CONFIG_BYTES = 1024 * 1024;
const MOST_PROBLEMS = 100;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads the configuration file, lays the flags over it and checks the whole.
 *
 * Paths inside the file are relative to the file's folder, paths in flags to the working folder. All problems
 * are returned at once; nothing is used when there is one.
 */
export function loadConfig(path: string | undefined, flags: ConfigFlags = {}): ConfigResult {
  if (path === undefined) return checkConfig('{}', '', flags);
  let text: string;
  try {
    text = UTF8.decode(readFileSync(path));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    return ofFile(
      path,
      code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
        ? 'expected text in UTF-8, found bytes that are not'
        : `file cannot be read (${code ?? 'unknown error'})`,
    );
  }
  return checkConfig(text, path, flags);
}

function ofFile(file: string, message: string): ConfigResult {
  return { ok: false, problems: [{ file, line: 1, column: 1, path: '', message }] };
}

/** Checks the text of a configuration file; see {@link loadConfig}. */
export function checkConfig(text: string, file: string, given: ConfigFlags = {}): ConfigResult {
  const flags = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const counter = new LineCounter();
  const at = (offset: number) => ({ file, line: counter.linePos(offset).line, column: counter.linePos(offset).col });
  if (text.length > MAX_CONFIG_BYTES) return ofFile(file, `file is larger than ${MAX_CONFIG_BYTES} bytes`);
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: false, merge: false, prettyErrors: false });
  const unread = textProblems(document);
  if (unread.length > 0) {
    const problems = unread.slice(0, MOST_PROBLEMS).map(({ offset, message }) => ({ ...at(offset), path: '', message }));
    return { ok: false, problems: [...problems, ...furtherOf(unread.length, file)] };
  }
  const written = plainValue(document);
  if (written === undefined) return ofFile(file, 'aliases multiply beyond the limit of 16; write the values out');
  const whole = overlay(absolutePaths(written, file), flags);
  const result = configSchema.safeParse(whole);
  if (result.success) return withCertificateAuthorities(result.data, file);
  const wrong = result.error.issues.flatMap((issue) => issuePaths(issue).map((path) => ({ issue, path })));
  const problems = wrong.slice(0, MOST_PROBLEMS).map(({ issue, path }): ConfigProblem => {
    const position =
      file === '' || isOfFlag(path, flags, document) ? { file: 'command line', line: 0, column: 0 } : at(offsetOf(document, path) ?? 0);
    return { ...position, path: pathText(path), message: issueMessage(issue, valueAt(whole, path)) };
  });
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, problems: [...sorted, ...furtherOf(wrong.length, file)] };
}

/** Another file under this name has thousands of them, and looking each up in it would keep everybody waiting. */
function furtherOf(found: number, file: string): readonly ConfigProblem[] {
  if (found <= MOST_PROBLEMS) return [];
  const message = `${found - MOST_PROBLEMS} more problems, which are not told`;
  return [{ file: file === '' ? 'command line' : file, line: 0, column: 0, path: '', message }];
}

function plainValue(document: Document): unknown {
  try {
    return (document.toJS({ maxAliasCount: 16 }) as unknown) ?? {};
  } catch {
    return undefined;
  }
}

/** True for what a flag said, and for what only flags began: `tls.key`, where `--tls-cert` alone was given. */
function isOfFlag(path: readonly PropertyKey[], flags: ConfigFlags, document: Document): boolean {
  const [head, next] = path.map(String);
  if (Object.hasOwn(flags, head ?? '') || Object.hasOwn(flags, `${head}.${next}`)) return true;
  return Object.keys(flags).some((flag) => flag.startsWith(`${head}.`)) && !document.hasIn([head]);
}

/** One line per problem: `gatehouse.yaml:3:7: cache.evidenceTTL: expected …`. */
export function formatConfigProblem(problem: ConfigProblem): string {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
  return `${place}: ${problem.path === '' ? '' : `${problem.path}: `}${problem.message}`;
}

function issuePaths(issue: z.core.$ZodIssue): PropertyKey[][] {
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [[...issue.path]];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, key) =>
      typeof node === 'object' && node !== null && Object.hasOwn(node, key) ? (node as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`)).join('');
}

/** Offset of the node at the path, of its key where it is inside a map, or of the nearest parent that exists. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (pair !== undefined && isScalar(pair.key)) return pair.key.range?.[0];
    }
    const node = document.getIn(path.slice(0, length), true);
    if (isScalar(node)) return node.range?.[0];
  }
  return document.contents?.range?.[0];
}

/** Sets the flags into the value; a section that is missing or no mapping is replaced, the schema judges the rest. */
function overlay(value: unknown, flags: ConfigFlags): unknown {
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = { ...value };
  for (const [path, flag] of Object.entries(flags)) {
    const [head = '', tail] = path.split('.');
    if (tail === undefined) result[head] = flag;
    else result[head] = { ...(isObject(result[head]) ? result[head] : {}), [tail]: flag };
  }
  return result;
}

/** Makes paths of the file absolute, relative to its folder; everything else is handed on as it is. */
function absolutePaths(value: unknown, file: string): unknown {
  if (!isObject(value) || file === '') return value;
  const inFile = (path: unknown): unknown => (typeof path === 'string' && path !== '' ? resolve(dirname(file), path) : path);
  const inSection = (section: unknown, keys: readonly string[]): unknown =>
    isObject(section)
      ? Object.fromEntries(Object.entries(section).map(([key, entry]) => [key, keys.includes(key) ? inFile(entry) : entry]))
      : section;
  const result = { ...value };
  for (const key of ['dockerConfig', 'credentialHelpers', 'namespacesFile'])
    if (Object.hasOwn(result, key)) result[key] = inFile(result[key]);
  if (Object.hasOwn(result, 'tls')) result['tls'] = inSection(result['tls'], ['cert', 'key', 'clientCA']);
  if (Object.hasOwn(result, 'callers')) result['callers'] = inSection(result['callers'], ['pathTokens', 'bearerTokens']);
  if (Object.hasOwn(result, 'decisions')) {
    const decisions = inSection(result['decisions'], ['tokenFile']);
    const hasEvents = isObject(decisions) && isObject(decisions['events']);
    result['decisions'] = hasEvents ? { ...decisions, events: inSection(decisions['events'], ['file', 'tokenFile']) } : decisions;
  }
  if (Object.hasOwn(result, 'trust')) result['trust'] = inSection(result['trust'], ['cacheDir']);
  if (Object.hasOwn(result, 'kubernetes')) result['kubernetes'] = inSection(result['kubernetes'], ['kubeconfig']);
  const signatures = result['policySignatures'];
  if (isObject(signatures))
    result['policySignatures'] = {
      ...signatures, ...(Array.isArray(signatures['signers']) ? { signers: signatures['signers'].map(inFile) } : {}),
      ...(isObject(signatures['record']) ? { record: inSection(signatures['record'], ['file', 'key', 'publicKey']) } : {}),
    };
  if (Array.isArray(result['policies'])) result['policies'] = result['policies'].map(inFile);
  if (Array.isArray(result['policySources']))
    result['policySources'] = result['policySources'].map((entry) => withPathsOf(entry, inFile));
  if (Array.isArray(result['evidenceStores']))
    result['evidenceStores'] = result['evidenceStores'].map((entry: unknown) =>
      isObject(entry) ? Object.fromEntries(Object.entries(entry).map(([key, store]) => [key, inSection(store, ['tokenFile'])])) : entry);
  return result;
}

/** What is no file, a pipe above all, would be waited for while nobody is answered. */
function readPlain(path: string): string {
  const found = statSync(path);
  if (!found.isFile()) throw Object.assign(new Error('no file'), { code: 'it is no file' });
  if (found.size > MAX_CONFIG_BYTES) throw Object.assign(new Error('too large'), { code: `larger than ${MAX_CONFIG_BYTES} bytes` });
  return readFileSync(path, 'utf8');
}

/** Replaces the paths of `registries[].ca`, `packages[].ca`, `evidenceStores[].KIND.ca` and `decisions.events.ca` by the text of the files. */
function withCertificateAuthorities(config: ServerConfig, file: string): ConfigResult {
  const problems: ConfigProblem[] = [];
  const files: string[] = [];
  const readOne = <T extends { readonly ca?: string }>(entry: T, path: string): T => {
    if (entry.ca === undefined) return entry;
    const complain = (message: string): void =>
      void problems.push({ file: file === '' ? 'command line' : file, line: 0, column: 0, path, message });
    const isText = entry.ca.includes('-----BEGIN');
    const place = file === '' ? entry.ca : resolve(dirname(file), entry.ca);
    if (!isText) files.push(place);
    try {
      const ca = isText ? entry.ca : readPlain(place);
      const problem = caProblem(ca);
      if (problem !== undefined) complain(problem);
      return { ...entry, ca };
    } catch (cause) {
      complain(
        `expected PEM text or a readable file, found ${JSON.stringify(entry.ca)} (${(cause as NodeJS.ErrnoException).code ?? 'unknown error'})`,
      );
      return entry;
    }
  };
  const read = <T extends { readonly ca?: string }>(list: readonly T[], key: string): T[] =>
    list.map((entry, index) => readOne(entry, `${key}[${index}].ca`));
  const { events } = config.decisions;
  const decisions = events === undefined ? config.decisions : { ...config.decisions, events: readOne(events, 'decisions.events.ca') };
  const evidenceStores = config.evidenceStores.map((entry, index) =>
    withStore(entry, (place, kind) => readOne(place, `evidenceStores[${index}].${kind}.ca`)));
  const all = { registries: read(config.registries, 'registries'), packages: read(config.packages, 'packages'), evidenceStores, decisions };
  return problems.length > 0 ? { ok: false, problems, files } : { ok: true, config: { ...config, ...all }, files };
}
