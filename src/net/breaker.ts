/** When a host that mostly fails is left alone, and when it is tried again. */
import { LRUCache } from 'lru-cache';
import type { Clock, FetchProblem } from '../domain/ports.ts';
import { FetchFailure } from './failure.ts';

/** HostOutcome of a request: `undefined` for an answer, a problem for a host that failed, `unknown` for neither. */
export type HostOutcome = FetchProblem | 'unknown' | undefined;

/** Stops asking hosts that mostly fail, so that a struggling registry is not finished off by those who wait for it (R24). */
export interface Breaker {
  /** Why the host is not asked now; `undefined` when it may be. */
  refusal(host: string): FetchFailure | undefined;
  /** Notes that a request is sent; the function takes its outcome. */
  begin(host: string): (outcome: HostOutcome) => void;
  /** Hosts that are not asked at this moment. */
  readonly paused: number;
}

interface Health {
  /** Share of failures among recent answers: a moving average, each answer weighs a tenth. */
  failing: number;
  answers: number;
  lastAt: number;
  /** Milliseconds of the next pause. */
  wait: number;
  /** End of the pause, epoch milliseconds; `undefined` while the host is asked freely. */
  pausedUntil: number | undefined;
  last: FetchProblem | undefined;
}

const WEIGHT = 0.1;
const FEWEST = 20;
const TOO_MANY = 0.5;
const WELL = 0.1;
const SHORTEST = 500;
const LONGEST = 30_000;
const FORGOTTEN = 60_000;

/**
 * A breaker per host. When half of the recent answers, at least 20, were failures it pauses, at first for half a second; then one
 * request goes
 * through, and its outcome either ends the pause or doubles it, up to 30 s. A pause is reported as what caused it, which
 * is always undetermined: "not asked" never becomes "nothing there".
 */
export function createBreaker(clock: Clock): Breaker {
  const hosts = new LRUCache<string, Health>({ max: 1024 });
  const isPaused = ({ pausedUntil }: Health, now: number): boolean =>
    pausedUntil !== undefined && now < pausedUntil && pausedUntil - now <= LONGEST;

  function pause(health: Health, now: number): void {
    health.pausedUntil = now + health.wait;
    health.wait = Math.min(health.wait * 2, LONGEST);
  }

  function settle(health: Health, outcome: Exclude<HostOutcome, 'unknown'>, probe: boolean): void {
    const now = clock.now();
    if (outcome !== undefined) health.last = outcome;
    if (probe) {
      if (outcome !== undefined) return pause(health, now);
      Object.assign(health, { pausedUntil: undefined, failing: 0, answers: 0 });
    } else if (health.pausedUntil !== undefined) return;
    if (Math.abs(now - health.lastAt) > FORGOTTEN) Object.assign(health, { failing: 0, answers: 0, wait: SHORTEST });
    health.failing += ((outcome === undefined ? 0 : 1) - health.failing) * WEIGHT;
    health.answers += 1;
    health.lastAt = now;
    if (health.answers < FEWEST) return;
    if (health.failing >= TOO_MANY) pause(health, now);
    else if (health.failing < WELL) health.wait = SHORTEST;
  }

  return {
    refusal(host) {
      const health = hosts.peek(host);
      if (health?.last === undefined || !isPaused(health, clock.now())) return undefined;
      const until = new Date(health.pausedUntil ?? 0).toISOString();
      return new FetchFailure({ ...health.last, cause: `${health.last.source} mostly fails and is not asked again until ${until}` });
    },
    begin(host) {
      const health = hosts.get(host) ?? {
        failing: 0,
        answers: 0,
        lastAt: clock.now(),
        wait: SHORTEST,
        pausedUntil: undefined,
        last: undefined,
      };
      hosts.set(host, health);
      const probe = health.pausedUntil !== undefined;
      // Whoever comes while the one request is under way waits for its outcome, but not for ever.
      if (probe) health.pausedUntil = clock.now() + health.wait;
      return (outcome) => {
        if (outcome !== 'unknown') settle(health, outcome, probe);
        else if (probe) health.pausedUntil = clock.now();
      };
    },
    get paused() {
      const now = clock.now();
      return [...hosts.values()].filter((health) => isPaused(health, now)).length;
    },
  };
}
