/** The review that the API server would send if an object were created. */
import { SELF } from '../../../domain/decision/review.ts';
import type { ReviewRequest } from '../../../domain/decision/review.ts';
import { field, isObject } from '../../../text/json/fields.ts';
import type { JsonObject } from '../../../text/json/fields.ts';
import type { LocalObject } from '../context.ts';
import { kindsIn } from './kinds.ts';
import type { Kinds } from './kinds.ts';

/** Who would create it, and where it would be if it does not say. */
export interface Applying {
  readonly as?: string | undefined;
  readonly asGroup?: readonly string[] | undefined;
  readonly namespace: string;
}

/** The review of an object that is about to be created; without a user it is not known who does. */
export function reviewOf(
  object: JsonObject, { as, asGroup = [], namespace }: Applying, kinds: Kinds = kindsIn([]),
): ReviewRequest {
  const [group, version] = groupVersion(String(field(object, 'apiVersion')));
  const kind = String(field(object, 'kind'));
  const metadata = field(object, 'metadata');
  const text = (name: string): string => {
    const value = isObject(metadata) ? field(metadata, name) : undefined;
    return typeof value === 'string' ? value : '';
  };
  const { resource, isClusterScoped } = kinds(group, kind);
  const own = isClusterScoped ? '' : text('namespace') || namespace;
  return {
    surface: 'cli', caller: SELF, uid: '', operation: 'CREATE',
    kind: { group, version, kind }, resource: { group, version, resource }, subResource: '',
    namespace: own, name: text('name') || (text('generateName') === '' ? '' : `${text('generateName')}…`),
    user: as === undefined ? { username: '', groups: [], unknown: true } : { username: as, groups: groupsOf(as, asGroup) },
    dryRun: true, object, oldObject: null,
  };
}

function groupVersion(apiVersion: string): readonly [string, string] {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

/** The object of a review as others find it. */
export function localObject({ object, resource, namespace, name }: ReviewRequest): LocalObject {
  const { group, resource: plural } = resource;
  return { object: isObject(object) ? object : {}, group, resource: plural, namespace, name };
}

/** The groups that the API server gives to a user besides those that are named. */
function groupsOf(user: string, named: readonly string[]): readonly string[] {
  const namespace = /^system:serviceaccount:([^:]+):[^:]+$/.exec(user)?.[1];
  const own = namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  return [...new Set([...named, ...own, 'system:authenticated'])];
}
