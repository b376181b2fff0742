/** The steps that a policy lists itself must have names of their own, and their rules may refer only to them. */
import type { RequiredStep, StepsRequirement } from '../../../domain/policy/layout-requirement.ts';
import { compileConditions } from '../../compile/conditions.ts';
import { compileVouchers } from '../../compile/vouched.ts';
import type { Path } from '../../read/problems.ts';
import type { Site } from '../kind.ts';
import type { LayoutField } from './schema.ts';

/** Compiles steps over attestations; `undefined` when something in them was reported. */
export function compileSteps(name: string, field: LayoutField, site: Site): StepsRequirement | undefined {
  const written = field.steps ?? [];
  const steps = written.map((step, index) => compileStep(step, [...site.path, 'steps', index], site));
  const complete = steps.filter((step) => step !== undefined);
  const unique = hasUniqueNames(written.map((step) => step.name), site);
  if (complete.length < steps.length || !unique || !refersToSteps(complete, site)) return undefined;
  const { chained = true, sameRun = false } = field;
  // Only a chained layout binds statements about something else to the artifact; nothing else may look at them.
  if (chained) for (const { type } of complete) site.collected.relatedTypes.add(type);
  return { kind: 'layout', form: 'steps', name, steps: complete, chained, sameRun };
}

function compileStep(step: NonNullable<LayoutField['steps']>[number], path: Path, site: Site): RequiredStep | undefined {
  const { report, hash } = site.tools;
  const vouchers = compileVouchers(step, path, site);
  // A step looks at one statement: that statements belong together is what steps are for.
  const where = compileConditions(step.where ?? [], { report, path, earlier: new Map() });
  if (vouchers === undefined || where === undefined) return undefined;
  return {
    ...vouchers,
    name: step.name,
    type: step.type,
    where,
    id: hash({ where: where.map(({ expression }) => expression) }),
    expectedMaterials: step.materials ?? [],
    expectedProducts: step.products ?? [],
  };
}

function hasUniqueNames(names: readonly string[], { tools: { report }, path }: Site): boolean {
  const twice = names.findIndex((name, index) => names.indexOf(name) < index);
  if (twice < 0) return true;
  report.error(
    [...path, 'steps', twice, 'name'],
    `step name ${JSON.stringify(names[twice])} is used twice; rules could not tell the two apart`,
  );
  return false;
}

/** MATCH with a step that there is not takes nothing, so a DISALLOW after it would refuse everything. */
function refersToSteps(steps: readonly RequiredStep[], { tools: { report }, path }: Site): boolean {
  const known = new Set(steps.map(({ name }) => name));
  let good = true;
  steps.forEach((step, index) => {
    for (const key of ['materials', 'products'] as const) {
      const rules = key === 'materials' ? step.expectedMaterials : step.expectedProducts;
      rules.forEach((rule, at) => {
        if (rule.kind !== 'match' || known.has(rule.from)) return;
        report.error(
          [...path, 'steps', index, key, at],
          `no step is named ${JSON.stringify(rule.from)}; known are ${[...known].join(', ')}`,
        );
        good = false;
      });
    }
  });
  return good;
}
