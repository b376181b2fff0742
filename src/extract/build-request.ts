/** Which requests start a build, by their resource alone. */
import type { BuildEngine, BuildRequest } from '../domain/decision/build-request.ts';
import type { ReviewRequest } from '../domain/decision/review.ts';

/** Resources whose creation starts a build, by `group/resource`. */
const RUNS: ReadonlyMap<string, BuildEngine> = new Map([
  ['tekton.dev/pipelineruns', 'tekton'],
  ['tekton.dev/taskruns', 'tekton'],
]);

/**
 * The build that a request starts; `undefined` when it starts none. Nothing of the object is read. A run that a controller
 * makes for another run is a build too, and names the controller as its requester.
 */
export function buildRequestOf({ operation, resource, subResource, user }: ReviewRequest): BuildRequest | undefined {
  const engine = RUNS.get(`${resource.group}/${resource.resource}`);
  return engine === undefined || operation !== 'CREATE' || subResource !== '' ? undefined : { engine, requester: user };
}
