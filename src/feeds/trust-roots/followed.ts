import type { Clock } from '../../domain/ports.ts';
import type { PublishedRoot, TufRootSpec } from '../../domain/policy/trust-root.ts';

/** A document that a repository published, verified. */
export interface RootDocument {
  readonly content: unknown;
  /** Epoch milliseconds. */
  readonly confirmedAt: number;
  readonly versions: Readonly<Record<string, number>>;
}

/** Where the document of one root comes from. */
export interface RootSource {
  /** What was accepted before the restart, verified again; asks no network. */
  restore(): Promise<RootDocument | undefined>;
  /** Asks the repository; rejects with a message for people. */
  refresh(now: number, signal: AbortSignal): Promise<RootDocument>;
}

/** Told what becomes of the roots; must not throw. */
export interface TrustRootEvents {
  /** The repository confirmed the root; `isNew` when its content changed. */
  confirmed(name: string, document: RootDocument, isNew: boolean): void;
  /** The repository could not be asked, or is wrong; what was known stays. */
  failed(name: string, problem: string, retryMs: number): void;
  /** The root is too old to be used from now on. */
  stale(name: string, confirmedAt: number): void;
}

/** One root that is followed. */
export interface Followed {
  published(): PublishedRoot;
  state(): { readonly name: string; readonly age?: number; readonly failures: number; readonly usable: boolean };
  /** Takes over how often to ask and how long to use what is known. */
  adjust(spec: Pick<TufRootSpec, 'refresh' | 'maxStale'>): void;
  /** Resolves when there is content, or the first try failed. */
  readonly primed: Promise<void>;
  stop(): void;
}

export interface FollowedOptions {
  readonly name: string;
  readonly spec: TufRootSpec;
  readonly source: RootSource;
  readonly clock: Clock;
  readonly events: TrustRootEvents;
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
  readonly #options: FollowedOptions;
  #times: Pick<TufRootSpec, 'refresh' | 'maxStale'>;
  #document: RootDocument | undefined;
  #problem = 'its TUF repository has not answered yet';
  #failures = 0;
  #nextTry = 0;
  #busy = false;
  #toldUsable = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #stopped = new AbortController();
  readonly primed: Promise<void>;

  constructor(options: FollowedOptions) {
    this.#options = options;
    this.#times = options.spec;
    this.primed = this.#start();
  }

  published(): PublishedRoot {
    if (this.#document === undefined) return { usable: false, cause: this.#problem };
    if (this.#usable) return { usable: true, content: this.#document.content };
    return {
      usable: false,
      cause: `stale since ${iso(this.#document.confirmedAt + this.#times.maxStale)}: last confirmed at ${iso(this.#document.confirmedAt)}; ${this.#problem}`,
    };
  }

  state(): ReturnType<Followed['state']> {
    const age = this.#document === undefined ? undefined : Math.max(0, this.#options.clock.now() - this.#document.confirmedAt);
    return { name: this.#options.name, failures: this.#failures, usable: this.#usable, ...(age === undefined ? {} : { age }) };
  }

  adjust({ refresh, maxStale }: Pick<TufRootSpec, 'refresh' | 'maxStale'>): void {
    if (refresh === this.#times.refresh && maxStale === this.#times.maxStale) return;
    if (refresh < this.#times.refresh) this.#nextTry = Math.min(this.#nextTry, this.#options.clock.now() + refresh);
    this.#times = { refresh, maxStale };
    this.#toldUsable = this.#usable;
    this.#wait();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stopped.abort();
  }

  get #usable(): boolean {
    return this.#document !== undefined && this.#options.clock.now() - this.#document.confirmedAt <= this.#times.maxStale;
  }

  async #start(): Promise<void> {
    const kept = await this.#options.source.restore().catch(() => undefined);
    // A clock that was set back must not make old content young for ever.
    const now = this.#options.clock.now();
    if (kept !== undefined && kept.confirmedAt >= (this.#options.since ?? 0))
      this.#take({ ...kept, confirmedAt: Math.min(kept.confirmedAt, now) });
    if (this.#usable) void this.#tick();
    else await this.#tick();
  }

  async #tick(): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    if (!this.#busy && this.#options.clock.now() >= this.#nextTry) {
      this.#busy = true;
      await this.#attempt();
      this.#busy = false;
    }
    this.#notice();
    this.#wait();
  }

  async #attempt(): Promise<void> {
    const { name, source, clock, events } = this.#options;
    try {
      const document = await source.refresh(clock.now(), AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(ATTEMPT)]));
      if (this.#stopped.signal.aborted) return;
      this.#failures = 0;
      this.#nextTry = clock.now() + this.#times.refresh * (0.9 + 0.2 * Math.random());
      const isNew = this.#take(document);
      events.confirmed(name, document, isNew);
    } catch (cause) {
      if (this.#stopped.signal.aborted) return;
      this.#problem = cause instanceof Error ? cause.message : String(cause);
      this.#failures += 1;
      const retry =
        Math.min(this.#times.refresh, LONGEST_RETRY, FIRST_RETRY * 2 ** Math.min(this.#failures - 1, 10)) * (0.8 + 0.4 * Math.random());
      this.#nextTry = clock.now() + retry;
      events.failed(name, this.#problem, retry);
    }
  }

  /** Takes a document; true when what may be used is another content than before. */
  #take(document: RootDocument): boolean {
    const [before, wasUsable] = [this.#document, this.#toldUsable];
    this.#document = document;
    this.#toldUsable = this.#usable;
    const isNew = before === undefined || JSON.stringify(before.content) !== JSON.stringify(document.content);
    if (isNew || wasUsable !== this.#toldUsable) this.#options.changed();
    return isNew;
  }

  #notice(): void {
    if (!this.#toldUsable || this.#usable || this.#document === undefined) return;
    this.#toldUsable = false;
    this.#options.events.stale(this.#options.name, this.#document.confirmedAt);
    this.#options.changed();
  }

  #wait(): void {
    if (this.#stopped.signal.aborted) return;
    clearTimeout(this.#timer);
    const now = this.#options.clock.now();
    const staleAt =
      this.#toldUsable && this.#document !== undefined ? this.#document.confirmedAt + this.#times.maxStale + 1 : Number.POSITIVE_INFINITY;
    const next = Math.min(this.#busy ? Number.POSITIVE_INFINITY : this.#nextTry, staleAt) - now;
    this.#timer = setTimeout(() => void this.#tick(), Math.min(Math.max(next, 10), LONGEST_TIMER)).unref();
  }
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
