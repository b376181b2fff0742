/** What helps, where the catalogue speaks of images and pods and something else is judged, or somebody else asks. */
import type { ArtifactKind } from '../domain/artifact/artifact.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { reason } from '../domain/decision/reasons.ts';
import type { ReasonCode } from '../domain/decision/reasons.ts';
import type { Surface } from '../domain/decision/review.ts';

type Remedies = Partial<Record<ReasonCode, string>>;

/** Nothing is pushed beside packages, files and commits, and none of them is signed as images are. */
const OF_NO_IMAGE: Remedies = {
  FETCH_NOT_FOUND: 'check name, version and digest: what is asked for is not there',
  FETCH_UNAUTHORIZED: 'could not verify, retry after an administrator has named an address that answers without credentials (packages)',
  FETCH_TOO_MANY: 'hand over less evidence, or have superfluous attestations removed where they are kept',
  VERIFY_FORMAT: 'hand over a Sigstore bundle, or a DSSE envelope with an in-toto statement',
  VERIFY_PAYLOAD_TYPE: 'sign an in-toto statement (application/vnd.in-toto+json)',
};

/** Whoever asks the gate is no pod, has no pull secrets, and does not write policies. */
const AT_THE_GATE: Remedies = {
  FETCH_UNAUTHORIZED:
    'could not verify, retry after giving Gatehouse credentials that may read the repository (an administrator: dockerConfig; here: --docker-config)',
  SELECT_NO_POLICY: 'use an artifact that a policy allows, or have the owner of the policies add one that speaks about this artifact',
};

/** Whom the catalogue calls the owner of the policy; a finding of a policy says of which. */
const OWNER = 'the owner of the policy';

/** The finding, with what helps for this kind of artifact and whoever reads it, unless it says so itself. */
export function withRemedy(finding: Finding, kind: ArtifactKind, surface: Surface): Finding {
  if (finding.verdict === 'satisfied') return finding;
  const fix = finding.fix ?? remedyOf(finding, kind, surface) ?? reason(finding.code).fix;
  if (finding.policy !== undefined && fix.includes(OWNER))
    return { ...finding, fix: fix.replaceAll(OWNER, () => `the owner of policy ${finding.policy ?? ''}`) };
  return fix === reason(finding.code).fix ? finding : { ...finding, fix };
}

function remedyOf(finding: Finding, kind: ArtifactKind, surface: Surface): string | undefined {
  return (kind === 'image' ? undefined : OF_NO_IMAGE[finding.code]) ?? (surface === 'gate' ? AT_THE_GATE[finding.code] : undefined);
}
