/** Which credentials are shown to which repository, and in which order. */
import { createHash } from 'node:crypto';
import type { FetchProblem, PullSecrets } from '../../domain/ports.ts';
import { canonicalRegistryHost, DOCKER_HUB } from '../../domain/artifact/registry-host.ts';
import type { DockerAuths, RegistryCredential } from '../../domain/artifact/registry.ts';
import type { PullScope } from '../../domain/decision/review.ts';
import type { CredentialHelpers } from './credential-helper.ts';
import { problemOf } from '../../net/failure.ts';
import type { Repository } from '../../net/reachability.ts';

/** The credentials that apply to one repository for one request. */
export interface Access {
  /** Tried in this order; when all are refused, the repository is asked anonymously. */
  readonly candidates: readonly RegistryCredential[];
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

const MOST_CANDIDATES = 4;
const NOTHING: Access = { candidates: [], key: 'anonymous', problems: [] };

/** Pull secrets first (the newest first), then the server's own configuration, then its credential helpers. */
export function createKeychain({ pullSecrets, dockerAuths, helpers }: KeychainSources): Keychain {
  const helperOf = (repository: Repository): string | undefined =>
    repository.credentialHelper ?? helperFor(dockerAuths, repository.credentialHost);

  function found({ auths, problems }: Secrets, repository: Repository, helped?: RegistryCredential): Access {
    const candidates = [...[...auths].reverse(), ...(dockerAuths === undefined ? [] : [dockerAuths])].flatMap((one) =>
      matching(one, repository),
    );
    if (helped !== undefined) candidates.push(helped);
    if (candidates.length === 0 && problems.length === 0) return NOTHING;
    const kept = candidates.slice(0, MOST_CANDIDATES);
    return { candidates: kept, key: kept.length === 0 ? 'anonymous' : kept.map(fingerprint).join(' '), problems };
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
 * The credentials whose key names exactly this host and, if the key has a path, a prefix of the repository by
 * whole segments; the longest path first. Never a substring or suffix of a host (attack F05).
 */
function matching(auths: DockerAuths, repository: Repository): RegistryCredential[] {
  const found: { readonly length: number; readonly credential: RegistryCredential }[] = [];
  for (const [key, credential] of auths.auths) {
    const { host, path } = splitKey(key);
    const covers = path === '' || repository.path === path || repository.path.startsWith(`${path}/`);
    if (host === repository.credentialHost && covers) found.push({ length: path.length, credential });
  }
  return found.sort((a, b) => b.length - a.length).map(({ credential }) => credential);
}

/** Splits a key of `auths`: with or without scheme, with or without path; `/v1/` and `/v2/` are API versions, not paths. */
function splitKey(key: string): { readonly host: string; readonly path: string } {
  const bare = key.replace(/^https?:\/\//, '');
  const slash = bare.indexOf('/');
  const host = canonicalRegistryHost((slash < 0 ? bare : bare.slice(0, slash)).toLowerCase());
  const path = slash < 0 ? '' : bare.slice(slash + 1).replace(/\/+$/, '');
  return { host, path: path === 'v1' || path === 'v2' ? '' : path };
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
