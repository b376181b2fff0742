/** Patterns over every kind of artifact, and the form of a name in which they are compared. */
import type { ArtifactKind } from '../../domain/artifact/artifact.ts';
import { canonicalPackagePath } from '../../domain/artifact/package-url.ts';
import type { ArtifactMatcher } from '../../domain/policy/requirement.ts';
import type { Glob } from '../../text/glob.ts';
import { compileGlob } from '../../text/glob.ts';
import type { ImagePattern } from './image-pattern.ts';
import { matchesImage, parseImagePattern } from './image-pattern.ts';
import type { Result } from '../../text/result.ts';
import { bad, good } from '../../text/result.ts';

/** A pattern over artifacts with the parts an index needs; it also is the {@link ArtifactMatcher} of the domain. */
export type ArtifactPattern = ImageArtifactPattern | TextArtifactPattern;

export interface ImageArtifactPattern extends ArtifactMatcher {
  readonly kind: 'image';
  readonly image: ImagePattern;
}

export interface TextArtifactPattern extends ArtifactMatcher {
  readonly kind: Exclude<ArtifactKind, 'image'>;
  readonly glob: Glob;
}

/**
 * Compiles one entry of `artifacts` or `mayCertify`.
 *
 * Images follow {@link parseImagePattern}. The other kinds are anchored globs over the whole name (`*` up to the
 * next `/`, `**` across): package URLs (of every version unless one is named), repository URLs, names of blobs and
 * definitions. In a URL the host must be
 * free of `**`, so that no wildcard reaches from host to path (security.md C02, C04).
 */
export function parseArtifactPattern(kind: ArtifactKind, source: string): Result<ArtifactPattern> {
  return kind === 'image' ? imagePattern(source) : textPattern(kind, source);
}

/**
 * The form in which names of a kind are compared: `git+https://…` is the same repository as `https://…`, `%40acme` the same scope as
 * `@acme`.
 */
export function comparableName(kind: ArtifactKind, name: string): string {
  if (kind === 'package') return comparablePackage(name.replaceAll('%40', '@'));
  return kind === 'git' && name.startsWith('git+') ? name.slice(4) : name;
}

/** The name of a package, or a pattern over names, as the ecosystem compares names; the version stays as it is. */
function comparablePackage(name: string): string {
  const [, type, rest] = /^pkg:([^/]+)\/(.*)$/s.exec(name) ?? [];
  if (type === undefined || rest === undefined) return name;
  const at = rest.lastIndexOf('@') > 0 ? rest.lastIndexOf('@') : rest.length;
  return `pkg:${type}/${canonicalPackagePath(type, rest.slice(0, at))}${rest.slice(at)}`;
}

/** A pattern that names no version means all of them. */
function ofEveryVersion(text: string): string {
  const last = text.slice(text.lastIndexOf('/') + 1);
  return last.endsWith('**') || last.lastIndexOf('@') > 0 ? text : `${text}@*`;
}

function imagePattern(source: string): Result<ImageArtifactPattern> {
  const image = parseImagePattern(source);
  if (!image.ok) return image;
  return good({ kind: 'image', source, image: image.value, test: (ref) => ref.kind === 'image' && matchesImage(image.value, ref.name) });
}

function textPattern(kind: TextArtifactPattern['kind'], source: string): Result<TextArtifactPattern> {
  const text = kind === 'package' ? ofEveryVersion(comparableName(kind, source)) : comparableName(kind, source);
  if (kind === 'package' && text !== '**' && !text.startsWith('pkg:'))
    return bad('package patterns are package URLs; write "pkg:npm/name", "pkg:npm/@scope/*" or "**" for every package');
  if (kind === 'package' && /[?#]/.test(text))
    return bad('package patterns have neither qualifiers (?…) nor a subpath (#…): packages are compared without them');
  const authority = /^[^/]*:\/\/([^/]*)/.exec(text)?.[1];
  if (authority?.includes('**') === true)
    return bad(
      `the host ${JSON.stringify(authority)} contains "**", which would reach into the path; write "*" for characters of one segment`,
    );
  const glob = compileGlob(text);
  if (!glob.ok) return glob;
  return good({ kind, source, glob: glob.value, test: (ref) => ref.kind === kind && glob.value.test(comparableName(kind, ref.name)) });
}
