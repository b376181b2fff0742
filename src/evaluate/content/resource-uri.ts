/** The several ways in which a statement may name an artifact. */
import type { Artifact } from '../../domain/artifact/artifact.ts';
import { canonicalRepository } from '../../domain/artifact/registry-host.ts';
import { parsePackageUrl } from '../../domain/artifact/package-url.ts';

const SCHEME = /^(?:oci|docker|https):\/\//;

/**
 * True when a resource URI of a statement names this artifact: its canonical name, with or without `oci://`,
 * `docker://` or `https://` before it, and with or without a tag or this very digest after it; a `pkg:oci/…` package URL
 * whose `repository_url` is the name; for packages the same package URL; for other artifacts exactly the name.
 */
export function namesArtifact(uri: string, artifact: Artifact): boolean {
  if (artifact.kind === 'package') return namesSamePackage(uri, artifact.name);
  if (artifact.kind !== 'image') return uri === artifact.name;
  if (uri.startsWith('pkg:oci/')) return namesPackage(uri, artifact);
  const plain = canonicalRepository(uri.replace(SCHEME, ''));
  const at = plain.indexOf('@');
  if (at >= 0 && plain.slice(at + 1) !== artifact.digest) return false;
  const tagged = at < 0 ? plain : plain.slice(0, at);
  return (
    tagged === artifact.name ||
    (tagged.startsWith(`${artifact.name}:`) && /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(tagged.slice(artifact.name.length + 1)))
  );
}

/** Package URLs are compared decoded: `%40scope` is `@scope`. */
function namesSamePackage(uri: string, name: string): boolean {
  const read = parsePackageUrl(uri);
  return read.ok && read.value.name === name;
}

/** `pkg:oci/app@sha256%3A…?repository_url=ghcr.io/acme/app` (purl-spec, type oci). */
function namesPackage(uri: string, { name, digest }: Artifact): boolean {
  const question = uri.indexOf('?');
  if (question < 0) return false;
  const last = name.slice(name.lastIndexOf('/') + 1).toLowerCase();
  const [named = '', version, ...rest] = uri.slice('pkg:oci/'.length, question).split('@');
  const repositories = uri.slice(question + 1).split('&').filter((pair) => pair.startsWith('repository_url='));
  const [repository] = repositories;
  if (rest.length > 0 || repositories.length !== 1 || repository === undefined || named !== last) return false;
  const url = repository.slice('repository_url='.length).replaceAll(/%2[fF]/g, '/').replaceAll(/%3[aA]/g, ':');
  return canonicalRepository(url) === name && (version === undefined || version.replace(/%3[aA]/, ':') === digest);
}
