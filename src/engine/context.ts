/** One request on its way down the road: what it was given, and what its steps share. Everything dear is made with its first use. */
import type { StatementExaminer } from '../domain/policy/content-check.ts';
import type { Decision, JudgedArtifact } from '../domain/decision/decision.ts';
import { withRetry } from '../domain/decision/retry.ts';
import type { Finding } from '../domain/decision/finding.ts';
import type { PolicySet } from '../domain/policy/policy.ts';
import type {
  Clock, DigestResolver, EvidenceSource, EvidenceVerifier, NamespaceLabels, PolicyStore, Recorder, Resolution,
} from '../domain/ports.ts';
import type { ReviewRequest } from '../domain/decision/review.ts';
import { createDeadline, type Deadline } from '../flow/deadline.ts';
import type { Timers } from '../flow/timers.ts';
import { createLeadBook } from './leads/book.ts';
import type { LeadBook } from './leads/book.ts';
import type { Leads } from './leads/lead.ts';

/** Everything the engine needs from outside, handed in by `main`. */
export interface AdmitPorts {
  readonly clock: Clock;
  readonly policies: PolicyStore;
  readonly source: EvidenceSource;
  readonly resolver: DigestResolver;
  readonly verifier: EvidenceVerifier;
  /** Examines what attestations say; without one, requirements on their content are undetermined. */
  readonly examiner?: StatementExaminer;
  readonly namespaces: NamespaceLabels;
  readonly recorder: Recorder;
  /** What becomes of an artifact that no policy speaks about. */
  readonly unmatched: 'deny' | 'warn' | 'allow';
  /** Most milliseconds for which an admission holds for the same question (`engine/recent.ts`); 0, the default, judges anew every time. */
  readonly recallMs?: number;
  /**
   * Milliseconds for which what was begun goes on after an answer that had to be given at the deadline, so that the next try finds
   * it done; 0, the default, ends it with the answer.
   */
  readonly lingerMs?: number;
  /** Timers of the deadline; default: the system's. */
  readonly timers?: Timers;
  /** A new decision id for this moment (ULID). */
  newId(at: number): string;
  /** Told of faults of our own, for the log; the answer names only a reference. */
  onFault?(fault: unknown, review: ReviewRequest): void;
}

/** How long a request may take: `deadline` in epoch milliseconds of the clock, `signal` for a caller that left. */
export interface Budget {
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** What one artifact came to. */
export interface Judgement {
  readonly artifact: JudgedArtifact;
  readonly findings: readonly Finding[];
}

/** The state of one request on its way down the road. */
export interface Context {
  readonly ports: AdmitPorts;
  readonly review: ReviewRequest;
  readonly startedAt: number;
  readonly deadline: Deadline;
  /** The policies at the moment the request came; a change meanwhile acts on the next request. */
  readonly policies: PolicySet | undefined;
  /** Judgements by artifact identity: one image in ten containers is judged once. */
  readonly judged: Map<string, Promise<readonly Finding[]>>;
  /** Resolutions by reference as written: a tag is resolved once, and its digest used from then on. */
  readonly resolutions: Map<string, Promise<Resolution>>;
  /** What artifacts of the request lead to (the images they were built with, their commits): each is judged once. */
  readonly leads: LeadBook<Context>;
  /** Labels of the request's namespace, asked for at most once. */
  labels(): Promise<Readonly<Record<string, string>> | undefined>;
  /** The finding for something thrown: undetermined, never an admission. */
  fault(fault: unknown): Finding;
  /** Stops timers, records the decision and returns it, with advice to try again where that may help. */
  close(decision: Decision): Decision;
}

/** Opens the context of a request. The rules of leads come from outside, because judging a lead may lead to judging others. */
export function createContext(ports: AdmitPorts, review: ReviewRequest, budget: Budget, leads: Leads<Context>): Context {
  return new RequestContext(ports, review, budget, leads);
}

/** Everything but the time and the policies is made when it is asked for: a decision from memory asks for none of it. */
class RequestContext implements Context {
  readonly ports: AdmitPorts;
  readonly review: ReviewRequest;
  readonly startedAt: number;
  readonly policies: PolicySet | undefined;
  readonly #budget: Budget;
  readonly #rules: Leads<Context>;
  #deadline: Deadline | undefined;
  #judged: Context['judged'] | undefined;
  #resolutions: Context['resolutions'] | undefined;
  #leads: LeadBook<Context> | undefined;
  #labels: ReturnType<Context['labels']> | undefined;

  constructor(ports: AdmitPorts, review: ReviewRequest, budget: Budget, leads: Leads<Context>) {
    const state = ports.policies.current();
    this.ports = ports;
    this.review = review;
    this.startedAt = ports.clock.now();
    this.policies = state.ready ? state.set : undefined;
    this.#budget = budget;
    this.#rules = leads;
  }

  get deadline(): Deadline {
    return (this.#deadline ??= createDeadline(
      () => this.#budget.deadline - this.ports.clock.now(),
      this.#budget,
      { timers: this.ports.timers, lingerMs: this.ports.lingerMs ?? 0 },
    ));
  }

  get judged(): Context['judged'] {
    return (this.#judged ??= new Map());
  }

  get resolutions(): Context['resolutions'] {
    return (this.#resolutions ??= new Map());
  }

  get leads(): LeadBook<Context> {
    return (this.#leads ??= createLeadBook(this.#rules));
  }

  labels(): ReturnType<Context['labels']> {
    return (this.#labels ??= knownLabels(this.ports, this.review, this.deadline));
  }

  fault(fault: unknown): Finding {
    this.ports.onFault?.(fault, this.review);
    return faultFinding(this.review);
  }

  close(decision: Decision): Decision {
    this.#deadline?.clear();
    const told = withRetry(decision, this.#budget.deadline - this.startedAt);
    this.ports.recorder.record(told, this.review);
    return told;
  }
}

async function knownLabels(
  ports: AdmitPorts,
  review: ReviewRequest,
  deadline: Deadline,
): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    return await deadline.race(ports.namespaces.labels(review.namespace, deadline.work));
  } catch (fault) {
    ports.onFault?.(fault, review);
    return undefined;
  }
}

/** The finding about a whole request that met a fault of ours. */
export function faultFinding(review: ReviewRequest): Finding {
  return { verdict: 'undetermined', code: 'ENGINE_FAULT', path: '', artifact: review.name, mode: 'enforce' };
}
