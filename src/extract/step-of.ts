/** Containers of a build's pod by the names that people know: `step-compile` is the step compile. */

const PREFIXES = [['step-', 'step'], ['sidecar-', 'sidecar']] as const;

/**
 * What a container of a pod is to its build (`step compile`, `sidecar docker`), by the prefix that Tekton gives its name; nothing for
 * any other. A name says nothing about who made the pod: for messages alone.
 */
export function stepOf({ list, name = '' }: { readonly list: string; readonly name: string | undefined }): { readonly holder?: string } {
  if (list === 'volumes') return {};
  const prefix = PREFIXES.find(([start]) => name.startsWith(start) && name.length > start.length);
  return prefix === undefined ? {} : { holder: `${prefix[1]} ${name.slice(prefix[0].length)}` };
}
