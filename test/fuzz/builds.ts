/** Objects of builds with something wrong in them, for the readers of engines and the jail: whatever it is, it is answered. */
import fc from 'fast-check';
import type { ReviewRequest } from '../../src/domain/decision/review.ts';
import { isolationBy } from '../../src/evaluate/request/jail/policies/isolation.ts';
import { mayOpen } from '../../src/evaluate/request/jail/policies/other-kinds.ts';
import { indexPolicies } from '../../src/evaluate/request/jail/policies/policy-index.ts';
import { guardedMatter } from '../../src/extract/guards/index.ts';
import { extract } from '../../src/extract/index.ts';
import { object, reviewOf } from '../support/pipelines.ts';
import type { Json } from '../support/pipelines.ts';
import { hasSharedData } from '../support/shared.ts';
import { examples } from '../unit/extract/argo/support.ts';
import { exampleObjects, reviewOf as readReview } from '../unit/extract/tekton/objects.ts';
import type { KubernetesObject } from '../unit/extract/tekton/objects.ts';
import { DENY_ALL, pod } from '../unit/evaluate/request/jail/support.ts';

type Holder = Record<string, unknown> | unknown[];
interface Spot { readonly holder: Holder; readonly key: string }

/** Every place in an object that can be replaced. */
function placesIn(value: unknown, found: Spot[] = []): Spot[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, member] of Object.entries(value)) {
    found.push({ holder: value as Holder, key });
    placesIn(member, found);
  }
  return found;
}

const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null, 0, -1, true, false, '', '$(', '$(params.x)', '$(params.x[*])', '$(tasks.a.results.b)', '{{', '{{=', '{{inputs.parameters.x}}', [], {}, [[]], [null], [[[[[]]]]], '__proto__', 'x'.repeat(5000),
  ),
  fc.constantFrom<unknown>(
    { name: 'x', image: 'a' }, { name: 7 }, [{ name: 'x', value: ['a'] }], [{ name: 'x', default: '$(params.x)' }], { steps: [{ image: '$(params.x)' }] }, { tasks: [{ taskSpec: { steps: [{}] } }] },
    { resolver: 'bundles', params: [{ name: 'bundle', value: {} }] }, { constructor: 'x', toString: 1 },
  ),
  fc.json().map((text): unknown => JSON.parse(text)),
);

/** One change: something at a place is replaced, by a copy of another part or of the whole too, removed, or spelt otherwise. */
interface Change { readonly at: number; readonly from: number; readonly to: unknown; readonly how: 'replace' | 'remove' | 'rename' | 'copy' | 'move' }
const inside = fc.double({ min: 0, max: 0.999999, noNaN: true });
const change: fc.Arbitrary<Change> = fc.record({ at: inside, from: inside, to: junk, how: fc.constantFrom<Change['how'][]>('replace', 'remove', 'rename', 'copy', 'move') });

function changed(source: unknown, changes: readonly Change[]): Json {
  const copy = structuredClone(source) as Record<string, unknown>;
  for (const { at, from, to, how } of changes) {
    const places = placesIn(copy['spec']);
    const [place, other] = [places[Math.floor(at * places.length)], places[Math.floor(from * places.length)]];
    if (place === undefined || other === undefined) break;
    const holder = place.holder as Record<string, unknown>;
    if (how === 'replace') holder[place.key] = structuredClone(to);
    else if (how === 'remove' && Array.isArray(holder)) holder.splice(Number(place.key), 1);
    else if (how === 'remove') delete holder[place.key];
    else if (how === 'rename') holder[place.key.toUpperCase()] = holder[place.key];
    else if (how === 'copy') holder[place.key] = structuredClone(copy['spec']);
    else holder[place.key] = structuredClone((other.holder as Record<string, unknown>)[other.key]);
  }
  return copy;
}

/** Requests about changed objects; `undefined` for what intake does not let in. */
function requests<T>(objects: readonly T[], review: (it: Json, before: T, isUpdate: boolean) => ReviewRequest): fc.Arbitrary<ReviewRequest | undefined> {
  return fc.record({ index: fc.nat(objects.length - 1), changes: fc.array(change, { minLength: 1, maxLength: 5 }), isUpdate: fc.boolean() }).map(({ index, changes, isUpdate }) => {
    const before = objects[index] as T;
    try {
      return review(changed(before, changes), before, isUpdate);
    } catch {
      return undefined;
    }
  });
}

/** Stands for the examples where these do not lie beside the checkout. */
const TEKTON: readonly Json[] = [
  { apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name: 'r' }, spec: { params: [{ name: 'x', value: 'a' }], pipelineSpec: { tasks: [{ name: 't', params: [{ name: 'i', value: '$(params.x)' }], taskSpec: { params: [{ name: 'i', default: 'b' }], steps: [{ name: 's', image: '$(params.i)' }], sidecars: [{ image: 'c' }] } }] } } },
];
const ARGO: readonly Json[] = [
  { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name: 'w' }, spec: { entrypoint: 'm', arguments: { parameters: [{ name: 'x', value: 'a' }] }, templates: [{ name: 'x', container: { image: '{{workflow.parameters.x}}' } }, { name: 'm', dag: { tasks: [{ name: 'a', template: 'x', withItems: ['b'] }] } }] } },
];

/** Requests about objects of Tekton. */
export const tektonRequests = requests(hasSharedData ? exampleObjects().map((one) => one.object) : (TEKTON as unknown as KubernetesObject[]), (it) => readReview(it as unknown as KubernetesObject));
/** Requests about objects of Argo. */
export const argoRequests = requests(hasSharedData ? examples().map((one) => one.object) : ARGO, (it, before, isUpdate) => reviewOf(it, { operation: isUpdate ? 'UPDATE' : 'CREATE', old: before }));

/** Reads a request: never nothing at all, and what looks like a variable is never taken for a name. */
export function readBuild(review: ReviewRequest | undefined): void {
  if (review === undefined) return;
  const { artifacts, findings, deferred = [], matter } = extract(review);
  if (matter === undefined && artifacts.length + findings.length + deferred.length === 0) throw new Error('nothing is found, and nobody is told');
  for (const { raw } of artifacts) if (/\$\(|\{\{/.test(raw)) throw new Error(`a variable is taken for a name: ${raw}`);
}

const KINDS = ['AdminNetworkPolicy', 'ClusterNetworkPolicy', 'CiliumNetworkPolicy', 'NetworkPolicy', 'constructor'];
const [POLICY, POD] = [object(DENY_ALL), pod()];
const [CHANGE, REMOVAL] = [reviewOf(POD, { operation: 'UPDATE' }), reviewOf(POLICY, { operation: 'DELETE' })];

/** The object with one value, anywhere in it, replaced by another. */
function planted(source: unknown, at: number, value: unknown): unknown {
  let left = at;
  const walk = (here: unknown): unknown => {
    if (left-- === 0) return value;
    if (Array.isArray(here)) return here.map(walk);
    return typeof here === 'object' && here !== null ? Object.fromEntries(Object.entries(here).map(([key, one]) => [key, walk(one)])) : here;
  };
  return walk(source);
}

/** What stands where a policy or a pod should be. */
export const jailObjects = fc.record({ value: fc.jsonValue(), inPolicy: fc.nat(20), inPod: fc.nat(60) });

/** Reads what stands there as policies and pods are read: alone it is no jail, and in the place of a policy or pod it is read. */
export function readJail({ value, inPolicy, inPod }: { readonly value: unknown; readonly inPolicy: number; readonly inPod: number }): void {
  const labels = { app: 'build' };
  const stateOf = (list: readonly unknown[]): string => isolationBy(indexPolicies(list).selecting(labels)).state;
  const policy = planted(POLICY, inPolicy, value);
  if (!['closed', 'open', 'unread'].includes(stateOf([policy]))) throw new Error('no state');
  if (stateOf([value]) === 'closed') throw new Error('what is no policy is taken for a jail');
  for (const kind of KINDS) if (typeof mayOpen(kind, { spec: value, specs: value }, labels) !== 'boolean') throw new Error(`${kind} is not read`);
  const changedPod = planted(POD, inPod, value);
  guardedMatter({ ...CHANGE, object: changedPod as Json });
  guardedMatter({ ...CHANGE, oldObject: changedPod as Json });
  guardedMatter({ ...REMOVAL, oldObject: policy as Json });
}
