/** What a policy denies or misses in a bill of materials, whatever its format. */
import type { ContentObjection, SbomCheck } from '../../domain/policy/content-check.ts';
import { deniedLicenses, isDenied } from './license.ts';
import { limited, quoted, Unreadable } from '../read.ts';
import type { Sbom, SbomPackage } from './sbom-model.ts';
import { readCycloneDx } from './cyclonedx.ts';
import { readSpdx2, readSpdx3 } from './spdx.ts';
import { compileWildcard, firstMatch } from '../../text/wildcard.ts';
import type { Wildcard } from '../../text/wildcard.ts';
import { field, isObject } from '../../text/json/fields.ts';

/**
 * Checks a bill of materials: SPDX 2, SPDX 3 or CycloneDX, told apart by their content. Names the packages that
 * object. Throws {@link Unreadable} when it is none of the three.
 */
export function checkSbom(predicate: unknown, check: SbomCheck, digest: string): readonly ContentObjection[] {
  const sbom = readSbom(predicate);
  const packages = check.denyPackages.map((pattern) => compileWildcard(decodeScope(pattern)));
  const isForbidden = rememberDenied(check.denyLicenses);
  return [
    ...(check.complete ? incompleteness(sbom, digest) : []),
    ...limited(
      packages.length === 0 ? [] : sbom.packages.map((one) => deniedPackage(one, packages)).filter((objection) => objection !== undefined),
      'packages',
    ),
    ...limited(
      check.denyLicenses.length === 0
        ? []
        : sbom.packages.map((one) => deniedLicense(one, isForbidden, check.denyLicenses)).filter((objection) => objection !== undefined),
      'packages',
    ),
  ];
}

function readSbom(predicate: unknown): Sbom {
  if (!isObject(predicate)) throw new Unreadable('predicate', 'an SBOM');
  if (field(predicate, 'bomFormat') === 'CycloneDX') return readCycloneDx(predicate);
  if (typeof field(predicate, 'spdxVersion') === 'string') return readSpdx2(predicate);
  if (Array.isArray(field(predicate, '@graph'))) return readSpdx3(predicate);
  throw new Unreadable('predicate', 'an SBOM with bomFormat (CycloneDX), spdxVersion (SPDX 2) or @graph (SPDX 3)');
}

function incompleteness(sbom: Sbom, digest: string): readonly ContentObjection[] {
  const hex = digest.slice(digest.indexOf(':') + 1);
  const inside = sbom.packages.filter((one) => one.versionless === undefined);
  const missing = inside.filter((one) => one.version === undefined);
  return [
    ...(sbom.describes.some((said) => said.toLowerCase().includes(hex))
      ? []
      : [
          gap(
            sbom.describes.length === 0 ? 'describes nothing' : `describes ${quoted(sbom.describes.slice(0, 3).join(', '))}`,
            `describes ${digest}`,
          ),
        ]),
    ...(inside.length === 0 ? [gap('no packages', 'at least one package')] : []),
    ...limited(missing.map((one) => gap(`${quoted(one.name)} without a version`, 'a version for every package')), 'packages'),
    ...sbom.gaps.map((said) => gap(quoted(said), 'no gap declared')),
  ];
}

function gap(found: string, expected: string): ContentObjection {
  return { code: 'POLICY_SBOM_INCOMPLETE', found, expected };
}

function deniedPackage(one: SbomPackage, patterns: readonly Wildcard[]): ContentObjection | undefined {
  const pattern = firstMatch(patterns, namesOf(one));
  return pattern === undefined ? undefined : { code: 'POLICY_PACKAGE_DENIED', found: title(one), expected: `no package ${pattern}` };
}

/** A bill of ten thousand packages has some dozens of licence expressions. */
function rememberDenied(licenses: readonly string[]): (expression: string) => boolean {
  const patterns = deniedLicenses(licenses);
  const known = new Map<string, boolean>();
  return (expression) => {
    const denied = known.get(expression) ?? isDenied(expression, patterns);
    known.set(expression, denied);
    return denied;
  };
}

function deniedLicense(
  one: SbomPackage,
  isForbidden: (expression: string) => boolean,
  patterns: readonly string[],
): ContentObjection | undefined {
  const license = one.licenses.find(isForbidden);
  return license === undefined
    ? undefined
    : { code: 'POLICY_LICENSE_DENIED', found: `${title(one)}: ${quoted(license)}`, expected: `none of ${patterns.join(', ')}` };
}

/** Everything a pattern may name: qualifiers and the subpath of a package URL are no part of the name. */
function namesOf({ name, version, purls }: SbomPackage): readonly string[] {
  const urls = purls.map(decodeScope);
  return [
    name,
    ...(version === undefined ? [] : [`${name}@${version}`]),
    ...urls,
    ...urls.filter((url) => /[?#]/.test(url)).map((url) => url.replace(/[?#].*$/, '')),
  ];
}

/** Package URLs write the `@` of a scope as `%40`; people do not. */
function decodeScope(text: string): string {
  return text.replaceAll('%40', '@');
}

function title({ name, version, purls }: SbomPackage): string {
  return quoted(purls[0] ?? (version === undefined ? name : `${name}@${version}`));
}
