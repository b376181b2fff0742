/** Selection with the labels of the namespace: asked for only when a policy's selector needs them; most requests need none. */
import type { ArtifactRef } from '../domain/artifact/artifact.ts';
import type { Matter } from '../domain/build/matter.ts';
import type { PolicySet } from '../domain/policy/policy.ts';
import type { RequestPolicy } from '../domain/policy/request-policy.ts';
import { select, selectRequestPolicies } from '../select/select.ts';
import type { RequestPlace, Selection } from '../select/select.ts';
import type { Context } from './context.ts';

/** The policies that speak about an artifact. */
export function selectPolicies(ref: ArtifactRef, set: PolicySet, context: Context): Promise<Selection> {
  return withLabels(context, (place) => select(ref, set, place));
}

/** The policies that speak about the request itself. */
export function selectForRequest(matter: Matter, set: PolicySet, context: Context): Promise<Selection<RequestPolicy>> {
  return withLabels(context, (place) => selectRequestPolicies(matter, set, place));
}

async function withLabels<Policy>(context: Context, choose: (place: RequestPlace) => Selection<Policy>): Promise<Selection<Policy>> {
  const { namespace, question } = context.review;
  const place = { namespace, caller: question?.caller };
  const selection = choose({ ...place, labels: undefined });
  if (selection.unknown.length === 0) return selection;
  const labels = await context.labels();
  return labels === undefined ? selection : choose({ ...place, labels });
}
