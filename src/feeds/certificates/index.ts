/** What authorities say of revoked certificates: fetched in the background for every certificate that was proven, and kept. */
import type { RevocationAnswer, RevocationLead, RevocationList } from '../../domain/certificate-status.ts';
import { inSlices } from '../../flow/slices.ts';
import { REAL_TIME } from '../polling.ts';
import { takeAnswer } from './answers.ts';
import type { CertificateFeed, CertificateFeedOptions, ListState } from './feed.ts';
import { KeptList } from './held-lists.ts';
import { judgeCertificate } from './judged.ts';
import { endOf, Kept } from './kept.ts';
import type { Dated, KeptOptions } from './kept.ts';
import { recallLists, rememberLists } from './remembered.ts';
import { drop, touched } from './shelf.ts';
import type { Entry } from './shelf.ts';
import { inTurn } from './turns.ts';

export type { CertificateFeed, CertificateFeedEvents, CertificateFeedOptions, FetchRevocation, ListState } from './feed.ts';

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

/** What of keeping is the same for lists and answers. */
type Common = Pick<KeptOptions<Dated>, 'url' | 'clock' | 'after' | 'changed' | 'failed' | 'idle'>;

/** Deltas fetched before anybody asks: those that an issuer names in a base, or a list that a trust root names. A stranger names none. */
function followed(list: KeptList): readonly string[] {
  const held = list.peek().value;
  const own = list.pinned && held?.latest.isDelta === false ? [held.latest] : [];
  return [...own, ...(held?.bases() ?? [])].flatMap(({ deltas }) => deltas);
}

function bytesOf(list: KeptList): number {
  return [...list.peek().value?.all() ?? []].reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Errors about content name the place that it came from. */
async function explained<T>(url: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new Error(`${url}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
