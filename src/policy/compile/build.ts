import type {
  DependencyExpectation,
  ParameterExpectation,
  ProvenanceRequirement,
  ReproducibleRequirement,
  ReviewExpectation,
  SourceExpectation,
  VsaRequirement,
} from '../../domain/policy/build-requirement.ts';
import type { Signer } from '../../domain/policy/requirement.ts';
import type { Path } from '../read/problems.ts';
import { PARAMETER_ABSENT } from '../schema/build.ts';
import type { ProvenanceField, ReproducibleField, VsaField } from '../schema/build.ts';

/** Name and signers of a requirement, compiled. */
export interface VouchedBase {
  readonly name: string;
  readonly by: readonly Signer[];
  readonly threshold: number;
  readonly maxAge?: number;
}

/** Where the requirement stands, and who finds the signers that it names further down. */
export interface SignerLookup {
  readonly path: Path;
  /** Signers by their names; reports those that do not exist. */
  signers(names: readonly string[], path: Path): readonly Signer[] | undefined;
}

type Written<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The fields that were written, without those that were left out. */
function written<T extends object>(fields: T): Written<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Written<T>;
}

/** Compiles `provenance`. */
export function compileProvenance(base: VouchedBase, field: ProvenanceField, context: SignerLookup): ProvenanceRequirement | undefined {
  const {
    profile,
    builder,
    buildType,
    entryPoint,
    otherParameters,
    invocation,
    hermetic,
    isolated,
    complete,
    level,
    source,
    parameters,
    dependencies,
  } = field;
  const reviewers =
    source?.reviewed === undefined ? [] : context.signers(source.reviewed.by, [...context.path, 'source', 'reviewed', 'by']);
  if (reviewers === undefined) return undefined;
  return {
    kind: 'provenance',
    ...base,
    ...written({ profile, builder, buildType, entryPoint, otherParameters, invocation, hermetic, isolated, complete, level }),
    ...(source === undefined ? {} : { source: compileSource(source, reviewers) }),
    ...(parameters === undefined ? {} : { parameters: compileParameters(parameters) }),
    ...(dependencies === undefined ? {} : { dependencies: compileDependencies(dependencies) }),
  };
}

function compileSource(
  { uri, ref, branch, tag, digest, reviewed }: NonNullable<ProvenanceField['source']>,
  reviewers: readonly Signer[],
): SourceExpectation {
  return {
    ...written({ uri, ref: ref ?? branch ?? tag, digest }),
    ...(reviewed === undefined ? {} : { reviewed: compileReviewed(reviewed, reviewers) }),
  };
}

function compileReviewed(
  { level, verifier, ref, branch, maxAge }: NonNullable<NonNullable<ProvenanceField['source']>['reviewed']>,
  by: readonly Signer[],
): ReviewExpectation {
  return { by, level, ...written({ verifier, ref: ref ?? branch, maxAge }) };
}

function compileDependencies({
  pinned = false,
  allowed,
  except,
  images,
}: NonNullable<ProvenanceField['dependencies']>): DependencyExpectation {
  return {
    pinned,
    ...written({ allowed, except }),
    ...(images === undefined ? {} : { images: { unmatched: images.unmatched ?? 'deny', ...written({ except: images.except }) } }),
  };
}

function compileParameters(parameters: NonNullable<ProvenanceField['parameters']>): readonly ParameterExpectation[] {
  return Object.entries(parameters).map(([name, value]) => (value === PARAMETER_ABSENT ? { name } : { name, value }));
}

/** Compiles `vsa`. */
export function compileVsa(base: VouchedBase, { verifier, resource, levels, policy }: VsaField): VsaRequirement {
  return {
    kind: 'vsa',
    ...base,
    levels,
    ...written({ verifier, resource }),
    ...(policy === undefined ? {} : { policy: written({ uri: policy.uri, digest: policy.digest }) }),
  };
}

/** Compiles `reproducible`; two rebuilders when the policy says no number. */
export function compileReproducible(base: VouchedBase, { types }: ReproducibleField): ReproducibleRequirement {
  return { kind: 'reproducible', ...base, ...written({ types }) };
}
