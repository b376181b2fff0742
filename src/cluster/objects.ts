/** Objects of many kinds as they stand in the cluster, each list read once and in pages; what cannot be read is told. */
import { isObject, own, ownList, ownText } from '../text/json/fields.ts';
import type { JsonObject } from '../text/json/fields.ts';
import type { KubeApi } from './api.ts';
import { KubeStatusError } from './api.ts';
import { readList } from './list-watch.ts';
import { versionsOf } from './versions.ts';

/** A kind as the API server serves it. */
export interface ServedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
  readonly namespaced: boolean;
}

/** An object of a list, and what its kind is called. */
export interface ListedObject extends Omit<ServedKind, 'namespaced'> {
  readonly object: JsonObject;
}

/** What was read, and what could not be. */
export interface ListedObjects {
  readonly objects: readonly ListedObject[];
  /** One line for each list or group that could not be read, in words of ours. */
  readonly problems: readonly string[];
}

/** Which kinds are wanted, by group and resource, and where. */
export interface Wanted {
  readonly isWanted: (group: string, resource: string) => boolean;
  /** Absent: all. */
  readonly namespace?: string | undefined;
  readonly signal: AbortSignal;
  /** Default 500. */
  readonly pageSize?: number;
  /** Further parameters of the query, encoded. */
  readonly query?: string | undefined;
  /** What is kept of an object; `undefined` leaves it out. Default: all of it. */
  readonly keep?: ((listed: ListedObject) => ListedObject | undefined) | undefined;
}

/** Milliseconds for one answer. */
const ANSWER_MS = 15_000;
/** A list that a change of the cluster has made too old to go on with is begun again so many times. */
const MOST_STARTS = 3;

/** Reads them all, one list after the other. Rejects only when nothing can be asked at all: who serves what is not known then. */
export async function listObjects(api: KubeApi, wanted: Wanted): Promise<ListedObjects> {
  const { kinds, problems } = await servedKinds(api, wanted);
  const objects: ListedObject[] = [];
  for (const kind of kinds) {
    try {
      for await (const page of pagesOf(api, kind, wanted)) objects.push(...page);
    } catch (cause) {
      wanted.signal.throwIfAborted();
      problems.push(`${kind.resource}${kind.group === '' ? '' : `.${kind.group}`} cannot be listed (${told(cause)})`);
    }
  }
  return { objects, problems };
}

/** The pages of one list. One that became too old meanwhile goes on as the cluster stands now, or begins again: an object may come twice. */
export async function* pagesOf(api: KubeApi, kind: ServedKind, wanted: Wanted): AsyncGenerator<readonly ListedObject[]> {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const path = `${root}${wanted.namespace === undefined || !kind.namespaced ? '' : `/namespaces/${wanted.namespace}`}/${kind.resource}`;
  let [next, starts] = ['', 1];
  do {
    const more = `${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}${wanted.query === undefined ? '' : `&${wanted.query}`}`;
    const query = `limit=${wanted.pageSize ?? 500}${more}`;
    const { status, body } = await ask(api, `${path}?${query}`, wanted.signal);
    if (status === 410 && next !== '' && starts < MOST_STARTS) {
      // The rest of it as it stands now, if the API server offers that; else all of it again.
      const rest = ownText(own(body, 'metadata'), 'continue') ?? '';
      [next, starts] = [rest, rest === '' ? starts + 1 : starts];
      continue;
    }
    if (status !== 200) throw new KubeStatusError(status, path);
    const page = readList(body, path);
    const { group, version, resource } = kind;
    yield page.items.filter(isObject).flatMap((object) => {
      // Items of a list name neither their kind nor its version.
      const whole = { ...object, apiVersion: group === '' ? version : `${group}/${version}`, kind: kind.kind };
      const listed: ListedObject = { group, version, kind: kind.kind, resource, object: whole };
      const kept = wanted.keep === undefined ? listed : wanted.keep(listed);
      return kept === undefined ? [] : [kept];
    });
    next = page.next;
    if (next === '') return;
  } while (!wanted.signal.aborted);
}

/** The kinds that are wanted and served, each at the version that its group prefers among those that have it. */
export async function servedKinds(
  api: KubeApi, { isWanted, signal }: Wanted,
): Promise<{ readonly kinds: readonly ServedKind[]; readonly problems: string[] }> {
  const { status, body } = await ask(api, '/apis', signal);
  const groups = ownList(body, 'groups');
  if (status !== 200 || groups === undefined) throw new Error(`the API server answers ${status} to GET /apis`);
  const roots = [
    { group: '', versions: ['v1'] },
    ...groups.map((one) => ({ group: ownText(one, 'name') ?? '', versions: versionsOf(one) })),
  ];
  const kinds = new Map<string, ServedKind>();
  const problems: string[] = [];
  for (const { group, versions } of roots.filter((one) => isWanted(one.group, '*'))) {
    for (const version of versions) {
      const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
      const resources = await ask(api, path, signal).then(({ body: document }) => ownList(document, 'resources'), () => undefined);
      if (resources === undefined) {
        problems.push(`kinds of ${group}/${version} are not known: the API server does not name them`);
        continue;
      }
      for (const served of resources) {
        const [resource, kind] = [ownText(served, 'name') ?? '', ownText(served, 'kind') ?? ''];
        const key = `${group}/${resource}`;
        const canList = ownList(served, 'verbs')?.includes('list') !== false;
        if (kinds.has(key) || resource.includes('/') || !canList || !isWanted(group, resource)) continue;
        kinds.set(key, { group, version, kind, resource, namespaced: own(served, 'namespaced') === true });
      }
    }
  }
  return { kinds: [...kinds.values()], problems };
}

async function ask(api: KubeApi, path: string, signal: AbortSignal): ReturnType<KubeApi['get']> {
  return api.get(path, AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]));
}

function told(cause: unknown): string {
  if (cause instanceof KubeStatusError) return `the API server answers ${cause.status}`;
  return cause instanceof Error && cause.name === 'TimeoutError' ? 'no answer in time' : 'no usable answer';
}
