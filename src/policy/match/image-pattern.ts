/** An image pattern is compared host with host and path with path, as a whole; tags and digests are no part of it. */
import { splitName } from '../../domain/artifact/artifact.ts';
import type { Glob } from '../../text/glob.ts';
import { compileGlob } from '../../text/glob.ts';
import type { Result } from '../../text/result.ts';
import { bad, good } from '../../text/result.ts';
import { suggestion } from './pattern-repair.ts';
import { splitPattern } from './image-pattern-text.ts';

/** `**`: one or more whole segments of the path. */
export const GLOBSTAR = '**';

/** One label of a host or one segment of a path: a glob without `/`, or {@link GLOBSTAR}. */
export type Segment = Glob | typeof GLOBSTAR;

/** A host, written in a pattern or found in a name, cut at its dots; an IPv6 address is one label. */
export interface HostParts {
  readonly labels: readonly string[];
  /** Empty when none is written; then only names without a port match. */
  readonly port: string;
}

/** A compiled `image:` pattern. */
export type ImagePattern = { readonly everything: true } | HostAndPath;

export interface HostAndPath {
  readonly everything: false;
  /** Host and port as they must be written in canonical names, wildcards included. */
  readonly host: string;
  /** True when the host has no wildcard. */
  readonly literalHost: boolean;
  readonly port: string;
  readonly labels: readonly Glob[];
  readonly path: readonly Segment[];
}

/**
 * Compiles an `image:` pattern (DESIGN §8, "Names and patterns").
 *
 * Host and path are taken apart before any wildcard is looked at, so that no wildcard reaches across the border
 * (security.md C04). In the host `*` stands for characters inside one label, in the path for characters inside one
 * segment; `**` stands for one or more whole path segments, and alone for every image. docker.io defaults are filled
 * in as in canonical names. A port must be written to match. Tags and digests are refused.
 */
export function parseImagePattern(source: string): Result<ImagePattern> {
  const read = readPattern(source);
  return read.ok ? read : bad(`${read.problem}${suggestion(source, (text) => readPattern(text).ok)}`);
}

function readPattern(source: string): Result<ImagePattern> {
  if (source === GLOBSTAR) return good({ everything: true });
  const split = splitPattern(source);
  if (!split.ok) return split;
  const { host, path } = split.value;
  const parts = splitHost(host);
  const labels = compileAll(parts.labels);
  if (!labels.ok) return labels;
  const segments = compileSegments(path.split('/'));
  if (!segments.ok) return segments;
  return good({ everything: false, host, literalHost: !host.includes('*'), port: parts.port, labels: labels.value, path: segments.value });
}

/** Cuts a host into labels and port. Never fails: whatever is no host simply matches no pattern. */
export function splitHost(host: string): HostParts {
  const bracket = host.lastIndexOf(']');
  const colon = host.indexOf(':', bracket + 1);
  const name = colon < 0 ? host : host.slice(0, colon);
  return { labels: bracket < 0 ? name.split('.') : [name], port: colon < 0 ? '' : host.slice(colon + 1) };
}

/** True when the canonical image name (`host[:port]/path`, no tag, no digest) matches the pattern as a whole. */
export function matchesImage(pattern: ImagePattern, name: string): boolean {
  if (pattern.everything) return true;
  const { host, path } = splitName(name);
  const found = splitHost(host);
  return found.port === pattern.port && matchesSegments(pattern.labels, found.labels) && matchesSegments(pattern.path, path.split('/'));
}

/** Runs all readings of the pattern side by side: state `i` means that the first `i` pattern segments are done. */
function matchesSegments(pattern: readonly Segment[], found: readonly string[]): boolean {
  let active = new Set([0]);
  for (const text of found) {
    const next = new Set<number>();
    for (const state of active) {
      const segment = pattern[state];
      if (pattern[state - 1] === GLOBSTAR) next.add(state);
      if (segment !== undefined && (segment === GLOBSTAR || segment.test(text))) next.add(state + 1);
    }
    active = next;
  }
  return active.has(pattern.length);
}

function compileSegments(texts: readonly string[]): Result<readonly Segment[]> {
  const segments: Segment[] = [];
  for (const text of texts) {
    const glob = compileGlob(text);
    if (!glob.ok) return glob;
    if (text === GLOBSTAR) segments.push(GLOBSTAR);
    else if (text.includes(GLOBSTAR))
      return bad(`"**" stands for whole segments and must stand alone between slashes, which it does not in ${JSON.stringify(text)}`);
    else segments.push(glob.value);
  }
  return good(segments);
}

function compileAll(labels: readonly string[]): Result<readonly Glob[]> {
  const globs: Glob[] = [];
  for (const label of labels) {
    const glob = compileGlob(label);
    if (!glob.ok) return glob;
    globs.push(glob.value);
  }
  return good(globs);
}
