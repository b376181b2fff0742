/** A question to the gate, as far as rules look at it. */
import type { Artifact } from '../artifact/artifact.ts';
import type { GateCaller, RunOfCaller } from './caller.ts';

/** What a review carries when the gate asks: who asks for which run. */
export interface GateQuestion {
  /** To use something, or to have the summary of what a run has built. */
  readonly asks: 'admit' | 'publish';
  readonly caller: GateCaller;
  readonly run: RunOfCaller;
  /** Of `publish`: what the run is said to have built. It is no artifact of the request: nobody asks whether it may be used. */
  readonly publishes?: Artifact;
  /** A receipt for that run would be given: a run that is not known then leaves the question undetermined. */
  readonly bindsReceipt?: boolean;
}

/** Most artifacts of one question. */
export const MOST_ASKED = 5000;
