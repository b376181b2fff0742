/** A decision as a change of the object: tags become the digests that were judged, and the label says what is true. Never a denial. */
import type { Decision, JudgedArtifact } from '../domain/decision/decision.ts';
import type { Mutable, MutableLabels } from '../domain/decision/mutable.ts';
import { GENERATION_ANNOTATION, VERIFIED, VERIFIED_LABEL } from '../domain/decision/verified.ts';
import { auditAnnotations } from './annotations.ts';
import type { AuditAnnotations } from './annotations.ts';
import type { AdmissionEnvelope } from './admission-response.ts';

/** One step of a JSON Patch (RFC 6902). */
export type PatchStep =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** The answer of a mutating webhook (admission/v1, AdmissionResponse): it allows and warns of nothing, since `/validate` judges. */
export interface MutationAnswer {
  readonly apiVersion: string;
  readonly kind: 'AdmissionReview';
  readonly response: {
    readonly uid: string;
    readonly allowed: true;
    readonly patchType?: 'JSONPatch';
    /** Base64 of the steps as JSON. */
    readonly patch?: string;
    readonly auditAnnotations: AuditAnnotations;
  };
}

/** The whole AdmissionReview that answers a request to change an object; without steps it has no patch. */
export function toMutationResponse(
  decision: Decision, steps: readonly PatchStep[], { apiVersion, uid }: AdmissionEnvelope,
): MutationAnswer {
  const patch = steps.length === 0
    ? {}
    : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(steps)).toString('base64') } as const;
  return { apiVersion, kind: 'AdmissionReview', response: { uid, allowed: true, ...patch, auditAnnotations: auditAnnotations(decision) } };
}

/**
 * What is to be changed of the object that was judged; applied, it leaves nothing to change. Nothing is pinned of what is denied, and
 * of what is not verified a label is taken away, denied or not: so it is never a lie where nobody judges afterwards.
 */
export function patchOf(decision: Decision, { pins, labels }: Mutable): readonly PatchStep[] {
  const pinned = pins && decision.outcome !== 'deny' ? decision.artifacts.flatMap((one) => pin(one, decision)) : [];
  return labels === undefined ? pinned : [...pinned, ...labelSteps(labels, decision)];
}

/** Only a tag that was resolved for this decision, at a place that this request sets; the tag is kept for people. */
function pin({ raw, path, digest, resolvedFromTag, unchanged }: JudgedArtifact, { findings }: Decision): readonly PatchStep[] {
  if (resolvedFromTag !== true || digest === undefined || unchanged === true || raw.includes('@')) return [];
  const isJudged = findings.some((finding) => finding.path === path && finding.policy !== undefined && finding.mode !== 'audit');
  return isJudged ? [{ op: 'replace', path: pointerTo(path), value: `${raw}@${digest}` }] : [];
}

function labelSteps(labels: MutableLabels, { verified, policyGeneration }: Decision): readonly PatchStep[] {
  const [label, note] = [pointerOf('metadata', 'labels', VERIFIED_LABEL), pointerOf('metadata', 'annotations', GENERATION_ANNOTATION)];
  const isTrue = verified === 'satisfied' && (labels.sets || labels.label !== undefined);
  // Of a change that asks nothing (`verified` absent) the label stands as it was admitted.
  if (!isTrue) return verified === undefined && !labels.sets ? [] : [...gone(label, labels.label), ...gone(note, labels.generation)];
  return [
    ...written(label, VERIFIED, labels.label, labels.hasLabels),
    ...written(note, policyGeneration, labels.generation, labels.hasAnnotations),
  ];
}

function gone(path: string, stands: string | undefined): readonly PatchStep[] {
  return stands === undefined ? [] : [{ op: 'remove', path }];
}

function written(path: string, value: string, stands: string | undefined, hasMap: boolean): readonly PatchStep[] {
  if (stands === value) return [];
  const map: readonly PatchStep[] = hasMap ? [] : [{ op: 'add', path: path.slice(0, path.lastIndexOf('/')), value: {} }];
  return [...map, { op: 'add', path, value }];
}

/** The JSON Pointer (RFC 6901) of these names. */
export function pointerOf(...names: readonly string[]): string {
  return names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The pointer of a JSON path of names of the API and indexes (`spec.containers[0].image`), which holds no other names. */
function pointerTo(path: string): string {
  return pointerOf(...path.split(/[.[\]]+/));
}
