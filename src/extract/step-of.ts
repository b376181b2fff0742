/** Containers of a build's pod by the names that people know: `step-compile` is the step compile. */

/**
 * What a container of a pod is to its build (`step compile`, `sidecar docker`), by the prefix that Tekton gives its name; nothing for
 * any other. A name says nothing about who made the pod: for messages alone.
 */
export function stepOf({ list, name = '' }: { readonly list: string; readonly name: string | undefined }): string | undefined {
  if (list === 'volumes') return undefined;
  if (name.startsWith('step-') && name !== 'step-') return `step ${name.slice('step-'.length)}`;
  return name.startsWith('sidecar-') && name !== 'sidecar-' ? `sidecar ${name.slice('sidecar-'.length)}` : undefined;
}
