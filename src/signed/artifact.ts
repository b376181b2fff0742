/** Policies that come as one artifact may be used when enough of its signers signed its digest, and it is no older than one before. */
import type { Artifact } from '../domain/artifact/artifact.ts';
import type { EvidenceProblem, TrustMaterial, VerifiedEvidence } from '../domain/evidence.ts';
import type { Signer } from '../domain/policy/requirement.ts';
import { judgeSignature } from '../evaluate/signature.ts';
import { shownText } from '../text/shown.ts';
import type { SignedMoment } from './judge.ts';

/** Who must have signed an artifact, how many of them, and how long ago at most (milliseconds, by a provable time). */
export interface ArtifactSigners {
  readonly signers: readonly Signer[];
  readonly trust: TrustMaterial;
  readonly threshold: number;
  readonly maxAge?: number | undefined;
}

/** What was found beside the artifact, and what was proven of it. */
export interface FoundBeside {
  readonly proofs: readonly VerifiedEvidence[];
  readonly problems: readonly EvidenceProblem[];
}

/** Why policies of this artifact may not be used, in words with the code of the reason; `undefined` when they may. */
export function artifactRefusal(
  artifact: Artifact, found: FoundBeside, by: ArtifactSigners, { now, certificates }: SignedMoment,
): string | undefined {
  const { code, expected = [], found: seen = [], cause } = judgeSignature(
    {
      kind: 'signature', name: 'signed policies', by: by.signers, threshold: by.threshold, bindRepository: false,
      ...(by.maxAge === undefined ? {} : { maxAge: by.maxAge }),
    },
    {
      artifact, policy: { name: 'policySources', mode: 'enforce' }, now, ...found,
      ...(certificates === undefined ? {} : { certificates }),
    },
  );
  if (code === 'POLICY_SATISFIED') return undefined;
  const said = [
    ...(cause === undefined ? [] : [cause]),
    ...(expected.length === 0 ? [] : [`expected ${expected.join(' or ')}`]), ...(seen.length === 0 ? [] : [`found ${seen.join(' and ')}`]),
  ].join(', ');
  return shownText(`${artifact.raw}: no signature that counts [${code}]${said === '' ? '' : `: ${said}`}`, 600);
}
