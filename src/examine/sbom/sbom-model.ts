/** A bill of materials in one shape, whatever its format. */
import { canonicalPath } from '../../text/path.ts';

/** A package, with all that policies ask about it. */
export interface SbomPackage {
  readonly name: string;
  /** What it is called as well: a name without its group, the file of a package, other spellings of a path. */
  readonly also?: readonly string[];
  /** Absent: not given, or given as "no assertion". */
  readonly version?: string;
  readonly purls: readonly string[];
  /** SPDX licence expressions, declared and concluded ones alike. */
  readonly licenses: readonly string[];
  /** The thing described itself, or a file: must be no denied one either, but needs no version to be complete. */
  readonly versionless?: true;
}

/** A bill of materials reduced to what policies ask about. */
export interface Sbom {
  /** Names, versions, hashes and package URLs of the thing described. */
  readonly describes: readonly string[];
  /** All packages, what is described among them: nobody escapes a denial by being called the root of a document. */
  readonly packages: readonly SbomPackage[];
  /** Where it says itself that something is left out. */
  readonly gaps: readonly string[];
}

/** A file as a package: by its path as it is written, from the root and relative to it. */
export function fileOf(path: string, licenses: readonly string[]): SbomPackage {
  const relative = canonicalPath(path).replace(/^\//, '');
  return { name: path, also: [relative, `/${relative}`], purls: [], licenses, versionless: true };
}

/** The texts that say something: SPDX writes "not said" in two ways. */
export function said(...values: readonly (string | undefined)[]): string[] {
  return values.filter((value): value is string => value !== undefined && value !== '' && value !== 'NOASSERTION' && value !== 'NONE');
}
