/** Labels of namespaces as the API server tells them; a label that nobody knows is never a label that is not there. */
import type { Clock, NamespaceLabels } from '../../domain/ports.ts';
import type { KubeApi } from '../../cluster/api.ts';
import { reflect } from '../../cluster/reflector.ts';
import type { ReflectorOptions as Pauses } from '../../cluster/reflector.ts';
import type { Feed } from '../feed.ts';
import { createHeld, messageOf, shown } from '../held.ts';
import { readNamespace } from './object.ts';
import type { Labels } from './object.ts';

/** Namespace labels kept by list and watch; its age is the time since the API server last confirmed that what is kept is current. */
export interface NamespaceReflector extends NamespaceLabels, Feed<ReadonlyMap<string, Labels> | undefined> {}

/** How the namespaces are followed. */
export interface ReflectorOptions extends Pauses {
  /** Told of failed lists and watches, once until all is well again; must not throw. */
  readonly failed?: (problem: string) => void;
  /** Beyond this age the kept labels are not believed and the API server is asked; default: a minute. */
  readonly staleMs?: number;
  /** Default: a monotonic one. */
  readonly clock?: Clock;
}

const PATH = '/api/v1/namespaces';
const LOOKUP_MS = 3000;
/** Twice what passes between two confirmations while all is well (`cluster/reflector.ts`). */
const STALE_MS = 60_000;

/**
 * Follows all namespaces (security.md R07, H17). One that is not known yet (created a moment ago) is looked up on its own;
 * when that fails too the labels are `undefined`, which is never "no labels".
 */
export function reflectNamespaces(api: KubeApi, options: ReflectorOptions = {}): NamespaceReflector {
  const { failed = () => undefined, staleMs = STALE_MS, clock, ...pauses } = options;
  const stop = new AbortController();
  const held = createHeld<ReadonlyMap<string, Labels>>({
    name: 'namespaces',
    ...(clock === undefined ? {} : { clock }),
    refused: (cause) => failed(messageOf(cause)),
  });
  const isYoung = (): boolean => (held.age() ?? Infinity) <= staleMs;
  const kind = {
    path: PATH,
    read(object: unknown) {
      const namespace = readNamespace(object);
      return namespace === undefined ? undefined : { key: namespace.name, value: namespace.labels };
    },
  };
  const reflector = reflect<Labels>(
    api,
    kind,
    { items: held.replace, confirmed: () => held.confirm(), failed: held.unreadable, well: held.well },
    pauses,
  );
  const known = (namespace: string): Labels | undefined => {
    const kept = held.current()?.get(namespace);
    return kept !== undefined && isYoung() ? kept : undefined;
  };
  return {
    ...shown(held),
    condition() {
      const condition = held.condition();
      return { ...condition, ready: condition.ready && isYoung() };
    },
    current: held.current,
    refresh: reflector.refresh,
    close() {
      stop.abort();
      reflector.close();
      held.close();
    },
    known,
    async labels(namespace, signal) {
      return known(namespace) ?? lookUp(api, namespace, AbortSignal.any([signal, stop.signal, AbortSignal.timeout(LOOKUP_MS)]));
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
