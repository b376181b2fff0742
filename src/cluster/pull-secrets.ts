/** Registry credentials as the kubelet would find them: the pod's secrets and those of its service account, each namespace its own. */
import { isObject } from '../text/json/fields.ts';
import type { JsonObject } from '../text/json/fields.ts';
import { LRUCache } from 'lru-cache';
import type { Clock, FetchProblem, FoundSecrets, PullSecrets } from '../domain/ports.ts';
import type { DockerAuths } from '../domain/artifact/registry.ts';
import type { PullScope } from '../domain/decision/review.ts';
import { untilAborted } from '../flow/until-aborted.ts';
import { createFairSlots } from '../flow/fair-slots.ts';
import type { KubeAnswer, KubeApi } from './api.ts';

export interface PullSecretOptions {
  /** Reads the text of a docker config.json; throws or returns `undefined` when it is none. Handed in, because it is the fetch room's. */
  readonly readAuths: (text: string) => DockerAuths | undefined;
  readonly ttlMs?: number;
  /** Of what is kept; default: a monotonic one. */
  readonly clock?: Clock;
}

/** Asks the API server when it is the asker's turn; rejects as `get` of {@link KubeApi}. */
type Ask = (path: string) => Promise<KubeAnswer>;

type Secret = { readonly auths?: DockerAuths; readonly problem?: FetchProblem };
type Account = { readonly names: readonly string[]; readonly problem?: FetchProblem };

const TTL_MS = 60_000;
const PROBLEM_TTL_MS = 5000;
const MAX_KEPT = 2000;
const MAX_SECRETS = 32;
/** Questions to the API server at once: pods that name many secrets keep neither it nor others waiting. */
const AT_ONCE = 32;
const TIMEOUT_MS = 5000;
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/**
 * Reads the pull secrets that a pod names and those of its service account, from the API server.
 *
 * Kept for a minute, keyed by namespace, so that no namespace is served from another's secrets; a minute is
 * also how long a withdrawn secret may go on working. What cannot be read becomes a FETCH_CREDENTIALS problem
 * that names the secret; contents are never in a message. Never rejects.
 */
export function createPullSecrets(api: KubeApi, options: PullSecretOptions): PullSecrets {
  const ttl = options.ttlMs ?? TTL_MS;
  const kept = { max: MAX_KEPT, ttl, ...(options.clock === undefined ? {} : { perf: options.clock, ttlResolution: 0 }) };
  const secrets = new LRUCache<string, Promise<Secret>>(kept);
  const accounts = new LRUCache<string, Promise<Account>>(kept);
  const turns = createFairSlots({ slots: AT_ONCE });

  async function ask(path: string): Promise<KubeAnswer> {
    const giveBack = await turns.take(NEVER);
    try {
      return await api.get(path, AbortSignal.timeout(TIMEOUT_MS));
    } finally {
      giveBack();
    }
  }

  const account = (namespace: string, name: string, signal: AbortSignal): Promise<Account> =>
    shared(accounts, `${namespace}/${name}`, signal, () => readAccount(ask, namespace, name), ttl);
  const secret = (namespace: string, name: string, signal: AbortSignal): Promise<Secret> =>
    shared(secrets, `${namespace}/${name}`, signal, () => readSecret(ask, namespace, name, options.readAuths), ttl);

  return {
    known(scope) {
      if (!mayUse(scope)) return NOTHING;
      const owner = settled(accounts, `${scope.namespace}/${accountOf(scope)}`);
      if (owner === undefined) return undefined;
      const found = secretNames(owner, scope).map((name) => settled(secrets, `${scope.namespace}/${name}`));
      return found.every((one) => one !== undefined) ? gathered(owner, found) : undefined;
    },
    async read(scope, signal) {
      if (!mayUse(scope)) return NOTHING;
      try {
        const owner = await account(scope.namespace, accountOf(scope), signal);
        return gathered(owner, await Promise.all(secretNames(owner, scope).map((name) => secret(scope.namespace, name, signal))));
      } catch {
        return { auths: [], problems: [problemOf(`secrets of namespace ${scope.namespace}`, 'time ran out')] };
      }
    },
  };
}

const NEVER = new AbortController().signal;
const NOTHING: FoundSecrets = { auths: [], problems: [] };

/** Whoever has not shown that it may use them gets what a namespace without secrets gives, at once. */
function mayUse({ namespace, credentials = 'all' }: PullScope): boolean {
  return namespace !== '' && credentials === 'all';
}

function accountOf({ serviceAccount }: PullScope): string {
  return serviceAccount === '' ? 'default' : serviceAccount;
}

function secretNames(owner: Account, scope: PullScope): readonly string[] {
  return [...new Set([...owner.names, ...scope.pullSecrets])].slice(0, MAX_SECRETS);
}

function gathered(owner: Account, secrets: readonly Secret[]): FoundSecrets {
  return {
    auths: secrets.flatMap(({ auths }) => auths ?? []),
    problems: [owner, ...secrets].flatMap(({ problem }) => problem ?? []),
  };
}

/** Values of the promises that have come; a promise itself does not tell. */
const values = new WeakMap<Promise<unknown>, unknown>();

function settled<T>(cache: LRUCache<string, Promise<T>>, key: string): T | undefined {
  const running = cache.get(key);
  return running === undefined ? undefined : values.get(running) as T | undefined;
}

/** One request for all who ask at once; problems are forgotten after a few seconds. Rejects only when the signal does. */
function shared<T extends { readonly problem?: FetchProblem }>(
  cache: LRUCache<string, Promise<T>>,
  key: string,
  signal: AbortSignal,
  load: () => Promise<T>,
  ttl: number,
): Promise<T> {
  let running = cache.get(key);
  if (running === undefined) {
    running = load();
    cache.set(key, running);
    const first = running;
    void running.then((value) => {
      values.set(first, value);
      if (value.problem !== undefined) cache.set(key, first, { ttl: Math.min(ttl, PROBLEM_TTL_MS) });
    });
  }
  return untilAborted(running, signal, () => { throw new Error('aborted'); });
}

async function readAccount(ask: Ask, namespace: string, name: string): Promise<Account> {
  const source = `service account ${namespace}/${name}`;
  const answer = await getNamed(ask, namespace, 'serviceaccounts', name);
  if ('cause' in answer) return { names: [], problem: problemOf(source, answer.cause) };
  const listed = answer.body['imagePullSecrets'];
  const names = Array.isArray(listed) ? listed.map((entry: unknown) => (isObject(entry) ? entry['name'] : undefined)) : [];
  return { names: names.filter((entry): entry is string => typeof entry === 'string') };
}

async function readSecret(ask: Ask, namespace: string, name: string, readAuths: PullSecretOptions['readAuths']): Promise<Secret> {
  const source = `secret ${namespace}/${name}`;
  const answer = await getNamed(ask, namespace, 'secrets', name);
  if ('cause' in answer) return { problem: problemOf(source, answer.cause) };
  const data = isObject(answer.body['data']) ? answer.body['data'] : {};
  const config = data['.dockerconfigjson'];
  const legacy = data['.dockercfg'];
  try {
    if (typeof config === 'string') return asAuths(readAuths(decode(config)), source);
    if (typeof legacy === 'string') return asAuths(readAuths(`{"auths":${decode(legacy)}}`), source);
  } catch {
    return asAuths(undefined, source);
  }
  return { problem: problemOf(source, 'it is not of type kubernetes.io/dockerconfigjson') };
}

function asAuths(auths: DockerAuths | undefined, source: string): Secret {
  return auths === undefined ? { problem: problemOf(source, 'its content is not a docker config') } : { auths };
}

async function getNamed(
  ask: Ask,
  namespace: string,
  resource: string,
  name: string,
): Promise<{ readonly body: JsonObject } | { readonly cause: string }> {
  if (!NAME.test(namespace) || !NAME.test(name)) return { cause: 'its name is not a valid name' };
  try {
    const { status, body } = await ask(`/api/v1/namespaces/${namespace}/${resource}/${name}`);
    if (status === 200 && isObject(body)) return { body };
    return {
      cause: status === 404 ? 'it does not exist' : status === 403 ? 'Gatehouse may not read it' : `the API server answers ${status}`,
    };
  } catch {
    return { cause: 'the API server cannot be reached' };
  }
}

function problemOf(source: string, cause: string): FetchProblem {
  return { code: 'FETCH_CREDENTIALS', source, cause };
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
