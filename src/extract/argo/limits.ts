/** How much of one object is read: beyond it the object is refused rather than read in part. */
import type { Finding } from '../../domain/decision/finding.ts';
import { objectFinding } from '../finding.ts';

/** Most templates of one object, those that stand inside of others included. */
export const MAX_TEMPLATES = 2000;
/** Most steps and tasks of all templates of one object, and most places in the order of its run. */
export const MAX_CALLS = 4000;
/** Most templates inside each other, and most that call each other in a row while parameters are followed. */
export const MAX_DEPTH = 32;
/** Most different settings of its parameters with which a template may be called, as far as its images depend on them. */
export const MAX_SETTINGS = 256;
/** Most items for which a step is repeated, where its images depend on them. */
export const MAX_ITEMS = 2000;
/** Longest text that comes out of placeholders; a manifest or patch may be longer than a reference. */
export const MAX_TEXT = 4096;
export const MAX_LONG_TEXT = 256 * 1024;
/** Longest text with placeholders that is looked through for them, for an image. */
export const MAX_RAW = 64 * 1024;
/** Most characters of all dependencies of all graphs of one object. */
export const MAX_DEPENDS = 256 * 1024;
/** Most containers of all templates of one object, those that each has from defaults and patches included. */
export const MAX_CONTAINERS = 10_000;
/** Characters that are put together for one object before parameters are no longer followed. */
export const MAX_WORK = 2_000_000;

/** The finding for an object with more templates or tasks than are read. */
export function tooManyTasks(path: string, most: number): Finding {
  return objectFinding('INPUT_TOO_MANY_TASKS', path, { expected: `at most ${most}`, found: 'more' });
}

/** The finding for parameters that grow beyond what is read. */
export function parameterLimit(path: string, expected: string): Finding {
  return objectFinding('INPUT_PARAMETER_LIMIT', path, { expected, found: 'more' });
}
