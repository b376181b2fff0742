/** A node's report of a pod that it runs already: believed from that node only. */
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';

const ANNOTATION = 'kubernetes.io/config.mirror';
const NODE_USER = 'system:node:';
const NODE_GROUP = 'system:nodes';

/**
 * True for the mirror pod by which a kubelet reports a static pod that it already runs from its own disk.
 *
 * Denying it stops nothing and hides the pod. The annotation alone means nothing, since anybody can write it:
 * the request must come from a node, create a pod, and name no node but that one in `spec.nodeName`.
 */
export function isMirrorPod(review: ReviewRequest): boolean {
  const { username, groups } = review.user;
  if (review.operation !== 'CREATE' || review.subResource !== '') return false;
  if (!username.startsWith(NODE_USER) || username.length === NODE_USER.length || !groups.includes(NODE_GROUP)) return false;
  const metadata = child(review.object, 'metadata');
  const annotations = child(metadata, 'annotations');
  if (annotations === undefined || typeof field(annotations, ANNOTATION) !== 'string') return false;
  const spec = child(review.object, 'spec');
  const nodeName = spec === undefined ? undefined : field(spec, 'nodeName');
  return nodeName === undefined || nodeName === username.slice(NODE_USER.length);
}

function child(object: unknown, name: string): JsonObject | undefined {
  const value = isObject(object) ? field(object, name) : undefined;
  return isObject(value) ? value : undefined;
}
