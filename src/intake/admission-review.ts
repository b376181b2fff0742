/** The envelope of an AdmissionReview: typed, bounded, and nothing in it believed. */
import type { ReasonCode } from '../domain/decision/reasons.ts';
import { UNPROVEN } from '../domain/decision/review.ts';
import type { Caller, GroupVersionKind, GroupVersionResource, Operation, ReviewRequest } from '../domain/decision/review.ts';
import { shownText } from '../text/shown.ts';
import { field, isObject, textField } from '../text/json/fields.ts';
import type { JsonObject } from '../text/json/fields.ts';

export type ReviewResult =
  | { readonly ok: true; readonly review: ReviewRequest; readonly apiVersion: string }
  | { readonly ok: false; readonly code: ReasonCode; readonly message: string };

const API_VERSIONS: ReadonlySet<unknown> = new Set(['admission.k8s.io/v1', 'admission.k8s.io/v1beta1']);
const OPERATIONS: ReadonlySet<unknown> = new Set<Operation>(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']);
const MAX_UID = 1024;
const MAX_GROUPS = 10_000;
/** Characters of a name of any sort; the longest that the API server knows have 253. */
const MAX_NAME = 4096;
/** Characters of a user's name and groups together: they are kept as long as the review waits, since conditions may ask for them. */
const MAX_USER = 262_144;

/**
 * Reads the envelope of an AdmissionReview (`admission.k8s.io/v1` and `v1beta1`, API group documentation).
 *
 * Checked: every field that is used has its type, `uid` has 1 to 1024 characters, and names are no longer than names can
 * be. The objects inside are handed on unread, since an object that cannot be read is a denial and not a broken request.
 * `apiVersion` is that of the request, which the answer must repeat. Nothing in the review is trusted: who sent it is what `caller` says.
 */
export function readAdmissionReview(body: unknown, caller: Caller = UNPROVEN): ReviewResult {
  if (!isObject(body)) return notAReview('expected an AdmissionReview object');
  const apiVersion = field(body, 'apiVersion');
  if (field(body, 'kind') !== 'AdmissionReview' || typeof apiVersion !== 'string' || !API_VERSIONS.has(apiVersion)) {
    return notAReview(
      `expected kind AdmissionReview of admission.k8s.io/v1 or v1beta1, found kind ${shown(field(body, 'kind'))} and apiVersion ${shown(apiVersion)}`,
    );
  }
  const request = field(body, 'request');
  if (!isObject(request)) return notAReview('expected an object at request');
  const uid = field(request, 'uid');
  if (typeof uid !== 'string' || uid === '' || uid.length > MAX_UID) {
    return { ok: false, code: 'INPUT_UID_MISSING', message: `expected request.uid, a string of 1 to ${MAX_UID} characters` };
  }
  const review = readRequest(request, uid, caller);
  return typeof review === 'string' ? notAReview(review) : { ok: true, review, apiVersion };
}

/** The request, or the text that says which field is not what it must be. */
function readRequest(request: JsonObject, uid: string, caller: Caller): ReviewRequest | string {
  const kind = readKind(field(request, 'kind'));
  if (kind === undefined) return 'expected group, version and kind at request.kind';
  const resource = readResource(field(request, 'resource'));
  if (resource === undefined) return 'expected group, version and resource at request.resource';
  const operation = field(request, 'operation');
  if (!isOperation(operation)) return `expected CREATE, UPDATE, DELETE or CONNECT at request.operation, found ${shown(operation)}`;
  const user = readUser(field(request, 'userInfo'));
  if (user === undefined) return `expected username and groups at request.userInfo, of at most ${MAX_USER} characters`;
  const names = readNames(request);
  if (typeof names === 'string') return names;
  const dryRun = field(request, 'dryRun') ?? false;
  if (typeof dryRun !== 'boolean') return `expected true or false at request.dryRun, found ${shown(dryRun)}`;
  return {
    surface: 'webhook',
    caller,
    uid,
    operation,
    kind,
    resource,
    subResource: names.subResource,
    namespace: names.namespace,
    name: names.name,
    user,
    dryRun,
    ...prefixOf(names.name, field(request, 'object')),
    object: field(request, 'object') ?? null,
    oldObject: field(request, 'oldObject') ?? null,
  };
}

/** An object that is made from `generateName` has no name yet; people know it by what its name will begin with. */
function prefixOf(name: string, object: unknown): Pick<ReviewRequest, 'namedLike'> {
  const metadata = name === '' && isObject(object) ? field(object, 'metadata') : undefined;
  const prefix = isObject(metadata) ? textField(metadata, 'generateName') : '';
  return typeof prefix === 'string' && prefix !== '' && prefix.length <= MAX_NAME ? { namedLike: prefix } : {};
}

function readKind(value: unknown): GroupVersionKind | undefined {
  if (!isObject(value)) return undefined;
  const group = textField(value, 'group');
  const version = textField(value, 'version');
  const kind = textField(value, 'kind');
  return !isName(group) || !isName(version) || !isName(kind) || version === '' || kind === '' ? undefined : { group, version, kind };
}

function readResource(value: unknown): GroupVersionResource | undefined {
  if (!isObject(value)) return undefined;
  const group = textField(value, 'group');
  const version = textField(value, 'version');
  const resource = textField(value, 'resource');
  return !isName(group) || !isName(version) || !isName(resource) || version === '' || resource === ''
    ? undefined
    : { group, version, resource };
}

function readNames(request: JsonObject): Pick<ReviewRequest, 'subResource' | 'namespace' | 'name'> | string {
  const subResource = textField(request, 'subResource');
  const namespace = textField(request, 'namespace');
  const name = textField(request, 'name');
  if (!isName(subResource)) return `expected text of at most ${MAX_NAME} characters at request.subResource`;
  if (!isName(namespace)) return `expected text of at most ${MAX_NAME} characters at request.namespace`;
  if (!isName(name)) return `expected text of at most ${MAX_NAME} characters at request.name`;
  return { subResource, namespace, name };
}

function readUser(value: unknown): ReviewRequest['user'] | undefined {
  if (value === undefined || value === null) return { username: '', groups: [] };
  if (!isObject(value)) return undefined;
  const username = textField(value, 'username');
  const groups = field(value, 'groups') ?? [];
  if (username === undefined || !Array.isArray(groups) || groups.length > MAX_GROUPS) return undefined;
  let length = username.length;
  for (const group of groups as unknown[]) {
    if (typeof group !== 'string') return undefined;
    length += group.length;
  }
  return length <= MAX_USER ? { username, groups: groups as string[] } : undefined;
}

function isName(text: string | undefined): text is string {
  return text !== undefined && text.length <= MAX_NAME;
}

function isOperation(value: unknown): value is Operation {
  return OPERATIONS.has(value);
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? `"${shownText(value, 100)}"` : `a value of type ${value === null ? 'null' : typeof value}`;
}

function notAReview(message: string): ReviewResult {
  return { ok: false, code: 'INPUT_NOT_A_REVIEW', message };
}
