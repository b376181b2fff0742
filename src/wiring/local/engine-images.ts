/** Says ahead of time which images of an engine no policy speaks about. */
import type { PolicySet } from '../../domain/policy/policy.ts';
import { engineImageNote, uncoveredTektonImages } from '../../select/engine-images.ts';
import { field } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';

/** A line for each image that Tekton would add to the pods of these objects, and about which no policy of the cluster speaks. */
export function uncoveredEngineImages(objects: readonly JsonObject[], set: PolicySet): readonly string[] {
  const isTekton = objects.some((object) => String(field(object, 'apiVersion')).startsWith('tekton.dev/'));
  return isTekton ? uncoveredTektonImages(set).map(engineImageNote) : [];
}
