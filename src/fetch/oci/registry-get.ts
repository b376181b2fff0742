/** One question to a registry: redirects are held to their place, and every credential that may help is tried. */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../domain/ports.ts';
import type { RegistryCredential } from '../../domain/artifact/registry.ts';
import { Askers, currentAsker, onBehalfOf } from '../../flow/asker.ts';
import { createFlights } from '../../flow/single-flight.ts';
import { untilAborted } from '../../flow/until-aborted.ts';
import type { Advice } from '../../net/words/advice.ts';
import { leadsTo } from '../../net/words/leads-to.ts';
import { inPlainHttp } from '../../net/words/network-failure.ts';
import type { Target } from '../../net/connections.ts';
import { FetchFailure, leftEarly, outOfTime } from '../../net/failure.ts';
import { originText, resolveTarget } from '../../net/host.ts';
import type { Http, HttpReply } from '../../net/http.ts';
import type { FetchLimits } from '../../net/options.ts';
import type { Reachability, Repository } from '../../net/reachability.ts';
import { fingerprint } from '../credentials/keychain.ts';
import type { Authorizer } from './authorizer.ts';
import type { Reader } from './reader.ts';
import { createTries } from './tries.ts';
import type { Tries } from './tries.ts';

/** One question: nothing in it comes from a server, except a path that was checked. */
export interface Question {
  readonly path: string;
  readonly accept: string;
  readonly maxBytes: number;
  /** Which answer it is, for messages. */
  readonly what: string;
}

/**
 * Asks with every credential in turn, and at last with none, until one is answered. 404 is an answer only to whoever is known to
 * read the repository, or when nobody else can be asked. Throws FetchFailure; FETCH_UNAUTHORIZED says what was sent where.
 */
export type RegistryGet = (reader: Reader, question: Question, signal: AbortSignal) => Promise<HttpReply>;

/** What asking takes. */
export interface RegistryGetParts {
  readonly http: Http;
  readonly authorizer: Authorizer;
  readonly reachability: Reachability;
  readonly limits: FetchLimits;
  readonly clock: Clock;
  readonly advice: Advice;
}

const NO_WAY_IN_KEPT = 300_000;
const ANONYMOUS = 'anonymous';
const HIDDEN: ReadonlySet<number> = new Set([401, 403, 404]);

/** Makes the function that asks; it remembers who can read which repository, and which registries name no way to log in. */
export function createRegistryGet({ http, authorizer, reachability, limits, clock, advice }: RegistryGetParts): RegistryGet {
  /** Who read something of a repository last: asked first, and alone believed when it says that something is not there. */
  const readers = new LRUCache<string, string>({ max: 4096 });
  const learning = new Map<string, { readonly learnt: Promise<void>; readonly askers: Askers }>();
  const doors = createFlights<boolean>(leftEarly);
  const noWayIn = new LRUCache<string, number>({ max: 1024 });

  /** Follows redirects as long as they lead where they may; the credential stays behind when the origin changes (F03). */
  async function follow(
    { repository, access }: Reader,
    { path: first, accept, maxBytes, what }: Question,
    authorization: string | undefined,
    signal: AbortSignal,
  ): Promise<{ reply: HttpReply; own: boolean }> {
    const asker = { repository: repository.name, access: access.key };
    let target: Target = repository;
    let path = first;
    for (let hops = 0; ; hops += 1) {
      const own = originText(target.origin) === originText(repository.origin);
      const headers = { accept, ...(own && authorization !== undefined ? { authorization } : {}) };
      const reply = await http({ target, path, headers, maxBytes, asker, what }, signal);
      const location = reply.headers.location;
      if (reply.status < 300 || reply.status >= 400 || reply.status === 304) return { reply, own };
      const next = typeof location === 'string' ? resolveTarget(location, target.origin) : undefined;
      if (next === undefined || hops >= limits.redirects) throw badRedirect(target, location);
      const home = originText(next.origin) === originText(repository.origin);
      target = home ? repository : { origin: next.origin, ...reachability.elsewhere(next.origin, target.origin, 'redirect') };
      path = next.path;
    }
  }

  /** Asks the registry itself how to log in; true when it says so. Some hide what they have from strangers without a challenge. */
  async function challengedAtTheDoor(reader: Reader, signal: AbortSignal): Promise<boolean> {
    const origin = originText(reader.repository.origin);
    const since = noWayIn.get(origin);
    if (since !== undefined && Math.abs(clock.now() - since) < NO_WAY_IN_KEPT) return false;
    return doors.run(origin, (shared) => askAtTheDoor(reader, shared), signal);
  }

  async function askAtTheDoor(reader: Reader, signal: AbortSignal): Promise<boolean> {
    const door: Question = { path: '/v2/', accept: 'application/json', maxBytes: limits.manifestBytes, what: 'the way to log in' };
    const { reply, own } = await follow(reader, door, undefined, signal);
    if (reply.status >= 500 || reply.status === 429) throw statusFailure(reader.repository, reply.status, door);
    if (own && reply.status === 401 && authorizer.challenged(reader.repository, reply.headers, undefined, true)) return true;
    noWayIn.set(originText(reader.repository.origin), clock.now());
    return false;
  }

  /** Asks with one credential, once the registry has said how it wants to be asked; what a stranger is told is asked once. */
  async function withCredential(
    reader: Reader,
    question: Question,
    { credential, tries }: { readonly credential: RegistryCredential | undefined; readonly tries: Tries },
    signal: AbortSignal,
  ): Promise<HttpReply> {
    const { repository } = reader;
    for (let attempt = 0; ; attempt += 1) {
      const header = await authorizer.header(reader, credential, signal);
      const stranger = header === undefined ? tries.stranger : undefined;
      const { reply, own } = stranger ?? (await follow(reader, question, header, signal));
      if (header === undefined) tries.stranger = { reply, own };
      if (own && attempt === 0) {
        if (reply.status === 401 && authorizer.challenged(repository, reply.headers, header)) continue;
        const hidden = credential !== undefined && header === undefined && HIDDEN.has(reply.status);
        if (hidden && (await challengedAtTheDoor(reader, signal))) continue;
      }
      if (credential !== undefined)
        tries.asked(credential, header === undefined ? 'unused' : 'sent', authorizer.withheldFrom(repository, credential));
      return reply;
    }
  }

  /** Whether anybody at all may read the repository: only then does its 404 mean what it says to those who were refused. */
  async function isOpen(reader: Reader, signal: AbortSignal): Promise<boolean> {
    const path = `/v2/${reader.repository.path}/tags/list?n=1`;
    const tags: Question = { path, accept: 'application/json', maxBytes: limits.manifestBytes, what: 'the list of tags' };
    const tries = createTries(reader, advice);
    const reply = await withCredential(reader, tags, { credential: undefined, tries }, signal).catch(() => undefined);
    return reply?.status === 200;
  }

  async function askAll(reader: Reader, question: Question, signal: AbortSignal): Promise<HttpReply> {
    const { repository, access } = reader;
    const key = keyOf(reader);
    const known = readers.get(key);
    const everybody = [...access.candidates, undefined].map((credential) => ({ credential, name: nameOf(credential) }));
    const inOrder = [...everybody.filter(({ name }) => name === known), ...everybody.filter(({ name }) => name !== known)];
    const tries = createTries(reader, advice);
    let missing: HttpReply | undefined;
    for (const { credential, name } of inOrder) {
      // Whom the registry knows it shows no less than strangers.
      if (credential === undefined && missing !== undefined && tries.believed) break;
      try {
        const reply = await withCredential(reader, question, { credential, tries }, signal);
        if (reply.status === 200) readers.set(key, name);
        if (reply.status === 404 && name !== known) {
          missing ??= reply;
          tries.missed();
        } else if (reply.status !== 401 && reply.status !== 403) return reply;
        else tries.refused(credential, statusFailure(repository, reply.status, question));
      } catch (error) {
        if (!(error instanceof FetchFailure)) throw error;
        if (error.problem.code !== 'FETCH_UNAUTHORIZED') throw tries.amended(error);
        if (credential !== undefined) tries.asked(credential, 'sent', authorizer.withheldFrom(repository, credential));
        tries.refused(credential, error);
      }
    }
    if (missing === undefined) throw tries.refusal();
    if (tries.believed) return missing;
    if (!(await isOpen(reader, signal))) throw tries.refusal();
    readers.set(key, ANONYMOUS);
    return missing;
  }

  return async (reader, question, signal) => {
    const key = keyOf(reader);
    if (reader.access.candidates.length < 2 || readers.has(key)) return askAll(reader, question, signal);
    const underWay = learning.get(key);
    if (underWay !== undefined) {
      // One finds out which credential it is, so that not every place is asked with all of them; in the turn of all who wait for it.
      underWay.askers.join(currentAsker());
      await untilAborted(underWay.learnt, signal, () => { throw outOfTime(reader.repository.origin.host.text); });
      return askAll(reader, question, signal);
    }
    const learnt = Promise.withResolvers<void>();
    const askers = new Askers(currentAsker());
    learning.set(key, { learnt: learnt.promise, askers });
    try {
      return await onBehalfOf(askers, () => askAll(reader, question, signal));
    } finally {
      learning.delete(key);
      learnt.resolve();
    }
  };
}

function keyOf({ repository, access }: Reader): string {
  return `${repository.name}\n${access.key}`;
}

function nameOf(credential: RegistryCredential | undefined): string {
  return credential === undefined ? ANONYMOUS : fingerprint(credential);
}

function badRedirect(target: Target, location: unknown): FetchFailure {
  const found = leadsTo(location) ?? 'no location';
  return new FetchFailure({
    code: 'FETCH_REDIRECT',
    source: target.origin.host.text,
    found,
    expected: `few redirects, each to an https URL`,
  });
}

/** What a status other than 200 and 404 means. */
export function statusFailure({ origin }: Repository, status: number, { what }: Pick<Question, 'what'>, advice?: Advice): FetchFailure {
  const code = status === 401 || status === 403 ? 'FETCH_UNAUTHORIZED' : status === 429 ? 'FETCH_RATE_LIMITED' : 'FETCH_SERVER_ERROR';
  const source = origin.host.text;
  const cause = `registry ${source} was asked for ${what}`;
  const plain = status === 400 ? inPlainHttp({ source, scheme: origin.scheme, advice }) : {};
  return new FetchFailure({
    code, source, found: `status ${status}`, ...plain, cause: plain.cause === undefined ? cause : `${cause}; ${plain.cause}`,
  });
}
