/** Says ahead of time which images of an engine no policy speaks about. */
import { TEKTON_IMAGES } from '../../domain/build/engine-images.ts';
import type { PolicySet } from '../../domain/policy/policy.ts';
import { makesMatched } from '../../select/select.ts';
import { field } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';

/** A line for each image that Tekton would add to the pods of these objects, and about which no policy of the cluster speaks. */
export function uncoveredEngineImages(objects: readonly JsonObject[], set: PolicySet): readonly string[] {
  if (!objects.some((object) => String(field(object, 'apiVersion')).startsWith('tekton.dev/'))) return [];
  return TEKTON_IMAGES
    .filter(({ name }) => !set.candidates({ kind: 'image', name }, '').some(makesMatched))
    .map(({ name, what }) => `no policy speaks about ${name} (${what}); before "unmatched: deny" enforce policies/baseline/tekton.yaml`);
}
