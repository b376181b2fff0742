/** Templates may leave an image to whoever makes the pod; pods may not. */
import type { Finding } from '../../domain/decision/finding.ts';
import { objectFinding } from '../finding.ts';
import type { ImagePlace } from './pod-spec.ts';

/** What Istio writes for the image that its injector fills in. */
const AUTO = 'auto';

/**
 * The warning for a template that leaves an image open (absent, empty, blank, or `auto`); `undefined` for everything else. Nothing
 * is let in by it: what comes in its place stands in the pod, and pods are judged when they are made.
 */
export function placeholderIn({ path, value }: ImagePlace): Finding | undefined {
  if (value !== undefined && value !== null && !isOpen(value)) return undefined;
  const found = value === undefined || value === null || value === '' ? 'nothing' : JSON.stringify(value);
  return { ...objectFinding('INPUT_IMAGE_PLACEHOLDER', path, { found }), mode: 'warn' };
}

function isOpen(value: unknown): boolean {
  return typeof value === 'string' && (value === AUTO || /^[ \t\r\n]*$/.test(value));
}
