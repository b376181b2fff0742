/** Which credentials are shown to which repository, and in which order. */
import { createHash } from 'node:crypto';
import type { FetchProblem, PullSecrets } from '../../domain/ports.ts';
import type { DockerAuths, RegistryCredential } from '../../domain/artifact/registry.ts';
import type { PullScope } from '../../domain/decision/review.ts';
import type { CredentialHelpers } from './credential-helper.ts';
import { shellPattern } from '../../text/fnmatch.ts';
import type { ShellPattern } from '../../text/fnmatch.ts';
import { problemOf } from '../../net/failure.ts';
import { DOCKER_HUB } from '../../net/reachability.ts';
import type { Repository } from '../../net/reachability.ts';

/** The credentials that apply to one repository for one request. */
export interface Access {
  /** Tried in this order; when all are refused, the repository is asked anonymously. */
  readonly candidates: readonly RegistryCredential[];
  /** How many further ones there are, which are not tried. */
  readonly untried: number;
  /** `anonymous`, or a hash of the candidates: what was fetched with them is only shown to who has the same ones. */
  readonly key: string;
  /** Why further credentials could not be read. */
  readonly problems: readonly FetchProblem[];
}

/** Finds the credentials for a repository. Never throws. */
export interface Keychain {
  access(repository: Repository, scope: PullScope, signal: AbortSignal): Promise<Access>;
  /** The same at once, when neither a secret nor a helper has to be waited for. */
  ready(repository: Repository, scope: PullScope): Access | undefined;
}

/** Sources of credentials, in the order in which they are tried. */
export interface KeychainSources {
  readonly pullSecrets: PullSecrets | undefined;
  readonly dockerAuths: DockerAuths | undefined;
  readonly helpers: CredentialHelpers;
}

/** As many as pull secrets are read of one pod and its service account; kubelet tries all. */
export const MOST_CANDIDATES = 32;
/** Of these the server's own have this many at least, so that stale ones of a pod never shut them out. */
const MOST_OF_OURS = 8;
const NOTHING: Access = { candidates: [], untried: 0, key: 'anonymous', problems: [] };

/** Pull secrets first, the most specific key first as kubelet has it (then the newest), then the server's own, then its helpers'. */
export function createKeychain({ pullSecrets, dockerAuths, helpers }: KeychainSources): Keychain {
  const helperOf = (repository: Repository): string | undefined =>
    repository.credentialHelper ?? helperFor(dockerAuths, repository.credentialHost);

  function found({ auths, problems }: Secrets, repository: Repository, helped?: RegistryCredential): Access {
    const theirs = matching([...auths].reverse(), repository);
    const own = matching(dockerAuths === undefined ? [] : [dockerAuths], repository);
    const ours = [...own.credentials, ...(helped === undefined ? [] : [helped])];
    const all = [...problems, ...theirs.problems, ...own.problems];
    const shown = distinct(theirs.credentials).slice(0, MOST_CANDIDATES - Math.min(ours.length, MOST_OF_OURS));
    const candidates = distinct([...shown, ...ours]).slice(0, MOST_CANDIDATES);
    if (candidates.length === 0 && all.length === 0) return NOTHING;
    const untried = distinct([...theirs.credentials, ...ours]).length - candidates.length;
    return { candidates, untried, key: keyOf(candidates), problems: all };
  }

  return {
    ready(repository, scope) {
      if (helperOf(repository) !== undefined) return undefined;
      const secrets = pullSecrets === undefined ? NO_SECRETS : pullSecrets.known?.(scope);
      return secrets === undefined ? undefined : found(secrets, repository);
    },
    async access(repository, scope, signal) {
      const secrets = await readSecrets(pullSecrets, scope, signal);
      const helper = helperOf(repository);
      if (helper === undefined) return found(secrets, repository);
      try {
        return found(
          secrets,
          repository,
          await helpers(helper, repository.credentialHost === DOCKER_HUB ? 'https://index.docker.io/v1/' : repository.credentialHost),
        );
      } catch (error) {
        return found({ auths: secrets.auths, problems: [...secrets.problems, problemOf(error, 'credential helper')] }, repository);
      }
    },
  };
}

type Secrets = Awaited<ReturnType<PullSecrets['read']>>;

const NO_SECRETS: Secrets = { auths: [], problems: [] };

async function readSecrets(pullSecrets: PullSecrets | undefined, scope: PullScope, signal: AbortSignal): Promise<Secrets> {
  if (pullSecrets === undefined) return NO_SECRETS;
  try {
    return await pullSecrets.read(scope, signal);
  } catch (error) {
    return {
      auths: [],
      problems: [{ code: 'FETCH_CREDENTIALS', source: 'pull secrets', cause: error instanceof Error ? error.name : 'failed' }],
    };
  }
}

/**
 * The credentials whose key names this host and, if the key has a path, a prefix of the repository by whole segments; hosts written
 * out before patterns, longer paths before shorter ones. A key's host is compared label by label, with `*` and `?` within a label as
 * kubelet has it, never as a substring or suffix (attack F05).
 */
function matching(
  sources: readonly DockerAuths[],
  repository: Repository,
): { readonly credentials: readonly RegistryCredential[]; readonly problems: readonly FetchProblem[] } {
  const keys = sources.flatMap(keysOf).filter((key) => covers(key, repository));
  keys.sort((a, b) => Number(b.labels === undefined) - Number(a.labels === undefined) || b.path.length - a.path.length);
  const source = `credentials for ${repository.credentialHost}`;
  return {
    credentials: keys.flatMap(({ credential }) => (credential === undefined ? [] : [credential])),
    problems: keys.some(({ credential }) => credential === undefined)
      ? [{ code: 'FETCH_CREDENTIALS', source, cause: `an entry for ${repository.credentialHost} in a docker configuration cannot be decoded` }]
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

function distinct(credentials: readonly RegistryCredential[]): readonly RegistryCredential[] {
  const seen = new Set<string>();
  return credentials.filter((credential) => {
    const name = fingerprint(credential);
    return !seen.has(name) && seen.add(name);
  });
}

function keyOf(candidates: readonly RegistryCredential[]): string {
  const [first, ...others] = candidates.map(fingerprint);
  if (first === undefined) return 'anonymous';
  return others.length === 0 ? first : createHash('sha256').update([first, ...others].join(' ')).digest('hex');
}

const HUB_ALIASES: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

/** Splits a key of `auths`: with or without scheme, with or without path; `/v1/` and `/v2/` are API versions, not paths. */
function splitKey(key: string): { readonly host: string; readonly path: string } {
  const bare = key.replace(/^https?:\/\//, '');
  const slash = bare.indexOf('/');
  const host = (slash < 0 ? bare : bare.slice(0, slash)).toLowerCase();
  const path = slash < 0 ? '' : bare.slice(slash + 1).replace(/\/+$/, '');
  return { host: HUB_ALIASES.has(host) ? DOCKER_HUB : host, path: path.replace(/^v[12](?:\/|$)/, '') };
}

function helperFor(auths: DockerAuths | undefined, host: string): string | undefined {
  if (auths === undefined) return undefined;
  for (const [key, helper] of auths.credHelpers) if (splitKey(key).host === host) return helper;
  return auths.credsStore;
}

const fingerprints = new WeakMap<RegistryCredential, string>();

/** A hash that tells credentials apart without revealing them. */
export function fingerprint(credential: RegistryCredential): string {
  let known = fingerprints.get(credential);
  if (known === undefined) {
    const { username, password, identityToken, registryToken } = credential;
    known = createHash('sha256').update(JSON.stringify([username, password, identityToken, registryToken])).digest('hex');
    fingerprints.set(credential, known);
  }
  return known;
}
