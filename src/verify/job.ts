/** One piece after the other is verified within the budget of the job, and a fault stays with the piece that caused it. */
import type { EvidenceProblem, UnverifiedEvidence, VerificationJob } from '../domain/evidence.ts';
import type { TrustRoot } from '../domain/policy/trust-root.ts';
import { reason } from '../domain/decision/reasons.ts';
import type { ReasonCode } from '../domain/decision/reasons.ts';
import { FORMATS } from './formats/index.ts';
import type { Formats } from './formats/index.ts';
import { LIMITS } from './limits.ts';
import { clip } from './problem.ts';
import { faultOutcome } from './proof.ts';
import type { Proofs, ProofCore, ProofResult, ProofTools, RawOutcome } from './proof.ts';
import { refuseFuture } from './provers/skew.ts';
import { withRequiredOpinion } from './second-opinion/required.ts';

/** Verifies all evidence of a job, one piece after the other in its order; never throws, never rejects. */
export type RunJob = (job: VerificationJob) => Promise<readonly RawOutcome[]>;

/** Trust roots kept ready per thread; a root is made ready in about a millisecond. */
const READY_ROOTS = 32;

/**
 * Makes the job runner over a cryptographic core. Pure but for its memory of roots made ready, which is keyed by root
 * id and bounded. Whatever a piece of evidence makes throw or reject becomes ENGINE_FAULT for that piece alone.
 *
 * A piece is begun when the one before it is finished, so that the attempts of a job are spent in the order of its
 * evidence whether or not a format is asynchronous. A format that never settles is ended with its thread (`pool.ts`).
 */
export function createJobRunner<Root>(core: ProofCore<Root>, formats: Formats = FORMATS): RunJob {
  const ready = rememberRoots(core);
  return async (job) => {
    const tools = createTools(core, ready);
    const outcomes: RawOutcome[] = [];
    for (const evidence of job.evidence) {
      tools.beginPiece();
      outcomes.push(await verifyOne(evidence, job, tools, formats));
    }
    return outcomes;
  };
}

function rememberRoots<Root>(core: ProofCore<Root>): (root: TrustRoot) => Root {
  const roots = new Map<string, Root>();
  return (root) => {
    const known = roots.get(root.id);
    if (known !== undefined) return known;
    const made = core.compileRoot(root);
    const [oldest] = roots.keys();
    if (roots.size >= READY_ROOTS && oldest !== undefined) roots.delete(oldest);
    roots.set(root.id, made);
    return made;
  };
}

/** The tools of one job. */
export interface JobTools extends ProofTools {
  /** Gives the piece that comes now a few attempts of its own, which those before it cannot have spent. */
  beginPiece(): void;
}

/**
 * The core with one job's budget of attempts. Whoever adds pieces can spend the budget, so a piece has a few attempts beyond it: an
 * honest signature behind any number of others is still tried.
 */
export function createTools<Root>(core: ProofCore<Root>, ready: (root: TrustRoot) => Root): JobTools {
  let left: number = LIMITS.attemptsPerJob;
  let own: number = LIMITS.attemptsPerPiece;
  return {
    proveCertificate(signed, der, root) {
      if (root.unusable !== undefined) return unusableRoot(root);
      const proof = core.proveCertificate(signed.content, der, signed.dating, ready(root));
      return withRequiredOpinion(proof, signed, { root, ready: ready(root) }, core);
    },
    proveKey(signed, key, root) {
      if (root?.unusable === undefined)
        return core.proveKey(signed.content, key, signed.dating, root === undefined ? undefined : ready(root));
      // Only a signature that this key did make is undetermined; any other is somebody else's, root or no root.
      const undated = core.proveKey(signed.content, key, signed.dating, undefined);
      return undated.ok ? unusableRoot(root) : undated;
    },
    lists: (der, root) => root.unusable === undefined && core.lists(der, ready(root)),
    describeCertificate: (der) => core.describeCertificate(der),
    beginPiece: () => {
      own = LIMITS.attemptsPerPiece;
    },
    takeAttempt: (cost) => {
      if (left >= cost) left -= cost;
      else if (own >= cost) own -= cost;
      else return false;
      return true;
    },
  };
}

/** The answer for evidence that would have to be proven under a root that may not be used now. */
function unusableRoot(root: TrustRoot): Extract<ProofResult, { readonly ok: false }> {
  return {
    ok: false,
    problem: { code: 'VERIFY_TRUST_ROOT_STALE', found: `trust root ${root.name}`, cause: root.unusable ?? 'it cannot be used' },
  };
}

async function verifyOne(
  evidence: UnverifiedEvidence,
  job: VerificationJob,
  tools: ProofTools,
  formats: Formats,
): Promise<RawOutcome> {
  let proved: Proofs;
  try {
    proved = refuseFuture(await proveOne(evidence, job, tools, formats), job.now);
  } catch (error) {
    return faultOutcome(
      evidence,
      `verification threw ${error instanceof Error ? `${error.name}: ${error.message}` : 'something that is no error'}`,
    );
  }
  return {
    evidenceDigest: evidence.digest,
    source: evidence.source,
    proofs: proved.proofs,
    ...(proved.related === undefined ? {} : { related: proved.related }),
    problems: proved.problems.map((problem): EvidenceProblem => ({ ...problem, source: evidence.source })),
    ...(proved.layouts === undefined ? {} : { layouts: proved.layouts }),
    cacheable: !proved.partial && !proved.problems.some(({ code }) => mayChange(code)),
  };
}

function proveOne(
  evidence: UnverifiedEvidence,
  job: VerificationJob,
  tools: ProofTools,
  formats: Formats,
): Proofs | Promise<Proofs> {
  if (!Object.hasOwn(formats, evidence.format)) {
    return {
      proofs: [],
      problems: [{ code: 'VERIFY_FORMAT', found: clip(evidence.format), expected: Object.keys(formats).join(', ') }],
      partial: false,
    };
  }
  if (evidence.bytes.length > LIMITS.evidenceBytes) {
    return {
      proofs: [],
      problems: [{ code: 'VERIFY_LIMIT', found: `${evidence.bytes.length} bytes`, expected: `at most ${LIMITS.evidenceBytes} bytes` }],
      partial: false,
    };
  }
  return formats[evidence.format](evidence, job, tools);
}

/** What is undetermined may be better at the next try, but for what lies in the evidence itself: the library will not learn to judge it. */
function mayChange(code: ReasonCode): boolean {
  return reason(code).verdict === 'undetermined' && code !== 'VERIFY_NO_SECOND_OPINION';
}
