import type { EvidenceProblem, SigstoreRoot, UnverifiedEvidence, VerificationJob } from '../domain/evidence.ts';
import { reason } from '../domain/decision/reasons.ts';
import { FORMATS } from './formats/index.ts';
import { LIMITS } from './limits.ts';
import { clip } from './problem.ts';
import type { Proofs, ProofCore, ProofResult, ProofTools, RawOutcome } from './proof.ts';
import { refuseFuture } from './provers/skew.ts';

/** Verifies all evidence of a job, piece by piece and in order; never throws. */
export type RunJob = (job: VerificationJob) => readonly RawOutcome[];

/** Trust roots kept ready per thread; a root is made ready in about a millisecond. */
const READY_ROOTS = 32;

/**
 * Makes the job runner over a cryptographic core. Pure and synchronous but for its memory of roots made ready,
 * which is keyed by root id and bounded. Whatever a piece of evidence makes throw becomes ENGINE_FAULT for that
 * piece alone.
 */
export function createJobRunner<Root>(core: ProofCore<Root>): RunJob {
  const ready = rememberRoots(core);
  return (job) => {
    const tools = createTools(core, ready);
    return job.evidence.map((evidence) => verifyOne(evidence, job, tools));
  };
}

function rememberRoots<Root>(core: ProofCore<Root>): (root: SigstoreRoot) => Root {
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

/** The core with one job's budget of attempts. */
export function createTools<Root>(core: ProofCore<Root>, ready: (root: SigstoreRoot) => Root): ProofTools {
  let left: number = LIMITS.attemptsPerJob;
  return {
    proveCertificate: (signed, der, root) =>
      root.unusable === undefined ? core.proveCertificate(signed.content, der, signed.dating, ready(root)) : unusableRoot(root),
    proveKey(signed, key, root) {
      if (root?.unusable === undefined)
        return core.proveKey(signed.content, key, signed.dating, root === undefined ? undefined : ready(root));
      // Only a signature that this key did make is undetermined; any other is somebody else's, root or no root.
      const undated = core.proveKey(signed.content, key, signed.dating, undefined);
      return undated.ok ? unusableRoot(root) : undated;
    },
    describeCertificate: (der) => core.describeCertificate(der),
    takeAttempt: (cost) => {
      if (left < cost) return false;
      left -= cost;
      return true;
    },
  };
}

/** The answer for evidence that would have to be proven under a root that may not be used now. */
function unusableRoot(root: SigstoreRoot): Extract<ProofResult, { readonly ok: false }> {
  return {
    ok: false,
    problem: { code: 'VERIFY_TRUST_ROOT_STALE', found: `trust root ${root.name}`, cause: root.unusable ?? 'it cannot be used' },
  };
}

function verifyOne(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): RawOutcome {
  let proved: Proofs;
  try {
    proved = refuseFuture(proveOne(evidence, job, tools), job.now);
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
    cacheable: !proved.partial && !proved.problems.some((problem) => reason(problem.code).verdict === 'undetermined'),
  };
}

function proveOne(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Proofs {
  if (!Object.hasOwn(FORMATS, evidence.format)) {
    return {
      proofs: [],
      problems: [{ code: 'VERIFY_FORMAT', found: clip(evidence.format), expected: Object.keys(FORMATS).join(', ') }],
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
  return FORMATS[evidence.format](evidence, job, tools);
}

/** The outcome of evidence that could not be looked at; never kept. */
export function faultOutcome(evidence: Pick<UnverifiedEvidence, 'digest' | 'source'>, cause: string): RawOutcome {
  return {
    evidenceDigest: evidence.digest,
    source: evidence.source,
    proofs: [],
    problems: [{ code: 'ENGINE_FAULT', source: evidence.source, cause: clip(cause, 300) }],
    cacheable: false,
  };
}
