import type { TrustedLayout } from '../../domain/policy/layout-requirement.ts';
import { PREDICATE_FAMILIES } from '../../domain/policy/predicate-types.ts';
import type { AttestationRequirement, Requirement, Signer } from '../../domain/policy/requirement.ts';
import { compileProvenance, compileReproducible, compileVsa } from './build.ts';
import type { VouchedBase } from './build.ts';
import { compileConditional, compileEncryption, compileExamined } from './examined.ts';
import type { ExaminedContext } from './examined.ts';
import { compileLayout } from './layout.ts';
import type { CompiledSigner } from './signer.ts';
import type { Path } from '../read/problems.ts';
import type { Reporter } from '../read/reporter.ts';
import { EXAMINED } from '../schema/examined.ts';
import type { RequirementField } from '../schema/policy.ts';
import { closest } from '../read/suggest.ts';

/** Alternatives within alternatives: four levels are more than anybody can read. */
const MAX_ANY_OF_DEPTH = 4;

/** Names shown in "known are …"; a set may hold thousands. */
const MAX_SHOWN = 10;

/** What the requirements of one policy are compiled with. */
export interface RequirementContext {
  readonly report: Reporter;
  readonly signers: ReadonlyMap<string, CompiledSigner>;
  /** Names of signers that exist, although some may be broken and absent from `signers`. */
  readonly declaredSigners: ReadonlySet<string>;
  /** Requirement names of this policy so far, with the place of each. */
  readonly names: Map<string, string>;
  /** Signers that the policy relies on; filled while compiling. */
  readonly used: Map<string, CompiledSigner>;
  /** Requirements of this policy so far, which conditions further down may look at; filled while compiling. */
  readonly earlier: Map<string, Requirement>;
  readonly hash: (value: unknown) => string;
  /** Signed layouts that the policy carries, by id; filled while compiling. */
  readonly layouts: Map<string, TrustedLayout>;
}

interface Place {
  readonly path: Path;
  /** How many anyOf this requirement is inside of. */
  readonly depth: number;
  /** Stands in where the author gave no name; absent where a name is required. */
  readonly fallbackName?: string;
}

/** Compiles the `require` list; gives `undefined` for each requirement that was reported. */
export function compileRequirements(
  fields: readonly RequirementField[],
  context: RequirementContext,
): readonly (Requirement | undefined)[] {
  return fields.map((field, index) => {
    const name = field.anyOf === undefined ? undefined : groupName(field.anyOf, index);
    return compileRequirement(
      field,
      { path: ['spec', 'require', index], depth: 0, ...(name === undefined ? {} : { fallbackName: name }) },
      context,
    );
  });
}

/** Longest name that an anyOf gets from its alternatives, as long as a written one may be. */
const MAX_NAME = 128;

/** An anyOf may go without a name, since its alternatives say what it is about. */
function groupName(alternatives: readonly RequirementField[], index: number): string {
  const names = alternatives.map(({ name }) => name);
  const joined = names.join(' or ');
  return names.includes(undefined) || joined.length > MAX_NAME ? `requirement ${index + 1}` : joined;
}

function compileRequirement(field: RequirementField, place: Place, context: RequirementContext): Requirement | undefined {
  const compiled = compileOne(field, place, context);
  // What stands inside of anyOf need not hold, so conditions elsewhere must not build on it.
  if (compiled !== undefined && place.depth === 0) context.earlier.set(compiled.name, compiled);
  return compiled;
}

function compileOne(field: RequirementField, place: Place, context: RequirementContext): Requirement | undefined {
  const name = nameOf(field, place, context);
  if (field.anyOf !== undefined) return compileAnyOf(name, field.anyOf, place, context);
  if (field.encryption !== undefined) return name === undefined ? undefined : compileEncryption(name, field.encryption);
  if (field.layout !== undefined) {
    const { report, signers, layouts, hash } = context;
    return name === undefined
      ? undefined
      : compileLayout(name, field.layout, {
          report,
          signers,
          layouts,
          hash,
          path: [...place.path, 'layout'],
          findSigners: (names, at) => findSigners(names, at, context),
        });
  }
  const type = VOUCHED.find((candidate) => field[candidate] !== undefined);
  const vouched = type === undefined ? undefined : field[type];
  if (type === undefined || vouched === undefined) return undefined;
  const path = [...place.path, type];
  const by = findSigners(vouched.by, [...path, 'by'], context);
  const threshold = vouched.threshold ?? (type === 'reproducible' ? 2 : 1);
  const reachable = threshold <= vouched.by.length;
  if (!reachable)
    context.report.error(
      [...path, 'threshold'],
      `is ${threshold}, but only ${vouched.by.length} signer${vouched.by.length === 1 ? ' is' : 's are'} named in by: nothing could satisfy it`,
    );
  if (by === undefined || !reachable || name === undefined) return undefined;
  return compileVouched(field, { name, by, threshold, ...(vouched.maxAge === undefined ? {} : { maxAge: vouched.maxAge }) }, {
    report: context.report, path, earlier: context.earlier, hash: context.hash, signers: (names, at) => findSigners(names, at, context),
  });
}

/** The types of requirement that signers vouch for. */
const VOUCHED = ['signature', 'attestation', 'provenance', 'vsa', 'reproducible', ...EXAMINED] as const;

function compileVouched(field: RequirementField, base: VouchedBase, context: ExaminedContext): Requirement | undefined {
  if (field.signature !== undefined) return { kind: 'signature', ...base, bindRepository: field.signature.bindRepository ?? false };
  if (field.attestation !== undefined) return compileAttestation(field.attestation, base, context);
  if (field.provenance !== undefined) return compileProvenance(base, field.provenance, context);
  if (field.vsa !== undefined) return compileVsa(base, field.vsa);
  return field.reproducible === undefined ? compileExamined(base, field, context) : compileReproducible(base, field.reproducible);
}

function compileAttestation(
  { type, where }: NonNullable<RequirementField['attestation']>,
  base: VouchedBase,
  context: ExaminedContext,
): Requirement | undefined {
  const types = typesOf(type);
  return where === undefined ? { kind: 'attestation', ...base, ...types } : compileConditional(base, types, where, context);
}

/** A short name stands for all predicate types of its family. */
function typesOf(type: string): Pick<AttestationRequirement, 'type' | 'types'> {
  return isFamily(type) ? { type, types: PREDICATE_FAMILIES[type] } : { type };
}

function isFamily(type: string): type is keyof typeof PREDICATE_FAMILIES {
  return Object.hasOwn(PREDICATE_FAMILIES, type);
}

function compileAnyOf(
  name: string | undefined,
  alternatives: readonly RequirementField[],
  place: Place,
  context: RequirementContext,
): Requirement | undefined {
  if (place.depth >= MAX_ANY_OF_DEPTH) {
    context.report.error(
      [...place.path, 'anyOf'],
      `anyOf is nested deeper than ${MAX_ANY_OF_DEPTH} levels; write the alternatives side by side`,
      'key',
    );
    return undefined;
  }
  const of = alternatives.map((field, index) =>
    compileRequirement(
      field,
      { path: [...place.path, 'anyOf', index], depth: place.depth + 1, fallbackName: `alternative ${index + 1}` },
      context,
    ),
  );
  const complete = of.filter((requirement) => requirement !== undefined);
  return name === undefined || complete.length < of.length ? undefined : { kind: 'anyOf', name, of: complete };
}

function nameOf(field: RequirementField, place: Place, context: RequirementContext): string | undefined {
  const { name } = field;
  if (name === undefined) {
    if (place.fallbackName === undefined)
      context.report.error([...place.path, 'name'], 'is missing: every requirement needs a name, which messages show');
    return place.fallbackName;
  }
  const earlier = context.names.get(name);
  if (earlier === undefined) {
    context.names.set(name, place.path.join('.'));
    return name;
  }
  context.report.error(
    [...place.path, 'name'],
    `requirement name ${JSON.stringify(name)} is used twice in this policy; messages could not tell the two apart`,
  );
  return undefined;
}

function findSigners(names: readonly string[], path: Path, context: RequirementContext): readonly Signer[] | undefined {
  const found: Signer[] = [];
  for (const [index, name] of names.entries()) {
    const compiled = context.signers.get(name);
    if (compiled !== undefined) {
      found.push(compiled.signer);
      context.used.set(name, compiled);
    } else if (!context.declaredSigners.has(name)) {
      context.report.error([...path, index], unknownSigner(name, context.declaredSigners));
    }
  }
  return found.length === names.length ? found : undefined;
}

function unknownSigner(name: string, known: ReadonlySet<string>): string {
  const near = closest(name, known);
  const sorted = [...known].toSorted();
  const shown = sorted.slice(0, MAX_SHOWN).join(', ') + (sorted.length > MAX_SHOWN ? ` and ${sorted.length - MAX_SHOWN} more` : '');
  const hint = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
  return `no Signer is named ${JSON.stringify(name)}; ${known.size === 0 ? 'none is defined' : `known are ${shown}`}${hint}`;
}
