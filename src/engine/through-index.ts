import type { Finding } from '../domain/decision/finding.ts';
import type { Task } from './task.ts';
import { walk } from './walk.ts';

/**
 * Lets evidence of an index speak for its platform child, where a policy allows it and the reference names the
 * index by its tag. The child's digest must be listed in that index, which the source checks on hashed bytes.
 */
export async function throughIndex(task: Task, findings: readonly Finding[]): Promise<readonly Finding[]> {
  const { artifact, scope, context } = task;
  const policies = task.policies.filter((policy) => policy.indexCoversChildren);
  if (policies.length === 0 || artifact.tag === undefined || artifact.resolvedFromTag) return findings;
  const { source } = context.ports;
  const index = await context.deadline.race(source.parentIndex(artifact, scope, context.deadline.signal));
  if (index === undefined) return findings;
  const parent = await walk({ ...task, policies, artifact: { ...artifact, digest: index }, covered: artifact.digest }, true);
  const holding = parent.findings.filter((finding) => finding.verdict === 'satisfied');
  return findings.map((finding) => {
    if (finding.verdict === 'satisfied') return finding;
    const proven = holding.find((other) => other.policy === finding.policy && other.requirement === finding.requirement);
    return proven ? { ...proven, digest: artifact.digest, cause: `proven for the index ${index}, which lists this digest` } : finding;
  });
}
