/** SPDX read as packages: version 2, a document, and version 3, a graph of elements. */
import { field } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { objects, text, texts } from '../read.ts';
import { fileOf, said } from './sbom-model.ts';
import type { Sbom, SbomPackage } from './sbom-model.ts';

/** Reads an SPDX 2.x document in JSON (ISO/IEC 5962). Throws Unreadable. */
export function readSpdx2(document: JsonObject): Sbom {
  const packages = objects(field(document, 'packages'), 'packages');
  const relationships = objects(field(document, 'relationships'), 'relationships');
  const roots = new Set([
    ...texts(field(document, 'documentDescribes'), 'documentDescribes'),
    ...relationships
      .filter((one) => text(one, 'relationshipType') === 'DESCRIBES' && text(one, 'spdxElementId') === 'SPDXRef-DOCUMENT')
      .flatMap((one) => said(text(one, 'relatedSpdxElement'))),
    ...relationships
      .filter((one) => text(one, 'relationshipType') === 'DESCRIBED_BY' && text(one, 'relatedSpdxElement') === 'SPDXRef-DOCUMENT')
      .flatMap((one) => said(text(one, 'spdxElementId'))),
  ]);
  const isRoot = (one: JsonObject): boolean => roots.has(text(one, 'SPDXID') ?? '');
  const described = packages.filter(isRoot);
  return {
    describes: described.flatMap((one) => said(text(one, 'name'), text(one, 'versionInfo'), ...purlsOf(one), ...checksums(one))),
    // A document that describes its only package is about that package.
    packages: [
      ...packages.map((one) => readPackage(one, isRoot(one) && described.length < packages.length)),
      ...objects(field(document, 'files'), 'files').map((one) => fileOf(text(one, 'fileName') ?? 'unnamed', licensesOfFile(one))),
    ],
    // The known unknown of SPDX 2: something is related, and nobody says what.
    gaps: relationships
      .filter((one) => [text(one, 'spdxElementId'), text(one, 'relatedSpdxElement')].includes('NOASSERTION'))
      .map((one) => `relationship ${text(one, 'relationshipType') ?? ''} with NOASSERTION`),
  };
}

function licensesOfFile(one: JsonObject): readonly string[] {
  return said(text(one, 'licenseConcluded'), ...texts(field(one, 'licenseInfoInFiles'), 'licenseInfoInFiles'));
}

function readPackage(one: JsonObject, root: boolean): SbomPackage {
  const [version] = said(text(one, 'versionInfo'));
  return {
    ...(root ? { versionless: true } : {}),
    name: text(one, 'name') ?? 'unnamed',
    also: said(text(one, 'packageFileName')),
    ...(version === undefined ? {} : { version }),
    purls: purlsOf(one),
    licenses: said(text(one, 'licenseConcluded'), text(one, 'licenseDeclared')),
  };
}

function purlsOf(one: JsonObject): readonly string[] {
  return objects(field(one, 'externalRefs'), 'externalRefs')
    .filter((ref) => text(ref, 'referenceType') === 'purl')
    .flatMap((ref) => said(text(ref, 'referenceLocator')));
}

function checksums(one: JsonObject): readonly (string | undefined)[] {
  return objects(field(one, 'checksums'), 'checksums').map((sum) => text(sum, 'checksumValue'));
}

/** Reads an SPDX 3 document: JSON-LD, a flat list of elements that refer to each other by their ids. Throws Unreadable. */
export function readSpdx3(document: JsonObject): Sbom {
  const graph = objects(field(document, '@graph'), '@graph');
  const packages = graph.filter((one) => typeOf(one).endsWith('Package') || typeOf(one) === 'software_Package');
  const roots = new Set(
    graph
      .filter((one) => ['software_Sbom', 'Sbom', 'SpdxDocument'].includes(typeOf(one)))
      .flatMap((one) => texts(field(one, 'rootElement') ?? [], 'rootElement')),
  );
  const described = packages.filter((one) => roots.has(idOf(one)));
  const licenses = licensesOf(graph);
  return {
    describes: described.flatMap((one) => said(text(one, 'name'), versionOf(one), ...purls3(one), ...hashes3(one))),
    packages: [
      ...packages.map((one): SbomPackage => {
        const [version] = said(versionOf(one));
        const root = roots.has(idOf(one)) && described.length < packages.length;
        return {
          ...(root ? { versionless: true } : {}),
          name: text(one, 'name') ?? 'unnamed',
          ...(version === undefined ? {} : { version }),
          purls: purls3(one),
          licenses: licenses.get(idOf(one)) ?? [],
        };
      }),
      ...graph
        .filter((one) => ['software_File', 'File'].includes(typeOf(one)))
        .map((one) => fileOf(text(one, 'name') ?? 'unnamed', licenses.get(idOf(one)) ?? [])),
    ],
    gaps: graph.filter((one) => typeOf(one).endsWith('Relationship')).flatMap(gapOf),
  };
}

const LICENSE_RELATIONS: readonly string[] = ['hasConcludedLicense', 'hasDeclaredLicense'];
/** The element that stands for what nobody says, by its IRI or the short name of a context. */
const NOT_ASSERTED = /(?:^|[/:#])NoAssertionElement$/;

/** Where a relationship says that its list is not whole, or that nobody knows; of licences that is no gap in the list of packages. */
function gapOf(one: JsonObject): readonly string[] {
  const [type, completeness] = [text(one, 'relationshipType') ?? '', text(one, 'completeness')];
  if (completeness === 'incomplete') return [`relationship ${type} declared incomplete`];
  if (LICENSE_RELATIONS.includes(type)) return [];
  const ends = [text(one, 'from') ?? '', ...texts(field(one, 'to') ?? [], 'to')];
  return completeness === 'noAssertion' || ends.some((id) => NOT_ASSERTED.test(id)) ? [`relationship ${type} not asserted`] : [];
}

function typeOf(one: JsonObject): string {
  const type = text(one, 'type') ?? text(one, '@type') ?? '';
  // As it is, behind a prefix, or as an IRI: `software_File`, `spdx:software_File`, `https://spdx.org/rdf/3.0.1/terms/Software/File`.
  return type.slice(Math.max(type.lastIndexOf('/'), type.lastIndexOf(':'), type.lastIndexOf('#')) + 1);
}

function idOf(one: JsonObject): string {
  return text(one, 'spdxId') ?? text(one, '@id') ?? '';
}

function versionOf(one: JsonObject): string | undefined {
  return text(one, 'software_packageVersion') ?? text(one, 'packageVersion');
}

function purls3(one: JsonObject): readonly string[] {
  const listed = objects(field(one, 'externalIdentifier'), 'externalIdentifier').filter(
    (id) => text(id, 'externalIdentifierType') === 'packageUrl' || text(id, 'externalIdentifierType') === 'purl',
  );
  return said(text(one, 'software_packageUrl') ?? text(one, 'packageUrl'), ...listed.map((id) => text(id, 'identifier')));
}

function hashes3(one: JsonObject): readonly (string | undefined)[] {
  return objects(field(one, 'verifiedUsing'), 'verifiedUsing').map((hash) => text(hash, 'hashValue'));
}

/** Licence expressions by package: relationships lead from the package to an expression element. */
function licensesOf(graph: readonly JsonObject[]): ReadonlyMap<string, readonly string[]> {
  const expressions = new Map(
    graph.map((one) => [idOf(one), text(one, 'simplelicensing_licenseExpression') ?? text(one, 'licenseExpression')]),
  );
  const found = new Map<string, string[]>();
  for (const one of graph) {
    if (!LICENSE_RELATIONS.includes(text(one, 'relationshipType') ?? '')) continue;
    const from = text(one, 'from') ?? '';
    const to = texts(field(one, 'to') ?? [], 'to').flatMap((id) => said(expressions.get(id)));
    found.set(from, [...(found.get(from) ?? []), ...to]);
  }
  return found;
}
