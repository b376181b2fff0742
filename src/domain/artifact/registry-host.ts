/** One spelling for each registry: the default port, an alias of Docker Hub and upper case are no other name. */
import { plainAddress } from '../ip-address.ts';

/** The name under which images of Docker Hub are known. */
export const DOCKER_HUB = 'docker.io';

/** Other names of Docker Hub: the first as runtimes know it, at the second its API answers, the third is that of its web site. */
const HUB_ALIASES: ReadonlySet<string> = new Set(['index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']);

/** Spellings for which runtimes fill in `library/`: exactly these (distribution/reference, `splitDockerDomain`). */
const FILLED_IN: ReadonlySet<string> = new Set([DOCKER_HUB, 'index.docker.io']);

/**
 * The one spelling of a registry host, with its port if that is not the default: lower case, without `:443` (as https
 * has it), `docker.io` for all names of Docker Hub. A name that is a host only because of its port or its upper case keeps
 * them: without, it would read as a namespace of Docker Hub, another artifact altogether. What is no host comes back as it is.
 */
export function canonicalRegistryHost(written: string): string {
  const lower = withPlainAddress(written.toLowerCase());
  const host = lower.endsWith(':443') && isHostAlone(lower.slice(0, -4)) ? lower.slice(0, -4) : lower;
  if (HUB_ALIASES.has(host)) return DOCKER_HUB;
  return isHostAlone(host) || host.includes(':') ? host : written;
}

/** An IPv6 address in its one spelling; one that stands for an IPv4 address is that one. */
function withPlainAddress(host: string): string {
  const [, address, port] = /^\[([^\]]*)\](.*)$/.exec(host) ?? [];
  if (address === undefined) return host;
  const plain = plainAddress(address);
  return `${plain.includes(':') ? `[${plain}]` : plain}${port}`;
}

/** True for what reads as a host even without a port. */
function isHostAlone(text: string): boolean {
  return text === 'localhost' || text.includes('.') || text.startsWith('[');
}

/** A repository path under a host as it was written: `library/` is filled in where, and only where, a runtime does so. */
export function repositoryPath(writtenHost: string, path: string): string {
  return FILLED_IN.has(writtenHost) && !path.includes('/') ? `library/${path}` : path;
}

/**
 * `host/path` with the host in its one spelling, for texts that signers and configurations write: without the default port and
 * aliases. What has no host, or upper case in it, comes back as it is. A tag or digest behind it is kept.
 */
export function canonicalRepository(text: string): string {
  const slash = text.indexOf('/');
  const host = text.slice(0, Math.max(slash, 0));
  return host === host.toLowerCase() && (isHostAlone(host) || host.includes(':'))
    ? `${canonicalRegistryHost(host)}/${repositoryPath(host, text.slice(slash + 1))}`
    : text;
}
