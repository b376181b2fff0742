/** Asking stores of evidence: under the rules of the network room, at the address of the configuration and nowhere else. */
import type { Clock } from '../../domain/ports.ts';
import { createBreaker } from '../../net/breaker.ts';
import { createConnections } from '../../net/connections.ts';
import { FetchFailure } from '../../net/failure.ts';
import { parseHttpUrl } from '../../net/host.ts';
import { createHttp } from '../../net/http.ts';
import type { HttpReply, HttpStats } from '../../net/http.ts';
import { DEFAULT_LIMITS, withDefaults } from '../../net/options.ts';
import type { FetchLimits, HostLookup, ProxySettings } from '../../net/options.ts';
import { sharedLookup } from '../../net/resolver.ts';
import { createSlots } from '../../net/slots.ts';
import type { AskStore, StoreQuestion } from './store.ts';

/** Where a store is, and with what it is asked. */
export interface StoreAddress {
  readonly kind: string;
  /** Base URL; a path in it stands before every path that is asked for. Naming a host here permits it to be private. */
  readonly url: string;
  /** PEM of certificate authorities that are trusted for it in addition to the system's. */
  readonly ca?: string | undefined;
  /** A bearer token for this address alone, read for every question; rejects when it cannot be read. */
  readonly token?: (() => Promise<string>) | undefined;
}

/** What asking takes; what is left out has the defaults of the room. */
export interface StoreHttpOptions {
  readonly clock: Clock;
  /** `HOST[:PORT]` that may be asked over plain HTTP and may be loopback; without a port, on every port. */
  readonly plainHttp?: readonly string[] | undefined;
  readonly proxy?: ProxySettings | undefined;
  readonly userAgent?: string | undefined;
  readonly lookup?: HostLookup | undefined;
  readonly limits?: Partial<FetchLimits> | undefined;
}

/** Everything that asks stores shares connections, slots and the breaker. */
export interface StoreHttp {
  /** How this one is asked, and the name of its host for messages. */
  at(address: StoreAddress): { readonly ask: AskStore; readonly host: string };
  readonly limits: FetchLimits;
  readonly stats: Readonly<HttpStats>;
  close(): Promise<void>;
}

const ABSENT: ReadonlySet<number> = new Set([404, 410]);
const RETRY = 'could not verify, retry';

/** Opens what asks stores. Nothing is sent yet. */
export function createStoreHttp(options: StoreHttpOptions): StoreHttp {
  const limits = withDefaults(DEFAULT_LIMITS, options.limits);
  const stats: HttpStats = { requests: 0, retries: 0 };
  const connections = createConnections(options.lookup ?? sharedLookup(), limits, options.proxy);
  const http = createHttp({
    connections, limits, stats, breaker: createBreaker(options.clock), slots: createSlots(limits.concurrency),
    userAgent: options.userAgent ?? 'gatehouse',
  });
  const plain = new Set(options.plainHttp);

  function at(address: StoreAddress): ReturnType<StoreHttp['at']> {
    const { kind, url, ca } = address;
    const base = parseHttpUrl(url);
    const prefix = base?.path.replace(/\/+$/, '') ?? '';
    const host = base?.origin.host.text ?? url;
    const { text, name } = base?.origin.host ?? { text: '', name: '' };
    const allowed = base?.origin.scheme === 'https' || plain.has(text) || plain.has(name);
    async function ask(question: StoreQuestion, signal: AbortSignal): ReturnType<AskStore> {
      if (base === undefined || !allowed) throw withoutTls(kind, url);
      const { path, accept, maxBytes, what, post } = question;
      const reply = await http({
        target: { origin: base.origin, reach: 'named', ca }, path: `${prefix}${path}`, maxBytes, what,
        headers: { accept, ...(await authorization(address)) }, asker: { repository: `${kind} ${url}`, access: '' },
        ...(post === undefined ? {} : { send: { method: 'POST' as const, type: 'application/json', body: Buffer.from(post) } }),
      }, signal);
      const link = reply.headers['link'];
      if (reply.status === 200) return { body: reply.body, ...(typeof link === 'string' ? { link } : {}) };
      if (ABSENT.has(reply.status) && post === undefined) return undefined;
      throw refused(reply, `${kind} ${host}`, what);
    }
    const told = (error: unknown): never => { throw ofStore(error, `${kind} ${host}`); };
    return { host, ask: (question, signal) => ask(question, signal).catch(told) };
  }

  return { at, limits, stats, close: () => connections.close() };
}

async function authorization({ kind, url, token }: StoreAddress): Promise<Readonly<Record<string, string>>> {
  if (token === undefined) return {};
  try {
    return { authorization: `Bearer ${await token()}` };
  } catch (error) {
    throw new FetchFailure({
      code: 'FETCH_CREDENTIALS', source: `${kind} ${url}`, cause: error instanceof Error ? error.message : 'the token cannot be read',
      fix: `${RETRY} after an administrator of Gatehouse has put one token into the file that tokenFile of this store names`,
    });
  }
}

function withoutTls(kind: string, url: string): FetchFailure {
  return new FetchFailure({
    code: 'FETCH_HOST_FORBIDDEN', source: `${kind} ${url}`, found: 'an address without TLS',
    expected: 'an https URL, or a host that plainHttp names', cause: `this is where the store ${kind} is to be asked`,
    fix: `${RETRY} after an administrator of Gatehouse has given the store an https address, or named its host in plainHttp (on the command line: --plain-http HOST)`,
  });
}

/** What helps where a store, and no registry, could not be asked; what says so itself keeps it. */
const FIXES: Readonly<Record<string, string>> = {
  FETCH_UNAUTHORIZED: `${RETRY} after an administrator of Gatehouse has given the store a token that may read it (tokenFile in evidenceStores)`,
  FETCH_UNREACHABLE: `${RETRY}; when it lasts, ask an administrator of Gatehouse to check evidenceStores (on the command line: the address given with --evidence-store), and network, DNS and proxy on the way to it`,
  FETCH_TLS: `${RETRY} after an administrator of Gatehouse has added the CA that issued its certificate (ca in evidenceStores)`,
  FETCH_TIMEOUT: `${RETRY}; when it lasts, ask the operator of the store`,
  FETCH_RATE_LIMITED: `${RETRY} later; when it lasts, ask an administrator of Gatehouse for a token with a higher limit (tokenFile in evidenceStores)`,
  FETCH_SERVER_ERROR: `${RETRY}; when it lasts, ask the operator of the store`,
  FETCH_REDIRECT: `${RETRY} after an administrator of Gatehouse has written the address at which the store itself answers (evidenceStores)`,
  FETCH_HOST_FORBIDDEN: `${RETRY} after an administrator of Gatehouse has checked the address of the store (evidenceStores)`,
};

/** Says of which store it is, and what helps there. */
function ofStore(error: unknown, source: string): unknown {
  if (!(error instanceof FetchFailure)) return error;
  const { problem } = error;
  const fix = problem.fix ?? FIXES[problem.code];
  return new FetchFailure({ ...problem, source, ...(fix === undefined ? {} : { fix }) });
}

/** What a status other than 200, 404 and 410 means; a redirect leads away from the address that the operator named. */
function refused({ status, headers }: HttpReply, source: string, what: string): FetchFailure {
  const cause = `${source} was asked for ${what}`;
  if (status >= 300 && status < 400) {
    const to = headers['location'];
    return new FetchFailure({
      code: 'FETCH_REDIRECT', source, found: typeof to === 'string' ? to.slice(0, 200) : `status ${status}`,
      expected: 'an answer from the address that is configured', cause,
    });
  }
  const code = status === 401 || status === 403 ? 'FETCH_UNAUTHORIZED' : status === 429 ? 'FETCH_RATE_LIMITED' : 'FETCH_SERVER_ERROR';
  return new FetchFailure({ code, source, found: `status ${status}`, cause });
}
