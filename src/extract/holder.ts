/** Containers and volumes by the names that people know: `web`, and `step-compile` of a build's pod is the step compile. */

/** A DNS label, as Kubernetes demands of these names. */
const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * What people call the place of an image: the name of its container or volume, or what a container of a pod is to its build
 * (`step compile`, `sidecar docker`) by the prefix that Tekton gives its name; nothing for a name that Kubernetes would not take.
 * A name says nothing about who made the pod: for messages alone.
 */
export function holderOf(
  { list, name = '' }: { readonly list: string; readonly name: string | undefined }, isPod: boolean,
): string | undefined {
  if (isPod && list !== 'volumes') {
    if (name.startsWith('step-') && name !== 'step-') return `step ${name.slice('step-'.length)}`;
    if (name.startsWith('sidecar-') && name !== 'sidecar-') return `sidecar ${name.slice('sidecar-'.length)}`;
  }
  return LABEL.test(name) ? name : undefined;
}
