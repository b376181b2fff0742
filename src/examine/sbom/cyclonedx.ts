/** CycloneDX read as packages, nested ones included, with the gaps that it declares itself. */
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { objects, text, Unreadable } from '../read.ts';
import { fileOf, said } from './sbom-model.ts';
import type { Sbom, SbomPackage } from './sbom-model.ts';

/** Components inside components, at most; deeper ones are refused rather than skipped. */
const DEEPEST = 64;

/** Reads a CycloneDX document, 1.0 to 1.7 (ECMA-424). Throws Unreadable. */
export function readCycloneDx(bom: JsonObject): Sbom {
  const metadata = field(bom, 'metadata');
  const component = isObject(metadata) ? field(metadata, 'component') : undefined;
  const gaps = objects(field(bom, 'compositions'), 'compositions').flatMap((one) => {
    const aggregate = text(one, 'aggregate') ?? 'unknown';
    return aggregate === 'complete' ? [] : [`composition declared ${aggregate}`];
  });
  return {
    describes: isObject(component) ? describeComponent(component) : [],
    packages: [
      ...readComponents(field(bom, 'components'), 0),
      ...(isObject(component)
        ? [{ ...readComponent(component), versionless: true as const }, ...readComponents(field(component, 'components'), 0)]
        : []),
    ],
    gaps,
  };
}

function describeComponent(component: JsonObject): readonly string[] {
  const hashes = objects(field(component, 'hashes'), 'metadata.component.hashes').map((hash) => text(hash, 'content'));
  return said(text(component, 'name'), text(component, 'version'), text(component, 'purl'), text(component, 'bom-ref'), ...hashes);
}

function readComponents(value: unknown, depth: number): readonly SbomPackage[] {
  if (depth > DEEPEST) throw new Unreadable('components', `components nested at most ${DEEPEST} deep`);
  const found: SbomPackage[] = [];
  for (const component of objects(value, 'components')) {
    // Files are components too, without a version of their own.
    const read = readComponent(component);
    found.push(text(component, 'type') === 'file' ? { ...read, also: pathsOf(component), versionless: true } : read);
    for (const inner of readComponents(field(component, 'components'), depth + 1)) found.push(inner);
  }
  return found;
}

function pathsOf(component: JsonObject): readonly string[] {
  const path = text(component, 'name') ?? '';
  return [path, ...(fileOf(path, []).also ?? [])];
}

function readComponent(component: JsonObject): SbomPackage {
  const [version] = said(text(component, 'version'));
  const group = text(component, 'group');
  const name = text(component, 'name') ?? 'unnamed';
  return {
    ...(group === undefined || group === '' ? { name } : { name: `${group}/${name}`, also: [name] }),
    ...(version === undefined ? {} : { version }),
    purls: said(text(component, 'purl')),
    licenses: objects(field(component, 'licenses'), 'licenses').flatMap(readLicense),
  };
}

function readLicense(choice: JsonObject): readonly string[] {
  const license = field(choice, 'license');
  return said(text(choice, 'expression'), ...(isObject(license) ? [text(license, 'id'), text(license, 'name')] : []));
}
