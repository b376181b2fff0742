import type { CompiledPolicy } from '../../domain/policy/policy.ts';
import type { DraftPolicy } from '../compile/policy.ts';

/** Advice about policies that stand side by side. */
export function lintPolicyPairs(drafts: readonly DraftPolicy[]): void {
  const enforced = new Map<string, string>();
  for (const { policy } of drafts)
    if (
      policy.kind === 'ClusterArtifactPolicy' &&
      policy.mode === 'enforce' &&
      policy.namespaces === undefined &&
      policy.usedAs === undefined
    )
      for (const pattern of policy.patterns) enforced.set(`${pattern.kind} ${pattern.source}`, policy.name);
  for (const draft of drafts) lintWeaker(draft, enforced);
  lintCopies(drafts);
}

/** Policies only add to each other; a laxer one beside an enforced one looks like an exception and is none. */
function lintWeaker({ policy, report }: DraftPolicy, enforced: ReadonlyMap<string, string>): void {
  if (policy.mode === 'enforce') return;
  for (const [index, pattern] of policy.patterns.entries()) {
    const stronger = enforced.get(`${pattern.kind} ${pattern.source}`);
    if (stronger !== undefined)
      report.warn(
        ['spec', 'artifacts', index],
        `ClusterArtifactPolicy ${stronger} enforces its requirements on the same artifacts; mode ${policy.mode} here does not soften them, policies only add to each other`,
      );
  }
}

function lintCopies(drafts: readonly DraftPolicy[]): void {
  const seen = new Map<string, string>();
  for (const { policy, report } of drafts) {
    const content = contentOf(policy);
    const earlier = seen.get(content);
    if (earlier !== undefined) report.warn(['metadata', 'name'], `says the same as ${policy.kind} ${earlier}; remove one`);
    else seen.set(content, policy.name);
  }
}

function contentOf(policy: CompiledPolicy): string {
  const { kind, namespace, patterns, usedAs, namespaces, mode, requireDigest, indexCoversChildren, requirements } = policy;
  const signerNames = (key: string, value: unknown): unknown =>
    key === 'by' ? (value as { name: string }[]).map((signer) => signer.name) : value;
  const scope = [kind, namespace, [...(usedAs ?? [])].toSorted(), namespaces?.source, mode, requireDigest, indexCoversChildren];
  return JSON.stringify([scope, patterns, requirements], signerNames);
}
