/** What authorities say of revoked certificates: fetched in the background for every certificate that was proven, and kept. */
import type {
  CertificateStatuses, RevocationAnswer, RevocationLead, RevocationList, RevocationReader,
} from '../../domain/certificate-status.ts';
import type { Clock } from '../../domain/ports.ts';
import { inSlices } from '../../flow/slices.ts';
import type { After } from '../polling.ts';
import { REAL_TIME } from '../polling.ts';
import { takeAnswer } from './answers.ts';
import { KeptList } from './held-lists.ts';
import { judgeCertificate } from './judged.ts';
import { endOf, Kept } from './kept.ts';
import type { Dated, KeptOptions } from './kept.ts';
import type { ListStore } from './remembered.ts';
import { recallLists, rememberLists } from './remembered.ts';
import { inTurn } from './turns.ts';

/** Brings what stands at a URL, or the answer to what is posted there. Rejects with an Error for people. */
export type FetchRevocation = (
  url: string, options: { readonly maxBytes: number; readonly post?: Uint8Array }, signal: AbortSignal,
) => Promise<Uint8Array>;

/** Told what happens; must not throw. */
export interface CertificateFeedEvents {
  /** A list or answer has other content than before. */
  fetched(what: 'list' | 'answer', url: string): void;
  failed(what: 'list' | 'answer', url: string, problem: string, isNew: boolean): void;
}

/** How the feed is made. */
export interface CertificateFeedOptions {
  /** Of the calendar: lists and answers say by it when they hold. */
  readonly clock: Clock;
  readonly after?: After;
  /** Asked for before each reading: what reads is loaded with the first list or answer. */
  readonly reader: () => Promise<RevocationReader>;
  readonly fetch: FetchRevocation;
  readonly events: CertificateFeedEvents;
  /** Where lists that trust roots name survive a restart; absent: nowhere. */
  readonly store?: ListStore | undefined;
}

/** One list as the metrics show it. */
export interface ListState {
  readonly url: string;
  /** Milliseconds since it was last fetched and held. */
  readonly age?: number;
  /** Milliseconds until it ends; negative: it has ended. */
  readonly left?: number;
  readonly entries?: number;
  readonly failures: number;
}

/** Knows what is known of revoked certificates, and fetches what is not. */
export interface CertificateFeed extends CertificateStatuses {
  /** The lists that trust roots name from now on: they are fetched at once and never let go. */
  pin(urls: readonly string[]): void;
  /** Resolves once nothing is fetched for the first time any more, at the latest after `ms`; true when anything was. */
  settled(ms: number): Promise<boolean>;
  lists(): readonly ListState[];
  /** Counts how often somebody else was said to be revoked than before, by what had been fetched already. */
  changes(): number;
  /** When lists end that nobody seems to renew, epoch milliseconds: all others are taken to be renewed in time. */
  ends(): readonly { readonly url: string; readonly at: number }[];
  stats(): { readonly lists: number; readonly answers: number; readonly bytes: number };
  close(): void;
}

const AT_A_TIME = 4;
const MOST_KEPT = 4096;
const MOST_BYTES = 128 * 1024 * 1024;
const ANSWER_BYTES = 64 * 1024;
const LIST_BYTES = 32 * 1024 * 1024;

/** Makes the feed; it fetches nothing until something is asked or pinned. */
export function createCertificateFeed(options: CertificateFeedOptions): CertificateFeed {
  return new Certificates(options);
}

class Certificates implements CertificateFeed {
  readonly #options: CertificateFeedOptions;
  readonly #lists = new Map<string, KeptList>();
  readonly #answers = new Map<string, Kept<RevocationAnswer>>();
  readonly #turn = inTurn(AT_A_TIME);
  #generation = 0;
  #changes = 0;
  #written = Promise.resolve();

  constructor(options: CertificateFeedOptions) {
    this.#options = options;
  }

  of(lead: RevocationLead, listed: readonly string[], at?: number): ReturnType<CertificateFeed['of']> {
    for (const url of lead.deltas ?? []) this.#list(url);
    const now = this.#options.clock.now();
    return judgeCertificate(lead, {
      answers: (lead.responders ?? []).map((url) => this.#answer(url, lead)),
      named: (lead.lists ?? []).map((url) => this.#list(url)),
      listed: listed.map((url) => this.#list(url)),
      listsOf: ({ lists = [] }) => lists.map((url) => this.#list(url)),
      deltasOf: (list) => [...new Set([...(lead.deltas ?? []), ...list.deltas])].map((url) => this.#list(url)),
    }, (list) => (at !== undefined && at > now && list.isOverdue(now) ? at : now));
  }

  ends(): ReturnType<CertificateFeed['ends']> {
    const now = this.#options.clock.now();
    return [...this.#lists.values()].flatMap((list) => {
      const held = list.peek().value;
      return held === undefined || !list.isOverdue(now) ? [] : [{ url: list.url, at: endOf(held) }];
    });
  }

  changes(): number {
    return this.#changes;
  }

  generation(): number {
    return this.#generation;
  }

  pin(urls: readonly string[]): void {
    for (const list of this.#lists.values()) list.pinned = urls.includes(list.url);
    for (const url of urls) this.#list(url).pinned = true;
  }

  async settled(ms: number): Promise<boolean> {
    const fresh = (): readonly { look(): Promise<void> }[] =>
      [...this.#lists.values(), ...this.#answers.values()].filter(({ isNew }) => isNew);
    if (fresh().length === 0) return false;
    let cancel = (): void => undefined;
    const late = new Promise<true>((done) => { cancel = (this.#options.after ?? REAL_TIME.after)(ms, () => done(true)); });
    // A list may name deltas, which are new in turn.
    for (let isLate = false; !isLate && fresh().length > 0;)
      isLate = await Promise.race([Promise.all(fresh().map((kept) => kept.look())).then(() => false), late]);
    cancel();
    return true;
  }

  lists(): readonly ListState[] {
    const now = this.#options.clock.now();
    return [...this.#lists.values()].map((list) => {
      const { value, confirmedAt, failures } = list.peek();
      return {
        url: list.url, failures,
        ...(confirmedAt === undefined ? {} : { age: now - confirmedAt }),
        ...(value === undefined ? {} : { left: endOf(value) - now, entries: value.shown.entries }),
      };
    });
  }

  stats(): ReturnType<CertificateFeed['stats']> {
    return { lists: this.#lists.size, answers: this.#answers.size, bytes: this.#bytes() };
  }

  close(): void {
    for (const kept of [...this.#lists.values(), ...this.#answers.values()]) kept.close();
  }

  #list(url: string): KeptList {
    return touched(this.#lists, url) ?? this.#newList(url);
  }

  #newList(url: string): KeptList {
    const { reader, fetch, store } = this.#options;
    let isRecalled = store === undefined;
    const recall = async (): Promise<void> => {
      const { list: read } = await reader();
      for (const one of recallLists((await store?.read(url)) ?? new Uint8Array()))
        await inSlices(read(one.der)).then((list) => made.recall(one, list), () => undefined);
      isRecalled = true;
    };
    const load = async (signal: AbortSignal): Promise<RevocationList> => {
      if (!isRecalled) await recall();
      const bytes = await fetch(url, { maxBytes: LIST_BYTES }, signal);
      const { list } = await reader();
      return explained(url, () => inSlices(list(bytes), { signal }));
    };
    const proven = (): void => {
      const held = made.peek().value;
      if (store === undefined || held === undefined || !made.pinned || !isRecalled) return;
      this.#written = this.#written.then(() => store.write(url, rememberLists(held.remembered())));
    };
    const made: KeptList = this.#keep(this.#lists, { key: url, what: 'list', url }, (more) => new KeptList({
      ...more, proven,
      load: (signal) => this.#turn(() => load(signal)),
      changed: (isOther) => {
        more.changed(isOther);
        for (const delta of followed(made)) this.#list(delta);
        proven();
      },
    }));
    return made;
  }

  #answer(url: string, lead: RevocationLead): Kept<RevocationAnswer> {
    const key = `${url} ${lead.number} ${lead.issuer}`;
    return touched(this.#answers, key) ?? this.#newAnswer(key, url, lead);
  }

  #newAnswer(key: string, url: string, lead: RevocationLead): Kept<RevocationAnswer> {
    const { reader, fetch } = this.#options;
    const load = async (signal: AbortSignal): Promise<RevocationAnswer> => {
      const { request, answer } = await reader();
      const bytes = await fetch(url, { maxBytes: ANSWER_BYTES, post: request(lead) }, signal);
      return explained(url, () => Promise.resolve(answer(bytes, lead)));
    };
    const made: Kept<RevocationAnswer> = this.#keep(this.#answers, { key, what: 'answer', url }, (more) => new Kept<RevocationAnswer>({
      ...more,
      take: takeAnswer,
      load: (signal) => this.#turn(() => load(signal)),
      changed: (isOther) => {
        more.changed(isOther);
        for (const list of made.peek().value?.signer?.lead?.lists ?? []) this.#list(list);
      },
    }));
    return made;
  }

  /** Keeps something new under a key. */
  #keep<K extends Entry>(
    all: Map<string, K>, { key, what, url }: { readonly key: string; readonly what: 'list' | 'answer'; readonly url: string },
    make: (more: Common) => K,
  ): K {
    const { clock, after = REAL_TIME.after, events } = this.#options;
    const kept = make({
      url, clock, after,
      changed: (isOther) => {
        this.#generation += 1;
        if (isOther) this.#changes += 1;
        events.fetched(what, url);
        this.#makeRoom();
      },
      failed: (problem, isNew) => events.failed(what, url, problem, isNew),
      idle: () => {
        kept.close();
        all.delete(key);
      },
    });
    all.set(key, kept);
    this.#makeRoom();
    return kept;
  }

  /** What was asked for least recently goes first; what trust roots name stays. */
  #makeRoom(): void {
    drop(this.#answers, () => this.#answers.size > MOST_KEPT);
    drop(this.#lists, () => this.#lists.size > MOST_KEPT || this.#bytes() > MOST_BYTES);
  }

  #bytes(): number {
    return [...this.#lists.values()].reduce((sum, list) => sum + bytesOf(list), 0);
  }
}

/** What is kept under a key, which becomes the one that was asked for last. */
function touched<K>(all: Map<string, K>, key: string): K | undefined {
  const known = all.get(key);
  if (known === undefined) return undefined;
  all.delete(key);
  all.set(key, known);
  return known;
}

/** What of keeping is the same for lists and answers. */
type Common = Pick<KeptOptions<Dated>, 'url' | 'clock' | 'after' | 'changed' | 'failed' | 'idle'>;
type Entry = Pick<KeptList, 'pinned' | 'close'>;

/** Deltas fetched before anybody asks: those that an issuer names in a base, or a list that a trust root names. A stranger names none. */
function followed(list: KeptList): readonly string[] {
  const held = list.peek().value;
  const own = list.pinned && held?.latest.isDelta === false ? [held.latest] : [];
  return [...own, ...(held?.bases() ?? [])].flatMap(({ deltas }) => deltas);
}

function bytesOf(list: KeptList): number {
  return [...list.peek().value?.all() ?? []].reduce((sum, { bytes }) => sum + bytes, 0);
}

function drop<K extends Entry>(all: Map<string, K>, tooMuch: () => boolean): void {
  if (!tooMuch()) return;
  for (const [key, kept] of all) {
    if (kept.pinned) continue;
    kept.close();
    all.delete(key);
    if (!tooMuch()) return;
  }
}

/** Errors about content name the place that it came from. */
async function explained<T>(url: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new Error(`${url}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
