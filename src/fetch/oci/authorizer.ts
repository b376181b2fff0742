/** How a registry wants to be asked, and the tokens it was asked with; credentials go nowhere they were not meant for. */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../domain/ports.ts';
import type { RegistryCredential } from '../../domain/artifact/registry.ts';
import { parseChallenges } from './challenge.ts';
import type { Target } from '../../net/connections.ts';
import { FetchFailure, leftEarly } from '../../net/failure.ts';
import { originText, parseHttpUrl } from '../../net/host.ts';
import type { Origin } from '../../net/host.ts';
import { placeOf as askedFor } from '../../net/http.ts';
import type { Headers, Http, HttpReply } from '../../net/http.ts';
import { own, ownText } from '../../text/json/fields.ts';
import { jsonValue } from '../../text/json/read.ts';
import { fingerprint } from '../credentials/keychain.ts';
import { mayReceiveCredentials } from '../../net/reachability.ts';
import type { Reachability, Repository } from '../../net/reachability.ts';
import { createFlights } from '../../flow/single-flight.ts';
import type { Reader } from './reader.ts';

/** Produces `Authorization` headers for registry requests. */
export interface Authorizer {
  /** The header for a request, as far as the registry's way of asking is known; `undefined` to go without. */
  header(reader: Reader, credential: RegistryCredential | undefined, signal: AbortSignal): Promise<string | undefined>;
  /** Host of the token service that may not have this credential, so that it was asked for a stranger's token. */
  withheldFrom(repository: Repository, credential: RegistryCredential): string | undefined;
  /** Learns from a 401 of the registry itself, for this repository or (`atTheDoor`) all of its host; true when another try may succeed. */
  challenged(repository: Repository, headers: Headers, refused: string | undefined, atTheDoor?: boolean): boolean;
}

/** How a registry asks for authorization. */
type Method =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: { readonly origin: Origin; readonly path: string }; readonly service: string | undefined };

interface Token {
  readonly header: string;
  /** Epoch milliseconds after which it is not used. */
  readonly until: number;
  readonly since: number;
}

const TOKEN_BYTES = 64 * 1024;
const LONGEST_LIFE = 3_600_000;
const SHORTEST_LIFE = 60_000;
const MARGIN = 10_000;
const TOKEN = /^[A-Za-z0-9._~+/=:-]{1,32768}$/;

/**
 * Anonymous, basic and token authorization (distribution-spec, token authentication). The scope asked for is
 * always `repository:PATH:pull` (of who writes `pull,push`), whatever the challenge says. Tokens are kept per registry, realm, scope
 * and credential.
 */
export function createAuthorizer(http: Http, reachability: Reachability, clock: Clock): Authorizer {
  /** By repository, as it was said for it; and by host, as a hint for repositories that are asked for the first time. */
  const methods = new LRUCache<string, Method>({ max: 4096 });
  const tokens = new LRUCache<string, Token>({ max: 4096 });
  const flights = createFlights<Token>(leftEarly);

  async function bearer(
    reader: Reader,
    method: Method & { scheme: 'bearer' },
    credential: RegistryCredential | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const { repository } = reader;
    const given = credential !== undefined && mayReceiveCredentials(repository, method.realm.origin) ? credential : undefined;
    const key = tokenKey(reader, method, given);
    const known = tokens.get(key);
    const now = clock.now();
    if (known !== undefined && known.until > now && known.since <= now) return known.header;
    const token = await flights.run(
      key,
      (shared) => fetchToken(reader, method, given, shared).catch((cause: unknown) => forget(repository, method, cause)),
      signal,
    );
    tokens.set(key, token);
    return token.header;
  }

  /**
   * The registry may name another token service by now, or none: the next request asks it how, and does not find the old one dead
   * for ever.
   */
  function forget(repository: Repository, method: Method, cause: unknown): never {
    for (const key of [placeOf(repository), originText(repository.origin)]) if (methods.peek(key) === method) methods.delete(key);
    throw cause;
  }

  function methodOf(repository: Repository): Method | undefined {
    return methods.get(placeOf(repository)) ?? methods.get(originText(repository.origin));
  }

  /** A token as the host's hint has it; where that leads nowhere the registry is asked without one, and says itself how it wants it. */
  async function hinted(...asked: Parameters<typeof bearer>): Promise<string | undefined> {
    const [reader, , , signal] = asked;
    if (methods.has(placeOf(reader.repository))) return bearer(...asked);
    return bearer(...asked).catch((cause: unknown) => {
      if (signal.aborted) throw cause;
      return undefined;
    });
  }

  async function fetchToken(
    reader: Reader,
    method: Method & { scheme: 'bearer' },
    credential: RegistryCredential | undefined,
    signal: AbortSignal,
  ): Promise<Token> {
    const { repository, access } = reader;
    const { origin, path } = method.realm;
    const target = { origin, ...realmTrust(repository, origin, reachability) };
    const query = new URLSearchParams({
      ...(method.service === undefined ? {} : { service: method.service }),
      scope: `repository:${repository.path}:${actionsOf(reader)}`,
    });
    const since = clock.now();
    const asker = { repository: repository.name, access: access.key };
    const what = `a token to ${actionsOf(reader)} ${repository.path}`;
    const reply = await http({ target, maxBytes: TOKEN_BYTES, asker, what, ...tokenRequest(path, query, credential) }, signal);
    if (reply.status >= 500)
      throw new FetchFailure({
        code: 'FETCH_SERVER_ERROR', source: origin.host.text, found: `status ${reply.status}`, cause: askedFor({ target, asker, what }),
      });
    return readToken(reply, origin.host.text, since);
  }

  return {
    async header(reader, credential, signal) {
      if (credential?.registryToken !== undefined) return `Bearer ${credential.registryToken}`;
      const method = methodOf(reader.repository);
      if (method?.scheme === 'bearer') return hinted(reader, method, credential, signal);
      return method?.scheme === 'basic' && credential !== undefined ? basic(credential) : undefined;
    },
    withheldFrom(repository, credential) {
      const method = methodOf(repository);
      if (method?.scheme !== 'bearer' || credential.registryToken !== undefined) return undefined;
      return mayReceiveCredentials(repository, method.realm.origin) ? undefined : method.realm.origin.host.text;
    },
    challenged(repository, headers, refused, atTheDoor = false) {
      const method = readMethod(repository, headers);
      if (method === undefined) return false;
      const changed = JSON.stringify(methodOf(repository)) !== JSON.stringify(method);
      methods.set(placeOf(repository), method);
      // Who shares a host may be strangers: only a token service that is the host's own, or was named for it, is passed on to others.
      const ofHost = atTheDoor || method.scheme === 'basic' || mayReceiveCredentials(repository, method.realm.origin);
      if (ofHost) methods.set(originText(repository.origin), method);
      // A token may have been revoked before its time: forget it once. Basic credentials do not get better.
      for (const [tokenId, token] of [...tokens.entries()]) if (refused !== undefined && token.header === refused) tokens.delete(tokenId);
      return changed || method.scheme === 'bearer' || refused === undefined;
    },
  };
}

function placeOf({ origin, path }: Repository): string {
  return `${originText(origin)}/${path}`;
}

/** A realm at the registry's own origin is reached like the registry; one that was named for it shares its authorities. */
function realmTrust(repository: Repository, realm: Origin, reachability: Reachability): Pick<Target, 'reach' | 'ca'> {
  if (originText(realm) === originText(repository.origin)) return { reach: repository.reach, ca: repository.ca };
  const { reach, ca } = reachability.elsewhere(realm, repository.origin, 'realm');
  return { reach, ca: ca ?? (mayReceiveCredentials(repository, realm) ? repository.ca : undefined) };
}

function actionsOf({ writes }: Reader): string {
  return writes === true ? 'pull,push' : 'pull';
}

function tokenKey(reader: Reader, method: Method & { scheme: 'bearer' }, credential: RegistryCredential | undefined): string {
  const { repository } = reader;
  const parts = [
    originText(repository.origin),
    originText(method.realm.origin),
    method.realm.path,
    method.service ?? '',
    repository.path,
    actionsOf(reader),
    credential === undefined ? '' : fingerprint(credential),
  ];
  return parts.join('\n');
}

function tokenRequest(
  path: string,
  query: URLSearchParams,
  credential: RegistryCredential | undefined,
): { path: string; headers: Record<string, string>; form?: string } {
  const headers = { accept: 'application/json' };
  if (credential?.identityToken !== undefined) {
    const form = new URLSearchParams([
      ...query,
      ['grant_type', 'refresh_token'],
      ['client_id', 'gatehouse'],
      ['refresh_token', credential.identityToken],
    ]);
    return { path, headers, form: form.toString() };
  }
  const full = `${path}${path.includes('?') ? '&' : '?'}${query.toString()}`;
  const authorization = credential === undefined ? undefined : basic(credential);
  return { path: full, headers: authorization === undefined ? headers : { ...headers, authorization } };
}

function basic({ username, password }: RegistryCredential): string | undefined {
  if (username === undefined || password === undefined) return undefined;
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

function readToken(reply: HttpReply, source: string, since: number): Token {
  if (reply.status === 401 || reply.status === 403)
    throw new FetchFailure({ code: 'FETCH_UNAUTHORIZED', source, found: `status ${reply.status} of the token service` });
  if (reply.status === 429) throw new FetchFailure({ code: 'FETCH_RATE_LIMITED', source, found: 'status 429 of the token service' });
  if (reply.status >= 300 && reply.status < 400)
    throw new FetchFailure({ code: 'FETCH_REDIRECT', source, found: 'the token service redirects', expected: 'a token' });
  if (reply.status !== 200)
    throw new FetchFailure({ code: 'FETCH_SERVER_ERROR', source, found: `status ${reply.status} of the token service` });
  const answer = jsonValue(reply.body);
  const token = ownText(answer, 'token') || ownText(answer, 'access_token');
  if (token === undefined || !TOKEN.test(token))
    throw new FetchFailure({ code: 'FETCH_SERVER_ERROR', source, found: `an answer of the token service ${source} that holds no token` });
  const seconds = own(answer, 'expires_in');
  const life = typeof seconds === 'number' && seconds > 0 ? Math.min(seconds * 1000, LONGEST_LIFE) : SHORTEST_LIFE;
  return { header: `Bearer ${token}`, since, until: since + Math.max(life - MARGIN, 0) };
}

/** The first bearer challenge with a readable realm, else basic; throws when the realm is no URL that may be asked. */
function readMethod(repository: Repository, headers: Headers): Method | undefined {
  const challenges = parseChallenges(headers['www-authenticate']);
  const challenge = challenges.find(({ scheme }) => scheme === 'bearer');
  if (challenge === undefined) return challenges.some(({ scheme }) => scheme === 'basic') ? { scheme: 'basic' } : undefined;
  const text = challenge.parameters.get('realm') ?? '';
  const realm = parseHttpUrl(text);
  if (realm === undefined) {
    throw new FetchFailure({
      code: 'FETCH_HOST_FORBIDDEN',
      source: repository.origin.host.text,
      found: `token realm ${text.slice(0, 200)}`,
      expected: 'an https URL',
    });
  }
  return { scheme: 'bearer', realm, service: challenge.parameters.get('service') };
}
