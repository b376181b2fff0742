/** One request on its way down the road: what it was given, and what its steps share. Everything dear is made with its first use. */
import type { Decision, JudgedArtifact } from '../domain/decision/decision.ts';
import type { Finding } from '../domain/decision/finding.ts';
import type { CompiledPolicy, PolicySet } from '../domain/policy/policy.ts';
import type { SourceState } from '../domain/decision/source-state.ts';
import type { Resolution } from '../domain/ports.ts';
import type { ReviewRequest } from '../domain/decision/review.ts';
import { createDeadline, type Deadline } from '../flow/deadline.ts';
import { createLeadBook } from './leads/book.ts';
import type { LeadBook } from './leads/book.ts';
import type { Leads } from './leads/lead.ts';
import type { AdmitPorts, Budget } from './ports.ts';
import { askerOf } from './waiting/asker-of.ts';
import { Overload, waitingPorts } from './waiting/gate.ts';
import { Turn } from './waiting/turn.ts';
import type { Turns } from './waiting/turns.ts';
import type { ProvenInputs } from './vouching/vouched.ts';

/** What one artifact came to. */
export interface Judgement {
  readonly artifact: JudgedArtifact;
  readonly findings: readonly Finding[];
  /** Policies in mode `audit` that speak about it and are judged after the answer. */
  readonly later?: readonly CompiledPolicy[];
}

/** The state of one request on its way down the road. */
export interface Context {
  readonly ports: AdmitPorts;
  readonly review: ReviewRequest;
  readonly startedAt: number;
  /** What was known of revoked certificates when the request came; absent: nobody asks. */
  readonly revocations: number | undefined;
  readonly deadline: Deadline;
  /** The policies at the moment the request came; a change meanwhile acts on the next request. */
  readonly policies: PolicySet | undefined;
  /** The sources they come from. */
  readonly policySources: readonly SourceState[] | undefined;
  /** Judgements by artifact identity: one image in ten containers is judged once. */
  readonly judged: Map<string, Promise<readonly Finding[]>>;
  /** Resolutions by reference as written: a tag is resolved once, and its digest used from then on. */
  readonly resolutions: Map<string, Promise<Resolution>>;
  /** What artifacts of the request lead to (the images they were built with, their commits): each is judged once. */
  readonly leads: LeadBook<Context>;
  /** Evidence that was proven, by artifact; filled only where somebody may vouch for what comes of it. */
  readonly proven: ProvenInputs;
  /** Labels of the request's namespace, asked for at most once. */
  labels(): Promise<Readonly<Record<string, string>> | undefined>;
  /**
   * Before anything is waited for: keeps this of the request in place of all of it, and from here on takes one of `turns`
   * (default: those of the ports) before whatever cannot be answered from memory.
   */
  expectToWait(kept: ReviewRequest, turns?: Turns): void;
  /** The budget that the request came with. */
  readonly budget: Budget;
  /** The finding for something thrown: undetermined, never an admission. */
  fault(fault: unknown): Finding;
  /** Stops timers and gives the place back: nothing is waited for any more. */
  end(): void;
  /** Ends the request, records the decision and returns it. */
  close(decision: Decision): Decision;
}

/**
 * Opens the context of a request. The rules of leads come from outside, because judging a lead may lead to judging others.
 * With `before`, a context of the same request, it goes on from there: same policies, same moment, same digests of tags.
 */
export function createContext(
  ports: AdmitPorts, review: ReviewRequest, budget: Budget, leads: Leads<Context>, before?: Context,
): Context {
  return new RequestContext(ports, review, budget, leads, before);
}

/** Everything but the time and the policies is made when it is asked for: a decision from memory asks for none of it. */
class RequestContext implements Context {
  ports: AdmitPorts;
  review: ReviewRequest;
  readonly startedAt: number;
  readonly revocations: number | undefined;
  readonly policies: PolicySet | undefined;
  readonly policySources: readonly SourceState[] | undefined;
  readonly budget: Budget;
  readonly #rules: Leads<Context>;
  #deadline: Deadline | undefined;
  #judged: Context['judged'] | undefined;
  #resolutions: Context['resolutions'] | undefined;
  #leads: LeadBook<Context> | undefined;
  #proven: ProvenInputs | undefined;
  #labels: ReturnType<Context['labels']> | undefined;
  #turn: Turn | undefined;

  constructor(ports: AdmitPorts, review: ReviewRequest, budget: Budget, leads: Leads<Context>, before: Context | undefined) {
    const state = before === undefined ? ports.policies.current() : undefined;
    this.ports = ports;
    this.review = review;
    this.startedAt = before?.startedAt ?? ports.clock.now();
    this.revocations = before === undefined ? ports.certificates?.generation() : before.revocations;
    this.policies = state?.ready === true ? state.set : before?.policies;
    this.policySources = state?.ready === true ? state.sources : before?.policySources;
    this.#resolutions = before?.resolutions;
    this.budget = budget;
    this.#rules = leads;
  }

  get deadline(): Deadline {
    return (this.#deadline ??= createDeadline(
      () => this.budget.deadline - this.ports.clock.now(),
      this.budget,
      { timers: this.ports.timers, lingerMs: this.ports.lingerMs ?? 0 },
    ));
  }

  get judged(): Context['judged'] {
    return (this.#judged ??= new Map());
  }

  get resolutions(): Context['resolutions'] {
    return (this.#resolutions ??= new Map());
  }

  get proven(): ProvenInputs {
    return (this.#proven ??= new Map());
  }

  get leads(): LeadBook<Context> {
    return (this.#leads ??= createLeadBook(this.#rules));
  }

  labels(): ReturnType<Context['labels']> {
    return (this.#labels ??= knownLabels(this.ports, this.review, this.deadline));
  }

  expectToWait(kept: ReviewRequest, turns: Turns | undefined = this.ports.turns): void {
    this.review = kept;
    if (turns === undefined) return;
    const { keeping } = this.budget;
    const lane = askerOf(kept, this.ports.isProven?.(kept)).namespace;
    // What follows an answer and gets no place turns nobody away.
    const answering = turns === this.ports.turns;
    this.#turn = new Turn({
      turns,
      keep: () => (keeping === undefined ? nothingKept : keeping.count(lane)),
      remaining: () => this.budget.deadline - this.ports.clock.now(),
      signal: () => this.deadline.work,
      refused: () => (answering ? this.ports.onShed?.(this.review) : undefined),
    });
    this.ports = waitingPorts(this.ports, this.#turn.take);
  }

  fault(fault: unknown): Finding {
    if (fault instanceof Overload) return { ...faultFinding(this.review), code: 'ENGINE_OVERLOADED' };
    this.ports.onFault?.(fault, this.review);
    return faultFinding(this.review);
  }

  end(): void {
    this.#deadline?.clear();
    this.#turn?.end();
  }

  close(decision: Decision): Decision {
    this.end();
    this.ports.recorder.record(decision, this.review);
    return decision;
  }
}

function nothingKept(): void {}

async function knownLabels(
  ports: AdmitPorts,
  review: ReviewRequest,
  deadline: Deadline,
): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    return await deadline.race(ports.namespaces.labels(review.namespace, deadline.work));
  } catch (fault) {
    if (!(fault instanceof Overload)) ports.onFault?.(fault, review);
    return undefined;
  }
}

/** The finding about a whole request that met a fault of ours. */
export function faultFinding(review: ReviewRequest): Finding {
  return { verdict: 'undetermined', code: 'ENGINE_FAULT', path: '', artifact: review.name, mode: 'enforce' };
}
