/** Namespaces are chosen by their labels, as Kubernetes chooses them. */
import type { LabelMatcher } from '../../domain/policy/policy.ts';

/** One clause of a label selector, both notations made one. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

/** A selector with its clauses, for advice. */
export interface LabelSelector extends LabelMatcher {
  readonly clauses: readonly LabelRequirement[];
}

/**
 * Compiles a Kubernetes LabelSelector: every clause must hold, and one without clauses matches every namespace.
 * `NotIn` also holds when the label is absent (apimachinery `labels.Requirement.Matches`).
 */
export function compileSelector(requirements: readonly LabelRequirement[]): LabelSelector {
  const clauses = requirements.map((requirement) => ({ ...requirement, values: new Set(requirement.values) }));
  return {
    source: requirements.map(selectorText).join(','),
    clauses: requirements,
    test: (labels) => clauses.every((clause) => clauseHolds(clause, labels)),
  };
}

/** Says how a selector may choose less than the one before: whenever another one stands there; `undefined` when it does not. */
export function selectorLost(before: LabelMatcher | undefined, now: LabelMatcher | undefined): string | undefined {
  if (now === undefined || now.source === before?.source) return undefined;
  return `namespaces are ${now.source}, were ${before?.source ?? 'all'}`;
}

function clauseHolds(
  clause: Omit<LabelRequirement, 'values'> & { readonly values: ReadonlySet<string> },
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = Object.hasOwn(labels, clause.key) ? labels[clause.key] : undefined;
  switch (clause.operator) {
    case 'In':
      return value !== undefined && clause.values.has(value);
    case 'NotIn':
      return value === undefined || !clause.values.has(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

function selectorText({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${key}=${values.join()}` : `${key} in (${values.join(',')})`;
    case 'NotIn':
      return `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
  }
}
