import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { says, verdict } from './support.ts';

const [REVIEW, HOST] = ['https://in-toto.io/attestation/human-review/v0.1', 'https://in-toto.io/attestation/human-review/vcs/v0.1'];
const TESTS = 'https://in-toto.io/attestation/test-result/v0.1';
const [VSA, VSA02] = ['https://slsa.dev/verification_summary/v1', 'https://slsa.dev/verification_summary/v0.2'];
const ADMITTED = 'admit POLICY_SATISFIED';
const bob = { name: 'bob', uri: 'https://api.github.com/user/2' };

/** A layout of one step that is attested by a statement of this type about the image. */
const step = (type: string): object => ({ layout: { chained: false, steps: [{ name: 'made', type: 'https://slsa.dev/provenance/v1', by: ['alice'] }, { name: 'looked', type, by: ['alice'] }] } });
const made = says('https://slsa.dev/provenance/v1', { buildDefinition: { buildType: 'x:y', externalParameters: {} }, runDetails: { builder: { id: 'x:y' } } });

describe('A7: failure words are read by predicate type', () => {
  test.each<[string, string, unknown, boolean]>([
    ['A7: a review that passed', REVIEW, { result: 'pass' }, true],
    ['A7: a review that failed', REVIEW, { result: 'fail' }, false],
    ['A7: … and lists reviewers, which this type has not', REVIEW, { result: 'fail', reviewers: [] }, false],
    ['A7: … and lists some', REVIEW, { result: 'fail', reviewers: [bob] }, false],
    ['A7: a review without a result that lists reviewers', REVIEW, { reviewers: [bob] }, false],
    ['A7: tests that failed, with reviewers', TESTS, { result: 'FAILED', reviewers: null }, false],
    ['A7: tests that passed, with reviewers', TESTS, { result: 'PASSED', reviewers: null }, true],
    ['A7: tests that passed, and list what failed', TESTS, { result: 'PASSED', failedTests: ['e2e'] }, false],
    ['A7: tests that passed, and list none that failed', TESTS, { result: 'PASSED', failedTests: [] }, true],
    ['A7: a summary that failed, with reviewers', VSA, { verificationResult: 'FAILED', reviewers: [] }, false],
    ['A7: a summary that passed', VSA, { verificationResult: 'PASSED', reviewers: [] }, true],
    ['A7: a summary that says passed only in the words of another version', VSA, { verification_result: 'PASSED' }, false],
    ['A7: an older summary that says it in its own words', VSA02, { verification_result: 'PASSED' }, true],
    ['A7: a summary that says both', VSA, { verificationResult: 'PASSED', verification_result: 'FAILED' }, false],
    ['A7: the code host lists reviewers', HOST, { reviewers: [bob] }, true],
    ['A7: … and says that it failed', HOST, { reviewers: [bob], result: 'fail' }, false],
    ['A7: … and says that it passed', HOST, { reviewers: [bob], result: 'pass' }, true],
    ['A7: … and says something that is no word', HOST, { reviewers: [bob], result: false }, false],
  ])('a step: %s', async (_, type, predicate, holds) => {
    expect(await verdict(step(type), [made, says(type, predicate)])).toBe(holds ? ADMITTED : 'deny POLICY_LAYOUT_STEP');
  });

  const reviews = (more: object = {}): object => ({ codeReview: { by: ['alice', 'bob'], ...more } });
  const host = (more: object): UnverifiedEvidence => says(HOST, { reviewers: [bob], annotations: { author: { name: 'alice', uri: 'https://api.github.com/user/1' } }, ...more });
  test.each<[string, object, UnverifiedEvidence, string]>([
    ['A7: the code host, without a result', reviews(), host({}), ADMITTED],
    ['A7: the code host, failed', reviews(), host({ result: 'fail' }), 'deny POLICY_REVIEW'],
    ['A7: the code host, passed', reviews(), host({ result: 'pass' }), ADMITTED],
    ['A7: a person, with reviewers', reviews({ authors: ['carol'] }), says(REVIEW, { result: 'fail', reviewers: [bob], annotations: { author: 'x' } }), 'deny POLICY_REVIEW'],
    ['A7: a person, without a result', reviews({ authors: ['carol'] }), says(REVIEW, { reviewers: [bob], annotations: { author: 'x' } }), 'deny POLICY_CONTENT_UNREADABLE'],
    ['A7: a person, passed', reviews({ authors: ['carol'] }), says(REVIEW, { result: 'pass' }), ADMITTED],
    ['A7: the code host in the form of a person', reviews({ authors: ['carol'] }), says(HOST, { result: 'pass' }), 'deny POLICY_REVIEW'],
  ])('a review: %s', async (_, requirement, evidence, expected) => {
    const wrote = says('https://slsa.dev/provenance/v1', {}, { by: 'carol' });
    expect(await verdict(requirement, [evidence, wrote])).toBe(expected);
  });
});

describe('A7: no form of a statement hides another one', () => {
  const CRITICAL = { VulnerabilityID: 'CVE-2026-1', Severity: 'CRITICAL', PkgName: 'openssl', InstalledVersion: '3.0' };
  const trivy = { SchemaVersion: 2, Results: [{ Vulnerabilities: [CRITICAL] }] };
  const scan = (result: unknown, type = 'https://cosign.sigstore.dev/attestation/vuln/v1'): UnverifiedEvidence => says(type, { scanner: { result } });
  const scanned = { vulnerability: { by: ['alice'], deny: 'high' } };
  const sbom = { sbom: { by: ['alice'], deny: { packages: ['evil'] } } };
  const [SPDX, CYCLONEDX] = ['https://spdx.dev/Document', 'https://cyclonedx.org/bom'];
  const cyclonedx = (name: string): object => ({ bomFormat: 'CycloneDX', components: [{ name, version: '1' }] });
  const spdx = (name: string): object => ({ spdxVersion: 'SPDX-2.3', packages: [{ SPDXID: 'SPDXRef-1', name, versionInfo: '1' }] });
  const spdx3 = (name: string): object => ({ '@graph': [{ type: 'software_Package', spdxId: 'urn:1', name }] });

  test.each<[string, object, UnverifiedEvidence, string]>([
    ['A7: a report of Trivy', scanned, scan({ SchemaVersion: 2, Results: [] }), ADMITTED],
    ['A7: a report of Grype', scanned, scan({ matches: [] }), ADMITTED],
    ['A7: a report of Trivy behind an empty one of Grype', scanned, scan({ ...trivy, matches: [] }), 'deny POLICY_CONTENT_UNREADABLE'],
    ['A7: results of Trivy without its version behind an empty one of Grype', scanned, scan({ Results: trivy.Results, matches: [] }), 'deny POLICY_CONTENT_UNREADABLE'],
    ['A7: in-toto vulns is a list', scanned, scan([], 'https://in-toto.io/attestation/vulns/v0.2'), ADMITTED],
    ['A7: in-toto vulns is no report of a scanner', scanned, scan({ matches: [] }, 'https://in-toto.io/attestation/vulns/v0.2'), 'deny POLICY_CONTENT_UNREADABLE'],
    ['A7: a severity beside the one inside', scanned, scan([{ id: 'CVE-1', severity: 'critical', vulnerability: { id: 'CVE-1', severity: 'low' } }]), 'deny POLICY_VULNERABLE'],
    ['A7: a CycloneDX document', sbom, says(CYCLONEDX, cyclonedx('good')), ADMITTED],
    ['A7: an SPDX document', sbom, says(SPDX, spdx('good')), ADMITTED],
    ['A7: an SPDX 3 document', sbom, says(SPDX, spdx3('good')), ADMITTED],
    ['A7: SPDX 3 by its own type', sbom, says('https://spdx.dev/Document/v3', spdx3('good')), ADMITTED],
    ['A7: SPDX 2 by the type of version 3', sbom, says('https://spdx.dev/Document/v3', spdx('good')), 'deny POLICY_CONTENT_UNREADABLE'],
    ['A7: CycloneDX by the type of SPDX', sbom, says(SPDX, cyclonedx('good')), 'deny POLICY_CONTENT_UNREADABLE'],
    ['A7: an SPDX document behind an empty CycloneDX one', sbom, says(SPDX, { ...spdx('evil'), bomFormat: 'CycloneDX', components: [] }), 'deny POLICY_CONTENT_UNREADABLE'],
    ['A7: an SPDX 3 graph behind an empty SPDX 2 document', sbom, says(SPDX, { ...spdx3('evil'), spdxVersion: 'SPDX-2.3', packages: [] }), 'deny POLICY_CONTENT_UNREADABLE'],
  ])('%s', async (_, requirement, evidence, expected) => {
    expect(await verdict(requirement, [evidence])).toBe(expected);
  });

  test('A7: a program by its other name', async () => {
    const trace = (binaries: object): UnverifiedEvidence => says('https://in-toto.io/attestation/runtime-trace/v0.1', { monitor: { type: 'm' }, monitoredProcess: {}, monitorLog: { process: [binaries] } });
    const requirement = { runtimeTrace: { by: ['alice'], processes: ['/bin/*'] } };
    expect(await verdict(requirement, [trace({ processBinary: '/bin/sh' })])).toBe(ADMITTED);
    expect(await verdict(requirement, [trace({ processBinary: '/bin/sh', binary: '/tmp/evil' })])).toBe('deny POLICY_TRACE');
  });
});

