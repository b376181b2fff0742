/** Policies that can never speak: uses that nothing makes of such artifacts, and selectors that no namespace meets. */
import type { ArtifactKind, Usage } from '../../domain/artifact/artifact.ts';
import { USAGES } from '../../domain/artifact/artifact.ts';
import type { DraftPolicy } from '../compile/policy.ts';
import type { LabelRequirement } from '../match/label-selector.ts';
import type { Path } from '../read/problems.ts';
import type { Reporter } from '../read/reporter.ts';

/** As what artifacts of a kind are used, by whatever surface: pods and runs, questions to the gate, leads of provenance. */
const USED_AS: Readonly<Record<ArtifactKind, readonly Usage[]>> = {
  image: USAGES,
  package: ['dependency', 'source', 'publish'],
  git: ['source', 'dependency', 'definition'],
  blob: ['dependency', 'source', 'publish'],
  definition: ['definition'],
};

/** Advice about a policy that can never speak, or about some of its patterns never. */
export function lintReach({ policy: { usedAs }, patterns, clauses, report }: DraftPolicy): void {
  for (const [index, { kind }] of patterns.entries()) {
    if (usedAs === undefined || USED_AS[kind].some((use) => usedAs.has(use))) continue;
    report.advise(
      'usage-impossible',
      ['spec', 'artifacts', index, kind],
      `nothing of this kind is ever used as ${[...usedAs].join(' or ')}, so the pattern matches nothing; write usedAs with ${USED_AS[kind].join(', ')}`,
    );
  }
  lintSelector(clauses, ['spec', 'namespaces'], report);
}

/** Advice about a label selector whose clauses cannot all hold. */
export function lintSelector(clauses: readonly LabelRequirement[], path: Path, report: Reporter): void {
  for (const key of new Set(clauses.map((clause) => clause.key))) {
    const ofKey = clauses.filter((clause) => clause.key === key);
    if (satisfiable(ofKey)) continue;
    report.advise(
      'namespaces-contradict',
      path,
      `what is demanded of the label ${JSON.stringify(key)} contradicts itself, so no namespace is chosen; leave out all but one of its clauses`,
      'key',
    );
    return;
  }
}

/** Whether one label can meet them all: absent, with one of the values that are named, or with a value that nobody names. */
function satisfiable(clauses: readonly LabelRequirement[]): boolean {
  const named = clauses.flatMap(({ values }) => values);
  return [undefined, ...named, 'a value of nobody'].some((value) => clauses.every((clause) => {
    switch (clause.operator) {
      case 'In':
        return value !== undefined && clause.values.includes(value);
      case 'NotIn':
        return value === undefined || !clause.values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
    }
  }));
}
