/** All names by which a pattern may mean a package: its own, those of its package URL, each with and without version. */
import type { SbomPackage } from './sbom-model.ts';

/** Everything a pattern may name: qualifiers and the subpath of a package URL are no part of the name. */
export function namesOf({ name, also = [], version, purls }: SbomPackage): readonly string[] {
  const urls = purls.map(decodeScope);
  return [
    ...[name, ...also].flatMap(spellings).flatMap((one) => (version === undefined ? [one] : [one, `${one}@${version}`])),
    ...urls,
    ...urls.filter((url) => /[?#]/.test(url)).map((url) => url.replace(/[?#].*$/, '')),
    ...purls.flatMap(namesInUrl),
  ];
}

/** The name in a package URL, with and without its namespace and version: tools write something else into the field for it. */
function namesInUrl(purl: string): readonly string[] {
  const path = /^pkg:\/*[^/?#]+\/+([^?#]+)/i.exec(purl)?.[1] ?? '';
  const at = path.lastIndexOf('@');
  const versioned = at > 0 && path[at - 1] !== '/';
  const full = decoded(versioned ? path.slice(0, at) : path);
  const version = versioned ? decoded(path.slice(at + 1)) : undefined;
  const name = full.slice(full.lastIndexOf('/') + 1);
  return [...new Set([name, ...spellings(full)])]
    .filter((one) => one !== '')
    .flatMap((one) => (version === undefined ? [one] : [one, `${one}@${version}`]));
}

/** Coordinates of Maven are written `group:name`, elsewhere `group/name`, and tools put either into the field for the name. */
function spellings(name: string): readonly string[] {
  const at = Math.max(name.lastIndexOf('/'), name.lastIndexOf(':'));
  const [group, bare] = [name.slice(0, Math.max(at, 0)), name.slice(at + 1)];
  if (group === '' || bare === '' || /[/:]$/.test(group)) return [name];
  return [...new Set([name, `${group}/${bare}`, `${group}:${bare}`, ...(name[at] === ':' ? [bare] : [])])];
}

/** The text without its percent escapes, or as it is when they are none. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Package URLs write the `@` of a scope as `%40`; people do not. */
export function decodeScope(text: string): string {
  return text.replaceAll('%40', '@');
}
