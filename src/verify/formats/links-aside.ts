/** Links among attestations: on their own they are nothing, and no problem either. */
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { readMetadata } from '../intoto/metadata.ts';
import type { Proofs, ProofTools } from '../proof.ts';

/** Links are small; what is larger is an SBOM or a scan, and is not read once more as a link. */
export const LARGEST_LINK = 2 * 1024 * 1024;

type Verify = (evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools) => Proofs;

/** A link on its own proves nothing and is no problem either: it counts within a layout, or not at all. */
export function linksAside(verify: Verify): Verify {
  return (evidence, job, tools) => {
    const proved = verify(evidence, job, tools);
    if (proved.proofs.length > 0 || evidence.bytes.length > LARGEST_LINK || !proved.problems.some(({ code }) => SUSPECT.has(code)))
      return proved;
    return readMetadata(evidence.bytes).ok ? { proofs: [], problems: [], partial: false } : proved;
  };
}

/** What a link is refused with when it is read as an attestation. */
const SUSPECT: ReadonlySet<string> = new Set(['VERIFY_MALFORMED', 'VERIFY_STATEMENT', 'VERIFY_LIMIT']);
