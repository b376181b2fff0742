/** What the reference of a refusal is made of. */
import type { Decision } from './decision.ts';

/**
 * All that may decide the text of a denial: what is to happen to which object, and the findings that refuse it; no id, no time,
 * no duration. A controller writes the text of a denial into a status, and whatever differs from one try to the next wakes it again
 * without a pause (recorded: 30 tries a second).
 */
export function referenceFacts({ request, findings }: Decision): string {
  const { group, kind, namespace, name, operation } = request;
  const refused = findings.filter(({ verdict, mode }) => verdict !== 'satisfied' && mode === 'enforce');
  return JSON.stringify([group, kind, namespace, name, operation, refused.map((finding) => [
    finding.verdict, finding.code, finding.path, finding.artifact, finding.digest, finding.policy, finding.requirement,
    finding.expected, finding.found, finding.cause, finding.fix,
  ])]);
}
