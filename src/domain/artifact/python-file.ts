/** Files of Python packages name their project and version, each in its own way. */

/** Project in its normal form (PEP 503), version as {@link comparableVersion} makes it. */
export interface PythonFile {
  readonly project: string;
  readonly version: string;
}

const SDIST = /^(.+)-([^-]+)\.(?:tar\.gz|zip)$/;
const WHEEL = /^([^-]+)-([^-]+)(?:-[0-9][^-]*)?-[^-]+-[^-]+-[^-]+\.whl$/;

/** Reads the name of a wheel or source distribution; `undefined` for what is neither. */
export function parsePythonFile(name: string): PythonFile | undefined {
  if (name.length > 512) return undefined;
  const match = WHEEL.exec(name) ?? SDIST.exec(name);
  return match === null ? undefined : { project: pythonProject(match[1] ?? ''), version: comparableVersion(match[2] ?? '') };
}

/** The normal form of a project's name: lower case, with `-` for every run of `-`, `_` and `.` (PEP 503). */
export function pythonProject(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** A version as two spellings of it are compared: lower case, one separator; more of PEP 440 is not needed for names that tools write. */
export function comparableVersion(version: string): string {
  return version.toLowerCase().replace(/[-_]/g, '.').replace(/^v/, '');
}
