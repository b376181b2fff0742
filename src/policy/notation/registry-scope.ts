/** Repositories as trust policies of the Notary Project name them: whole, with their registry, and never extended. */
import { REPOSITORY_PATH } from '../../domain/artifact/image-reference.ts';

const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const HOST = new RegExp(`^${LABEL}(?:\\.${LABEL})*(?::[0-9]{1,5})?$`);

/**
 * Why a scope is no repository of a registry; `undefined` when it is one. Where no registry is named, Notation means a folder of this
 * machine; names of images are read as Docker Hub's there, so such a scope would speak about other images (spec: no reference expansion).
 */
export function scopeProblem(scope: string): string | undefined {
  const slash = scope.indexOf('/');
  const [host, path] = [scope.slice(0, Math.max(slash, 0)), scope.slice(slash + 1)];
  if (!HOST.test(host) || !REPOSITORY_PATH.test(path)) return 'expected HOST/REPOSITORY without wildcards';
  return /[.:]|^localhost$/.test(host)
    ? undefined
    : `expected HOST/REPOSITORY, whose host has a dot or a port: ${JSON.stringify(host)} names no registry`;
}
