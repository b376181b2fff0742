/** Asks for second opinions after the answer: one at a time, in a thread of its own, while no verification waits (ADR 0002). */
import type { TrustMaterial, UnverifiedEvidence, VerificationJob, VerificationOutcome } from '../../domain/evidence.ts';
import type { OpinionReport, OpinionResult } from '../../domain/opinion.ts';
import type { TrustRoot } from '../../domain/policy/trust-root.ts';
import type { Timer, Timers } from '../../flow/timers.ts';
import { SYSTEM_TIMERS } from '../../flow/timers.ts';
import type { RawOutcome } from '../proof.ts';
import type { VerificationThreads } from '../threads.ts';

/** How opinions are asked for and who is told. */
export interface ReportOptions {
  /** The threads that ask; not those that requests wait for. */
  readonly threads: VerificationThreads;
  /** True while somebody waits for a verification. */
  readonly busy: () => boolean;
  /** Told every result; must not throw. */
  readonly heard: (report: OpinionReport) => void;
  /** Default: the system's. */
  readonly timers?: Timers | undefined;
}

/** Opinions that wait; the oldest questions stay, later ones are skipped, for a flood of evidence must not fill the memory. */
const MOST_WAITING = 256;

/** Bytes of evidence that waits: what a stranger can have us keep is bounded by its size, not by its number alone. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Milliseconds between two looks whether verification is busy. */
const PAUSE_MS = 20;

/** What has been asked about one proof, and nothing else of the job. */
interface Waiting {
  readonly about: Pick<VerificationJob, 'artifact' | 'now'>;
  readonly evidence: UnverifiedEvidence;
  readonly root: TrustRoot;
}

/** Second opinions that are only reported: nobody waits for them, and no decision depends on them. */
export interface OpinionReports {
  /** Notes what a thread has just proven under roots that want a report. */
  consider(job: VerificationJob, evidence: UnverifiedEvidence, outcome: Pick<VerificationOutcome, 'verified'>): void;
  close(): Promise<void>;
}

/** Makes the reports. Each question is the verification of one piece under one root once more, with the opinion required. */
export function createOpinionReports({ threads, busy, heard, timers = SYSTEM_TIMERS }: ReportOptions): OpinionReports {
  const waiting: Waiting[] = [];
  let bytes = 0;
  let timer: Timer | undefined;
  let closed = false;

  function report({ about, evidence, root }: Waiting, result: OpinionResult, said: string): void {
    heard({ artifact: about.artifact.digest, evidenceDigest: evidence.digest, source: evidence.source, root: root.name, result, said });
  }

  function wait(): void {
    if (closed || timer !== undefined || waiting.length === 0) return;
    timer = timers.start(() => void next(), PAUSE_MS);
  }

  async function next(): Promise<void> {
    const one = busy() ? undefined : waiting.shift();
    if (one !== undefined) {
      bytes -= one.evidence.bytes.length;
      const [outcome] = await threads.run({ ...one.about, evidence: [one.evidence], trust: askedUnder(one.root) });
      if (!closed) report(one, ...resultOf(outcome));
    }
    timer = undefined;
    wait();
  }

  return {
    consider(job, evidence, { verified }) {
      if (closed || evidence.format !== 'sigstore-bundle') return;
      const names = new Set(verified.flatMap(({ signer }) => (signer.kind === 'certificate' ? [signer.trustRoot] : [])));
      for (const root of job.trust.roots) {
        if (root.secondOpinion !== 'report' || !names.has(root.name)) continue;
        const one = { about: { artifact: job.artifact, now: job.now }, evidence, root };
        if (waiting.length >= MOST_WAITING || bytes + evidence.bytes.length > MOST_BYTES) {
          report(one, 'skipped', 'too many others wait');
          continue;
        }
        bytes += evidence.bytes.length;
        waiting.push(one);
      }
      wait();
    },
    async close() {
      closed = true;
      timer?.[Symbol.dispose]();
      await threads.close();
    },
  };
}

/** The same root, and nothing else, with the opinion required: under ids of its own, so that nobody takes it for the original. */
function askedUnder(root: TrustRoot): TrustMaterial {
  const asked: TrustRoot = { ...root, id: `${root.id} asked`, secondOpinion: 'require' };
  return { id: `${asked.id} alone`, keys: [], roots: [asked] };
}

function resultOf(outcome: RawOutcome | undefined): readonly [result: OpinionResult, said: string] {
  const problems = outcome?.problems ?? [];
  const against = problems.find(({ code }) => code === 'VERIFY_DISAGREEMENT');
  if (against !== undefined) return ['disagrees', against.found ?? ''];
  if ((outcome?.proofs.length ?? 0) > 0) return ['agrees', ''];
  return ['none', problems[0]?.cause ?? 'it could not be asked'];
}
