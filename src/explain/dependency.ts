/** Whom to look at when something could not be found out: the registry, the cluster, or this service itself. */
import { splitName } from '../domain/artifact/artifact.ts';
import type { Decision } from '../domain/decision/decision.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { stageOf } from '../domain/decision/reasons.ts';

/**
 * The finding, with what could not be reached named when nothing in it does.
 *
 * A reader of "could not verify, retry" has to know what to look at: the registry of the artifact for fetching,
 * the verification service itself otherwise.
 */
export function withDependency(finding: Finding, decision: Decision): Finding {
  if (finding.verdict !== 'undetermined') return finding;
  const { cause, found = [] } = finding;
  const said = cause === undefined ? found : [...found, cause];
  if (stageOf(finding.code) !== 'FETCH') return said.length > 0 ? finding : { ...finding, cause: ownPart(finding, decision) };
  const registry = registryOf(finding, decision);
  if (registry === undefined)
    return said.length > 0 ? finding : { ...finding, cause: 'the place where the artifact or its evidence is did not give what was needed' };
  if (said.some((text) => text.includes(registry) || text.startsWith('the store '))) return finding;
  return { ...finding, cause: `registry ${registry}${cause === undefined ? ' did not give what was needed' : `: ${cause}`}` };
}

/** Host in the name of the image that the finding is about; names of packages and files have none. */
function registryOf(finding: Finding, decision: Decision): string | undefined {
  const artifact = decision.artifacts.find((candidate) => candidate.path === finding.path);
  return artifact?.kind === 'image' ? splitName(artifact.name).host : undefined;
}

function ownPart(finding: Finding, decision: Decision): string {
  const stage = stageOf(finding.code);
  if (stage === 'SELECT')
    return decision.request.namespace === ''
      ? 'the request names no namespace whose labels could be known'
      : `labels of namespace ${decision.request.namespace} are not known`;
  return stage === 'POLICY' ? 'the policies of Gatehouse are not available' : 'Gatehouse itself could not finish the verification';
}
