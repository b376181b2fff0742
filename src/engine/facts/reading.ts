/** An object of an engine that no request is about (the content of a definition, a live run) is read as if it were asked for now. */
import type { BuildReading } from '../../domain/build/build-request.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { ENGINE_READERS } from '../../extract/engines.ts';
import { isObject, ownText } from '../../text/json/fields.ts';

/** Nobody asks: whatever depends on who does must not be judged from such a reading. */
const NOBODY = { username: '', groups: [] } as const;

/**
 * Reads an object by its own `apiVersion` and `kind`, as if it were created in `namespace`. `undefined` when no reader knows such
 * objects, or it is about no build. Nothing of it is verified here. Never throws for what the object says.
 */
export function readBuild(content: unknown, namespace: string): BuildReading | undefined {
  const kind = ownText(content, 'kind') ?? '';
  const [group, version] = groupVersion(ownText(content, 'apiVersion') ?? '');
  const resource = resourceOf(group, kind);
  const reader = resource === undefined ? undefined : ENGINE_READERS[`${group}/${resource}`];
  if (resource === undefined || reader === undefined || !isObject(content)) return undefined;
  const review: ReviewRequest = {
    surface: 'webhook', uid: '', operation: 'CREATE', kind: { group, version, kind }, resource: { group, version, resource },
    subResource: '', namespace, name: ownText(content['metadata'], 'name') ?? '', user: NOBODY, dryRun: false,
    object: content, oldObject: null,
  };
  const { matter, problems } = reader.read(review);
  return matter?.about === 'build' ? { request: matter.request, problems } : undefined;
}

/** The resource that serves a kind of an engine's objects: `taskruns` for `TaskRun`; `undefined` when there is none. */
export function resourceOf(group: string, kind: string): string | undefined {
  for (const [key, reader] of Object.entries(ENGINE_READERS)) {
    const [of = '', resource = '', sub] = key.split('/');
    if (of === group && sub === undefined && reader.kind === kind) return resource;
  }
  return undefined;
}

/** `tekton.dev/v1` as group and version; the core group is empty. */
export function groupVersion(apiVersion: string): readonly [string, string] {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}
