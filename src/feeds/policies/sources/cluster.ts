/** Policies as objects of the cluster: each kind is followed by list and watch, each object a document that is judged by itself. */
import { createHash } from 'node:crypto';
import type { KubeApi } from '../../../cluster/api.ts';
import { CONFIRMED_BY_BOOKMARKS, follow } from '../../followed.ts';
import type { Followed, FollowOptions } from '../../followed.ts';
import { own } from '../../../text/json/fields.ts';
import type { PolicyFile } from '../files.ts';
import type { PolicySource, SourceContent } from '../source.ts';
import { counts, pathOf, readResource, RESOURCE_KINDS } from './kinds.ts';
import type { ResourceDocument } from './kinds.ts';

/** What the cluster holds at one moment, with the object of each document, in the same order. */
export interface ClusterContent extends SourceContent {
  readonly resources: readonly ResourceDocument[];
}

/** Objects of the cluster as a source. */
export interface ClusterSource extends PolicySource {
  readonly judged: 'oneByOne';
  current(): ClusterContent | undefined;
  /** The objects as they were last told, ahead of `current` by a moment; absent before all kinds were read. */
  resources(): readonly ResourceDocument[] | undefined;
  /** Of an object by the key of its document, as it was last told; its status is there only where it is kept. */
  observed(key: string): ObservedResource | undefined;
  /** Calls the listener at everything that is told of objects, also of what is no part of a document; gives what ends that. */
  stirred(listener: () => void): () => void;
}

/** What is known of an object besides its document. */
export interface ObservedResource {
  readonly uid: string;
  /** Unchecked. */
  readonly status?: unknown;
}

/** How they are followed. */
export interface ClusterSourceOptions extends FollowOptions {
  /** ArtifactPolicies of one namespace that count; those beyond, the youngest, cannot be used. */
  readonly policiesPerNamespace: number;
  /** How long after an event others are waited for, milliseconds: `kubectl apply` of a folder is one change. */
  readonly settleMs?: number;
  /** Whether statuses are kept, for whoever writes them: one watch is enough for both. */
  readonly keepStatus?: boolean;
}

type Kept = ResourceDocument & ObservedResource;

const SETTLE_MS = 200;
/** Whoever writes all the time puts nothing off for longer. */
const MOST_SETTLING_MS = 1000;

/** Follows all kinds from now on. There is no content before each kind was listed once; after that it changes with events, and never empties because nothing is heard. */
export function clusterSource(api: KubeApi, options: ClusterSourceOptions): ClusterSource {
  const { policiesPerNamespace, settleMs = SETTLE_MS, keepStatus = false, ...following } = options;
  const kinds = RESOURCE_KINDS.map((kind): Followed<Kept> =>
    follow<Kept>(`policies-${kind.plural}`, api, {
      path: pathOf(kind),
      read(object) {
        const document = readResource(object, kind);
        if (document === undefined) return undefined;
        return { key: document.key, value: keepStatus ? { ...document, status: own(object, 'status') } : document };
      },
      same: (one, other) => one.uid === other.uid && one.resourceVersion === other.resourceVersion,
    }, { ...CONFIRMED_BY_BOOKMARKS, ...following }));
  const listeners = new Set<() => void>();
  let content: ClusterContent | undefined;
  let generation = 0;
  let timer: NodeJS.Timeout | undefined;
  let since: number | undefined;

  const resources = (): readonly ResourceDocument[] | undefined => {
    const all: ResourceDocument[] = [];
    for (const kind of kinds) {
      const known = kind.current();
      if (known === undefined) return undefined;
      for (const one of [...known.values()].filter(counts).toSorted((a, b) => (a.key < b.key ? -1 : 1))) all.push(one);
    }
    return withLimit(all, policiesPerNamespace);
  };
  const take = (): void => {
    clearTimeout(timer);
    [timer, since] = [undefined, undefined];
    const all = resources();
    if (all === undefined) return;
    const mark = markOf(all);
    if (mark === content?.mark) return;
    content = { mark, files: all.map(({ file }) => file), resources: all };
    generation += 1;
    for (const listener of [...listeners]) listener();
  };
  const stirred = (): void => {
    if (content === undefined && kinds.every((kind) => kind.current() !== undefined)) return take();
    const now = performance.now();
    since ??= now;
    clearTimeout(timer);
    timer = setTimeout(take, Math.max(0, Math.min(settleMs, since + MOST_SETTLING_MS - now))).unref();
  };
  const leave = kinds.map((kind) => kind.changed(stirred));

  return {
    name: 'policies-cluster',
    judged: 'oneByOne',
    current: () => content,
    resources,
    observed(key) {
      for (const kind of kinds) {
        const found = kind.current()?.get(key);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    stirred(listener) {
      const ends = kinds.map((kind) => kind.changed(listener));
      return () => { for (const end of ends) end(); };
    },
    age() {
      const ages = kinds.map((kind) => kind.age());
      return ages.includes(undefined) ? undefined : Math.max(...ages.map((age) => age ?? 0));
    },
    changed(listener) {
      const entry = (): void => listener();
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    condition() {
      const conditions = kinds.map((kind) => kind.condition());
      const problem = conditions.find((one) => one.problem !== undefined)?.problem;
      return {
        ready: content !== undefined && conditions.every(({ ready }) => ready),
        generation,
        refused: conditions.reduce((sum, { refused }) => sum + refused, 0),
        ...(problem === undefined ? {} : { problem }),
      };
    },
    async refresh() {
      await Promise.all(kinds.map((kind) => kind.refresh()));
      take();
    },
    close() {
      clearTimeout(timer);
      for (const end of leave) end();
      listeners.clear();
      for (const kind of kinds) kind.close();
    },
  };
}

/** Those of a namespace that are too many cannot be used: the youngest, of one second those whose names come last. */
export function withLimit(all: readonly ResourceDocument[], most: number): readonly ResourceDocument[] {
  const beyond = new Set<ResourceDocument>();
  const namespaced = Map.groupBy(all.filter(({ kind }) => kind === 'ArtifactPolicy'), ({ namespace }) => namespace);
  for (const own of namespaced.values()) {
    if (own.length <= most) continue;
    for (const one of own.toSorted((a, b) => a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1)).slice(most)) beyond.add(one);
  }
  if (beyond.size === 0) return all;
  return all.map((one) => (beyond.has(one) ? { ...one, file: tooMany(one, most) } : one));
}

function tooMany({ file, namespace }: ResourceDocument, most: number): PolicyFile {
  const problem = `namespace ${namespace} has more than ${most} ArtifactPolicies (limits.policiesPerNamespace), and this is among the youngest: delete some of them`;
  return { ...file, problem };
}

function markOf(all: readonly ResourceDocument[]): string {
  const text = all.map(({ uid, hash, file: { problem = '' } }) => `${uid} ${hash} ${problem}`).join('\n');
  return createHash('sha256').update(text).digest('hex');
}
