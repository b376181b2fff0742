/** What the keys of docker's credentials mean: hosts, patterns of hosts and paths, as the kubelet reads them. */
import type { DockerAuths, RegistryCredential } from '../../domain/artifact/registry.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import { canonicalRegistryHost } from '../../domain/artifact/registry-host.ts';
import type { Repository } from '../../net/reachability.ts';
import { shellPattern } from '../../text/fnmatch.ts';
import type { ShellPattern } from '../../text/fnmatch.ts';

/**
 * The credentials whose key names this host and, if the key has a path, a prefix of the repository by whole segments; hosts written
 * out before patterns, longer paths before shorter ones. A key's host is compared label by label, with `*` and `?` within a label as
 * kubelet has it, never as a substring or suffix (attack F05).
 */
export function matching(
  sources: readonly DockerAuths[],
  repository: Repository,
): { readonly credentials: readonly RegistryCredential[]; readonly problems: readonly FetchProblem[] } {
  const keys = sources.flatMap(keysOf).filter((key) => covers(key, repository));
  keys.sort((a, b) => Number(b.labels === undefined) - Number(a.labels === undefined) || b.path.length - a.path.length);
  const source = `credentials for ${repository.credentialHost}`;
  return {
    credentials: keys.flatMap(({ credential }) => (credential === undefined ? [] : [credential])),
    problems: keys.some(({ credential }) => credential === undefined)
      ? [
          {
            code: 'FETCH_CREDENTIALS',
            source,
            cause: `an entry for ${repository.credentialHost} in a docker configuration cannot be decoded`,
          },
        ]
      : [],
  };
}

/** A key of `auths`, read once: `credential` is missing when the entry could not be decoded. */
interface AuthKey {
  readonly host: string;
  /** The labels of a host that has wildcards, the last with its port. */
  readonly labels: readonly ShellPattern[] | undefined;
  readonly path: string;
  readonly credential: RegistryCredential | undefined;
}

const read = new WeakMap<DockerAuths, readonly AuthKey[]>();

function keysOf(auths: DockerAuths): readonly AuthKey[] {
  let known = read.get(auths);
  if (known === undefined) {
    const entries = [...auths.auths, ...[...(auths.unreadable ?? [])].map((key) => [key, undefined] as const)];
    known = entries.map(([key, credential]) => {
      const { host, path } = splitKey(key);
      return { host, labels: /[*?]|(?!^)\[/.test(host) ? host.split('.').map(shellPattern) : undefined, path, credential };
    });
    read.set(auths, known);
  }
  return known;
}

function covers({ host, labels, path }: AuthKey, { credentialHost, path: asked }: Repository): boolean {
  if (path !== '' && asked !== path && !asked.startsWith(`${path}/`)) return false;
  if (labels === undefined) return host === credentialHost;
  const wanted = credentialHost.split('.');
  // A port is compared as it is written: no wildcard of a label reaches over the colon.
  const [port, wantedPort] = [host, credentialHost].map((one) => /:\d+$/.exec(one)?.[0] ?? '');
  return port === wantedPort && wanted.length === labels.length && labels.every((label, index) => label.test(wanted[index] ?? ''));
}

/** Splits a key of `auths`: with or without scheme, with or without path; `/v1/` and `/v2/` are API versions, not paths. */
export function splitKey(key: string): { readonly host: string; readonly path: string } {
  const bare = key.replace(/^https?:\/\//, '');
  const slash = bare.indexOf('/');
  const host = canonicalRegistryHost((slash < 0 ? bare : bare.slice(0, slash)).toLowerCase());
  const path = slash < 0 ? '' : bare.slice(slash + 1).replace(/\/+$/, '');
  return { host, path: path.replace(/^v[12](?:\/|$)/, '') };
}
