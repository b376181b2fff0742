/** Which credentials are shown to which repository, and in which order. */
import { createHash } from 'node:crypto';
import type { FetchProblem, PullSecrets } from '../../domain/ports.ts';
import { DOCKER_HUB } from '../../domain/artifact/registry-host.ts';
import type { DockerAuths, RegistryCredential } from '../../domain/artifact/registry.ts';
import type { PullScope } from '../../domain/decision/review.ts';
import { matching, splitKey } from './auth-keys.ts';
import type { CredentialHelpers } from './credential-helper.ts';
import { problemOf } from '../../net/failure.ts';
import type { Repository } from '../../net/reachability.ts';

/** The credentials that apply to one repository for one request. */
export interface Access {
  /** Tried in this order; when all are refused, the repository is asked anonymously. */
  readonly candidates: readonly RegistryCredential[];
  /** So many of them, the first, are of pull secrets; the others were given to Gatehouse itself. */
  readonly ofSecrets: number;
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
const NOTHING: Access = { candidates: [], ofSecrets: 0, untried: 0, key: 'anonymous', problems: [] };

/**
 * Pull secrets first, the most specific key first as kubelet has it (then the newest), then the server's own, then its helpers'.
 *
 * For who may not use them, none is read, asked for or waited for: the answer, its time and what is kept of it are those of a
 * server that has none (fault S7).
 */
export function createKeychain({ pullSecrets, dockerAuths, helpers }: KeychainSources): Keychain {
  const secretsFor = ({ credentials = 'all' }: PullScope): PullSecrets | undefined => (credentials === 'all' ? pullSecrets : undefined);
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
    return { candidates, ofSecrets: shown.length, untried, key: keyOf(candidates), problems: all };
  }

  return {
    ready(repository, scope) {
      if (scope.credentials === 'none') return NOTHING;
      if (helperOf(repository) !== undefined) return undefined;
      const allowed = secretsFor(scope);
      const secrets = allowed === undefined ? NO_SECRETS : allowed.known?.(scope);
      return secrets === undefined ? undefined : found(secrets, repository);
    },
    async access(repository, scope, signal) {
      if (scope.credentials === 'none') return NOTHING;
      const secrets = await readSecrets(secretsFor(scope), scope, signal);
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
