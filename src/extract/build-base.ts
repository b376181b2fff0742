/** What every object of an engine has, whichever engine: who asks, what it is called, labels, owner. */
import type { BuildEngine, BuildRequest, BuildRole, OwnerClaim } from '../domain/build/build-request.ts';
import type { ReviewRequest } from '../domain/decision/review.ts';
import { field, isObject, ownTexts } from '../text/json/fields.ts';
import type { JsonObject } from '../text/json/fields.ts';
import { sameValue } from '../text/json/same.ts';

type Texts = Readonly<Record<string, string>>;

/** The request with nothing in it yet: an engine's reader adds what it finds. */
export function buildBase(review: ReviewRequest, engine: BuildEngine, role: BuildRole): BuildRequest {
  const { kind, object, oldObject } = review;
  const metadata = metadataOf(object);
  const owner = ownerOf(metadata);
  const newOwners = newOwnersOf(metadata, review.operation === 'UPDATE' ? metadataOf(oldObject) : {});
  return {
    engine, role,
    kind: kind.kind,
    namespace: review.namespace,
    name: review.name || textOf(metadata, 'name'),
    operation: review.operation === 'UPDATE' ? 'UPDATE' : 'CREATE',
    dryRun: review.dryRun,
    requester: review.user,
    labels: textsOf(metadata, 'labels'),
    annotations: textsOf(metadata, 'annotations'),
    ...(owner === undefined ? {} : { owner }),
    ...(newOwners.length === 0 ? {} : { newOwners }),
    ...(review.operation === 'UPDATE' ? { before: beforeOf(oldObject) } : {}),
    ...(review.operation === 'UPDATE' && isUnchanged(object, oldObject) ? { isUnchanged: true } : {}),
    ...(typeof field(metadata, 'deletionTimestamp') === 'string' ? { isEnding: true } : {}),
    definitions: [], tasks: [], order: [], parameters: [], accounts: [], pods: [], results: [], images: [], targets: [], texts: [],
  };
}

/** `metadata` of an object; an empty one where there is none that is an object. */
export function metadataOf(object: unknown): JsonObject {
  const metadata = isObject(object) ? field(object, 'metadata') : undefined;
  return isObject(metadata) ? metadata : {};
}

/** A map of texts; members that are no text are left out, since nothing reads them. */
export function textsOf(object: JsonObject, name: string): Texts {
  return ownTexts(object, name);
}

/** A member that is text, or empty text. */
export function textOf(object: JsonObject, name: string): string {
  const value = field(object, name);
  return typeof value === 'string' ? value : '';
}

/** The owner reference with `controller: true`, or the first there is: what an engine takes for the owner. */
export function ownerOf(metadata: JsonObject): OwnerClaim | undefined {
  const references = field(metadata, 'ownerReferences');
  if (!Array.isArray(references)) return undefined;
  const index = references.findIndex((reference) => isObject(reference) && field(reference, 'controller') === true);
  const at = index < 0 && references.length > 0 ? 0 : index;
  const reference: unknown = references[at];
  return isObject(reference) ? claimOf(reference, at) : undefined;
}

/**
 * Every owner reference that an object has and did not have before, controlling or not: engines find what is theirs by the first one, or
 * by the uid alone. One that becomes, or is no longer, the controlling one is new.
 */
export function newOwnersOf(metadata: JsonObject, before: JsonObject): readonly OwnerClaim[] {
  const known = new Set(claimsOf(before).map(claimKey));
  return claimsOf(metadata).filter((one) => !known.has(claimKey(one))).map(({ claim }) => claim);
}

interface Claim {
  readonly claim: OwnerClaim;
  readonly controls: boolean;
}

function claimsOf(metadata: JsonObject): readonly Claim[] {
  const references = field(metadata, 'ownerReferences');
  if (!Array.isArray(references)) return [];
  return (references as readonly unknown[]).flatMap((reference, at) =>
    isObject(reference) ? [{ claim: claimOf(reference, at), controls: field(reference, 'controller') === true }] : []);
}

function claimOf(reference: JsonObject, at: number): OwnerClaim {
  return {
    apiVersion: textOf(reference, 'apiVersion'),
    kind: textOf(reference, 'kind'),
    name: textOf(reference, 'name'),
    uid: textOf(reference, 'uid'),
    path: `metadata.ownerReferences[${at}]`,
  };
}

/** The group counts and not the version: an engine writes whichever version of its API it knows. */
function claimKey({ claim: { apiVersion, kind, name, uid }, controls }: Claim): string {
  return JSON.stringify([apiVersion.split('/')[0], kind, name, uid, controls]);
}

/** Members of a run's spec by which it is stopped, or let go on; they change nothing of what is executed. */
const STOPPING: ReadonlySet<string> = new Set(['status', 'statusMessage', 'shutdown', 'suspend', 'state']);

function isUnchanged(object: unknown, oldObject: unknown): boolean {
  return sameValue(executed(object), executed(oldObject));
}

/** Everything but what every object has, its status, and what stops it. */
function executed(object: unknown): unknown {
  if (!isObject(object)) return object;
  const { metadata: _metadata, status: _status, spec, ...rest } = object;
  return { ...rest, spec: isObject(spec) ? Object.fromEntries(Object.entries(spec).filter(([name]) => !STOPPING.has(name))) : spec };
}

function beforeOf(object: unknown): NonNullable<BuildRequest['before']> {
  const metadata = metadataOf(object);
  return { labels: textsOf(metadata, 'labels'), annotations: textsOf(metadata, 'annotations') };
}
