/** Objects of a cluster as the questions that the API server would ask about them if they were created now. */
import { SELF } from '../../domain/decision/review.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import type { ForecastRole } from '../../domain/decision/forecast.ts';
import { ENGINE_READERS } from '../../extract/engines.ts';
import { KIND_READERS } from '../../extract/index.ts';
import { KIND_TABLE } from '../../extract/table/rows.ts';
import type { KindTable } from '../../extract/table/rows.ts';
import type { ListedObject } from '../../cluster/objects.ts';
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { runningDigests } from './digests.ts';
import type { Pins } from './digests.ts';
import { controllerOf, nameOf } from './owners.ts';
import { REVISIONS } from './revisions.ts';

/** One question: a review, and the digests of the tags in it that run already. */
export interface Question {
  readonly listed: ListedObject;
  readonly role: ForecastRole;
  readonly review: ReviewRequest;
  readonly pins: Pins;
}

/** Says whether objects of a resource start something that has images; for a group alone (`*`), whether any of its resources do. */
export function startsPods(table: KindTable = KIND_TABLE): (group: string, resource: string) => boolean {
  const engines = Object.keys(ENGINE_READERS).filter((key) => key.split('/').length === 2);
  const keys = [...Object.keys(KIND_READERS), ...engines, ...table.keys(), REVISIONS];
  const wanted = new Set([...keys, ...keys.map((key) => `${key.slice(0, key.indexOf('/'))}/*`)]);
  return (group, resource) => wanted.has(`${group}/${resource}`);
}

/**
 * The questions about one object: none about what is over, several about a pod in which one tag runs as several digests. Each is that of
 * a creation, by somebody who is not known; of a pod that its node runs from its own disk it is the node's.
 */
export function questionsAbout(listed: ListedObject): readonly Question[] {
  if (isOver(listed)) return [];
  const role = roleOf(listed);
  const { group, version, kind, resource, object } = listed;
  const { namespace, name } = nameOf(listed);
  const review: ReviewRequest = {
    surface: 'audit', caller: SELF, uid: '', operation: 'CREATE',
    kind: { group, version, kind }, resource: { group, version, resource }, subResource: '',
    namespace, name, user: nodeOf(listed) ?? { username: '', groups: [], unknown: true },
    dryRun: true, object: asCreated(object), oldObject: null,
  };
  const variants = role === 'pods' ? runningDigests(object) : [new Map<string, string>()];
  return variants.map((pins) => ({ listed, role, review, pins }));
}

/** Members of a status that are looked at: whether it is over, and which digests run. */
const LOOKED_AT: ReadonlySet<string> = new Set([
  'phase', 'conditions', 'completionTime', 'finishedAt', 'containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses',
]);

/** The object without what nobody looks at, of which most of a large cluster consists; to be kept while all of it is looked at. */
export function slim(listed: ListedObject): ListedObject {
  const { status, metadata, ...rest } = listed.object;
  const kept = isObject(status) ? Object.fromEntries(Object.entries(status).filter(([name]) => LOOKED_AT.has(name))) : {};
  const own = isObject(metadata) ? Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== 'managedFields')) : metadata;
  return { ...listed, object: { ...rest, metadata: own, status: kept } };
}

/** Members of metadata that the API server writes, and nobody who creates an object. */
const SERVER_WRITTEN: ReadonlySet<string> = new Set([
  'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'selfLink', 'deletionTimestamp', 'deletionGracePeriodSeconds',
]);

function asCreated(object: JsonObject): JsonObject {
  const { status: _status, ...rest } = object;
  const metadata = own(object, 'metadata');
  if (!isObject(metadata)) return rest;
  return { ...rest, metadata: Object.fromEntries(Object.entries(metadata).filter(([name]) => !SERVER_WRITTEN.has(name))) };
}

/** Phases of pods and workflows that have ended. */
const ENDED: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'Error', 'Skipped', 'Omitted']);
const JOB_ENDS: ReadonlySet<string> = new Set(['Complete', 'Failed']);

/** What has ended starts nothing more: pods, jobs and runs of builds that are kept to be looked at. */
function isOver({ group, kind, resource, object }: ListedObject): boolean {
  const status = own(object, 'status');
  if (group === '' && kind === 'Pod') return ENDED.has(ownText(status, 'phase') ?? '');
  if (group === 'batch' && kind === 'Job') {
    const conditions = ownList(status, 'conditions') ?? [];
    return conditions.some((one) => JOB_ENDS.has(ownText(one, 'type') ?? '') && ownText(one, 'status') === 'True');
  }
  if (!isOfEngine({ group, resource })) return false;
  return (ownText(status, 'completionTime') ?? ownText(status, 'finishedAt')) !== undefined || ENDED.has(ownText(status, 'phase') ?? '');
}

function isOfEngine({ group, resource }: Pick<ListedObject, 'group' | 'resource'>): boolean {
  return Object.hasOwn(ENGINE_READERS, `${group}/${resource}`);
}

function roleOf(listed: ListedObject): ForecastRole {
  const { group, kind } = listed;
  if (group === '' && kind === 'Pod') return 'pods';
  if (kind === 'CronJob' || kind === 'CronWorkflow' || kind === 'ScheduledSparkApplication') return 'schedule';
  if (group === 'batch' && kind === 'Job') return 'job';
  if (isOfEngine(listed)) return 'build';
  return 'template';
}

/**
 * The node, where the pod is a node's report of a static pod: controlled by that very Node, as the API server demands of nodes. Whoever
 * forges all of it could do so only in a pod that was let in.
 */
function nodeOf(listed: ListedObject): ReviewRequest['user'] | undefined {
  const annotations = own(own(listed.object, 'metadata'), 'annotations');
  if (listed.kind !== 'Pod' || ownText(annotations, 'kubernetes.io/config.mirror') === undefined) return undefined;
  const [owner, node] = [controllerOf(listed), ownText(own(listed.object, 'spec'), 'nodeName')];
  if (node === undefined || ownText(owner, 'kind') !== 'Node' || ownText(owner, 'name') !== node) return undefined;
  return { username: `system:node:${node}`, groups: ['system:nodes', 'system:authenticated'] };
}
