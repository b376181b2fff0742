import { isObject } from '../../text/json/fields.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NamespaceLabels } from '../../domain/ports.ts';
import { KubeStatusError } from '../../cluster/api.ts';
import type { KubeApi } from '../../cluster/api.ts';

type Labels = Readonly<Record<string, string>>;

/** Namespace labels kept by list and watch. */
export interface NamespaceReflector extends NamespaceLabels {
  /** Milliseconds since the API server last confirmed that what is kept is current; `undefined` before the first list. */
  age(): number | undefined;
  close(): void;
}

export interface ReflectorOptions {
  /** Told of every failed list or watch; must not throw. */
  readonly failed?: (problem: string) => void;
  /** First and longest pause after a failure. */
  readonly backoffMs?: { readonly first: number; readonly longest: number };
  /** Beyond this age the kept labels are not believed and the API server is asked. */
  readonly staleMs?: number;
  readonly pageSize?: number;
}

const PATH = '/api/v1/namespaces';
const LOOKUP_MS = 3000;
const WATCH_SECONDS = 290;

/**
 * Follows all namespaces: a list in pages, then a watch with bookmarks, for ever (security.md R07, H17).
 *
 * 410 Gone lists anew at once; every other failure lists anew after a growing pause with jitter. A namespace that is not
 * known yet (created a moment ago) is looked up on its own; when that fails too the labels are `undefined`,
 * which is never "no labels".
 */
export function reflectNamespaces(api: KubeApi, options: ReflectorOptions = {}): NamespaceReflector {
  const { failed = () => undefined, backoffMs = { first: 500, longest: 30_000 }, staleMs = 600_000, pageSize = 500 } = options;
  const stop = new AbortController();
  let known = new Map<string, Labels>();
  let confirmed: number | undefined;
  let lastProblem = '';
  const confirm = (): void => { confirmed = performance.now(); };

  const list = async (): Promise<string> => {
    const fresh = new Map<string, Labels>();
    let version = '';
    let next = '';
    do {
      const path = `${PATH}?limit=${pageSize}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`;
      const { status, body } = await api.get(path, AbortSignal.any([stop.signal, AbortSignal.timeout(30_000)]));
      if (status !== 200) throw new KubeStatusError(status, PATH);
      const page = readList(body);
      for (const item of page.items) {
        const namespace = readNamespace(item);
        if (namespace !== undefined) fresh.set(namespace.name, namespace.labels);
      }
      version = page.version;
      next = page.next;
    } while (next !== '');
    known = fresh;
    confirm();
    return version;
  };

  const follow = async (from: string): Promise<string> => {
    let version = from;
    const path = `${PATH}?watch=true&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}&resourceVersion=${encodeURIComponent(from)}`;
    await api.watch(path, (event) => {
      version = apply(known, event) ?? version;
      confirm();
    }, stop.signal);
    return version;
  };

  const run = async (): Promise<void> => {
    let pause = backoffMs.first;
    let version = '';
    while (!stop.signal.aborted) {
      const began = performance.now();
      try {
        if (version === '') version = await list();
        version = await follow(version);
        lastProblem = '';
        pause = backoffMs.first;
        // A server that ends every watch at once must not be asked in a tight loop.
        if (performance.now() - began < backoffMs.first) await rest(backoffMs.first, stop.signal);
      } catch (cause) {
        if (stop.signal.aborted) return;
        const gone = cause instanceof KubeStatusError && cause.status === 410 && version !== '';
        version = '';
        const problem = cause instanceof Error ? cause.message : String(cause);
        if (!gone && problem !== lastProblem) failed(problem);
        lastProblem = gone ? '' : problem;
        if (gone && performance.now() - began > backoffMs.first) continue;
        await rest(pause, stop.signal);
        pause = Math.min(pause * 2, backoffMs.longest);
      }
    }
  };
  void run();

  const age = (): number | undefined => (confirmed === undefined ? undefined : performance.now() - confirmed);
  return {
    age,
    close: () => stop.abort(),
    async labels(namespace, signal) {
      const kept = known.get(namespace);
      if (kept !== undefined && (age() ?? Infinity) <= staleMs) return kept;
      return lookUp(api, namespace, AbortSignal.any([signal, stop.signal, AbortSignal.timeout(LOOKUP_MS)]));
    },
  };
}

/** Asks for one namespace; `undefined` on every failure, also 404: a namespace without an object has unknown labels. */
async function lookUp(api: KubeApi, namespace: string, signal: AbortSignal): Promise<Labels | undefined> {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) return undefined;
  try {
    const { status, body } = await api.get(`${PATH}/${namespace}`, signal);
    const found = status === 200 ? readNamespace(body) : undefined;
    return found?.name === namespace ? found.labels : undefined;
  } catch {
    return undefined;
  }
}

/** Takes one watch event into the map; the new resource version, or `undefined` when there is none. Throws on ERROR. */
function apply(known: Map<string, Labels>, event: unknown): string | undefined {
  if (!isObject(event)) return undefined;
  const object = event['object'];
  if (event['type'] === 'ERROR')
    throw new KubeStatusError(isObject(object) && typeof object['code'] === 'number' ? object['code'] : 500, PATH);
  const metadata = isObject(object) && isObject(object['metadata']) ? object['metadata'] : {};
  const version = typeof metadata['resourceVersion'] === 'string' ? metadata['resourceVersion'] : undefined;
  if (event['type'] === 'BOOKMARK') return version;
  const namespace = readNamespace(object);
  if (namespace === undefined) return version;
  if (event['type'] === 'DELETED') known.delete(namespace.name);
  else known.set(namespace.name, namespace.labels);
  return version;
}

/** Reads name and labels of a Namespace object; `undefined` when it is none. */
export function readNamespace(object: unknown): { readonly name: string; readonly labels: Labels } | undefined {
  const metadata = isObject(object) ? object['metadata'] : undefined;
  if (!isObject(metadata) || typeof metadata['name'] !== 'string') return undefined;
  const labels = isObject(metadata['labels']) ? metadata['labels'] : {};
  const entries = Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { name: metadata['name'], labels: Object.fromEntries(entries) };
}

function readList(body: unknown): { readonly items: readonly unknown[]; readonly version: string; readonly next: string } {
  if (!isObject(body) || !Array.isArray(body['items']) || !isObject(body['metadata']))
    throw new Error('API server answers something that is no NamespaceList');
  const { resourceVersion, continue: next } = body['metadata'];
  return {
    items: body['items'],
    version: typeof resourceVersion === 'string' ? resourceVersion : '',
    next: typeof next === 'string' ? next : '',
  };
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
}
