/** What policies demand of how an artifact was built: its provenance, a verifier's summary of it, rebuilds of it. */
import type { Signer, TextMatcher } from './requirement.ts';

/** A number of signers who must vouch, and for how long their word counts. */
interface Vouching {
  readonly name: string;
  readonly by: readonly Signer[];
  /** Distinct signers with distinct keys or certificates; at least 1, at most `by.length`. */
  readonly threshold: number;
  /** Milliseconds since the proven signing time, and since the time that the statement itself gives. */
  readonly maxAge?: number;
}

/** Build platforms that are known well enough to derive a SLSA build level from signer and builder id. */
export const BUILDER_PROFILES = [
  'slsa-github-generator',
  'github-attestations',
  'npm',
  'google-cloud-build',
  'tekton-chains',
  'buildkit',
] as const;
export type BuilderProfileName = (typeof BUILDER_PROFILES)[number];

/** Things that provenance says of a build by `true`, and of which SLSA v0.2 asks whether they are listed completely. */
export const COMPLETE = ['parameters', 'environment', 'dependencies'] as const;
export type BuilderFlag = 'hermetic' | (typeof COMPLETE)[number];

/** SLSA build track level (slsa.dev/spec/v1.0/levels). */
export type BuildLevel = 1 | 2 | 3;

/** What SLSA provenance must say; everything left out is not compared. */
export interface ProvenanceRequirement extends Vouching {
  readonly kind: 'provenance';
  /** The platform whose provenance this must be; for platforms that sign with keys, also what makes the level known. */
  readonly profile?: BuilderProfileName;
  readonly builder?: TextMatcher;
  readonly buildType?: TextMatcher;
  readonly source?: SourceExpectation;
  readonly entryPoint?: TextMatcher;
  readonly parameters?: readonly ParameterExpectation[];
  /** External parameters that `parameters` does not name. SLSA recommends `deny`; default: allow. */
  readonly otherParameters?: 'allow' | 'deny';
  readonly dependencies?: DependencyExpectation;
  readonly invocation?: TextMatcher;
  /** The run that built it was admitted, as the signed summary of that run says. */
  readonly run?: RunExpectation;
  /** The builder says that the build had no network. */
  readonly hermetic?: true;
  /** The builder is known to isolate builds from each other and from what signs the provenance. */
  readonly isolated?: true;
  /** What the builder says that it listed completely. */
  readonly complete?: readonly (typeof COMPLETE)[number][];
  readonly level?: BuildLevel;
}

/** Whose publish summary says that the run was admitted. */
export interface RunExpectation {
  /** Any of these; absent: this gate itself, with the keys of its receipts. */
  readonly admittedBy?: readonly Signer[];
}

/** What every source of the build must be. */
export interface SourceExpectation {
  /** Tested on the normalised repository (`https://host/path`, see source-uri.ts). */
  readonly uri?: TextMatcher;
  /** Tested on the full ref: `refs/heads/main`, `refs/tags/v1`. `branch` and `tag` are compiled to this. */
  readonly ref?: TextMatcher;
  /** Commit id, lower-case hexadecimal. */
  readonly digest?: string;
  /** Numbers by which the code host knows repository and owner, as text of decimal digits. */
  readonly repositoryId?: string;
  readonly ownerId?: string;
  /** A source verifier vouches for the commit. */
  readonly reviewed?: ReviewExpectation;
}

/** What a verification summary of the SLSA source track must say of the commit that was built. */
export interface ReviewExpectation {
  /** The source verifiers, any of whom will do. */
  readonly by: readonly Signer[];
  /** `SLSA_SOURCE_LEVEL_3`; a level implies the lower ones. */
  readonly level: string;
  readonly verifier?: TextMatcher;
  /** One of the refs that the summary lists for the commit. */
  readonly ref?: TextMatcher;
  /** Milliseconds since the proven signing time, and since the time of the verification. */
  readonly maxAge?: number;
}

export interface ParameterExpectation {
  /** Names joined by dots: `inputs.jdk-version`. */
  readonly name: string;
  /** What the value's text must be; absent: the parameter must not be set. */
  readonly value?: TextMatcher;
}

export interface DependencyExpectation {
  /** Every dependency is named with a cryptographic digest. */
  readonly pinned: boolean;
  /** Every dependency's URI matches one of these. */
  readonly allowed?: readonly TextMatcher[];
  /** Dependencies that need no digest. */
  readonly except?: readonly TextMatcher[];
  /** Every dependency that is an image is admitted itself. */
  readonly images?: ImageExpectation;
}

/** What the policies must say of images that the artifact was built with. */
export interface ImageExpectation {
  /** What becomes of an image that no policy speaks about. */
  readonly unmatched: 'deny' | 'allow';
  /** Images, by the URI that the provenance gives them, that nobody is asked about. */
  readonly except?: readonly TextMatcher[];
}

/** A verifier's summary is taken for the checks that it made (slsa.dev/spec/v1.1/verification_summary). */
export interface VsaRequirement extends Vouching {
  readonly kind: 'vsa';
  readonly verifier?: TextMatcher;
  /** Absent: the resource must be this artifact by name. */
  readonly resource?: TextMatcher;
  /** Each must be verified; a level implies the lower ones of its track. */
  readonly levels: readonly string[];
  /** The policy that the verifier must have applied. */
  readonly policy?: { readonly uri?: TextMatcher; readonly digest?: string };
}

/** Independent rebuilders came to the same digest. `threshold` is at least 2. */
export interface ReproducibleRequirement extends Vouching {
  readonly kind: 'reproducible';
  /** Predicate types that count as a rebuild; absent: SLSA provenance. */
  readonly types?: readonly string[];
}

/** A commit is signed by whom it has to be. Author and committer are texts in it, and are looked at by nobody. */
export interface SourceRequirement {
  readonly kind: 'source';
  readonly name: string;
  /** One of these signed the commit itself; a tag that points to it is no such signature. */
  readonly by: readonly Signer[];
  /** Another person than who signed the commit signed a tag that points to it. */
  readonly approvedBy?: readonly Signer[];
  /** Ids of commits: every commit on every way from the artifact back to these is signed in the same manner. */
  readonly since?: readonly string[];
}
