/** Which keys change while the server runs and which need a restart; a key that stands in neither list does not pass the tests. */
import { contradictions } from './callers.ts';
import type { ServerConfig } from './schema.ts';

/** Taken over at once, all of them together; a name stands for everything below it. */
export const LIVE = [
  'allowNoPolicies', 'unmatched', 'extractors', 'registries', 'plainHttp', 'evidenceSources', 'evidenceStores', 'packages', 'dockerConfig',
  'credentialHelpers',
  'cache.evidenceTTL', 'cache.absenceTTL', 'cache.tagTTL', 'cache.evidenceBytes', 'limits.evidenceBytes',
  'pipelines.tekton', 'pipelines.argo', 'pipelines.shipwright', 'pipelines.administrators', 'pipelines.ungatedNamespaces',
  'administrators', 'breakGlass', 'decisions.url', 'decisions.events', 'log', 'drain',
] as const;

/** What ports, threads, memory and files that are followed were opened with. */
export const RESTART = [
  'host', 'port', 'opsPort', 'tls', 'callers', 'operations', 'policies', 'cache.verificationBytes', 'cache.examinationBytes', 'limits.bodyBytes',
  'limits.maxInFlight', 'limits.maxAudits', 'limits.connections', 'limits.connectionAge', 'trust', 'workers', 'examiners', 'namespacesFile',
  'kubernetes', 'gate', 'mutate', 'pipelines.enabled', 'decisions.enabled', 'decisions.keep', 'decisions.tokenFile', 'decisions.clusterTokens',
  'budget', 'policySources', 'policySignatures', 'limits.policiesPerNamespace', 'controller',
] as const;

/** What a new configuration comes to while the server runs. */
export interface Takeover {
  /** What is in force from now on: its live keys, and all others as they were. */
  readonly config: ServerConfig;
  /** Live keys with another value. */
  readonly changed: readonly string[];
  /** Keys with another value that only a restart takes over. */
  readonly pending: readonly string[];
}

/**
 * Lays the live keys of a checked configuration over the one in force. Throws when the two do not go together: what was checked is the
 * new configuration as a whole, and this is another one.
 */
export function takeOver(inForce: ServerConfig, next: ServerConfig): Takeover {
  const differs = (path: string): boolean => !isSame(at(inForce, path), at(next, path));
  const config = structuredClone(inForce) as ServerConfig;
  const changed = LIVE.filter(differs);
  for (const path of changed) put(config, path, at(next, path));
  const pending = RESTART.flatMap((path) => differing(path, at(inForce, path), at(next, path)));
  const [contradiction] = contradictions(config);
  if (contradiction !== undefined) {
    const { path, message } = contradiction;
    throw new Error(`${path.join('.')}: goes together with ${pending.join(', ')}, which needs a restart: ${message}`);
  }
  return { config, changed, pending };
}

/** The keys below that differ, as far down as they can be named: `limits.connections`, `tls.clientCA`. */
function differing(path: string, before: unknown, after: unknown): readonly string[] {
  if (isSame(before, after)) return [];
  if (!isSection(before) || !isSection(after)) return [path];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => differing(`${path}.${key}`, before[key], after[key]));
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function at(config: object, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isSection(value) ? value[key] : undefined), config);
}

function put(config: object, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const section = keys.reduce<unknown>((inside, key) => (isSection(inside) ? inside[key] : undefined), config);
  if (!isSection(section)) return;
  if (value === undefined) delete section[last];
  else section[last] = value;
}

/** Both were made by one schema, so equal ones have their keys in one order. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
