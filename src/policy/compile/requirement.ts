/** A written requirement is handed to the part of its kind; a name that is written may occur only once in a policy. */
import type { Requirement, WrittenKind } from '../../domain/policy/requirement.ts';
import { KINDS, WRITTEN_KINDS } from '../kinds/index.ts';
import type { RequirementField, WrittenOf } from '../kinds/index.ts';
import type { Collected, CompiledOf, RequirementTools, Site } from '../kinds/kind.ts';
import type { Path } from '../read/problems.ts';

/** What compiling the requirements of one policy brought: `undefined` for each of them that was reported. */
export interface CompiledRequirements {
  readonly requirements: readonly (Requirement | undefined)[];
  readonly collected: Collected;
}

/** Compiles the `require` list of one policy. */
export function compileRequirements(fields: readonly RequirementField[], tools: RequirementTools): CompiledRequirements {
  const collected: Collected = {
    names: new Set(), signers: new Map(), earlier: new Map(), layouts: new Map(), relatedTypes: new Set(),
  };
  const requirements = fields.map((field, position) =>
    compileRequirement(field, { tools, collected, path: ['spec', 'require', position], depth: 0, position }));
  return { requirements, collected };
}

/** Where a requirement stands in the policy, before it is known what it is. */
interface RequirementSite extends Pick<Site, 'tools' | 'collected' | 'depth'> {
  readonly path: Path;
  /** Which of its list it is. */
  readonly position: number;
}

function compileRequirement(field: RequirementField, place: RequirementSite): Requirement | undefined {
  const kind = WRITTEN_KINDS.find((candidate) => field[candidate] !== undefined);
  const compiled = kind === undefined ? undefined : compileKind(kind, field, field.name, place);
  // What stands inside of anyOf need not hold, so conditions elsewhere must not build on it.
  if (compiled !== undefined && place.depth === 0) place.collected.earlier.set(compiled.name, compiled);
  return compiled;
}

function compileKind<K extends WrittenKind>(
  kind: K,
  field: { readonly [P in WrittenKind]?: WrittenOf<P> | undefined },
  name: string | undefined,
  place: RequirementSite,
): CompiledOf<K> | undefined {
  const written: WrittenOf<K> | undefined = field[kind];
  if (written === undefined) return undefined;
  const { tools, collected, depth, position } = place;
  const fallback = depth > 0 ? `alternative ${position + 1}` : KINDS[kind].called?.(written, position);
  const site: Site = { tools, collected, depth, name: nameOf(name, fallback, place), path: [...place.path, kind] };
  return KINDS[kind].compile(written, site, compileAlternative);
}

function compileAlternative(field: RequirementField, position: number, { tools, collected, path, depth }: Site): Requirement | undefined {
  return compileRequirement(field, { tools, collected, path: [...path, position], depth: depth + 1, position });
}

/** The name that is written, or else the one that it has without; `undefined` when the name was reported. */
function nameOf(name: string | undefined, fallback: string | undefined, { tools, collected, path }: RequirementSite): string | undefined {
  if (name === undefined) {
    if (fallback === undefined) tools.report.error([...path, 'name'], 'is missing: every requirement needs a name, which messages show');
    return fallback;
  }
  if (!collected.names.has(name)) {
    collected.names.add(name);
    return name;
  }
  tools.report.error(
    [...path, 'name'],
    `requirement name ${JSON.stringify(name)} is used twice in this policy; messages could not tell the two apart`,
  );
  return undefined;
}
