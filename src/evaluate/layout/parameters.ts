/** Placeholders of a layout are filled in once, and one without a value is refused. */
import type { ArtifactRule, Layout, LayoutItem } from '../../domain/policy/layout.ts';

/** The layout with its placeholders filled in, or the first placeholder for which there is no value. */
export type Substituted =
  { readonly ok: true; readonly layout: Layout } | { readonly ok: false; readonly item: string; readonly name: string };

const PLACEHOLDER = /\{([a-zA-Z0-9_-]+)\}/g;

/**
 * Fills in `{name}` in rules and commands (in-toto-golang `SubstituteParameters`): plain replacement, once, so that a
 * value is never searched for placeholders. Names, keys and thresholds are never touched. A placeholder without a value
 * is refused: as a pattern it would match nothing and so disarm a DISALLOW.
 */
export function substitute(layout: Layout, parameters: ReadonlyMap<string, string>): Substituted {
  let missing: { readonly item: string; readonly name: string } | undefined;
  const fill =
    (item: string) =>
    (text: string): string =>
      text.replace(PLACEHOLDER, (whole, name: string) => {
        const value = parameters.get(name);
        if (value === undefined) missing ??= { item, name };
        return value ?? whole;
      });
  const steps = layout.steps.map((step) => ({
    ...step,
    ...filledRules(step, fill(step.name)),
    expectedCommand: step.expectedCommand.map(fill(step.name)),
  }));
  const inspections = layout.inspections.map((inspection) => ({
    ...inspection,
    ...filledRules(inspection, fill(inspection.name)),
    run: inspection.run.map(fill(inspection.name)),
  }));
  return missing === undefined ? { ok: true, layout: { ...layout, steps, inspections } } : { ok: false, ...missing };
}

function filledRules(item: LayoutItem, fill: (text: string) => string): Pick<LayoutItem, 'expectedMaterials' | 'expectedProducts'> {
  return {
    expectedMaterials: item.expectedMaterials.map((rule) => filledRule(rule, fill)),
    expectedProducts: item.expectedProducts.map((rule) => filledRule(rule, fill)),
  };
}

function filledRule(rule: ArtifactRule, fill: (text: string) => string): ArtifactRule {
  if (rule.kind !== 'match') return { ...rule, pattern: fill(rule.pattern) };
  return {
    ...rule,
    pattern: fill(rule.pattern),
    sourcePrefix: fill(rule.sourcePrefix),
    destinationPrefix: fill(rule.destinationPrefix),
    from: fill(rule.from),
  };
}
