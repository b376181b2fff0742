import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContentCheck, Examination, Examined } from '../../../src/domain/policy/content-check.ts';
import { matchesWildcard } from '../../../src/text/wildcard.ts';
import { createConditionRunner, runExamination } from '../../../src/examine/index.ts';
import { deniedLicenses, isDenied } from '../../../src/examine/sbom/license.ts';

const HEX = 'a1'.repeat(32);
const conditions = createConditionRunner();

/** Codes and findings of one check. */
function run(check: ContentCheck, predicate: unknown, more: Partial<Examination> = {}): Examined {
  return runExamination({ key: 'k', check, expressions: [], digest: `sha256:${HEX}`, statement: { predicateType: 't', text: JSON.stringify(predicate) }, vex: [], attestations: {}, variables: {}, ...more }, conditions);
}

function codes(check: ContentCheck, predicate: unknown, more: Partial<Examination> = {}): string[] {
  const examined = run(check, predicate, more);
  return examined.ok ? examined.objections.map(({ code, found }) => `${code} ${found ?? ''}`.trim()) : [examined.code];
}

const sbom = (more: Partial<Extract<ContentCheck, { kind: 'sbom' }>> = {}): ContentCheck => ({ kind: 'sbom', complete: false, denyPackages: [], denyLicenses: [], ...more });

const cyclonedx = (components: unknown, more: Record<string, unknown> = {}): unknown => ({ bomFormat: 'CycloneDX', specVersion: '1.6', metadata: { component: { type: 'container', name: 'app', version: `sha256:${HEX}` } }, components, ...more });
const LIB = { type: 'library', name: 'left-pad', version: '1.3.0', purl: 'pkg:npm/left-pad@1.3.0', licenses: [{ license: { id: 'MIT' } }] };
const spdx2 = (packages: readonly Record<string, unknown>[], root: Record<string, unknown> = {}): unknown => ({
  spdxVersion: 'SPDX-2.3', documentDescribes: ['SPDXRef-root'],
  packages: [{ SPDXID: 'SPDXRef-root', name: 'app', versionInfo: `sha256:${HEX}`, ...root }, ...packages],
});
const spdx3 = (packages: readonly Record<string, unknown>[]): unknown => ({
  '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
  '@graph': [
    { type: 'SpdxDocument', spdxId: 'urn:doc', rootElement: ['urn:sbom'] }, { type: 'software_Sbom', spdxId: 'urn:sbom', rootElement: ['urn:root'] },
    { type: 'software_Package', spdxId: 'urn:root', name: 'app', verifiedUsing: [{ type: 'Hash', algorithm: 'sha256', hashValue: HEX }] },
    ...packages,
    { type: 'simplelicensing_LicenseExpression', spdxId: 'urn:mit', simplelicensing_licenseExpression: 'MIT' }, { type: 'simplelicensing_LicenseExpression', spdxId: 'urn:agpl', simplelicensing_licenseExpression: 'AGPL-3.0-only' },
  ],
});

describe('sbom', () => {
  const complete = sbom({ complete: true });
  const formats: [string, (name: string, version: string | undefined, license: string) => unknown][] = [
    ['CycloneDX', (name, version, license) => cyclonedx([{ type: 'library', name, ...(version === undefined ? {} : { version }), purl: `pkg:npm/${name}@${version}`, licenses: [{ expression: license }] }])],
    ['SPDX 2', (name, version, license) => spdx2([{ SPDXID: 'SPDXRef-1', name, versionInfo: version ?? 'NOASSERTION', licenseConcluded: license, externalRefs: [{ referenceType: 'purl', referenceLocator: `pkg:npm/${name}@${version}` }] }])],
    ['SPDX 3', (name, version, license) => spdx3([
      { type: 'software_Package', spdxId: 'urn:1', name, ...(version === undefined ? {} : { software_packageVersion: version }), software_packageUrl: `pkg:npm/${name}@${version}` },
      { type: 'Relationship', relationshipType: 'hasConcludedLicense', from: 'urn:1', to: [license === 'MIT' ? 'urn:mit' : 'urn:agpl'] },
    ])],
  ];
  test.each(formats)('%s: complete, packages and licences, each with its twin', (_name, make) => {
    expect(codes(complete, make('left-pad', '1.3.0', 'MIT'))).toEqual([]);
    expect(codes(complete, make('left-pad', undefined, 'MIT'))).toEqual(['POLICY_SBOM_INCOMPLETE left-pad without a version']);
    for (const untold of ['unknown', 'UNKNOWN', ' Unknown']) {
      expect(codes(complete, make('left-pad', untold, 'MIT'))).toEqual([expect.stringMatching(/^POLICY_SBOM_INCOMPLETE left-pad with the version /)]);
      expect(codes(sbom({ denyPackages: ['left-pad@*unknown'] }), make('left-pad', untold.toLowerCase(), 'MIT'))).toHaveLength(1);
    }
    for (const told of ['0.0.0-unknown', 'unknown-1', '(devel)']) expect(codes(complete, make('left-pad', told, 'MIT'))).toEqual([]);
    expect(codes(complete, make('left-pad', '1.3.0', 'MIT'), { digest: `sha256:${'b2'.repeat(32)}` })[0]).toMatch(/^POLICY_SBOM_INCOMPLETE describes/);
    expect(codes(sbom({ denyPackages: ['pkg:npm/left-pad@*'] }), make('left-pad', '1.3.0', 'MIT'))).toEqual(['POLICY_PACKAGE_DENIED pkg:npm/left-pad@1.3.0']);
    expect(codes(sbom({ denyPackages: ['pkg:npm/left-pad@*'] }), make('right-pad', '1.3.0', 'MIT'))).toEqual([]);
    expect(codes(sbom({ denyLicenses: ['AGPL-*'] }), make('left-pad', '1.3.0', 'AGPL-3.0-only'))).toEqual(['POLICY_LICENSE_DENIED pkg:npm/left-pad@1.3.0: AGPL-3.0-only']);
    expect(codes(sbom({ denyLicenses: ['AGPL-*'] }), make('left-pad', '1.3.0', 'MIT'))).toEqual([]);
  });

  test('components inside components are packages too', () => {
    const nested = cyclonedx([{ ...LIB, name: 'outer', components: [{ ...LIB, purl: 'pkg:npm/evil@1', name: 'evil' }] }]);
    expect(codes(sbom({ denyPackages: ['evil'] }), nested)).toEqual(['POLICY_PACKAGE_DENIED pkg:npm/evil@1']);
  });

  test.each<[string, (names: readonly string[]) => unknown]>([
    ['SPDX 2 that calls several packages described', (names) => ({ spdxVersion: 'SPDX-2.3', documentDescribes: ['SPDXRef-0', 'SPDXRef-1'], packages: names.map((name, index) => ({ SPDXID: `SPDXRef-${index}`, name, versionInfo: index === 0 ? HEX : '1', licenseConcluded: 'AGPL-3.0-only' })) })],
    ['SPDX 3 that calls several packages roots', (names) => ({ '@graph': [
      { type: 'software_Sbom', spdxId: 'urn:sbom', rootElement: ['urn:0', 'urn:1'] }, ...names.map((name, index) => ({ type: 'software_Package', spdxId: `urn:${index}`, name, software_packageVersion: index === 0 ? HEX : '1' })),
      { type: 'Relationship', relationshipType: 'hasDeclaredLicense', from: 'urn:1', to: ['urn:agpl'] }, { type: 'x', spdxId: 'urn:agpl', simplelicensing_licenseExpression: 'AGPL-3.0-only' },
    ] })],
    ['CycloneDX that hides it in a file', (names) => cyclonedx(names.map((name) => ({ type: 'file', name, licenses: [{ expression: 'AGPL-3.0-only' }] })))],
    ['CycloneDX that is about it', (names) => cyclonedx([LIB], { metadata: { component: { type: 'application', name: names[1], version: HEX, licenses: [{ license: { id: 'AGPL-3.0-only' } }] } } })],
  ])('A17 no package escapes a denial: %s', (_what, make) => {
    expect(codes(sbom({ denyPackages: ['evil'] }), make(['app', 'evil', 'zlib']))).toEqual([expect.stringMatching(/^POLICY_PACKAGE_DENIED evil/)]);
    expect(codes(sbom({ denyPackages: ['evil'] }), make(['app', 'good', 'zlib']))).toEqual([]);
    expect(codes(sbom({ denyLicenses: ['agpl-*'] }), make(['app', 'evil', 'zlib'])).length).toBeGreaterThan(0);
    expect(codes(sbom({ denyLicenses: ['GPL-*'] }), make(['app', 'evil', 'zlib']))).toEqual([]);
  });

  test.each(['pkg:npm/@acme/*', 'pkg:npm/%40acme/*'])('the scope of a package is written as one likes: %s', (pattern) => {
    for (const purl of ['pkg:npm/%40acme/lib@1', 'pkg:npm/@acme/lib@1', 'pkg:npm/%40acme/lib@1?x=y']) expect(codes(sbom({ denyPackages: [pattern] }), cyclonedx([{ ...LIB, purl }]))).toHaveLength(1);
    expect(codes(sbom({ denyPackages: [pattern] }), cyclonedx([{ ...LIB, purl: 'pkg:npm/%40acme-evil/lib@1' }]))).toEqual([]);
  });

  test('an SBOM that declares gaps, or lists nothing, is not complete', () => {
    expect(codes(complete, cyclonedx([LIB], { compositions: [{ aggregate: 'incomplete' }] }))).toEqual(['POLICY_SBOM_INCOMPLETE composition declared incomplete']);
    expect(codes(complete, cyclonedx([LIB], { compositions: [{ aggregate: 'complete' }] }))).toEqual([]);
    expect(codes(complete, cyclonedx([]))).toEqual(['POLICY_SBOM_INCOMPLETE no packages']);
  });

  test('what is no SBOM is unreadable, not empty', () => {
    for (const predicate of [{}, [], 'x', 1, null, { bomFormat: 'cyclonedx' }, { bomFormat: 'CycloneDX', components: {} }, { spdxVersion: 'SPDX-2.3', packages: ['a'] }, { '@graph': [1] }]) {
      expect(codes(sbom(), predicate), JSON.stringify(predicate)).toEqual([expect.stringMatching(/^POLICY_CONTENT_UNREADABLE/)]);
    }
  });

  test('the list of findings is cut, and says so', () => {
    const many = cyclonedx(Array.from({ length: 500 }, (_, index) => ({ ...LIB, name: `evil-${index}`, purl: `pkg:npm/evil-${index}@1` })));
    const found = codes(sbom({ denyPackages: ['evil-*'] }), many);
    expect(found).toHaveLength(11);
    expect(found.at(-1)).toBe('POLICY_PACKAGE_DENIED and 490 more packages');
  });

  test.each<[string, boolean]>([
    ['AGPL-3.0-only', true], ['MIT', false], ['MIT OR AGPL-3.0-only', false], ['MIT AND AGPL-3.0-only', true], ['(MIT AND AGPL-3.0-only) OR Apache-2.0', false],
    ['(MIT OR AGPL-3.0-only) AND (GPL-2.0-only OR AGPL-3.0-only)', true], ['GPL-2.0-only WITH Classpath-exception-2.0', true], ['MIT or AGPL-3.0-only', false], ['AGPL-3.0-only OR', true], ['', false], ['(((', false], ['NotAGPL-3.0-only', false],
    ['agpl-3.0-only', true], ['MIT AND Agpl-3.0-Only', true], ['gpl-2.0-only with classpath-exception-2.0', true],
  ])('licence expression %s', (expression, denied) => {
    expect(isDenied(expression, deniedLicenses(['AGPL-*', 'GPL-2.0-only']))).toBe(denied);
  });
});

describe('vulnerability', () => {
  const check = (more: Partial<Extract<ContentCheck, { kind: 'vulnerability' }>> = {}): ContentCheck => ({ kind: 'vulnerability', deny: 'high', ignore: [], fixableOnly: false, ...more });
  const scan = (result: unknown): unknown => ({ scanner: { uri: 'pkg:x', result }, metadata: { scanFinishedOn: '2026-10-31T00:00:00Z' } });
  const trivy = (...found: Record<string, unknown>[]): unknown => scan({ SchemaVersion: 2, Results: [{ Target: 'app', Vulnerabilities: found }, { Target: 'empty' }] });
  const grype = (...found: Record<string, unknown>[]): unknown => scan({ matches: found });
  const openssl = { VulnerabilityID: 'CVE-2025-1', PkgName: 'openssl', InstalledVersion: '3.0.1', FixedVersion: '3.0.2', Severity: 'CRITICAL', PkgIdentifier: { PURL: 'pkg:deb/debian/openssl@3.0.1?arch=amd64' } };

  test('Trivy, Grype, a list, and in-toto vulns: named with severity and package', () => {
    expect(codes(check(), trivy(openssl))).toEqual(['POLICY_VULNERABLE CVE-2025-1 (critical, openssl 3.0.1, a fixed version exists)']);
    expect(codes(check(), grype({ vulnerability: { id: 'CVE-2025-2', severity: 'High', fix: { state: 'not-fixed' } }, artifact: { name: 'zlib', version: '1' } }))).toEqual(['POLICY_VULNERABLE CVE-2025-2 (high, zlib 1)']);
    expect(codes(check(), scan([{ id: 'CVE-2025-3', severity: 'CRITICAL' }]))).toEqual(['POLICY_VULNERABLE CVE-2025-3 (critical)']);
    expect(codes(check(), scan([{ id: 'CVE-2025-4', severity: [{ method: 'nvd', score: 'medium' }, { method: 'cvss_score', score: '7.2' }] }]))).toEqual(['POLICY_VULNERABLE CVE-2025-4 (high)']);
    expect(codes(check(), scan([{ vulnerability: { id: 'CVE-2025-5', severity: [{ method: 'nvd', score: 'low' }] } }]))).toEqual([]);
  });

  test('the threshold, the unknown, and the negligible', () => {
    const of = (severity: string): unknown => scan([{ id: 'CVE-1', severity }]);
    expect(['critical', 'high', 'medium', 'low', 'negligible', 'UNKNOWN', ''].map((severity) => codes(check(), of(severity)).length)).toEqual([1, 1, 0, 0, 0, 1, 1]);
    expect(['critical', 'low', 'negligible'].map((severity) => codes(check({ deny: 'low' }), of(severity)).length)).toEqual([1, 1, 0]);
    expect(codes(check(), scan([]))).toEqual([]);
  });

  test('ignored, and without a fix where only fixable ones deny', () => {
    expect(codes(check({ ignore: ['CVE-2025-1'] }), trivy(openssl))).toEqual([]);
    expect(codes(check({ fixableOnly: true }), trivy(openssl))).toHaveLength(1);
    expect(codes(check({ fixableOnly: true }), trivy({ ...openssl, FixedVersion: '' }))).toEqual([]);
  });

  test('a score that is a number counts as one', () => {
    const scored = (...severity: unknown[]): number => codes(check(), scan([{ id: 'CVE-1', severity }])).length;
    expect([scored({ score: 9.8 }), scored({ score: 'low' }, { score: 9.8 }), scored({ score: 'low' }, { score: 3.9 }), scored({ score: 3.9 })]).toEqual([1, 1, 0, 0]);
    expect([7, 6.9].map((severity) => codes(check(), scan([{ id: 'CVE-1', severity }])).length)).toEqual([1, 0]);
  });

  test('A17 a report that does not say whether there is a fix is not taken for one without', () => {
    const fix = (state: unknown): unknown => grype({ vulnerability: { id: 'CVE-1', severity: 'High', ...(state === undefined ? {} : { fix: { state } }) }, artifact: { name: 'zlib' } });
    expect([undefined, 'unknown', 'fixed', 'not-fixed', 'wont-fix'].map((state) => codes(check({ fixableOnly: true }), fix(state)).length)).toEqual([1, 1, 1, 0, 0]);
    expect(codes(check({ fixableOnly: true }), scan([{ id: 'CVE-1', severity: 'CRITICAL' }]))).toHaveLength(1);
  });

  test('A17 a report that is not understood is not an empty one', () => {
    for (const predicate of [scan(null), scan('clean'), scan({}), scan({ runs: [] }), scan([{ severity: 'LOW' }]), scan({ matches: [{}] }), {}, [], null]) {
      expect(codes(check(), predicate), JSON.stringify(predicate)).toEqual([expect.stringMatching(/^POLICY_CONTENT_UNREADABLE/)]);
    }
  });

  describe('with VEX', () => {
    const vex = (...statements: Record<string, unknown>[]): Partial<Examination> => ({ vex: [{ predicateType: 'https://openvex.dev/ns/v0.2.0', text: JSON.stringify({ '@context': 'https://openvex.dev/ns/v0.2.0', timestamp: '2026-01-01T00:00:00Z', statements }) }] });
    const clears = (...statements: Record<string, unknown>[]): boolean => codes(check(), trivy(openssl), vex(...statements)).length === 0;
    const about = { vulnerability: { name: 'CVE-2025-1' } };
    const product = (id: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({ products: [{ '@id': id, ...more }] });
    const notAffected = { ...about, status: 'not_affected', justification: 'component_not_present' };

    test.each<[string, boolean, Record<string, unknown>[]]>([
      ['not affected, with justification', true, [notAffected]],
      ['not affected, with impact statement', true, [{ ...about, status: 'not_affected', impact_statement: 'not called' }]],
      ['not affected, without either', false, [{ ...about, status: 'not_affected' }]],
      ['fixed', true, [{ ...about, status: 'fixed' }]],
      ['affected', false, [{ ...about, status: 'affected' }]],
      ['under investigation', false, [{ ...about, status: 'under_investigation' }]],
      ['by an alias', true, [{ vulnerability: { name: 'GHSA-1', aliases: ['CVE-2025-1'] }, status: 'fixed' }]],
      ['about another vulnerability', false, [{ vulnerability: { name: 'CVE-2025-10' }, status: 'fixed' }]],
      ['about this product', true, [{ ...notAffected, ...product(`pkg:oci/app@sha256%3A${HEX}`) }]],
      ['about another product', false, [{ ...notAffected, ...product(`pkg:oci/app@sha256%3A${'b2'.repeat(32)}`) }]],
      ['about this package of it', true, [{ ...notAffected, ...product(`pkg:oci/app@sha256%3A${HEX}`, { subcomponents: [{ '@id': 'pkg:deb/debian/openssl@3.0.1' }] }) }]],
      ['about another package of it', false, [{ ...notAffected, ...product(`pkg:oci/app@sha256%3A${HEX}`, { subcomponents: [{ '@id': 'pkg:deb/debian/zlib@1' }] }) }]],
      ['taken back later', false, [{ ...notAffected, timestamp: '2026-01-01T00:00:00Z' }, { ...about, status: 'affected', timestamp: '2026-02-01T00:00:00Z' }]],
      ['found out later', true, [{ ...about, status: 'affected', timestamp: '2026-01-01T00:00:00Z' }, { ...notAffected, timestamp: '2026-02-01T00:00:00Z' }]],
      ['both at once', false, [{ ...about, status: 'affected' }, notAffected]],
      ['an older form', true, [{ vulnerability: 'CVE-2025-1', status: 'fixed' }]],
    ])('%s: %s', (_what, expected, statements) => {
      expect(clears(...statements)).toBe(expected);
    });
  });
});

describe('test results', () => {
  const check = (more: Partial<Extract<ContentCheck, { kind: 'testResult' }>> = {}): ContentCheck => ({ kind: 'testResult', accept: ['PASSED'], tests: [], ...more });
  test.each<[string, string[], ContentCheck, unknown]>([
    ['passed', [], check(), { result: 'PASSED' }],
    ['failed', ['POLICY_TEST_RESULT FAILED: e2e'], check(), { result: 'FAILED', failedTests: ['e2e'] }],
    ['warned', ['POLICY_TEST_RESULT WARNED'], check(), { result: 'WARNED' }],
    ['warned, accepted', [], check({ accept: ['PASSED', 'WARNED'] }), { result: 'WARNED' }],
    ['passed although something failed', ['POLICY_TEST_RESULT PASSED, but failed: e2e'], check(), { result: 'PASSED', failedTests: ['e2e'] }],
    ['the test demanded', [], check({ tests: ['e2e (*)'] }), { result: 'PASSED', passedTests: ['e2e (linux)'] }],
    ['the test demanded only warned', ['POLICY_TEST_RESULT no passed test e2e'], check({ tests: ['e2e'] }), { result: 'PASSED', warnedTests: ['e2e'] }],
    ['the test demanded missing', ['POLICY_TEST_RESULT no passed test e2e'], check({ tests: ['e2e'] }), { result: 'PASSED', passedTests: ['unit'] }],
    ['no result', ['POLICY_CONTENT_UNREADABLE result'], check(), { passedTests: [] }],
    ['lower case', ['POLICY_TEST_RESULT passed'], check(), { result: 'passed' }],
  ])('%s', (_what, expected, how, predicate) => {
    expect(codes(how, predicate)).toEqual(expected);
  });
});

describe('code review', () => {
  const check = (more: Partial<Extract<ContentCheck, { kind: 'codeReview' }>> = {}): ContentCheck => ({ kind: 'codeReview', approvals: 1, reviewers: [], ...more });
  const bob = { name: 'bob', uri: 'https://api.github.com/user/2' };
  const carol = { name: 'carol', uri: 'https://api.github.com/user/3' };
  const review = (author: unknown, ...reviewers: unknown[]): unknown => ({ reviewers, annotations: { author } });
  test.each<[string, number, ContentCheck, unknown]>([
    ['pass', 0, check(), { result: 'pass' }],
    ['fail', 1, check(), { result: 'fail' }],
    ['PASS is not pass', 1, check(), { result: 'PASS' }],
    ['somebody else approved', 0, check(), review('alice', bob)],
    ['the author approved', 1, check(), review('bob', bob)],
    ['the author under the other name approved', 1, check(), review({ uri: 'https://api.github.com/user/2' }, bob)],
    ['no author is named', 1, check(), { reviewers: [bob] }],
    ['two approvals', 0, check({ approvals: 2 }), review('alice', bob, carol)],
    ['one person twice', 1, check({ approvals: 2 }), review('alice', bob, { ...bob, name: 'bobby' })],
    ['by a reviewer of the policy', 0, check({ reviewers: ['https://api.github.com/user/2'] }), review('alice', bob)],
    ['by somebody else', 1, check({ reviewers: ['https://api.github.com/user/2'] }), review('alice', carol)],
    ['nobody', 1, check(), review('alice')],
    ['the author in another case approved', 1, check(), review('Bob', bob)],
    ['one person in two cases', 1, check({ approvals: 2 }), review('alice', { name: 'bob' }, { name: 'Bob' })],
  ])('%s', (_what, count, how, predicate) => {
    const type = Object.hasOwn(predicate as object, 'reviewers') ? 'https://in-toto.io/attestation/human-review/vcs/v0.1' : 'https://in-toto.io/attestation/human-review/v0.1';
    expect(codes(how, predicate, { statement: { predicateType: type, text: JSON.stringify(predicate) } })).toHaveLength(count);
  });
});

describe('runtime trace', () => {
  const check = (more: Partial<Extract<ContentCheck, { kind: 'runtimeTrace' }>> = {}): ContentCheck => ({ kind: 'runtimeTrace', monitors: [], singleUse: false, ...more });
  const watch = { type: 'https://github.com/cilium/tetragon/v0.8.4', tracePolicy: { policies: [{ Name: 'connect' }] } };
  const trace = (log: unknown, monitor: unknown = watch, event = 'run-1'): unknown => ({ monitor, monitoredProcess: { hostID: 'https://tekton.dev/chains/v2', type: 't', event }, monitorLog: log });
  const github = { ip: '140.82.112.3', hostname: 'github.com', port: 443, protocol: 'tcp' };
  test.each<[string, string[], ContentCheck, unknown]>([
    ['an allowed host', [], check({ network: ['github.com:443'] }), trace({ network: [github] })],
    ['another port', ['POLICY_TRACE connection to github.com:22'], check({ network: ['github.com:443'] }), trace({ network: [{ ...github, port: 22 }] })],
    ['another host', ['POLICY_TRACE connection to evil.example:443'], check({ network: ['github.com:443'] }), trace({ network: [github, { ...github, hostname: 'evil.example' }] })],
    ['no connection at all', [], check({ network: [] }), trace({ network: [] })],
    ['none allowed, one made', ['POLICY_TRACE connection to github.com:443'], check({ network: [] }), trace({ network: [github] })],
    ['nobody watched connections', ['POLICY_TRACE a trace policy that does not watch connect'], check({ network: [] }), trace({ process: [] }, { type: 'x', tracePolicy: { policies: [{ Name: 'read' }] } })],
    ['allowed programs', [], check({ processes: ['/ko-app/*', '/bin/sh'] }), trace({ process: [{ processBinary: '/bin/sh' }, { processBinary: '/ko-app/entrypoint' }] })],
    ['another program', ['POLICY_TRACE program /usr/bin/curl'], check({ processes: ['/bin/sh'] }), trace({ process: [{ processBinary: '/usr/bin/curl' }] })],
    ['no programs seen', ['POLICY_TRACE no programs in the log'], check({ processes: ['/bin/sh'] }), trace({ network: [] })],
    ['another monitor', ['POLICY_TRACE monitor https://evil.example'], check({ monitors: ['https://github.com/cilium/tetragon/*'], network: [] }), trace({ network: [] }, { ...watch, type: 'https://evil.example' })],
    ['one run', [], check({ singleUse: true }), trace({ process: [{ processBinary: 'a', podUID: '1' }, { processBinary: 'b', podUID: '1' }] })],
    ['two runs on one builder', ['POLICY_TRACE entries of 2 runs (podUID 1, 2)'], check({ singleUse: true }), trace({ process: [{ processBinary: 'a', podUID: '1' }, { processBinary: 'b', podUID: '2' }] })],
    ['entries of its own run', [], check({ singleUse: true }), trace({ process: [{ processBinary: 'a', event: 'run-1' }] })],
    ['entries of another run', ['POLICY_TRACE an entry of run run-2'], check({ singleUse: true }), trace({ process: [{ processBinary: 'a', event: 'run-2' }] })],
    ['a run without a name', ['POLICY_TRACE a trace that names no run'], check({ singleUse: true }), trace({ process: [] }, watch, '')],
    ['no log', ['POLICY_CONTENT_UNREADABLE monitorLog'], check({ network: [] }), trace(undefined)],
  ])('%s', (_what, expected, how, predicate) => {
    expect(codes(how, predicate)).toEqual(expected);
  });
});

describe('all checks', () => {
  const checks: ContentCheck[] = [
    sbom({ complete: true, denyPackages: ['*'], denyLicenses: ['*'] }), { kind: 'vulnerability', deny: 'low', ignore: [], fixableOnly: false }, { kind: 'testResult', accept: ['PASSED'], tests: ['*'] },
    { kind: 'codeReview', approvals: 1, reviewers: ['*'] }, { kind: 'runtimeTrace', monitors: ['*'], network: [], processes: ['*'], singleUse: true },
  ];
  const key = fc.constantFrom('bomFormat', 'components', 'metadata', 'spdxVersion', 'packages', '@graph', 'type', 'scanner', 'result', 'matches', 'Results', 'SchemaVersion', 'reviewers', 'annotations', 'author', 'monitor', 'monitorLog', 'network', 'process', 'name', 'licenses', 'purl', 'severity', 'id', 'constructor', 'toString');
  const leaf = fc.oneof(fc.constantFrom('CycloneDX', 'SPDX-2.3', 'PASSED', 'pass', 'critical', '', 'a'), fc.integer(), fc.constant(null), fc.boolean());
  const tree = fc.letrec<{ value: unknown }>((tie) => ({ value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(key, tie('value'), { maxKeys: 6 })) })).value;
  test('hostile predicates are objected to or pass, and never throw', () => {
    fc.assert(fc.property(tree, (predicate) => {
      for (const predicateType of ['t', 'https://in-toto.io/attestation/human-review/vcs/v0.1'])
        for (const check of checks) expect(run(check, predicate, { statement: { predicateType, text: JSON.stringify(predicate) }, vex: [{ predicateType: 'v', text: JSON.stringify({ statements: [] }) }] })).toMatchObject({ ok: true });
    }), { numRuns: 400 });
  });
});

test('a wildcard matches as its regular expression does', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '*'), maxLength: 10 });
  fc.assert(fc.property(pattern, text, (glob, value) => {
    const expression = new RegExp(`^${glob.split('*').map((part) => part.replace(/[.]/g, '\\.')).join('[^]*')}$`);
    expect(matchesWildcard(glob, value)).toBe(expression.test(value));
  }), { numRuns: 3000 });
});
