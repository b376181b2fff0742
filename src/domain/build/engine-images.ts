/** Images that an engine adds to every pod of its own: whoever denies what no policy speaks about needs a policy for them. */

/** A name under which an engine ships images, and which of them these are. */
export interface EngineImage {
  readonly name: string;
  readonly what: string;
}

/**
 * What Tekton brings along, by the names of its releases (flags of its controller; tektoncd/pipeline `config/controller.yaml`):
 * entrypoint and workingdirinit as init containers, the shell that places scripts, nop when sidecars are stopped and as affinity
 * assistant, sidecarlogresults where results are read from logs.
 */
export const TEKTON_IMAGES: readonly EngineImage[] = [
  { name: 'ghcr.io/tektoncd/pipeline/entrypoint-bff0a22da108bc2f16c818c97641a296', what: 'entrypoint, in every pod' },
  {
    name: 'ghcr.io/tektoncd/pipeline/nop-8eac7c133edad5df719dc37b36b62482',
    what: 'nop, when sidecars are stopped and as affinity assistant',
  },
  {
    name: 'ghcr.io/tektoncd/pipeline/workingdirinit-0c558922ec6a1b739e550e349f2d5fc1',
    what: 'workingdirinit, where a step has a working directory',
  },
  {
    name: 'ghcr.io/tektoncd/pipeline/sidecarlogresults-7501c6a20d741631510a448b48ab098f',
    what: 'sidecarlogresults, where results are read from logs',
  },
  { name: 'cgr.dev/chainguard/busybox', what: 'the shell that places scripts' },
];
