/** What is known of a build before it runs: the place for the model of runs, their tasks and definitions. */

/** What runs builds; by it the object of a request is read. */
export type BuildEngine = 'tekton';

/** A request that starts a build. All of it is as the request says; only the requester was authenticated, by the API server. */
export interface BuildRequest {
  readonly engine: BuildEngine;
  /** Who starts it: a person, or the service account of whatever starts builds for somebody. */
  readonly requester: { readonly username: string; readonly groups: readonly string[] };
}
