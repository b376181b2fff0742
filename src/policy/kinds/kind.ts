/** What this room has to know of a kind of requirement, and with what it does its work. */
import type { Unusable } from '../../domain/unusable-document.ts';
import type { z } from 'zod';
import type { ContentCheck } from '../../domain/policy/content-check.ts';
import type { ExaminedRequirement } from '../../domain/policy/examined-requirement.ts';
import type { TrustedLayout } from '../../domain/policy/layout-requirement.ts';
import type { Requirement, RequirementKind, RequirementOf, WrittenKind } from '../../domain/policy/requirement.ts';
import type { RevocationBook } from '../../domain/policy/revocation.ts';
import type { CompiledSigner } from '../compile/signer/compiled-signer.ts';
import type { ArtifactPattern } from '../match/artifact-pattern.ts';
import type { Path } from '../read/problems.ts';
import type { Reporter } from '../read/reporter.ts';

/** What is written under a key becomes a requirement of that kind, or one that examines content. */
export type CompiledOf<K extends WrittenKind> = {
  readonly [P in K]:
    | (P extends RequirementKind ? RequirementOf<P> : never)
    | (P extends ContentCheck['kind'] | 'attestation' ? ExaminedRequirement : never);
}[K];

/**
 * All duties of one kind of requirement, side by side. `Written` is what stands under its key, as the schema reads it;
 * `Alternative` is a whole requirement as written, for the kind that is made of others.
 */
export interface RequirementPart<K extends WrittenKind, Written, Alternative = never> {
  /** Called while a document is read, when the schema of all requirements is there. */
  schema(alternative: z.ZodType<Alternative>): z.ZodType<Written>;
  /** What it is called, as the `position`-th of its list, when its author gives no name; absent: a name is required. */
  called?(written: Written, position: number): string;
  /** The requirement, or `undefined` when something was reported; every problem is reported where it stands. */
  compile(written: Written, site: Site, again: CompileAlternative<Alternative>): CompiledOf<K> | undefined;
  /** What it demands, without its name: a requirement with an equal text demands nothing more. */
  demands(requirement: CompiledOf<K>, again: (alternative: Requirement) => string): string;
  /** Advice about what compiles, but is unlikely to mean what its author wanted. */
  lint(requirement: CompiledOf<K>, advice: Advice): void;
}

/** Compiles one alternative, the `position`-th, of the requirement at `site`. */
export type CompileAlternative<Alternative> = (alternative: Alternative, position: number, site: Site) => Requirement | undefined;

/** With what the requirements of one policy are compiled; nothing in it changes. */
export interface RequirementTools {
  readonly report: Reporter;
  readonly signers: ReadonlyMap<string, CompiledSigner>;
  /** Names of signers that exist, although some may be broken and absent from `signers`. */
  readonly declaredSigners: ReadonlySet<string>;
  readonly unusable?: Unusable | undefined;
  readonly hash: (value: unknown) => string;
  /** Revocations of all lists; absent when there are none. */
  readonly lists?: RevocationBook | undefined;
}

/** What the requirements of one policy bring together, one after the other. */
export interface Collected {
  /** Names of its requirements. */
  readonly names: Set<string>;
  /** Signers that the policy relies on. */
  readonly signers: Map<string, CompiledSigner>;
  /** Requirements that must hold, which conditions further down may look at. */
  readonly earlier: Map<string, Requirement>;
  /** Signed layouts that the policy carries, by id. */
  readonly layouts: Map<string, TrustedLayout>;
  /** Types of statements about something else than the artifact that may be looked at. */
  readonly relatedTypes: Set<string>;
}

/** One requirement, about to be compiled. */
export interface Site {
  readonly tools: RequirementTools;
  readonly collected: Collected;
  /** `undefined`: the name was reported, and so nothing comes of it. */
  readonly name: string | undefined;
  /** Down to the key of its kind: `spec.require[0].vsa`. */
  readonly path: Path;
  /** How many anyOf it is inside of. */
  readonly depth: number;
}

/** Where advice is given, and what is known there. */
export interface Advice {
  readonly report: Reporter;
  /** Down to the key of its kind: `spec.require[0].vsa`. */
  readonly path: Path;
  /** The artifacts that the policy is about. */
  readonly patterns: readonly ArtifactPattern[];
  /** The list in which the requirement stands, itself included. */
  readonly beside: readonly Requirement[];
  /** Trust roots that date no signature. */
  readonly undated: ReadonlySet<string>;
  /** The signed layout of an id, among those of the policy. */
  layout(id: string): TrustedLayout | undefined;
  /** The present, epoch milliseconds; absent: nothing is said of what ends. */
  readonly now?: number | undefined;
  /** Gives advice about a list of alternatives. */
  again(alternatives: readonly Requirement[], path: Path): void;
}
