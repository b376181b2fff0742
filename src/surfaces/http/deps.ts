/** What a surface is given, and what it gives: lines of the table of routes. */
import type { Decision } from '../../domain/decision/decision.ts';
import type { Clock, Recorder } from '../../domain/ports.ts';
import type { Budget } from '../../engine/ports.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import type { Callers } from './callers.ts';
import type { Load } from './shares/load.ts';
import type { Route } from './routes.ts';

/** The engine as surfaces see it: the decision at once when nothing has to be waited for. */
export type Admit = (
  review: ReviewRequest,
  budget: Budget,
) => Decision | Promise<Decision>;

/** What a surface is given; surfaces translate and hold no state of their own. */
export interface SurfaceDeps {
  readonly admit: Admit;
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** Who sends a request, by what it shows. */
  readonly callers: Callers;
  readonly newId: (at: number) => string;
  readonly limits: { readonly bodyBytes: number };
  /** Milliseconds a request may take whose caller names no timeout. */
  readonly budget: number;
  /** Requests under way and their bytes, over all surfaces. */
  readonly load: Load;
  readonly draining: () => boolean;
  readonly events: HttpEvents;
}

/** Told what happens outside of decisions; must not throw. */
export interface HttpEvents {
  rejected(status: number): void;
  fault(cause: unknown): void;
}

/** One way in: its lines of the table of routes, made anew for every server. */
export interface HttpSurface {
  routes(deps: SurfaceDeps): readonly Route[];
}
