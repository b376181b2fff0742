import type { ArtifactRef } from '../domain/artifact/artifact.ts';
import type { PolicySet } from '../domain/policy/policy.ts';
import { select, type Selection } from '../select/select.ts';
import type { Context } from './context.ts';

/** The policies that speak about an artifact. Labels are asked for only when a policy's selector needs them; most requests need none. */
export async function selectPolicies(ref: ArtifactRef, set: PolicySet, context: Context): Promise<Selection> {
  const { namespace } = context.review;
  const selection = select(ref, set, { namespace, labels: undefined });
  if (selection.unknown.length === 0) return selection;
  const labels = await context.labels();
  return labels === undefined ? selection : select(ref, set, { namespace, labels });
}
