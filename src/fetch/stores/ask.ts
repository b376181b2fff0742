/** Asking stores of evidence: with their own token, and with words for what helps where a store, and no registry, could not be asked. */
import { FetchFailure } from '../../net/failure.ts';
import type { HttpStats } from '../../net/http.ts';
import type { FetchLimits } from '../../net/options.ts';
import { createAsker, isAbsent, refused } from '../asker.ts';
import type { AskOptions } from '../asker.ts';
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

/** A store that can be asked. */
export interface AskedStore {
  readonly ask: AskStore;
  /** The name of its host, for messages. */
  readonly host: string;
  /** The text without the tokens that were sent lately: what a store says of them is for nobody's eyes. */
  conceal(text: string): string;
}

/** Everything that asks stores shares connections, slots and the breaker. */
export interface StoreHttp {
  at(address: StoreAddress): AskedStore;
  readonly limits: FetchLimits;
  readonly stats: Readonly<HttpStats>;
  close(): Promise<void>;
}

const RETRY = 'could not verify, retry';
/** Tokens that are concealed: the one in use, and those that were before it. */
const REMEMBERED = 3;
/** What is shorter is no secret, and part of many words. */
const LEAST = 8;

/** Opens what asks stores. Nothing is sent yet. */
export function createStoreHttp(options: AskOptions): StoreHttp {
  const asker = createAsker(options);

  function at(address: StoreAddress): AskedStore {
    const { kind, url, ca } = address;
    const place = asker.at({ name: `${kind} ${url}`, url, ca, withoutTls: withoutTls(kind, url) });
    const label = `${kind} ${place.host}`;
    const tokens = new Set<string>();
    async function ask({ path, accept, maxBytes, what, post }: StoreQuestion, signal: AbortSignal): ReturnType<AskStore> {
      const token = await tokenOf(address);
      if (token !== undefined) remember(tokens, token);
      const headers = { accept, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
      const reply = await place.ask({ path, headers, maxBytes, what, post }, signal);
      const { link } = reply.headers;
      // Several headers of one name are one list (RFC 9110 §5.3).
      if (reply.status === 200) return { body: reply.body, ...(link === undefined ? {} : { link: [link].flat().join(', ') }) };
      if (isAbsent(reply) && post === undefined) return undefined;
      throw refused(reply, label, what);
    }
    const told = (error: unknown): never => { throw ofStore(error, label); };
    return {
      host: place.host,
      ask: (question, signal) => ask(question, signal).catch(told),
      conceal: (text) => [...tokens].reduce((shown, token) => shown.replaceAll(token, '(the token)'), text),
    };
  }

  return { at, limits: asker.limits, stats: asker.stats, close: () => asker.close() };
}

function remember(tokens: Set<string>, token: string): void {
  if (token.length < LEAST) return;
  tokens.delete(token);
  tokens.add(token);
  for (const old of [...tokens].slice(0, -REMEMBERED)) tokens.delete(old);
}

async function tokenOf({ kind, url, token }: StoreAddress): Promise<string | undefined> {
  try {
    return await token?.();
  } catch (error) {
    throw new FetchFailure({
      code: 'FETCH_CREDENTIALS', source: `${kind} ${url}`, cause: error instanceof Error ? error.message : 'the token cannot be read',
      fix: `${RETRY} after an administrator of Gatehouse has put one token into the file that tokenFile of this store names`,
    });
  }
}

function withoutTls(kind: string, url: string): Pick<FetchFailure['problem'], 'source' | 'cause' | 'fix'> {
  return {
    source: `${kind} ${url}`, cause: `this is where the store ${kind} is to be asked`,
    fix: `${RETRY} after an administrator of Gatehouse has given the store an https address, or named its host in plainHttp`,
  };
}

/** What helps where a store, and no registry, could not be asked; what says so itself keeps it. */
const FIXES: Readonly<Record<string, string>> = {
  FETCH_UNAUTHORIZED: `${RETRY} after an administrator of Gatehouse has given the store a token that may read it (tokenFile in evidenceStores)`,
  FETCH_UNREACHABLE: `${RETRY}; when it lasts, ask an administrator of Gatehouse to check evidenceStores, and network, DNS and proxy on the way to it`,
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
