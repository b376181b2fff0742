/** The health of one thing that is asked: when it is left alone, and how it proves that it is well again. */
import type { Clock, FetchProblem } from '../domain/ports.ts';

/** What a request said about the thing it was sent to: `undefined` is a good answer, a problem a failure, `unknown` neither. */
export type Outcome = FetchProblem | 'unknown' | undefined;

const WEIGHT = 0.1;
const FEWEST = 20;
const TOO_MANY = 0.5;
const WELL = 0.1;
const SHORTEST = 500;
const LONGEST = 30_000;
/** While a good answer is younger than a minute: something that answers well now and then is asked often. */
const LONGEST_OF_THE_LIVING = 2_000;
const FORGOTTEN = 60_000;

/**
 * Pauses when half of the recent answers (a moving average, at least 20) were failures: at first for half a second. Then one
 * request goes through, the probe, and whoever comes meanwhile waits for its outcome: it ends the pause or doubles it, up to
 * 30 s.
 */
// A class, because there is one for every repository.
export class Circuit {
  readonly #clock: Clock;
  readonly #oneOutweighs: boolean;
  #failing = 0;
  #answers = 0;
  #lastAt: number;
  #goodAt = Number.NEGATIVE_INFINITY;
  /** Milliseconds of the next pause. */
  #wait = SHORTEST;
  #pausedUntil: number | undefined;
  #probe: PromiseWithResolvers<void> | undefined;
  #last: FetchProblem | undefined;

  /** With `oneOutweighs` only failures without any good answer between them pause it, and one good answer ends the pause. */
  constructor(clock: Clock, oneOutweighs: boolean) {
    this.#clock = clock;
    this.#oneOutweighs = oneOutweighs;
    this.#lastAt = clock.now();
  }

  /** Left alone at this moment, or not asked again since. */
  get paused(): boolean {
    return this.#pausedUntil !== undefined;
  }

  /**
   * Why it is not asked now: what it failed with last, and not that it is left alone, since a text that says so changes with every
   * pause and wakes the controllers that copy it (`domain/decision/reference.ts`). `undefined` when it may be asked. Always
   * undetermined: "not asked" never becomes "nothing there".
   */
  get refusal(): FetchProblem | undefined {
    const now = this.#clock.now();
    const [until, last] = [this.#pausedUntil, this.#last];
    // A clock that jumped back pauses nothing for longer.
    if (until === undefined || last === undefined || now >= until || until - now > LONGEST) return undefined;
    return last;
  }

  /** The probe under way: settles with its outcome, never rejects. */
  get probing(): Promise<void> | undefined {
    return this.#probe?.promise;
  }

  /** Notes that a request is sent, as a probe when it was paused or has to prove itself; the function takes the outcome. */
  begin(unproven: boolean): (outcome: Outcome) => void {
    const probe = unproven || this.#pausedUntil !== undefined ? Promise.withResolvers<void>() : undefined;
    if (probe !== undefined) this.#probe = probe;
    return (outcome) => {
      if (outcome !== 'unknown') this.#settle(outcome, probe !== undefined);
      if (probe === undefined) return;
      if (this.#probe === probe) this.#probe = undefined;
      probe.resolve();
    };
  }

  #settle(outcome: FetchProblem | undefined, probe: boolean): void {
    const now = this.#clock.now();
    if (outcome === undefined) this.#goodAt = now;
    else this.#last = outcome;
    if (probe || (outcome === undefined && this.#oneOutweighs)) {
      if (outcome !== undefined) return this.#pause(now);
      [this.#pausedUntil, this.#failing, this.#answers] = [undefined, 0, 0];
    } else if (this.#pausedUntil !== undefined) return;
    if (Math.abs(now - this.#lastAt) > FORGOTTEN) [this.#failing, this.#answers, this.#wait] = [0, 0, SHORTEST];
    this.#failing += ((outcome === undefined ? 0 : 1) - this.#failing) * WEIGHT;
    this.#answers += 1;
    this.#lastAt = now;
    if (this.#answers < FEWEST) return;
    if (this.#failing >= TOO_MANY) this.#pause(now);
    else if (this.#failing < WELL) this.#wait = SHORTEST;
  }

  #pause(now: number): void {
    const most = Math.abs(now - this.#goodAt) < FORGOTTEN ? LONGEST_OF_THE_LIVING : LONGEST;
    const pause = Math.min(this.#wait, most);
    this.#pausedUntil = now + pause;
    this.#wait = Math.min(pause * 2, LONGEST);
  }
}
