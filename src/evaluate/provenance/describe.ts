/** A build as its provenance tells it, for those who look and expect nothing. */
import type { VerifiedEvidence } from '../../domain/evidence.ts';
import type { InspectedBuild } from '../../domain/decision/inspection.ts';
import { isAttested } from '../content/content.ts';
import { assessBuilder, namesBuilder } from './profiles/index.ts';
import { isProvenanceType, readProvenance } from './read.ts';

/**
 * What verified SLSA provenance says of a build, without any expectation; `undefined` for other evidence and for what
 * cannot be read. `plausible` is false when the signer may not claim it, so that no requirement would be met by it. A build
 * by nobody (`builder` is empty) claims nothing, and is an attestation of its type all the same.
 */
export function describeBuild(proof: VerifiedEvidence): InspectedBuild | undefined {
  if (!isAttested(proof) || !isProvenanceType(proof.statement.predicateType)) return undefined;
  const reading = readProvenance(proof.statement);
  if (!reading.ok) return undefined;
  const { builderId, sources } = reading.provenance;
  const { level, because, mismatches } = assessBuilder(proof.signer, reading.provenance);
  return {
    builder: builderId.value,
    level,
    because,
    plausible: mismatches.length === 0 || !namesBuilder(reading.provenance),
    sources: sources.map(({ uri, repository, ref }) => ({
      uri: uri.value,
      ...(repository === undefined ? {} : { repository }),
      ...(ref === undefined ? {} : { ref: ref.value }),
    })),
  };
}
