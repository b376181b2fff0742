/** What a replica tells of its policies, read with care: a broken replica must not break the controller. */
import type { ActivityReport, Denial, PolicyActivity } from '../../platform/decisions/activity.ts';
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import { readJsonBytes } from '../../text/json/read.ts';

/** Most bytes of a report: 5,000 policies of long names come to 2 MiB. */
export const MAX_REPORT = 8 * 1024 * 1024;

/** Reads a report; throws when it is none. Members that are not what they should be are left out. */
export function readReport(bytes: Uint8Array): ActivityReport {
  const read = readJsonBytes(bytes, { maxItems: MAX_REPORT });
  const replica = read.ok ? ownText(read.value, 'replica') : undefined;
  if (!read.ok || replica === undefined) throw new Error('answers something that is no report of activity');
  return {
    replica,
    since: count(read.value, 'since'),
    forgotten: count(read.value, 'forgotten'),
    policies: (ownList(read.value, 'policies') ?? []).flatMap(readPolicy),
    denials: (ownList(read.value, 'denials') ?? []).flatMap(readDenial),
  };
}

function readPolicy(value: unknown): PolicyActivity[] {
  const policy = ownText(value, 'policy');
  if (policy === undefined) return [];
  const reasons = own(value, 'reasons');
  return [{
    policy,
    ofRequest: own(value, 'ofRequest') === true,
    matched: count(value, 'matched'), admitted: count(value, 'admitted'), denied: count(value, 'denied'),
    undetermined: count(value, 'undetermined'), last: count(value, 'last'), lastDenied: count(value, 'lastDenied'),
    reasons: isObject(reasons) ? Object.fromEntries(Object.keys(reasons).map((code) => [code, count(reasons, code)])) : {},
  }];
}

function readDenial(value: unknown): Denial[] {
  const text = (name: string): string => ownText(value, name) ?? '';
  const standing = own(value, 'standing');
  const of = (name: string): string => ownText(standing, name) ?? '';
  const reasons = (ownList(value, 'reasons') ?? []).map((one) => ({
    policy: ownText(one, 'policy') ?? '', ofRequest: own(one, 'ofRequest') === true, code: ownText(one, 'code') ?? '',
  }));
  return [{
    number: count(value, 'number'), at: count(value, 'at'), id: text('id'),
    group: text('group'), kind: text('kind'), namespace: text('namespace'), name: text('name'),
    ...(isObject(standing) ? { standing: { apiVersion: of('apiVersion'), kind: of('kind'), name: of('name'), uid: of('uid') } } : {}),
    reasons,
  }];
}

function count(value: unknown, name: string): number {
  const found = own(value, name);
  return typeof found === 'number' && Number.isSafeInteger(found) && found >= 0 ? found : 0;
}
