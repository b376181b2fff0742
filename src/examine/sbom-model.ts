/** A package of a bill of materials, whatever its format. */
export interface SbomPackage {
  readonly name: string;
  /** Absent: not given, or given as "no assertion". */
  readonly version?: string;
  readonly purls: readonly string[];
  /** SPDX licence expressions, declared and concluded ones alike. */
  readonly licenses: readonly string[];
}

/** A bill of materials reduced to what policies ask about. */
export interface Sbom {
  /** Names, versions, hashes and package URLs of the thing described. */
  readonly describes: readonly string[];
  /** The packages inside; the thing described itself is not one of them. */
  readonly packages: readonly SbomPackage[];
  /** Where it says itself that something is left out. */
  readonly gaps: readonly string[];
}

/** The texts that say something: SPDX writes "not said" in two ways. */
export function said(...values: readonly (string | undefined)[]): string[] {
  return values.filter((value): value is string => value !== undefined && value !== '' && value !== 'NOASSERTION' && value !== 'NONE');
}
