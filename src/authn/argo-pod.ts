/** Whether a pod is one that Argo made for a Workflow, by the nodes in its status. */
import { own, ownText } from '../text/json/fields.ts';

/**
 * True when a node of the Workflow runs in the pod. Argo calls it after the Workflow alone, as the node's id, or (since 3.4) after the
 * Workflow and its template with the hash that ends the node's id. Where nodes are compressed or kept elsewhere it cannot be told.
 */
export function isArgoPod(workflow: object, pod: string): boolean {
  const name = ownText(own(workflow, 'metadata'), 'name') ?? '';
  const nodes = own(own(workflow, 'status'), 'nodes');
  if (name === '' || typeof nodes !== 'object' || nodes === null) return false;
  return Object.values(nodes).some((node: unknown) => {
    const id = ownText(node, 'id') ?? '';
    if (ownText(node, 'type') !== 'Pod' || id === '') return false;
    if (id === pod) return true;
    const hash = id.startsWith(`${name}-`) ? id.slice(name.length + 1) : '';
    if (!/^[0-9]{1,10}$/.test(hash)) return false;
    // Argo cuts what stands before the hash when the name would grow too long.
    const template = ownText(node, 'templateName') ?? ownText(own(node, 'templateRef'), 'template') ?? '';
    return pod === `${`${name}-${template}`.slice(0, LONGEST_PREFIX)}-${hash}`;
  });
}

/** A name has 253 characters, the hash and its hyphen 11. */
const LONGEST_PREFIX = 253 - 11;
