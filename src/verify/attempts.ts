/** A job goes to a thread as one; when it is lost, each of its pieces goes alone, and only what is lost then is to blame. */
import type { UnverifiedEvidence, VerificationJob } from '../domain/evidence.ts';
import { currentAsker } from '../flow/asker.ts';
import type { Loss } from '../flow/threads/threads.ts';
import type { Overruns } from './overruns.ts';
import type { RawOutcome } from './proof.ts';
import { createVerificationThreads } from './threads.ts';
import type { ThreadJob, ThreadOptions, VerificationThreads } from './threads.ts';

/** The part of a job's time that its pieces have each when they are tried alone, and that who has overrun has for all. */
const SHORT = 4;

/** Losses for which the job itself may be the reason: it took too long, or its thread did not survive it. */
const TO_BLAME: ReadonlySet<Loss['why']> = new Set(['deadline', 'memory', 'ended']);

/** Threads that answer for every piece of a job, whatever the others in it do. */
export class Attempts {
  readonly threads: VerificationThreads;
  readonly #overruns: Overruns;
  readonly #shortMs: number;
  /** Jobs that were lost, until their pieces are looked after. */
  readonly #lost = new WeakSet<ThreadJob>();
  /** The job by which a piece is under way. */
  readonly #underWay = new Map<string, ThreadJob>();

  constructor(options: ThreadOptions, overruns: Overruns) {
    this.#overruns = overruns;
    this.#shortMs = Math.ceil(options.jobBudgetMs / SHORT);
    this.threads = createVerificationThreads({ ...options, lost: (job, { why }) => { if (TO_BLAME.has(why)) this.#lost.add(job); } });
  }

  /** Sends pieces, by the keys of their outcomes, as one job; the answer to each of them. Never rejects. */
  judge(job: VerificationJob, pieces: ReadonlyMap<string, UnverifiedEvidence>): ReadonlyMap<string, Promise<RawOutcome | undefined>> {
    const hasty = this.#overruns.recent(currentAsker().namespace);
    const whole: ThreadJob = { ...job, evidence: [...pieces.values()], ...(hasty ? { budgetMs: this.#shortMs } : {}) };
    const answering = this.threads.run(whole);
    return new Map([...pieces].map(([key, piece], index) => {
      this.#underWay.set(key, whole);
      const answer = answering.then(async (outcomes) => {
        const outcome = this.#lost.has(whole) ? await this.#after(whole, outcomes[index], [key, piece]) : outcomes[index];
        this.#underWay.delete(key);
        return outcome;
      });
      return [key, answer];
    }));
  }

  /** Says that whoever is at work now waits for these pieces as well, which are under way for somebody else. */
  join(keys: readonly string[]): void {
    const jobs = new Set(keys.flatMap((key) => this.#underWay.get(key) ?? []));
    for (const job of jobs) this.threads.join(job);
  }

  /** The answer about a piece whose job was lost: of one that was alone that is all there is, of several each is tried alone. */
  async #after(
    whole: ThreadJob,
    loss: RawOutcome | undefined,
    [key, piece]: readonly [string, UnverifiedEvidence],
  ): Promise<RawOutcome | undefined> {
    const { namespace } = currentAsker();
    if (whole.evidence.length === 1) return this.#noted(key, loss, namespace, whole.budgetMs !== undefined);
    this.#overruns.noteNamespace(namespace);
    const alone: ThreadJob = { ...whole, evidence: [piece], budgetMs: this.#shortMs, letIn: true };
    this.#underWay.set(key, alone);
    const [outcome] = await this.threads.run(alone);
    return this.#lost.has(alone) ? this.#noted(key, outcome, namespace, whole.budgetMs !== undefined) : outcome;
  }

  #noted(key: string, outcome: RawOutcome | undefined, namespace: string, hasty: boolean): RawOutcome | undefined {
    const [problem] = outcome?.problems ?? [];
    if (problem !== undefined) this.#overruns.note(key, problem, namespace, hasty);
    return outcome;
  }
}
