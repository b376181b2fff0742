/** Names of packages as package URLs, in the one spelling in which policies and registries know them. */
import { parsePackageUrl } from '../domain/artifact/package-url.ts';
import { parseSourceUri } from '../domain/artifact/source-uri.ts';

/** The ecosystems of lock files, by their type of package URL. */
export type Ecosystem = 'npm' | 'pypi' | 'golang' | 'cargo';

/** The package URL of a name and a version as a lock file writes them; `undefined` when they are no names of that ecosystem. */
export function packageName(type: Ecosystem, name: string, version: string): string | undefined {
  if (!NAMES[type].test(name) || !VERSION.test(version)) return undefined;
  // PEP 503: runs of -, _ and . are one dash, and case does not count.
  const path = type === 'pypi' ? name.toLowerCase().replace(/[-_.]+/g, '-') : name;
  const read = parsePackageUrl(`pkg:${type}/${path}@${version}`);
  return read.ok && read.value.path === path && read.value.version === version ? read.value.name : undefined;
}

/** Nothing that another reader could take for a separator, an escape or a way out of a folder. */
const VERSION = /^[A-Za-z0-9][A-Za-z0-9._+!~-]{0,255}$/;
const NAMES: Readonly<Record<Ecosystem, RegExp>> = {
  // As old as npm: capitals are there, and names that begin with a dash or an underscore.
  npm: /^(?:@[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,212}\/)?[A-Za-z0-9_~-][A-Za-z0-9._~'!()*-]{0,213}$/,
  pypi: /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,198}[A-Za-z0-9])?$/,
  // Case counts in module paths.
  golang: /^[A-Za-z0-9~_-][A-Za-z0-9._~-]*(?:\/[A-Za-z0-9._~-]+)*$/,
  cargo: /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
};

/**
 * The address of a file as a question names it: without query and fragment, which may hold what is secret, while the digest says which file
 * is meant. `undefined` for what is no address over HTTP, and for one with a user.
 */
export function fileAddress(text: string): string | undefined {
  const [address = ''] = text.split(/[?#]/, 1);
  return /^https?:\/\/[^/@\s]+(?:\/\S*)?$/i.test(address) ? address : undefined;
}

/** A repository and a commit of it, as a question names them. */
export interface GitSource {
  /** `git+https://host/path`. */
  readonly uri: string;
  /** `gitCommit:…`; absent when the text names no whole commit. */
  readonly digest?: string;
}

/**
 * Reads a git address as lock files write it (`git+ssh://git@host/path.git#COMMIT`, `git@host:path#COMMIT`, `https://host/path`).
 * Repositories are named by https whatever they are fetched with: the commit says what is fetched. `undefined` for what cannot be named.
 */
export function gitSource(text: string, commit?: string): GitSource | undefined {
  const mark = text.indexOf('#');
  const [address, fragment] = mark < 0 ? [text, ''] : [text.slice(0, mark), text.slice(mark + 1)];
  const scp = /^(?:git\+ssh:\/\/)?git@([^:/]+):(?!\d+\/)\/?(.+)$/.exec(address);
  const plain = scp === null ? address.replace(/\?.*$/, '') : `ssh://git@${scp[1]}/${scp[2]}`;
  const source = parseSourceUri(plain);
  if (source === undefined || source.ref !== undefined) return undefined;
  const repository = source.repository.replace(/^[a-z]+:/, 'https:');
  const id = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.exec(commit ?? fragment)?.[0];
  return { uri: `git+${repository}`, ...(id === undefined ? {} : { digest: `gitCommit:${id}` }) };
}
