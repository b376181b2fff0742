/** Earlier templates of DaemonSets and StatefulSets, which a rollback would bring back: kept as ControllerRevisions. */
import type { ListedObject } from '../../cluster/objects.ts';
import { own, ownText } from '../../text/json/fields.ts';
import { controllerOf } from './owners.ts';

/** The kind in which they are kept, by group and resource. */
export const REVISIONS = 'apps/controllerrevisions';

const RESOURCES: ReadonlyMap<string, string> = new Map([['DaemonSet', 'daemonsets'], ['StatefulSet', 'statefulsets']]);

/**
 * The objects with each earlier revision as its owner would be once it is rolled back to it, under the revision's own name. The newest of
 * an owner is what its template says already; a revision of something else, or without a template, is left out.
 */
export function withRevisions(objects: readonly ListedObject[]): readonly ListedObject[] {
  const isRevision = ({ group, resource }: ListedObject): boolean => `${group}/${resource}` === REVISIONS;
  if (!objects.some(isRevision)) return objects;
  const newest = new Map<string, number>();
  for (const one of objects.filter(isRevision)) newest.set(ownerOf(one), Math.max(newest.get(ownerOf(one)) ?? 0, numberOf(one)));
  return objects.flatMap((one) => {
    if (!isRevision(one)) return [one];
    return numberOf(one) === newest.get(ownerOf(one)) ? [] : rolledBack(one);
  });
}

function rolledBack(revision: ListedObject): readonly ListedObject[] {
  const kind = ownText(controllerOf(revision), 'kind') ?? '';
  const [resource, template] = [RESOURCES.get(kind), own(own(own(revision.object, 'data'), 'spec'), 'template')];
  if (resource === undefined || template === undefined) return [];
  const metadata = own(revision.object, 'metadata');
  return [{ group: 'apps', version: 'v1', kind, resource, object: { apiVersion: 'apps/v1', kind, metadata, spec: { template } } }];
}

function ownerOf(revision: ListedObject): string {
  return ownText(controllerOf(revision), 'uid') ?? '';
}

function numberOf({ object }: ListedObject): number {
  const revision = own(object, 'revision');
  return typeof revision === 'number' ? revision : 0;
}
