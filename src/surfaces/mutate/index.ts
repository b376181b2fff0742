/** The way in for the API server's mutating webhook: what was judged is written into the object, and nothing is ever denied. */
import type { Decision } from '../../domain/decision/decision.ts';
import { requestOf } from '../../domain/decision/decision.ts';
import type { Caller, ReviewRequest } from '../../domain/decision/review.ts';
import { readAdmissionReview } from '../../intake/admission-review.ts';
import { mutableOf, patchOf, toMutationResponse } from '../../respond/index.ts';
import type { MutationSettings, PatchStep } from '../../respond/index.ts';
import type { Admit, HttpSurface, SurfaceDeps } from '../http/deps.ts';
import { fromJson } from '../http/protocol.ts';
import type { ReadReview } from '../http/protocol.ts';
import { reviewSurface } from '../http/review-surface.ts';

/** What the surface changes, and who is told of it. */
export interface MutateOptions extends MutationSettings {
  /** Told how many steps of each sort an answer had. */
  changed?(what: MutationKind, steps: number): void;
}

/** Sorts of changes that are counted. */
export type MutationKind = 'pinned' | 'labelled' | 'unlabelled';

/**
 * The mutating webhook, `POST /mutate` or `POST /mutate/TOKEN`: AdmissionReview in, AdmissionReview with a JSON Patch out. Allows
 * whatever happens: `/validate` judges the object that comes of it.
 */
export function mutate({ changed, ...settings }: MutateOptions): HttpSurface {
  const read = fromJson((value, caller) => readMutable(value, caller, settings));
  const surface = reviewSurface({
    path: '/mutate',
    pathToken: true,
    read,
    answer(decision, { apiVersion, review }) {
      const steps = review.mutable === undefined ? [] : patchOf(decision, review.mutable);
      if (changed !== undefined) tell(steps, changed);
      return toMutationResponse(decision, steps, { apiVersion, uid: review.uid });
    },
  });
  return { routes: (deps) => surface.routes({ ...deps, admit: judgingMutable(deps) }) };
}

function readMutable(value: unknown, caller: Caller | undefined, settings: MutationSettings): ReadReview {
  const read = readAdmissionReview(value, caller);
  if (!read.ok) return read;
  const review: ReviewRequest = { ...read.review, surface: 'mutate' };
  const mutable = mutableOf(review, settings);
  return { ...read, review: mutable === undefined ? review : { ...review, mutable } };
}

/** Judges objects of which something may be changed; all others are answered at once, and leave no record. */
function judgingMutable({ admit, clock, newId }: SurfaceDeps): Admit {
  return (review, budget) => (review.mutable === undefined ? nothingToChange(review, clock.now(), newId) : admit(review, budget));
}

function nothingToChange(review: ReviewRequest, at: number, newId: SurfaceDeps['newId']): Decision {
  return {
    id: newId(at), at, durationMs: 0, outcome: 'admit', verdict: 'satisfied', findings: [], artifacts: [], notes: [],
    policyGeneration: '', request: requestOf(review),
  };
}

function tell(steps: readonly PatchStep[], changed: NonNullable<MutateOptions['changed']>): void {
  const count = (what: MutationKind, is: (step: PatchStep) => boolean): void => {
    const found = steps.filter(is).length;
    if (found > 0) changed(what, found);
  };
  const isOfLabels = ({ path }: PatchStep): boolean => path.startsWith('/metadata/labels/');
  count('pinned', ({ op }) => op === 'replace');
  count('labelled', (step) => step.op === 'add' && isOfLabels(step));
  count('unlabelled', (step) => step.op === 'remove' && isOfLabels(step));
}
