/** From the image field of an object to an artifact, or to the finding that says why there is none. */
import type { ArtifactRef, Usage } from './artifact.ts';
import type { Finding } from '../decision/finding.ts';
import { parseImageReference } from './image-reference.ts';
import type { ImageReferenceResult } from './image-reference.ts';
import { keptText } from '../decision/kept-text.ts';

export type ImageArtifactResult =
  | { readonly ok: true; readonly artifact: ArtifactRef }
  | { readonly ok: false; readonly finding: Finding };

/**
 * Makes the artifact that an image field names, or the finding that says why it names none.
 *
 * `text` is the field as it came (absent, `null`, empty and not a string are all INPUT_IMAGE_MISSING; text that
 * is no reference is INPUT_IMAGE_INVALID), `path` its JSON path, `holder` what holds it there. The artifact is named, not resolved.
 */
export function imageArtifact(text: unknown, path: string, usage: Usage, holder?: string): ImageArtifactResult {
  if (typeof text !== 'string' || text === '') return { ok: false, finding: missing(text, path) };
  const parsed = readReference(text);
  if (!parsed.ok) return { ok: false, finding: invalid(text, path, parsed.problem) };
  const { name, tag, digest } = parsed.reference;
  const base: ArtifactRef = holder === undefined
    ? { kind: 'image', usage, path, raw: text, name }
    : { kind: 'image', usage, path, raw: text, name, holder };
  if (digest === undefined) return { ok: true, artifact: tag === undefined ? base : { ...base, tag } };
  return { ok: true, artifact: tag === undefined ? { ...base, digest } : { ...base, tag, digest } };
}

/** References read before, by their text: a cluster asks for the same ones again and again, and a text means one thing. */
const read = new Map<string, ImageReferenceResult>();
const MOST_READ = 4096;

function readReference(text: string): ImageReferenceResult {
  const known = read.get(text);
  if (known !== undefined) return known;
  const result = parseImageReference(text);
  if (read.size >= MOST_READ) read.clear();
  // Only what was well formed, so that nobody fills the memory with megabytes of what is not.
  if (result.ok) read.set(text, result);
  return result;
}

function missing(value: unknown, path: string): Finding {
  return {
    verdict: 'violated',
    code: 'INPUT_IMAGE_MISSING',
    path,
    artifact: '',
    mode: 'enforce',
    expected: ['an image reference'],
    found: [value === undefined ? 'nothing' : value === '' ? 'empty text' : describe(value)],
  };
}

const WELL_FORMED = { expected: ['host/path:tag or host/path@sha256:…, in lower case'] } as const;

function invalid(text: string, path: string, cause: string): Finding {
  const kept = keptText(text);
  return { verdict: 'violated', code: 'INPUT_IMAGE_INVALID', path, artifact: kept, mode: 'enforce', ...WELL_FORMED, found: [kept], cause };
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
