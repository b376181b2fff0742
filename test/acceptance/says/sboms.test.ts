import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { DIGEST, says, verdict } from './support.ts';

const [SPDX, CYCLONEDX] = ['https://spdx.dev/Document', 'https://cyclonedx.org/bom'];
const [ADMITTED, DENIED, LICENSE, GAP] = ['admit POLICY_SATISFIED', 'deny POLICY_PACKAGE_DENIED', 'deny POLICY_LICENSE_DENIED', 'deny POLICY_SBOM_INCOMPLETE'];
const HEX = DIGEST.slice(7);

const cyclonedx = (...components: readonly object[]): UnverifiedEvidence => says(CYCLONEDX, { bomFormat: 'CycloneDX', specVersion: '1.6', components });
const spdx = (more: object): UnverifiedEvidence => says(SPDX, { spdxVersion: 'SPDX-2.3', packages: [], ...more });
const spdx3 = (...graph: readonly object[]): UnverifiedEvidence => says(SPDX, { '@graph': graph });
const denies = (...packages: readonly string[]): object => ({ sbom: { by: ['alice'], deny: { packages } } });

const LOG4J = { type: 'library', group: 'org.apache.logging.log4j', name: 'log4j-core', version: '2.14.1' };
const PURL = 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?type=jar';

describe('Y3: a package is denied by each of its names', () => {
  test.each<[string, string, UnverifiedEvidence, boolean]>([
    ['by name', 'log4j-core', cyclonedx(LOG4J), true],
    ['by name and version, as the cookbook writes it', 'log4j-core@2.1*', cyclonedx(LOG4J), true],
    ['by another version', 'log4j-core@2.2*', cyclonedx(LOG4J), false],
    ['by group and name', 'org.apache.logging.log4j/log4j-core', cyclonedx(LOG4J), true],
    ['by group, name and version', 'org.apache.logging.log4j/log4j-core@2.*', cyclonedx(LOG4J), true],
    ['by another group', 'org.example/log4j-core', cyclonedx(LOG4J), false],
    ['by package URL', 'pkg:maven/org.apache.logging.log4j/log4j-core@2.1*', cyclonedx({ ...LOG4J, purl: PURL }), true],
    ['by the name that its package URL has', 'log4j-core@2.1*', cyclonedx({ type: 'library', name: 'Apache Log4j', purl: PURL }), true],
    ['by the version that another one has', 'log4j-core@2.1*', cyclonedx({ type: 'library', name: 'Apache Log4j', purl: PURL.replace('2.14', '2.24') }), false],
    ['SPDX 2, whose name holds the group, by the name of its package URL', 'log4j-core@2.1*', spdx({ packages: [{ SPDXID: 'SPDXRef-1', name: 'org.apache.logging.log4j:log4j-core', versionInfo: '2.14.1', externalRefs: [{ referenceType: 'purl', referenceLocator: PURL }] }] }), true],
    ['SPDX 3, by the name of its package URL', 'log4j-core@2.1*', spdx3({ type: 'software_Package', spdxId: 'urn:1', name: 'Apache Log4j', software_packageUrl: PURL }), true],
    ['a scope of npm, by name', 'lib', cyclonedx({ type: 'library', name: 'x', purl: 'pkg:npm/%40acme/lib@1.0.0' }), true],
    ['a scope of npm, by scope and name', '@acme/lib@1.*', cyclonedx({ type: 'library', name: 'x', purl: 'pkg:npm/%40acme/lib@1.0.0' }), true],
    ['a package URL with an escape that is none', 'lib', cyclonedx({ type: 'library', name: 'x', purl: 'pkg:npm/%zz/lib@1' }), true],
    ['SPDX 2, whose name holds the group, without a package URL', 'log4j-core@2.1*', spdx({ packages: [{ SPDXID: 'SPDXRef-1', name: 'org.apache.logging.log4j:log4j-core', versionInfo: '2.14.1' }] }), true],
    ['SPDX 2, whose name holds the group, by group/name', 'org.apache.logging.log4j/log4j-core@2.1*', spdx({ packages: [{ SPDXID: 'SPDXRef-1', name: 'org.apache.logging.log4j:log4j-core', versionInfo: '2.14.1' }] }), true],
    ['by the coordinates of Maven', 'org.apache.logging.log4j:log4j-core@2.1*', cyclonedx(LOG4J), true],
    ['by the coordinates of Maven, found in a package URL', 'org.apache.logging.log4j:log4j-core', cyclonedx({ type: 'library', name: 'Apache Log4j', purl: PURL }), true],
    ['by the coordinates of another group', 'org.example:log4j-core', cyclonedx({ ...LOG4J, purl: PURL }), false],
    ['nested in another component', 'log4j-core', cyclonedx({ type: 'library', name: 'app', version: '1', components: [LOG4J] }), true],
  ])('Y3: %s', async (_, pattern, evidence, found) => {
    expect(await verdict(denies(pattern), [evidence])).toBe(found ? DENIED : ADMITTED);
  });
});

describe('Y4: denied packages are looked for among files as well, in every format', () => {
  const file = './usr/share/java/log4j-core-2.14.1.jar';
  const formats: readonly [string, (name: string, license?: string) => UnverifiedEvidence][] = [
    ['CycloneDX', (name, license) => cyclonedx({ type: 'file', name, ...(license === undefined ? {} : { licenses: [{ expression: license }] }) })],
    ['SPDX 2', (name, license = 'NOASSERTION') => spdx({ files: [{ SPDXID: 'SPDXRef-f', fileName: name, licenseInfoInFiles: [license], licenseConcluded: 'NOASSERTION' }] })],
    ['SPDX 3', (name, license) => spdx3(
      { type: 'software_File', spdxId: 'urn:f', name },
      ...(license === undefined ? [] : [{ type: 'simplelicensing_LicenseExpression', spdxId: 'urn:l', simplelicensing_licenseExpression: license }, { type: 'Relationship', relationshipType: 'hasConcludedLicense', from: 'urn:f', to: ['urn:l'] }]),
    )],
  ];
  test.each(formats)('Y4: %s', async (_, make) => {
    for (const pattern of ['*/log4j-core-2.1*.jar', '/usr/share/java/*', file]) expect(await verdict(denies(pattern), [make(file)])).toBe(DENIED);
    for (const pattern of ['*/log4j-core-2.2*.jar', '/usr/lib/*']) expect(await verdict(denies(pattern), [make(file)])).toBe(ADMITTED);
    const licenses = { sbom: { by: ['alice'], deny: { licenses: ['AGPL-*'] } } };
    expect(await verdict(licenses, [make(file, 'AGPL-3.0-only')])).toBe(LICENSE);
    expect(await verdict(licenses, [make(file, 'MIT')])).toBe(ADMITTED);
  });

  test.each(['https://spdx.org/rdf/3.0.1/terms/Software/File', 'spdx:software_File', 'software_File'])('Y4: SPDX 3, a file of type %s', async (type) => {
    expect(await verdict(denies('*/log4j-core-2.1*.jar'), [spdx3({ type, spdxId: 'urn:f', name: file })])).toBe(DENIED);
    expect(await verdict(denies('*/log4j-core-2.2*.jar'), [spdx3({ type, spdxId: 'urn:f', name: file })])).toBe(ADMITTED);
  });

  test('Y4: SPDX 2, the file of a package', async () => {
    const jar = spdx({ packages: [{ SPDXID: 'SPDXRef-1', name: 'logging', versionInfo: '1', packageFileName: 'log4j-core-2.14.1.jar' }] });
    expect(await verdict(denies('log4j-core-2.1*.jar'), [jar])).toBe(DENIED);
    expect(await verdict(denies('log4j-core-2.2*.jar'), [jar])).toBe(ADMITTED);
  });

  test('Y4: a file needs no version for the list to be complete, and is no package of it', async () => {
    const complete = { sbom: { by: ['alice'], complete: true } };
    const app = { SPDXID: 'SPDXRef-1', name: 'app', versionInfo: DIGEST };
    const lib = { SPDXID: 'SPDXRef-2', name: 'lib', versionInfo: '1' };
    const files = [{ SPDXID: 'SPDXRef-f', fileName: file }];
    expect(await verdict(complete, [spdx({ documentDescribes: ['SPDXRef-1'], packages: [app, lib], files })])).toBe(ADMITTED);
    expect(await verdict(complete, [spdx({ documentDescribes: ['SPDXRef-1'], packages: [], files })])).toBe(GAP);
  });
});

describe('Y6: what is not asserted is a gap, in every format', () => {
  const complete = { sbom: { by: ['alice'], complete: true } };
  const two = (relationships: readonly object[]): UnverifiedEvidence => spdx({ documentDescribes: ['SPDXRef-1'], packages: [{ SPDXID: 'SPDXRef-1', name: 'app', versionInfo: DIGEST }, { SPDXID: 'SPDXRef-2', name: 'lib', versionInfo: '1' }], relationships });
  const three = (...more: readonly object[]): UnverifiedEvidence => spdx3(
    { type: 'software_Sbom', spdxId: 'urn:s', rootElement: ['urn:1'] }, { type: 'software_Package', spdxId: 'urn:1', name: 'app', verifiedUsing: [{ type: 'Hash', hashValue: HEX }] },
    { type: 'software_Package', spdxId: 'urn:2', name: 'lib', software_packageVersion: '1' }, ...more,
  );
  const bom = (aggregate: string): UnverifiedEvidence => says(CYCLONEDX, { bomFormat: 'CycloneDX', metadata: { component: { type: 'container', name: 'app', version: DIGEST } }, components: [{ type: 'library', name: 'lib', version: '1' }], compositions: [{ aggregate }] });
  const depends = (more: object): object => ({ type: 'Relationship', relationshipType: 'dependsOn', from: 'urn:1', to: ['urn:2'], ...more });
  const NOTHING = 'https://spdx.org/rdf/3.0.1/terms/Core/NoAssertionElement';
  test.each<[string, UnverifiedEvidence, string]>([
    ['CycloneDX: complete', bom('complete'), ADMITTED],
    ['CycloneDX: unknown', bom('unknown'), GAP],
    ['SPDX 2: depends on what is listed', two([{ spdxElementId: 'SPDXRef-1', relationshipType: 'DEPENDS_ON', relatedSpdxElement: 'SPDXRef-2' }]), ADMITTED],
    ['SPDX 2: depends on nothing', two([{ spdxElementId: 'SPDXRef-2', relationshipType: 'DEPENDS_ON', relatedSpdxElement: 'NONE' }]), ADMITTED],
    ['SPDX 2: what it depends on is not asserted', two([{ spdxElementId: 'SPDXRef-2', relationshipType: 'DEPENDS_ON', relatedSpdxElement: 'NOASSERTION' }]), GAP],
    ['SPDX 2: what contains it is not asserted', two([{ spdxElementId: 'NOASSERTION', relationshipType: 'DEPENDENCY_OF', relatedSpdxElement: 'SPDXRef-1' }]), GAP],
    ['SPDX 3: complete', three(depends({ completeness: 'complete' })), ADMITTED],
    ['SPDX 3: nothing said', three(depends({})), ADMITTED],
    ['SPDX 3: incomplete', three(depends({ completeness: 'incomplete' })), GAP],
    ['SPDX 3: not asserted', three(depends({ completeness: 'noAssertion' })), GAP],
    ['SPDX 3: on an element that is not asserted', three(depends({ to: [NOTHING] })), GAP],
    ['SPDX 3: on that element by its short name', three(depends({ to: ['NoAssertionElement'] })), GAP],
    ['SPDX 3: a licence that is not asserted is no gap in the list', three(depends({ relationshipType: 'hasDeclaredLicense', completeness: 'noAssertion', to: ['urn:none'] })), ADMITTED],
  ])('Y6: %s', async (_, evidence, expected) => {
    expect(await verdict(complete, [evidence])).toBe(expected);
  });
});
