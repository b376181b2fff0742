/** What became of the pods of one owner when they were looked at again: those that would be let in no more, and why. */
import type { Decision } from '../../domain/decision/decision.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import { keptText } from '../../domain/decision/kept-text.ts';
import { findingLine } from '../../explain/index.ts';
import { sha256Hex } from '../../text/sha256.ts';
import { own, ownText } from '../../text/json/fields.ts';
import type { ListedObject } from '../../cluster/objects.ts';
import { controllerOf } from '../forecast/owners.ts';

/** An object as others of the API refer to it. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** One thing that does not hold any more, and of which pods. */
export interface StandingResult {
  readonly policy: string;
  readonly rule: string;
  readonly verdict: 'violated' | 'undetermined';
  readonly code: string;
  readonly image: string;
  readonly digest: string;
  readonly message: string;
  /** Names of the first pods. */
  readonly pods: string[];
  count: number;
  /** Of the decision about the first of them. */
  readonly decisionId: string;
}

/** An owner with pods that would be let in no more. */
export interface Standing {
  /** The same for the same owner in every round. */
  readonly key: string;
  readonly owner: ObjectReference;
  readonly results: Map<string, StandingResult>;
}

/** Bounds on what one owner can bring: an object is as large as etcd takes it. */
const MOST = { results: 100, pods: 20 };

/** Adds what was found of a pod to what is known of its owner. */
export function addRefusal(standings: Map<string, Standing>, pod: ListedObject, decision: Decision): void {
  const owner = ownerOf(pod);
  const key = sha256Hex(JSON.stringify([owner.namespace, owner.kind, owner.name, owner.uid])).slice(0, 32);
  const standing = standings.get(key) ?? { key, owner, results: new Map<string, StandingResult>() };
  standings.set(key, standing);
  const name = ownText(own(pod.object, 'metadata'), 'name') ?? '';
  for (const finding of decision.findings) {
    if (finding.verdict === 'satisfied' || finding.mode !== 'enforce') continue;
    const of = JSON.stringify([finding.policy, finding.requirement, finding.code, finding.artifact, finding.digest]);
    const known = standing.results.get(of);
    if (known === undefined && standing.results.size >= MOST.results) continue;
    const result = known ?? resultOf(finding, decision.id);
    standing.results.set(of, result);
    if (result.pods.at(-1) === name) continue;
    result.count += 1;
    if (result.pods.length < MOST.pods) result.pods.push(name);
  }
}

/** What tells one state of an owner from another: not when it was looked at, and by which decision. */
export function stateOf({ results }: Standing): string {
  return JSON.stringify([...results.values()].map(({ decisionId: _id, ...one }) => one));
}

/** Codes of an owner, sorted. */
export function codesOf({ results }: Standing): readonly string[] {
  return [...new Set([...results.values()].map(({ code }) => code))].toSorted();
}

function resultOf(finding: Finding, decisionId: string): StandingResult {
  const { policy = '', requirement = '', code, artifact, digest = '', verdict } = finding;
  return {
    policy, rule: requirement, verdict: verdict === 'undetermined' ? 'undetermined' : 'violated', code,
    image: keptText(artifact), digest, message: findingLine(finding), pods: [], count: 0, decisionId,
  };
}

/** Whoever controls the pod, or the pod itself. */
function ownerOf(pod: ListedObject): ObjectReference {
  const metadata = own(pod.object, 'metadata');
  const namespace = ownText(metadata, 'namespace') ?? '';
  const controller = controllerOf(pod);
  const text = (name: string): string => ownText(controller, name) ?? '';
  if (controller === undefined || text('kind') === '' || text('kind') === 'Node')
    return { apiVersion: 'v1', kind: 'Pod', namespace, name: ownText(metadata, 'name') ?? '', uid: ownText(metadata, 'uid') ?? '' };
  return { apiVersion: text('apiVersion'), kind: text('kind'), namespace, name: text('name'), uid: text('uid') };
}
