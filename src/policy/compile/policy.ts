/** One policy document becomes requirements and the trust material with which its evidence is verified. */
import type { TrustMaterial } from '../../domain/evidence.ts';
import type { CompiledPolicy, ExceptedNames } from '../../domain/policy/policy.ts';
import { isNewest, singlesOf } from '../../domain/policy/requirement.ts';
import type { RevocationBook } from '../../domain/policy/revocation.ts';
import type { TrustReader } from '../../domain/ports.ts';
import type { Unusable } from '../../domain/unusable-document.ts';
import type { Collected } from '../kinds/kind.ts';
import type { ArtifactPattern } from '../match/artifact-pattern.ts';
import type { LabelRequirement } from '../match/label-selector.ts';
import { PatternIndex } from '../match/pattern-index.ts';
import type { Catalogue } from '../read/catalogue.ts';
import { materialOf } from './material.ts';
import { compileRequirements } from './requirement.ts';
import type { CompiledSigner } from './signer/compiled-signer.ts';
import type { Reporter } from '../read/reporter.ts';
import type { Steps } from '../steps.ts';
import { eachStep } from '../steps.ts';

/** A policy with what only this room needs: its patterns in full, and where to report advice. */
export interface DraftPolicy {
  /** Without the hash of its content, for which all documents have to be there. */
  readonly policy: Omit<CompiledPolicy, 'content'>;
  /** Names of the signers that it relies on, sorted. */
  readonly signers: readonly string[];
  readonly patterns: readonly ArtifactPattern[];
  /** What `except` names; empty when it is not written. */
  readonly except: readonly ArtifactPattern[];
  /** Clauses of its namespace selector; empty when it has none. */
  readonly clauses: readonly LabelRequirement[];
  readonly report: Reporter;
}

/** What policies are compiled with. */
export interface PolicyContext {
  readonly trust: TrustReader;
  readonly signers: ReadonlyMap<string, CompiledSigner>;
  readonly declaredSigners: ReadonlySet<string>;
  readonly unusable?: Unusable | undefined;
  /** Revocations of all lists; absent when there are none. */
  readonly lists?: RevocationBook | undefined;
}

const INCOMPARABLE =
  'cannot stand beside newest: an older word about the index would speak for an image that a newer one speaks against; take one of the two out';

const CONTRADICTS =
  'contradicts indexCoversChildren: with one each platform image brings its own evidence, with the other the index speaks for it; take one of the two out';

type PolicyEntry = Catalogue['policies'][number];

/** Compiles all policies, one a step; broken ones are reported and absent. */
export function compilePolicySteps(documents: Pick<Catalogue, 'policies'>, context: PolicyContext): Steps<readonly DraftPolicy[]> {
  const materials = new Map<string, TrustMaterial>();
  return eachStep(documents.policies, (entry) => compileOne(entry, context, materials));
}

function compileOne(entry: PolicyEntry, context: PolicyContext, materials: Map<string, TrustMaterial>): DraftPolicy | undefined {
  const { spec } = entry.value;
  const { trust, ...known } = context;
  const { report } = entry;
  const compiled = compileRequirements(spec.require, { report, ...known, hash: (value) => trust.hash(value) });
  const requirements = compiled.requirements.filter((requirement) => requirement !== undefined);
  if (requirements.length < compiled.requirements.length) return undefined;
  if (spec.indexCoversChildren === true && requirements.some((one) => singlesOf(one).some(isNewest))) {
    report.error(['spec', 'indexCoversChildren'], INCOMPARABLE);
    return undefined;
  }
  if (spec.indexCoversChildren === true && spec.everyPlatform === true) {
    report.error(['spec', 'everyPlatform'], CONTRADICTS);
    return undefined;
  }
  const { namespace } = entry.value.metadata;
  const policy: DraftPolicy['policy'] = {
    kind: entry.kind,
    name: entry.name,
    ...(namespace === undefined ? {} : { namespace }),
    patterns: spec.artifacts.map(({ kind, source }) => ({ kind, source })),
    ...(spec.except === undefined ? {} : { except: exceptedNames(spec.except) }),
    ...(spec.usedAs === undefined ? {} : { usedAs: new Set(spec.usedAs) }),
    ...(spec.callers === undefined ? {} : { callers: spec.callers }),
    ...(spec.namespaces === undefined ? {} : { namespaces: spec.namespaces }),
    mode: spec.mode ?? 'enforce',
    requireDigest: spec.requireDigest ?? false,
    ...(spec.resolve === 'once' ? { resolveOnce: true } : {}),
    indexCoversChildren: spec.indexCoversChildren ?? false,
    ...(spec.everyPlatform === true ? { everyPlatform: true } : {}),
    requirements,
    trust: withLayouts(materialOf(compiled.collected.signers, trust, materials), compiled.collected, trust),
  };
  const names = [...compiled.collected.signers.keys()].toSorted();
  return { policy, signers: names, patterns: spec.artifacts, except: spec.except ?? [], clauses: spec.namespaces?.clauses ?? [], report };
}

/** Looked up in an index: a policy may leave out a thousand names, and is asked about every artifact. */
export function exceptedNames(patterns: readonly ArtifactPattern[]): ExceptedNames {
  const index = new PatternIndex<true>();
  for (const pattern of patterns) index.add(pattern, true);
  return { patterns: patterns.map(({ kind, source }) => ({ kind, source })), has: (ref) => index.find(ref).size > 0 };
}

/**
 * The material with the layouts that the policy carries, and the types of statements that its own steps bind. The keys of
 * a layout's owners prove layouts, whoever else they are trusted as.
 */
function withLayouts(
  material: TrustMaterial,
  collected: Pick<Collected, 'layouts' | 'relatedTypes'>,
  trust: TrustReader,
): TrustMaterial {
  const layouts = [...collected.layouts.values()];
  const relatedTypes = [...collected.relatedTypes].toSorted();
  if (layouts.length === 0 && relatedTypes.length === 0) return material;
  const id = trust.hash({ material: material.id, layouts: layouts.map((layout) => layout.id).toSorted(), relatedTypes });
  return { ...material, id, ...(layouts.length === 0 ? {} : { layouts }), ...(relatedTypes.length === 0 ? {} : { relatedTypes }) };
}
