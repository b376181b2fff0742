/** Package URLs that name images (purl-spec, types oci and docker), read into the references that everybody uses. */
import { parsePackageUrl } from './package-url.ts';

/** The package URL, of type `oci` or `docker`, as a reference; `undefined` where a reader could understand two images. */
export function imageOfPackageUrl(text: string): string | undefined {
  const read = parsePackageUrl(text, { qualifiers: 'read' });
  if (!read.ok) return undefined;
  const { type, path, version, qualifiers } = read.value;
  const repository = qualifiers?.get('repository_url')?.replace(/^https:\/\//, '').replace(/\/$/, '');
  const full = type === 'oci' ? ociName(path, repository) : dockerName(path, repository);
  const digests = new Set([version, qualifiers?.get('digest')].filter((value) => value?.includes(':') === true));
  if (full === undefined || digests.size > 1) return undefined;
  const [digest] = digests;
  const tag = version === '' || version.includes(':') ? qualifiers?.get('tag') : version;
  return `${full}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** Of `pkg:oci` the repository is the whole name, and its last part stands in the URL as well. */
function ociName(name: string, repository: string | undefined): string | undefined {
  return repository !== undefined && repository.slice(repository.lastIndexOf('/') + 1).toLowerCase() === name.toLowerCase()
    ? repository
    : undefined;
}

/** Of `pkg:docker` the repository is the registry's host, and Docker Hub without one. */
function dockerName(name: string, repository: string | undefined): string | undefined {
  if (/[@:]/.test(name.slice(name.lastIndexOf('/') + 1))) return undefined;
  if (repository === undefined) return name;
  return repository === 'hub.docker.com' ? name : `${repository}/${name}`;
}
