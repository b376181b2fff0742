/** One store and one artifact: what is kept of them, and asking for the rest. */
import type { Clock, EvidenceBatch } from '../../domain/ports.ts';
import { isRetryable, problemOf } from '../../net/failure.ts';
import type { CacheSettings } from '../../net/options.ts';
import { createKept, worthOfBatch } from '../packages/kept.ts';
import type { Kept } from '../packages/kept.ts';
import { createParts } from './parts.ts';

/** One store for one artifact. Nothing here throws. */
export interface StoreLookup {
  /** What is kept of it and young enough; with `fresh` also what it answered a moment ago to whoever asks by this very look-up. */
  known(fresh: boolean): Kept<EvidenceBatch> | undefined;
  /** Pieces of a look-up that left something open: they may be enough, and say nothing of what else there is. */
  part(): Kept<EvidenceBatch> | undefined;
  ask(signal: AbortSignal): Promise<Kept<EvidenceBatch>>;
}

/** A question to a store; the first line of its key names the store, which messages of an early leaver show. */
export interface Looking {
  readonly key: string;
  /** Asks the store; `held` is what it gave before. */
  look(held: EvidenceBatch['evidence'], signal: AbortSignal): Promise<EvidenceBatch>;
  /** What those are told who could not be answered at all. */
  told(batch: EvidenceBatch): EvidenceBatch;
}

/** The memory of all look-ups. */
export interface LookUps {
  of(looking: Looking): StoreLookup;
  /** Nothing is kept any more. */
  clear(): void;
  readonly entries: number;
  readonly bytes: number;
}

const REFRESH_FROM = 0.8;
const REFRESH_AGAIN = 0.05;
/** Of the memory, for look-ups that left something open: whoever leaves much open pushes out nothing that is whole. */
const PARTS = 0.25;

/**
 * What was found is kept for `evidenceTTL` and asked for again in the background from 80 % of it on (until `closing`), that there is
 * nothing for `absenceTTL`. Of a look-up that left something open the pieces are kept, apart from the others; what could not be said is
 * asked for again by whoever needs more than them.
 */
export function createLookUps(settings: CacheSettings, clock: Clock, closing: AbortSignal): LookUps {
  const forParts = Math.floor(PARTS * settings.maxBytes);
  const whole = createKept<EvidenceBatch>({ ...settings, maxBytes: settings.maxBytes - forParts }, clock, worthOfBatch);
  const parts = createParts({ ...settings, maxBytes: forParts }, clock);
  const refreshed = new WeakMap<Kept<EvidenceBatch>, number>();

  async function look({ key, look: find }: Looking, signal: AbortSignal): Promise<EvidenceBatch> {
    const at = clock.now();
    const held = (whole.known(key) ?? parts.known(key))?.value.evidence ?? [];
    const batch = await find(held, signal);
    if (!batch.problems.some(isRetryable)) parts.drop(key);
    // What is cut short by those who left says nothing of the store, and what is whole stays before a part of it.
    else if (!signal.aborted && whole.known(key) === undefined) parts.keep(key, batch.evidence, at);
    return batch;
  }

  function ask(looking: Looking, signal: AbortSignal): Promise<Kept<EvidenceBatch>> {
    return whole.ask(looking.key, (shared) => look(looking, shared), signal).catch((error: unknown) => {
      return { value: looking.told({ evidence: [], problems: [problemOf(error, looking.key.split('\n', 1)[0] ?? '')] }), at: clock.now() };
    });
  }

  /** True when it is time to ask again behind the back of those who are answered from memory. */
  function isOld(one: Kept<EvidenceBatch>): boolean {
    const now = clock.now();
    if (one.value.evidence.length === 0 || now < (refreshed.get(one) ?? one.at + REFRESH_FROM * settings.evidenceTTL)) return false;
    refreshed.set(one, now + REFRESH_AGAIN * settings.evidenceTTL);
    return true;
  }

  return {
    of(looking) {
      let answer: Kept<Kept<EvidenceBatch>> | undefined;
      /** Whoever has just heard the store does not ask it again. */
      const heard = (): Kept<EvidenceBatch> | undefined => {
        const age = answer === undefined ? -1 : clock.now() - answer.at;
        return age >= 0 && age <= settings.absenceTTL ? answer?.value : undefined;
      };
      const renewed = (one: Kept<EvidenceBatch> | undefined): Kept<EvidenceBatch> | undefined => {
        if (one !== undefined && isOld(one)) void ask(looking, closing);
        return one;
      };
      return {
        known: (fresh) => renewed(whole.known(looking.key, fresh)) ?? (fresh ? heard() : undefined),
        part: () => renewed(parts.known(looking.key)),
        async ask(signal) {
          const value = await ask(looking, signal);
          answer = { value, at: clock.now() };
          return value;
        },
      };
    },
    clear() {
      whole.clear();
      parts.clear();
    },
    get entries() { return whole.entries + parts.entries; },
    get bytes() { return whole.bytes + parts.bytes; },
  };
}
