/** The provenance on which a summary rests: signed by whom the policy trusts, about this artifact, of this run. */
import type { Artifact } from '../../../domain/artifact/artifact.ts';
import type { AttestationsFact } from '../../../domain/build/facts.ts';
import type { Published } from '../../../domain/decision/finding.ts';
import type { SummaryRules } from '../../../domain/policy/request-policy.ts';
import { asAttestation, isAttested } from '../../content/content.ts';
import type { Attested } from '../../content/content.ts';
import { checkProvenance } from '../../provenance/check.ts';
import { isProvenanceType, readProvenance } from '../../provenance/read.ts';
import { countVotes } from '../../vouched/votes.ts';
import { countDistinct } from '../../vouched/threshold.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';

/** What a run and its tasks are known by in provenance: the uid of the run, and of those of its tasks that built the artifact. */
export interface Invocations {
  readonly run: string;
  readonly tasks: ReadonlySet<string>;
}

/** What a summary is to rest on. */
export interface Resting {
  readonly artifact: Artifact;
  readonly found: AttestationsFact;
  readonly rules: SummaryRules;
  readonly invocations: Invocations;
}

/**
 * On what the summary rests, or that it is not there yet. Provenance of another run, or by somebody else, does not stand in the way: the
 * same bytes may have been built before, and the right one is signed only when the task has ended.
 */
export function judgeProvenanceOf(
  { artifact, found, rules, invocations }: Resting, { policy, now, certificates }: Pick<RequestQuestion, 'policy' | 'now' | 'certificates'>,
): { readonly published: Published } | RequestOutcome {
  const pending = (seen: string): RequestOutcome => ({
    code: 'POLICY_PUBLISH_PENDING', artifact: artifact.raw, found: [seen],
    expected: [`provenance of run ${invocations.run} by ${rules.by.map(({ name }) => name).join(' or ')}`],
  });
  const relevant = found.proofs.filter((proof): proof is Attested => isAttested(proof) && isProvenanceType(proof.statement.predicateType));
  const { by, threshold, maxAge } = rules;
  const attestation = asAttestation({ name: 'publish', by, threshold, ...(maxAge === undefined ? {} : { maxAge }) }, 'slsa-provenance');
  const { proofs, problems } = found;
  const question = {
    artifact, policy: { name: policy.name, mode: policy.mode }, now, covered: artifact.digest, proofs, problems,
    ...(certificates === undefined ? {} : { certificates }),
  };
  const why: string[] = [];
  const fitting = [...countVotes(attestation, relevant, question).accepted.keys()].filter((proof) => {
    const wrong = mismatch(proof, rules, invocations, now);
    if (wrong !== undefined) why.push(wrong);
    return wrong === undefined;
  });
  if (countDistinct(countVotes(attestation, fitting, question).votes) < rules.threshold) {
    const [told] = problems.filter(({ code }) => code !== 'VERIFY_FORMAT').map(({ code, source }) => `${source}: ${code}`);
    return pending(why[0] ?? told ?? (relevant.length === 0 ? 'none' : 'provenance by others'));
  }
  const named = fitting.map((proof) => invocationOf(proof)).filter((uid) => invocations.tasks.has(uid));
  return {
    published: {
      inputs: fitting.flatMap(({ source, evidenceDigest }) => {
        const digest = found.digests.get(evidenceDigest);
        return digest === undefined ? [] : [{ uri: source, digest }];
      }),
      invocations: [...new Set(named)],
      levels: rules.level === undefined ? [] : [`SLSA_BUILD_LEVEL_${rules.level}`],
    },
  };
}

function invocationOf({ statement }: Attested): string {
  const read = readProvenance(statement);
  return read.ok ? (read.provenance.invocationId?.value ?? '') : '';
}

function mismatch(
  proof: Attested, { builder, level, ...vouchers }: SummaryRules, { run, tasks }: Invocations, now: number,
): string | undefined {
  const read = readProvenance(proof.statement);
  if (!read.ok) return `provenance that cannot be read (${read.problems[0]?.path ?? ''})`;
  const { builderId, invocationId } = read.provenance;
  if (builder !== undefined && !builder.test(builderId.value)) return `provenance of builder ${builderId.value}`;
  if (level !== undefined) {
    const requirement = { kind: 'provenance', name: 'publish', profile: 'tekton-chains', level, ...vouchers } as const;
    const [wrong] = checkProvenance({ requirement, signer: proof.signer, provenance: read.provenance, namesSigner: false, now });
    if (wrong !== undefined) return `${wrong.claim} ${wrong.found}`;
  }
  const invocation = invocationId?.value ?? '';
  if (invocation === run || tasks.has(invocation)) return undefined;
  return `provenance of ${invocation === '' ? 'no run that is named' : `run ${invocation}`}`;
}
