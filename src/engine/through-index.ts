/** What the index that lists an image may do for it: speak for it where a policy allows that, or else be named in the advice. */
import type { Artifact } from '../domain/artifact/artifact.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { policyName } from '../evaluate/index.ts';
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
  const index = await context.deadline.race(source.parentIndex(artifact, scope, context.deadline.work));
  if (index === undefined) return findings;
  const parent = await walk({ ...task, policies, artifact: { ...artifact, digest: index }, covered: artifact.digest }, true);
  const holding = parent.findings.filter((finding) => finding.verdict === 'satisfied');
  return findings.map((finding) => {
    if (finding.verdict === 'satisfied') return finding;
    const held = holding.find((other) => other.policy === finding.policy && other.requirement === finding.requirement);
    if (held) return { ...held, digest: artifact.digest, cause: `proven for the index ${index}, which lists this digest` };
    // What no exception lets pass there, none does here.
    const isFinal = parent.findings.some(({ policy, requirement, final }) =>
      final === true && policy === finding.policy && requirement === finding.requirement);
    return isFinal ? { ...finding, final: true } : finding;
  });
}

/**
 * Tells who was refused as unsigned, and named an index by its tag, that this index lists the image: its evidence
 * may lie there; and who named a tag, what that names now. At most one question to the registry, asked when the findings are final; only
 * their `cause` and `fix` may change, and without an answer nothing does.
 */
export async function hintAtIndex(task: Task, findings: readonly Finding[]): Promise<readonly Finding[]> {
  const { artifact, context } = task;
  const uncovered = new Set(task.policies.filter((policy) => !policy.indexCoversChildren).map(policyName));
  const concerned = (finding: Finding): boolean =>
    finding.code === 'FETCH_NONE_FOUND' && finding.policy !== undefined && uncovered.has(finding.policy);
  if (artifact.resolvedFromTag) return findings.map((finding) => atTag(finding, artifact));
  if (artifact.tag === undefined || context.deadline.over || !findings.some(concerned)) return findings;
  const index = await indexOf(task);
  if (index === undefined) return findings;
  return findings.map((finding) => (concerned(finding) ? { ...finding, ...hintOf(index, finding, artifact.tag) } : finding));
}

async function indexOf({ artifact, scope, context }: Task): Promise<string | undefined> {
  try {
    return await context.deadline.race(context.ports.source.parentIndex(artifact, scope, context.deadline.work));
  } catch {
    return undefined; // A hint that fails must not make an answer of something else.
  }
}

/** A tag that was moved reads as plainly unsigned to whoever signed what it named before. */
function atTag(finding: Finding, { digest, tag = 'latest' }: Artifact): Finding {
  if (finding.code !== 'FETCH_NONE_FOUND' || finding.cause !== undefined) return finding;
  return { ...finding, cause: `tag ${tag} names ${digest} now; if another image of this tag was signed, the tag was moved` };
}

function hintOf(index: string, { fix = 'sign this image', policy = '' }: Finding, tag = ''): Pick<Finding, 'cause' | 'fix'> {
  return {
    cause: `index ${index}, which tag ${tag} names, lists this image`,
    fix: `${fix}; or use the digest of the index, if that is done for it, or ask the owner of policy ${policy} to set indexCoversChildren: true`,
  };
}
