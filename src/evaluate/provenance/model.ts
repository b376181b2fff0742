/** One shape for provenance of all versions; all of it is the signer's word. */
import type { JsonObject } from '../../text/json/fields.ts';
import type { DigestSet, Stated } from '../content/predicate-reader.ts';

/** One place that the build took its source from. */
export interface Source {
  readonly uri: Stated<string>;
  /** Normalised (`https://host/path`); absent when the URI cannot be read without doubt. */
  readonly repository?: string;
  readonly ref?: Stated<string>;
  readonly digests: DigestSet;
}

/** Numbers by which the code host knows where the source is from; absent: the provenance does not say. */
export interface SourceIds {
  readonly repository?: Stated<string>;
  readonly owner?: Stated<string>;
}

/** A resolved dependency (v1) or material (v0.x). */
export interface Dependency {
  readonly uri: string;
  readonly name: string;
  readonly digests: DigestSet;
  readonly path: string;
}

/** What the builder says it knows completely; absent: it does not say. */
export interface Completeness {
  readonly parameters?: Stated<boolean>;
  readonly environment?: Stated<boolean>;
  /** `materials` in v0.x. */
  readonly dependencies?: Stated<boolean>;
}

/**
 * SLSA provenance of any version in one shape. Everything in it is the signer's word: typed, but not believed
 * until signer and builder are compared (profiles/) and the policy's expectations are met (check.ts).
 */
export interface Provenance {
  readonly version: 'v0.1' | 'v0.2' | 'v1';
  /** Empty when no builder is named, as BuildKit does that was told none; then nobody built it (profiles/). */
  readonly builderId: Stated<string>;
  readonly buildType: Stated<string>;
  readonly sources: readonly Source[];
  readonly sourceIds?: SourceIds;
  readonly entryPoint?: Stated<string>;
  /** What whoever started the build chose: `externalParameters`, `invocation.parameters`, `recipe.arguments`. */
  readonly parameters: Stated<JsonObject>;
  readonly dependencies: readonly Dependency[];
  readonly invocationId?: Stated<string>;
  /** Epoch milliseconds. */
  readonly startedOn?: Stated<number>;
  readonly finishedOn?: Stated<number>;
  /** BuildKit's flag; the specification has none. */
  readonly hermetic?: Stated<boolean>;
  readonly completeness: Completeness;
}
