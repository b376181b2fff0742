/** What a replica tells of its policies, read with care: a broken replica must not break the controller. */
import type { ActivityReport, Denial, PolicyActivity } from '../../platform/decisions/activity.ts';
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import { readJsonBytes } from '../../text/json/read.ts';

/** Most bytes of a report: 5,000 policies of long names come to 2 MiB. */
export const MAX_REPORT = 8 * 1024 * 1024;

/** More than a replica keeps. */
const MOST_DENIALS = 512;
/** Characters of a name: none of Kubernetes is longer with its namespace, and a longer one would not be taken in a status or an Event. */
const LONGEST = 320;
const MOST_REASONS = 64;
/** Empty: what was denied is in none. */
const NAMESPACE = /^[a-z0-9-]{0,63}$/;
const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;
/** The last moment that the API server can read: one that cannot be written would keep a whole status from being written. */
const LAST = Date.UTC(9999, 11, 31);

/** Reads a report; throws when it is none. Members that are not what they should be are left out. */
export function readReport(bytes: Uint8Array): ActivityReport {
  const read = readJsonBytes(bytes, { maxItems: MAX_REPORT });
  const replica = read.ok ? ownText(read.value, 'replica') : undefined;
  const since = read.ok ? time(read.value, 'since') : 0;
  if (!read.ok || replica === undefined || replica.length > LONGEST || since === 0)
    throw new Error('answers something that is no report of activity');
  return {
    replica, since,
    forgotten: count(read.value, 'forgotten'),
    policies: (ownList(read.value, 'policies') ?? []).flatMap(readPolicy),
    denials: (ownList(read.value, 'denials') ?? []).slice(-MOST_DENIALS).flatMap(readDenial),
  };
}

function readPolicy(value: unknown): PolicyActivity[] {
  const policy = ownText(value, 'policy');
  if (policy === undefined || policy.length > LONGEST) return [];
  const reasons = own(value, 'reasons');
  // Codes alone: whatever else stands there could be a name.
  const codes = isObject(reasons) ? Object.keys(reasons).filter((code) => CODE.test(code)) : [];
  return [{
    policy,
    ofRequest: own(value, 'ofRequest') === true,
    matched: count(value, 'matched'), admitted: count(value, 'admitted'), denied: count(value, 'denied'),
    undetermined: count(value, 'undetermined'), last: time(value, 'last'), lastDenied: time(value, 'lastDenied'),
    reasons: Object.fromEntries(codes.map((code) => [code, count(reasons, code)])),
  }];
}

function readDenial(value: unknown): Denial[] {
  const text = (name: string): string => (ownText(value, name) ?? '').slice(0, LONGEST);
  const standing = own(value, 'standing');
  const of = (name: string): string => (ownText(standing, name) ?? '').slice(0, LONGEST);
  const reasons = (ownList(value, 'reasons') ?? []).map((one) => ({
    policy: ownText(one, 'policy') ?? '', ofRequest: own(one, 'ofRequest') === true, code: ownText(one, 'code') ?? '',
  })).filter(({ policy, code }) => policy.length <= LONGEST && CODE.test(code)).slice(0, MOST_REASONS);
  if (!NAMESPACE.test(text('namespace'))) return [];
  return [{
    number: count(value, 'number'), at: time(value, 'at'), id: text('id'),
    group: text('group'), kind: text('kind'), namespace: text('namespace'), name: text('name'),
    ...(isObject(standing) ? { standing: { apiVersion: of('apiVersion'), kind: of('kind'), name: of('name'), uid: of('uid') } } : {}),
    reasons,
  }];
}

function count(value: unknown, name: string): number {
  const found = own(value, name);
  return typeof found === 'number' && Number.isSafeInteger(found) && found >= 0 ? found : 0;
}

/** Epoch milliseconds; 0 for what is no moment that can be written. */
function time(value: unknown, name: string): number {
  const at = count(value, name);
  return at <= LAST ? at : 0;
}
