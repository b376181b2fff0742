/** What a policy denies or misses in a bill of materials, whatever its format. */
import type { ContentObjection, SbomCheck } from '../../domain/policy/content-check.ts';
import { deniedLicenses, isDenied } from './license.ts';
import { familyOf } from '../../domain/policy/predicate-types.ts';
import { limited, quoted, Unreadable } from '../read.ts';
import type { Typed } from '../read.ts';
import type { Sbom, SbomPackage } from './sbom-model.ts';
import { readCycloneDx } from './cyclonedx.ts';
import { decodeScope, namesOf } from './names.ts';
import { readSpdx2, readSpdx3 } from './spdx.ts';
import { compileWildcard, firstMatch } from '../../text/wildcard.ts';
import type { Wildcard } from '../../text/wildcard.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';

/**
 * Checks a bill of materials: SPDX 2, SPDX 3 or CycloneDX, as its predicate type says. Names the packages that
 * object. Throws {@link Unreadable} when it is not of its type's form, or of two forms at once.
 */
export function checkSbom(statement: Typed, check: SbomCheck, digest: string): readonly ContentObjection[] {
  const sbom = readSbom(statement);
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

type Form = 'CycloneDX' | 'SPDX 2' | 'SPDX 3';

/** How each form is marked, and read. */
const FORMS: Readonly<Record<Form, { readonly mark: string; marks(one: JsonObject): boolean; read(one: JsonObject): Sbom }>> = {
  CycloneDX: { mark: 'bomFormat', marks: (one) => field(one, 'bomFormat') === 'CycloneDX', read: readCycloneDx },
  'SPDX 2': { mark: 'spdxVersion', marks: (one) => typeof field(one, 'spdxVersion') === 'string', read: readSpdx2 },
  'SPDX 3': { mark: '@graph', marks: (one) => Array.isArray(field(one, '@graph')), read: readSpdx3 },
};
const ALL: readonly Form[] = ['CycloneDX', 'SPDX 2', 'SPDX 3'];

/** What stands in a document chooses only among the forms of its type, and never between two of which one could hide the other. */
function readSbom({ predicateType, predicate }: Typed): Sbom {
  if (!isObject(predicate)) throw new Unreadable('predicate', 'an SBOM');
  const [form, another] = ALL.filter((one) => FORMS[one].marks(predicate));
  const expected = formsOf(predicateType);
  if (form !== undefined && another === undefined && expected.includes(form)) return FORMS[form].read(predicate);
  throw new Unreadable(
    another === undefined ? (form === undefined ? 'predicate' : `a document of ${form}`) : `a document of ${form} and ${another} at once`,
    `an SBOM with ${expected.map((one) => `${FORMS[one].mark} (${one})`).join(' or ')}`,
  );
}

function formsOf(predicateType: string): readonly Form[] {
  switch (familyOf(predicateType)) {
    case 'cyclonedx':
      return ['CycloneDX'];
    case 'spdx':
      if (predicateType === 'https://spdx.dev/Document') return ['SPDX 2', 'SPDX 3'];
      return predicateType.endsWith('/v3') ? ['SPDX 3'] : ['SPDX 2'];
    default:
      return ALL;
  }
}

/** What generators write where they know no version: apko of a system without os-release, syft of a package that names none. */
const UNTOLD = /^\s*unknown\s*$/i;

function incompleteness(sbom: Sbom, digest: string): readonly ContentObjection[] {
  const hex = digest.slice(digest.indexOf(':') + 1);
  const inside = sbom.packages.filter((one) => one.versionless === undefined);
  const missing = inside.flatMap(({ name, version }) => {
    if (version === undefined) return [`${quoted(name)} without a version`];
    return UNTOLD.test(version) ? [`${quoted(name)} with the version ${quoted(version)}`] : [];
  });
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
    ...limited(missing.map((found) => gap(found, 'a version for every package')), 'packages'),
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

function title({ name, version, purls }: SbomPackage): string {
  return quoted(purls[0] ?? (version === undefined ? name : `${name}@${version}`));
}
