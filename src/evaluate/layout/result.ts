/** What can be wrong with a supply chain whose signatures hold. */
export type LayoutProblemKind =
  'expired' | 'parameter' | 'inspection' | 'link-missing' | 'threshold' | 'disagreement' | 'rule' | 'artifact' | 'chain' | 'run' | 'limit';

/** One thing wrong, with the place in the layout. */
export interface LayoutProblem {
  readonly kind: LayoutProblemKind;
  /** Step or inspection; a step of a sublayout is written `build/compile`. */
  readonly step?: string;
  /** Whether the rule is one about materials or products. */
  readonly subject?: 'materials' | 'products';
  readonly rule?: string;
  readonly artifact?: string;
  readonly expected?: string;
  readonly found?: string;
  /** Per rule before the one that failed, how many artifacts it took; or per file, why it did not count. */
  readonly trace?: readonly string[];
}

/** Who did a step, for the long form of an explanation. */
export interface StepSummary {
  readonly step: string;
  readonly signers: readonly string[];
  readonly sources: readonly string[];
  readonly materials: number;
  readonly products: number;
  /** Signers who say something else of the step, which has no effect. */
  readonly dissent?: readonly string[];
}

/** Whether a supply chain holds for the artifact; `warnings` do not count against it. */
export type LayoutResult =
  | { readonly ok: true; readonly steps: readonly StepSummary[]; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly LayoutProblem[]; readonly warnings: readonly string[] };

/** The first few of a list, for a message. */
export function few(values: readonly string[], limit = 5): string {
  if (values.length === 0) return 'nothing';
  return values.length > limit ? `${values.slice(0, limit).join(', ')} and ${values.length - limit} more` : values.join(', ');
}
