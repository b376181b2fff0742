/** An object of an engine that no request is about (the content of a definition, a live run) is read as if it were asked for now. */
import type { BuildReading } from '../../domain/build/build-request.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { ENGINE_READERS } from '../../extract/engines.ts';
import { readerOfKind } from '../../extract/reading.ts';
import { isObject, ownText } from '../../text/json/fields.ts';

/** Nobody asks: whatever depends on who does must not be judged from such a reading. */
const NOBODY = { username: '', groups: [] } as const;

/**
 * Reads an object by its own `apiVersion` and `kind`, as if it were created in `namespace`; `as` is the resource by which it was had.
 * `undefined` when no reader knows such objects, or it is about no build. Nothing of it is verified here.
 */
export function readBuild(
  content: unknown, namespace: string, as?: { readonly group: string; readonly resource: string },
): BuildReading | undefined {
  const kind = ownText(content, 'kind') ?? '';
  const [group, version] = groupVersion(ownText(content, 'apiVersion') ?? '');
  const resource = as === undefined ? readerOfKind(ENGINE_READERS, group, kind)?.resource : as.resource;
  const key = `${as?.group ?? group}/${resource ?? ''}`;
  const reader = Object.hasOwn(ENGINE_READERS, key) ? ENGINE_READERS[key] : undefined;
  if (resource === undefined || reader === undefined || !isObject(content)) return undefined;
  const review: ReviewRequest = {
    surface: 'webhook', uid: '', operation: 'CREATE', kind: { group, version, kind }, resource: { group, version, resource },
    subResource: '', namespace, name: ownText(content['metadata'], 'name') ?? '', user: NOBODY, dryRun: false,
    object: content, oldObject: null,
  };
  const { matter, problems } = reader.read(review);
  return matter?.about === 'build' ? { request: matter.request, problems } : undefined;
}

/** `tekton.dev/v1` as group and version; the core group is empty. */
function groupVersion(apiVersion: string): readonly [string, string] {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}
