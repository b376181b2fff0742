import type { CompiledPolicy } from '../../domain/policy/policy.ts';
import type { Requirement } from '../../domain/policy/requirement.ts';
import type { DraftPolicy } from '../compile/policy.ts';
import type { Path } from '../read/problems.ts';

const STRICTNESS = { enforce: 2, warn: 1, audit: 0 } as const;

/** Advice where a policy demands admitted images of a build and no policy of the set could admit any. */
export function lintDependencies(drafts: readonly DraftPolicy[]): void {
  for (const { policy, report } of drafts) {
    const [path] = demandsOf(policy.requirements, ['spec', 'require']);
    if (path === undefined || drafts.some((other) => speaksOfBuilds(other.policy, policy))) continue;
    report.warn(
      path,
      `demands images that are admitted, but no policy in mode ${policy.mode} is for images that are used as dependency or baseImage: every image is denied; write one, or unmatched: allow`,
      'key',
    );
  }
}

function speaksOfBuilds({ patterns, usedAs, mode }: CompiledPolicy, asking: CompiledPolicy): boolean {
  const used = usedAs === undefined || usedAs.has('dependency') || usedAs.has('baseImage');
  return used && STRICTNESS[mode] >= STRICTNESS[asking.mode] && patterns.some(({ kind }) => kind === 'image');
}

function demandsOf(requirements: readonly Requirement[], path: Path): readonly Path[] {
  return requirements.flatMap((requirement, index): readonly Path[] => {
    if (requirement.kind === 'anyOf') return demandsOf(requirement.of, [...path, index, 'anyOf']);
    const demanded = requirement.kind === 'provenance' && requirement.dependencies?.images?.unmatched === 'deny';
    return demanded ? [[...path, index, 'provenance', 'dependencies', 'images']] : [];
  });
}
