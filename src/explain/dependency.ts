import { splitName } from '../domain/artifact.ts';
import type { Decision } from '../domain/decision.ts';
import type { Finding } from '../domain/finding.ts';
import { stageOf } from '../domain/reasons.ts';

/**
 * The finding, with what could not be reached named when whoever made it named nothing.
 *
 * A reader of "could not verify, retry" has to know what to look at: the registry of the artifact for fetching,
 * the verification service itself otherwise.
 */
export function withDependency(finding: Finding, decision: Decision): Finding {
  if (finding.verdict !== 'undetermined' || finding.cause !== undefined || (finding.found ?? []).length > 0) return finding;
  return { ...finding, cause: dependency(finding, decision) };
}

function dependency(finding: Finding, decision: Decision): string {
  const stage = stageOf(finding.code);
  if (stage === 'FETCH') {
    const artifact = decision.artifacts.find((candidate) => candidate.path === finding.path);
    return artifact === undefined ? 'the registry of the artifact did not give what was needed' : `registry ${splitName(artifact.name).host} did not give what was needed`;
  }
  if (stage === 'SELECT') return `labels of namespace ${decision.request.namespace} are not known`;
  return stage === 'POLICY' ? 'the policies of Gatehouse are not available' : 'Gatehouse itself could not finish the verification';
}
