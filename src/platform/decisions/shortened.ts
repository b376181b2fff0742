/** A decision about thousands of artifacts, as much of it as is kept: what did not hold, and how many held. */
import type { Decision } from '../../domain/decision/decision.ts';

/** Artifacts of one decision that are kept. An object of a cluster has fewer; a question to the gate may have thousands. */
const MOST_ARTIFACTS = 200;
const MOST_FINDINGS = 400;

/** The decision itself, unless it is about more artifacts than are kept; then what failed comes first, and a note says what is missing. */
export function shortened(decision: Decision): Decision {
  const { artifacts, findings, notes } = decision;
  if (artifacts.length <= MOST_ARTIFACTS) return decision;
  // Findings are sorted: those that deny come first, satisfied ones last.
  const shown = findings.slice(0, MOST_FINDINGS);
  const failed = new Set(findings.filter(({ verdict }) => verdict !== 'satisfied').map(({ path }) => path));
  const places = new Set(shown.filter(({ verdict }) => verdict !== 'satisfied').map(({ path }) => path));
  const [first, others] = [true, false].map((isFailed) => artifacts.filter(({ path }) => places.has(path) === isFailed));
  const kept = [...(first ?? []), ...(others ?? [])].slice(0, MOST_ARTIFACTS);
  const paths = new Set(kept.map(({ path }) => path));
  return {
    ...decision,
    artifacts: kept,
    findings: shown.filter(({ path, ofRequest }) => ofRequest === true || path === '' || paths.has(path)),
    notes: [
      ...notes.slice(0, MOST_ARTIFACTS),
      `kept are ${kept.length} of ${artifacts.length} artifacts; of all of them ${failed.size} did not hold`,
    ],
  };
}
