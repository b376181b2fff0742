/** The label that says a pod is verified: what it is called, when it is true, and what is said where it is not. */
import type { JudgedArtifact } from './decision.ts';
import type { Finding, Verdict } from './finding.ts';
import { keptText } from './kept-text.ts';

/** Set on pods by `/mutate`, and admitted by `/validate` exactly where it is true; SPIRE registration entries may select on it. */
export const VERIFIED_LABEL = 'gatehouse.dev/verified';
/** The only value that the label may have. */
export const VERIFIED = 'true';
/** Says for people under which set of policies the label was set. A note: nothing checks it, and nothing may rest on it. */
export const GENERATION_ANNOTATION = 'gatehouse.dev/policy-generation';
/** What `/mutate` writes on pods. Both are judged with the pod, so that they make no pod one of a build. */
export const WRITTEN_ON_PODS: ReadonlySet<string> = new Set([VERIFIED_LABEL, GENERATION_ANNOTATION]);

/** JSON path of the label, for messages. */
export const LABEL_PATH = `metadata.labels["${VERIFIED_LABEL}"]`;

/** A question whether a pod is verified: put by its label, or without `says` by whoever would set the label. */
export interface LabelClaim {
  /** What the label says, as JSON has it. */
  readonly says?: unknown;
}

/** What one artifact came to. */
interface Judged {
  readonly artifact: JudgedArtifact;
  readonly findings: readonly Finding[];
}

/**
 * Whether a pod is verified: there are artifacts, and each is named by digest and *satisfied* under at least one policy of the cluster
 * that enforces, with nothing against it that anybody would hear of. What policies on trial (audit) say counts neither way: they
 * are judged after the answer. `undetermined` where nothing is violated and something could not be looked up.
 *
 * A name without a digest is none that was judged: the kubelet resolves it again. `pins` says that tags are about to be pinned.
 */
export function standingOf(ofRequest: readonly Finding[], judged: readonly Judged[], pins = false): Verdict {
  const standings = judged.map((one) => standingOfArtifact(one, pins));
  const heard = ofRequest.filter(({ mode }) => mode === 'enforce').map(({ verdict }) => verdict);
  const all = [...standings, ...heard];
  if (judged.length === 0 || all.includes('violated')) return 'violated';
  return all.includes('undetermined') ? 'undetermined' : 'satisfied';
}

function standingOfArtifact({ artifact, findings }: Judged, pins: boolean): Verdict {
  const heard = findings.filter(({ mode }) => mode !== 'audit');
  if (heard.some(({ verdict }) => verdict === 'violated')) return 'violated';
  if (heard.some(({ verdict }) => verdict === 'undetermined')) return 'undetermined';
  // With `pins` a tag becomes the digest that was judged, except where the image stood before.
  const isPinned = pins && artifact.unchanged !== true;
  const isNamed = artifact.digest !== undefined && (isPinned || artifact.resolvedFromTag !== true);
  return isNamed && heard.some(isOfCluster) ? 'satisfied' : 'violated';
}

/** A requirement that holds, of a policy that enforces and that no namespace wrote (those are called `namespace/name`). */
export function isOfCluster({ policy, mode, verdict }: Finding): boolean {
  return verdict === 'satisfied' && mode === 'enforce' && policy !== undefined && !policy.includes('/');
}

/** What is said of the label of a pod that stands so; nothing where it is true. No policy asked, so it is enforced. */
export function labelFinding({ says }: LabelClaim, standing: Verdict): Finding | undefined {
  const isText = says === VERIFIED;
  if (isText && standing === 'satisfied') return undefined;
  const found = typeof says === 'string' ? keptText(says) : `a value of type ${says === null ? 'null' : typeof says}`;
  return {
    verdict: isText ? standing : 'violated',
    code: 'POLICY_VERIFIED_LABEL',
    path: LABEL_PATH,
    artifact: '',
    mode: 'enforce',
    ofRequest: true,
    ...(isText ? { cause: CAUSES[standing] } : { expected: [VERIFIED], found: [found] }),
  };
}

const CAUSES = {
  satisfied: '',
  violated: 'not every image is named by digest and satisfied under a policy of the cluster that enforces',
  undetermined: 'it is not known now whether every image is satisfied under a policy of the cluster that enforces',
} as const;
