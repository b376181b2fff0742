/** Denials folded into few Events: one for an object and its reasons in ten minutes, and never more than so many a minute. */
import type { Denial } from '../../platform/decisions/activity.ts';
import { shortHash } from '../../text/short-hash.ts';
import { shownBytes } from '../../text/shown.ts';
import { policyKey } from '../activity/sum.ts';

/** An object that an Event is about. */
export interface Regarding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly uid?: string;
}

/** An Event to be written, or one that happened again. */
export interface FoldedEvent {
  /** The same for the same object, reasons and ten minutes, whoever leads: what is there already is not written twice. */
  readonly name: string;
  /** Where it is written. */
  readonly namespace: string;
  readonly regarding: Regarding;
  readonly reason: 'ArtifactDenied' | 'PolicyViolation';
  readonly note: string;
  /** Epoch milliseconds of the first and the last. */
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/** What an Event may be about, looked up at the moment it is written. */
export interface EventObjects {
  /** The uid of the document with this key; `undefined` when it is no resource. */
  uidOf(key: string): string | undefined;
}

/** Ten minutes: within them the same is told once. */
export const WINDOW_MS = 10 * 60_000;
/** Denials that are older when they are heard of (a restart, a long outage) are in the record of decisions alone. */
const MOST_AGE_MS = 15 * 60_000;
/** Events of cluster-scoped objects stand there by convention. */
const OF_CLUSTER = 'default';
/** Bytes; the API server takes 1024. */
const MOST_NOTE = 1000;

/** What one denial tells: to whoever owns the object, and to whoever looks at the policies that denied it. Older ones tell nothing. */
export function eventsOf(told: Denial, objects: EventObjects, now: number): readonly FoldedEvent[] {
  if (now - told.at > MOST_AGE_MS) return [];
  // The clock of a replica that is ahead of ours would open ten minutes that do not end for as long.
  const denial = told.at > now ? { ...told, at: now } : told;
  const ofObject = objectEvent(denial);
  return [...(ofObject === undefined ? [] : [ofObject]), ...policyEvents(denial, objects)];
}

/** In the namespace of the object, so names of that namespace may stand in it. What nobody owns is told on the namespace. */
function objectEvent(denial: Denial): FoldedEvent | undefined {
  const { namespace, kind, name, standing, reasons, id, at } = denial;
  if (namespace === '') return undefined;
  const regarding: Regarding = standing === undefined
    ? { apiVersion: 'v1', kind: 'Namespace', name: namespace, namespace }
    : { ...standing, namespace };
  const codes = distinct(reasons.map(({ code }) => code));
  const policies = distinct(reasons.map(({ policy }) => policy).filter((policy) => policy !== ''));
  const by = policies.length === 0 ? '' : ` by ${policies.join(', ')}`;
  const what = name === '' ? kind : `${kind} ${name}`;
  return {
    ...folded(regarding, 'ArtifactDenied', [kind, ...codes, ...policies], at),
    namespace,
    regarding,
    note: shownBytes(`${what} was denied${by}: ${codes.join(', ')} (decision ${id})`, MOST_NOTE),
  };
}

/** Without names of namespaces and objects for policies of the cluster: whoever may read these need not know of every namespace. */
function policyEvents({ reasons, at, namespace, kind, name }: Denial, { uidOf }: EventObjects): readonly FoldedEvent[] {
  const byPolicy = Map.groupBy(reasons.filter(({ policy }) => policy !== ''), policyKey);
  return [...byPolicy].flatMap(([key, of]): FoldedEvent[] => {
    const uid = uidOf(key);
    const place = /^(\S+) (?:([^/]+)\/)?([^/]+)$/.exec(key);
    if (uid === undefined || place === null) return [];
    const [, policyKind = '', own = '', policyName = ''] = place;
    const regarding: Regarding = { apiVersion: 'gatehouse.dev/v1alpha1', kind: policyKind, name: policyName, namespace: own, uid };
    const codes = distinct(of.map(({ code }) => code));
    const what = own !== '' && own === namespace ? `${kind} ${name}` : 'a request';
    return [{
      ...folded(regarding, 'PolicyViolation', codes, at),
      namespace: own === '' ? OF_CLUSTER : own,
      regarding,
      note: shownBytes(`denied ${what}: ${codes.join(', ')}`, MOST_NOTE),
    }];
  });
}

function folded(
  { apiVersion, kind, namespace, name, uid = '' }: Regarding, reason: FoldedEvent['reason'], about: readonly string[], at: number,
): Pick<FoldedEvent, 'name' | 'reason' | 'first' | 'last' | 'count'> {
  const window = Math.floor(at / WINDOW_MS);
  const hash = shortHash(JSON.stringify([apiVersion, kind, namespace, name, uid, reason, about.toSorted(), window]));
  return { name: `gatehouse.${hash}.${window}`, reason, first: at, last: at, count: 1 };
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
