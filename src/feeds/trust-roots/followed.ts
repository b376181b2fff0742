/** One trust root that is published somewhere: how often it is asked for, and until when what is known of it may be used. */
import { dirname } from 'node:path';
import type { Clock } from '../../domain/ports.ts';
import type { PublishedRoot, PublishedSpec } from '../../domain/policy/trust-root.ts';
import type { Feed } from '../feed.ts';
import { createHeld, messageOf } from '../held.ts';
import type { Held } from '../held.ts';
import { poll, REAL_TIME } from '../polling.ts';
import type { After, FeedTime, Polling } from '../polling.ts';
import type { RootDocument, RootSource, TrustRootEvents } from './root.ts';

/** One root that is followed: the feed of its document, which is `undefined` before the first and once it is stale. */
export interface Followed extends Feed<RootDocument | undefined> {
  published(): PublishedRoot;
  state(): { readonly name: string; readonly age?: number; readonly failures: number; readonly usable: boolean };
  /** Takes over how often to ask and how long to use what is known. */
  adjust(spec: Pick<PublishedSpec, 'refresh' | 'maxStale'>): void;
  /** Resolves when there is content, or the first try failed. */
  readonly primed: Promise<void>;
}

/** What one root is followed with. */
export interface FollowedOptions {
  readonly name: string;
  readonly spec: PublishedSpec;
  readonly source: RootSource;
  readonly clock: Clock;
  readonly after?: After;
  readonly watch?: FeedTime['watch'];
  readonly events: TrustRootEvents;
  /** What may be used has changed. */
  changed(): void;
  /** What was kept from before this time does not count. */
  readonly since?: number;
}

const FIRST_RETRY = 5_000;
const LONGEST_RETRY = 10 * 60_000;
const ATTEMPT = 60_000;
const LONGEST_TIMER = 3_600_000;

/**
 * Follows one root: restores what is kept, then asks the repository every `refresh` milliseconds, after failures
 * sooner. The last good content is used for `maxStale` after it was confirmed and then no longer, until the
 * repository confirms again (security.md J06, R06).
 */
export function createFollowed(options: FollowedOptions): Followed {
  return new Root(options);
}

class Root implements Followed {
  readonly name: string;
  readonly #options: FollowedOptions;
  readonly #held: Held<RootDocument>;
  readonly #polling: Polling;
  readonly #after: After;
  #times: Pick<PublishedSpec, 'refresh' | 'maxStale'>;
  #failures = 0;
  #retry: number | undefined;
  #toldUsable = false;
  #cancelStale = (): void => undefined;
  readonly primed: Promise<void>;

  constructor(options: FollowedOptions) {
    const { name, clock, source, after = REAL_TIME.after, watch = REAL_TIME.watch } = options;
    this.#options = options;
    this.#times = options.spec;
    this.#after = after;
    this.name = `trust-root/${name}`;
    this.#held = createHeld({ name: this.name, clock });
    this.#polling = poll({
      look: (signal) => this.#attempt(signal),
      pauseMs: () => this.#retry ?? this.#pause(),
      ...(source.watch === undefined ? {} : { watch: source.watch.map((path) => dirname(path)) }),
      time: { clock, after, watch },
    });
    this.primed = this.#start();
  }

  published(): PublishedRoot {
    const [document, at] = [this.#held.current(), this.#held.confirmedAt()];
    const problem = this.#held.condition().problem ?? this.#options.source.unanswered ?? 'its TUF repository has not answered yet';
    if (document === undefined || at === undefined) return { usable: false, cause: problem };
    if (this.#usable) return { usable: true, content: document.content };
    return { usable: false, cause: `stale since ${iso(at + this.#times.maxStale)}: last confirmed at ${iso(at)}; ${problem}` };
  }

  state(): ReturnType<Followed['state']> {
    const age = this.#held.age();
    return { name: this.#options.name, failures: this.#failures, usable: this.#usable, ...(age === undefined ? {} : { age }) };
  }

  adjust({ refresh, maxStale }: Pick<PublishedSpec, 'refresh' | 'maxStale'>): void {
    if (refresh === this.#times.refresh && maxStale === this.#times.maxStale) return;
    this.#times = { refresh, maxStale };
    this.#polling.within(this.#retry ?? this.#pause());
    this.#toldUsable = this.#usable;
    this.#watchAge();
  }

  current(): RootDocument | undefined {
    return this.#usable ? this.#held.current() : undefined;
  }

  age(): number | undefined {
    return this.#held.age();
  }

  changed(listener: () => void): () => void {
    return this.#held.changed(listener);
  }

  condition(): ReturnType<Feed<RootDocument>['condition']> {
    return { ...this.#held.condition(), ready: this.#usable };
  }

  refresh(): Promise<void> {
    return this.#polling.now();
  }

  close(): void {
    this.#cancelStale();
    this.#polling.stop();
    this.#held.close();
  }

  get #usable(): boolean {
    const at = this.#held.confirmedAt();
    return at !== undefined && this.#options.clock.now() - at <= this.#times.maxStale;
  }

  /** As the publisher wishes it, or the document; but before what is known would be too old for the document. */
  #pause(): number {
    const { refresh, maxStale } = this.#times;
    return Math.min((this.#held.current()?.refreshMs ?? refresh) * (0.9 + 0.2 * Math.random()), maxStale * 0.8);
  }

  async #start(): Promise<void> {
    const kept = await this.#options.source.restore().catch(() => undefined);
    // A clock that was set back must not make old content young for ever.
    const now = this.#options.clock.now();
    if (kept !== undefined && kept.confirmedAt >= (this.#options.since ?? 0)) this.#take(kept, Math.min(kept.confirmedAt, now));
    const first = this.#polling.now();
    if (!this.#usable) await first;
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    const { name, source, clock, events } = this.#options;
    try {
      const document = await source.refresh(clock.now(), AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT)]));
      if (signal.aborted) return;
      this.#failures = 0;
      this.#retry = undefined;
      events.confirmed(name, document, this.#take(document, document.confirmedAt));
    } catch (cause) {
      if (signal.aborted) return;
      this.#failures += 1;
      this.#retry =
        Math.min(this.#times.refresh, LONGEST_RETRY, FIRST_RETRY * 2 ** Math.min(this.#failures - 1, 10)) * (0.8 + 0.4 * Math.random());
      events.failed(name, messageOf(cause), this.#retry, this.#held.unreadable(cause));
    }
    this.#notice();
  }

  /** Takes a document; true when it is another content than before. */
  #take(document: RootDocument, at: number): boolean {
    const [before, wasUsable] = [this.#held.condition().generation, this.#toldUsable];
    this.#held.offer(JSON.stringify(document.content), () => document, at);
    this.#toldUsable = this.#usable;
    const isNew = this.#held.condition().generation !== before;
    if (isNew || wasUsable !== this.#toldUsable) this.#options.changed();
    this.#watchAge();
    return isNew;
  }

  #notice(): void {
    const at = this.#held.confirmedAt();
    if (!this.#toldUsable || this.#usable || at === undefined) return;
    this.#toldUsable = false;
    this.#options.events.stale(this.#options.name, at);
    this.#options.changed();
  }

  /** Notices the moment from which the document is too old. */
  #watchAge(): void {
    this.#cancelStale();
    const at = this.#held.confirmedAt();
    if (!this.#toldUsable || at === undefined) return;
    const left = at + this.#times.maxStale + 1 - this.#options.clock.now();
    this.#cancelStale = this.#after(Math.min(Math.max(left, 10), LONGEST_TIMER), () => {
      this.#notice();
      this.#watchAge();
    });
  }
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
