import type { TrustedKey } from '../../domain/evidence.ts';
import type { LayoutRequirement, RequiredStep, TrustedLayout } from '../../domain/policy/layout-requirement.ts';
import type { Signer } from '../../domain/policy/requirement.ts';
import { compileConditions } from './examined.ts';
import type { CompiledSigner } from './signer.ts';
import type { Path } from '../read/problems.ts';
import type { Reporter } from '../read/reporter.ts';
import type { LayoutField } from '../schema/layout.ts';

/** What a layout requirement is compiled with. */
export interface LayoutContext {
  readonly report: Reporter;
  readonly path: Path;
  readonly signers: ReadonlyMap<string, CompiledSigner>;
  /** Signed layouts of the policy so far; filled while compiling. */
  readonly layouts: Map<string, TrustedLayout>;
  readonly hash: (value: unknown) => string;
  findSigners(names: readonly string[], at: Path): readonly Signer[] | undefined;
}

/** Compiles `layout`; `undefined` when something in it was reported. */
export function compileLayout(name: string, field: LayoutField, context: LayoutContext): LayoutRequirement | undefined {
  return field.document === undefined
    ? compileSteps(name, field, context)
    : compileSigned(name, { ...field, document: field.document }, context);
}

function compileSigned(
  name: string,
  field: LayoutField & { readonly document: string },
  context: LayoutContext,
): LayoutRequirement | undefined {
  const { document, owners: ownerNames = [], ownerKeys = [] } = field;
  const path = [...context.path, 'owners'];
  const owners = context.findSigners(ownerNames, path);
  if (owners === undefined) return undefined;
  const keyed = owners.map((owner, index) => ({ name: owner.name, keys: ownerKeysOf(owner, [...path, index], context) }));
  if (keyed.some(({ keys }) => keys.length === 0)) return undefined;
  const id = context.hash({ document, owners: keyed, ownerKeys });
  context.layouts.set(id, { id, document, owners: keyed, ownerKeys });
  return {
    kind: 'layout', form: 'signed', name, layoutId: id, owners,
    parameters: new Map(Object.entries(field.parameters ?? {})), dataOnlyInspections: field.dataOnlyInspections ?? [],
    ...(field.product === undefined ? {} : { product: field.product }),
  };
}

/** A layout is a file with signatures by keys; nothing in it could prove a keyless identity. */
function ownerKeysOf(owner: Signer, path: Path, { signers, report }: LayoutContext): readonly TrustedKey[] {
  const keys = signers.get(owner.name)?.keys ?? [];
  if (keys.length === 0)
    report.error(path, `${owner.name} has no key; a layout is signed with keys, so its owners need identities of type key`);
  else if (owner.identities.some((identity) => identity.kind === 'key' && identity.transparencyLog === 'required')) {
    report.error(path, `${owner.name} demands a transparency log, and no log holds the signature on a layout`);
    return [];
  }
  return keys;
}

function compileSteps(name: string, field: LayoutField, context: LayoutContext): LayoutRequirement | undefined {
  const written = field.steps ?? [];
  const steps = written.map((step, index) => compileStep(step, [...context.path, 'steps', index], context));
  const complete = steps.filter((step) => step !== undefined);
  const unique = hasUniqueNames(written.map((step) => step.name), context);
  if (complete.length < steps.length || !unique || !refersToSteps(complete, context)) return undefined;
  return { kind: 'layout', form: 'steps', name, steps: complete, chained: field.chained ?? true, sameRun: field.sameRun ?? false };
}

function compileStep(
  step: NonNullable<LayoutField['steps']>[number],
  path: Path,
  { report, findSigners, hash }: LayoutContext,
): RequiredStep | undefined {
  const by = findSigners(step.by, [...path, 'by']);
  // A step looks at one statement: that statements belong together is what steps are for.
  const where = compileConditions(step.where ?? [], { report, path, earlier: new Map() });
  const threshold = step.threshold ?? 1;
  const reachable = threshold <= step.by.length;
  if (!reachable)
    report.error(
      [...path, 'threshold'],
      `is ${threshold}, but only ${step.by.length} signer${step.by.length === 1 ? ' is' : 's are'} named in by: nothing could satisfy it`,
    );
  if (by === undefined || where === undefined || !reachable) return undefined;
  return {
    name: step.name,
    type: step.type,
    by,
    threshold,
    where,
    id: hash({ where: where.map(({ expression }) => expression) }),
    expectedMaterials: step.materials ?? [],
    expectedProducts: step.products ?? [],
    ...(step.maxAge === undefined ? {} : { maxAge: step.maxAge }),
  };
}

function hasUniqueNames(names: readonly string[], { report, path }: LayoutContext): boolean {
  const twice = names.findIndex((name, index) => names.indexOf(name) < index);
  if (twice < 0) return true;
  report.error(
    [...path, 'steps', twice, 'name'],
    `step name ${JSON.stringify(names[twice])} is used twice; rules could not tell the two apart`,
  );
  return false;
}

/** MATCH with a step that there is not takes nothing, so a DISALLOW after it would refuse everything. */
function refersToSteps(steps: readonly RequiredStep[], { report, path }: LayoutContext): boolean {
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
