/** What a cluster holds around policies that are resources: definitions, objects, guards, and what the server may do with them. */
import type { AccessOptions, KnownUser } from '../../../cluster/access-review.ts';
import { OWN_GROUP, OWN_KINDS, OWN_VERSION } from '../../../domain/own-kinds.ts';
import type { OwnKindName } from '../../../domain/own-kinds.ts';
import { isObject, own, ownList } from '../../../text/json/fields.ts';
import { below } from '../looks/look.ts';
import type { HeldGuard, Look } from '../looks/look.ts';

/** A definition of a kind of ours. */
export interface HeldDefinition {
  readonly plural: string;
  readonly look: Look;
  /** It says what this program has it say. */
  readonly isOurs: boolean;
}

/** What was found; nothing of it is looked at where our kinds are not served. */
export interface HeldResources {
  readonly definitions: readonly HeldDefinition[];
  /** How many objects there are of our kinds, as far as they can be counted. */
  readonly objects: number;
  readonly fourEyes: readonly HeldGuard[];
  /** The lists of administrators that the API server knows. */
  readonly administrators: Look;
  /** What the account of the server may not do; `undefined` when the API server does not say. */
  readonly lacks: readonly string[] | undefined;
}

/** By what it is read. */
export interface ResourcesReader {
  get(path: string): Promise<Look>;
  guardsOf(names: readonly string[]): Promise<readonly HeldGuard[]>;
  review(asked: AccessOptions, user: KnownUser): Promise<boolean>;
  readonly namespace: string;
  /** Of the server. */
  readonly account: string;
  readonly isServed: boolean;
}

/** Decided by the API server itself. */
const GUARD = ['gatehouse-four-eyes', 'gatehouse-administrators'];
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Reads it all; what may not be read is unknown. */
export async function readResources({ get, guardsOf, review, namespace, account, isServed }: ResourcesReader): Promise<HeldResources> {
  if (!isServed) return { definitions: [], objects: 0, fourEyes: [], administrators: { kind: 'none' }, lacks: [] };
  // The schemas are large, and nobody else needs them here.
  const { customResourceDefinition } = await import('../../../policy/crd/index.ts');
  const definitions = await Promise.all(OWN_KINDS.map(async ({ kind, plural }): Promise<HeldDefinition> => {
    const look = await get(`${CRDS}/${plural}.${OWN_GROUP}`);
    return { plural, look, isOurs: look.kind === 'found' && isSame(look.object, customResourceDefinition(kind satisfies OwnKindName)) };
  }));
  const counts = await Promise.all(OWN_KINDS.map(async ({ plural }) =>
    countOf(await get(`/apis/${OWN_GROUP}/${OWN_VERSION}/${plural}?limit=1`))));
  return {
    definitions, objects: counts.reduce((sum, count) => sum + count, 0), fourEyes: await guardsOf(GUARD),
    administrators: await get(`/api/v1/namespaces/${namespace}/configmaps/gatehouse-administrators`),
    lacks: await lacksOf(review, namespace, account),
  };
}

/** Rights of the server, asked one by one. */
async function lacksOf(review: ResourcesReader['review'], namespace: string, account: string): Promise<readonly string[] | undefined> {
  const user = {
    username: `system:serviceaccount:${namespace}:${account}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
  const wanted = [
    ...OWN_KINDS.flatMap(({ plural }) => ['list', 'watch'].map((verb) => ({ verb, group: OWN_GROUP, resource: plural }))),
    { verb: 'create', group: 'authorization.k8s.io', resource: 'subjectaccessreviews' },
  ];
  const lacks: string[] = [];
  try {
    for (const asked of wanted) if (!(await review(asked, user))) lacks.push(`${asked.verb} ${asked.resource}`);
  } catch {
    return undefined;
  }
  return lacks;
}

/** Version, scope and schema; what the API server and others write beside them is theirs. */
function isSame(held: unknown, ours: object): boolean {
  const [one, other] = [held, ours].map((definition) => {
    const version = (ownList(below(definition, 'spec'), 'versions') ?? []).find((each) => own(each, 'name') === OWN_VERSION);
    return JSON.stringify(sorted([
      below(definition, 'spec', 'scope'), own(version, 'served'), own(version, 'storage'), below(version, 'schema', 'openAPIV3Schema'),
      below(version, 'subresources', 'status') !== undefined,
    ]));
  });
  return one === other;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.keys(value).toSorted().map((key) => [key, sorted(value[key])]));
}

function countOf(look: Look): number {
  if (look.kind !== 'found') return 0;
  const more = below(look.object, 'metadata', 'remainingItemCount');
  return (ownList(look.object, 'items') ?? []).length + (typeof more === 'number' ? more : 0);
}
