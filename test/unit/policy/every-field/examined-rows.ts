import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { spdxDocument } from '../../../world/statement.ts';
import { demanding, rowsAt, vouchingRows, whereRows } from './row.ts';
import type { Row } from './row.ts';
import { HOUR, iso, NOW, says, signs } from './world.ts';

/** Rows of what looks into the content of an attestation: `sbom`, `vulnerability`, `testResult`, `codeReview`, `runtimeTrace`. */
const KIND = 'ClusterArtifactPolicy';
const WHO = { by: ['alice', 'bob'] };

const { predicateType: SPDX, predicate: document } = spdxDocument({ at: NOW - HOUR });
const packages = [{ SPDXID: 'SPDXRef-app', name: 'app', versionInfo: '1.0', licenseConcluded: 'MIT' }];
const sbom = rowsAt(
  KIND,
  demanding({ sbom: WHO }, { evidence: [says(SPDX, { ...(document as object), packages })] }),
  'spec.require.0.sbom',
);

const aged = { base: { maxAge: '24h' } };
const OPENSSL = { VulnerabilityID: 'CVE-2026-1', Severity: 'MEDIUM', PkgName: 'openssl', InstalledVersion: '3.0' };
const scan = (at: number, Severity: string): UnverifiedEvidence =>
  says('https://cosign.sigstore.dev/attestation/vuln/v1', {
    scanner: { result: { SchemaVersion: 2, Results: [{ Vulnerabilities: [{ ...OPENSSL, Severity }] }] } },
    metadata: { scanFinishedOn: iso(at) },
  }, { at });
const SCAN = scan(NOW - HOUR, 'MEDIUM');
const VEX = says(
  'https://openvex.dev/ns/v0.2.0',
  {
    timestamp: iso(NOW - HOUR),
    statements: [{ vulnerability: { name: 'CVE-2026-1' }, status: 'not_affected', justification: 'component_not_present' }],
  },
  { by: 'carol' },
);
const vulnerability = rowsAt(
  KIND,
  demanding({ vulnerability: { ...WHO, deny: 'high' } }, { evidence: [SCAN, VEX] }),
  'spec.require.0.vulnerability',
);
const vulnerable = { from: 'POLICY_VULNERABLE', base: { deny: 'low' } };

const run = (result: string, ago: number): UnverifiedEvidence => says(TEST, { result }, { at: NOW - ago });
const TEST = 'https://in-toto.io/attestation/test-result/v0.1';
const testResult = rowsAt(
  KIND,
  demanding({ testResult: WHO }, { evidence: [says(TEST, { result: 'PASSED', passedTests: ['unit'] })] }),
  'spec.require.0.testResult',
);

const attestation = rowsAt(KIND, demanding({ attestation: { ...WHO, type: TEST, where: [{ cel: 'predicate.result == "PASSED"' }] } }), 'spec.require.0.attestation');

const REVIEW = says('https://in-toto.io/attestation/human-review/vcs/v0.1', {
  reviewers: [{ name: 'dora' }],
  annotations: { author: 'emil' },
});
const codeReview = rowsAt(
  KIND,
  demanding({ codeReview: WHO }, { evidence: [REVIEW, signs({ by: 'carol' })] }),
  'spec.require.0.codeReview',
);

const TRACE = {
  monitor: { type: 'tetragon', tracePolicy: { policies: [{ Name: 'connect' }] } },
  monitoredProcess: { event: 'run-1' },
  monitorLog: {
    network: [{ hostname: 'registry.npmjs.org', port: 443 }],
    process: [
      { processBinary: '/usr/bin/make', pod: 'one' },
      { processBinary: '/usr/bin/cc', pod: 'two' },
    ],
  },
};
const runtimeTrace = rowsAt(
  KIND,
  demanding(
    { runtimeTrace: { ...WHO, network: ['*:443'] } },
    { evidence: [says('https://in-toto.io/attestation/runtime-trace/v0.1', TRACE)] },
  ),
  'spec.require.0.runtimeTrace',
);

export const examinedRows: readonly Row[] = [
  ...[sbom, vulnerability, testResult, codeReview, runtimeTrace].flatMap((make) => [...vouchingRows(make), ...whereRows(make)]),
  sbom('formats', ['cyclonedx'], 'POLICY_TYPE_MISSING'),
  sbom('complete', true, 'POLICY_SBOM_INCOMPLETE'),
  sbom('deny.packages', ['app'], 'POLICY_PACKAGE_DENIED'),
  sbom('deny.licenses', ['MIT'], 'POLICY_LICENSE_DENIED'),
  vulnerability('deny', 'medium', 'POLICY_VULNERABLE'),
  vulnerability('ignore', ['CVE-2026-1'], 'POLICY_SATISFIED', vulnerable),
  vulnerability('fixableOnly', true, 'POLICY_SATISFIED', vulnerable),
  vulnerability('vex.by', ['carol'], 'POLICY_SATISFIED', { ...vulnerable, base: { deny: 'low', vex: { by: ['bob'] } } }),
  vulnerability('vex.maxAge', '1m', 'POLICY_VULNERABLE', { base: { deny: 'low', vex: { by: ['carol'] } } }),
  testResult('accept', ['WARNED'], 'POLICY_TEST_RESULT'),
  testResult('tests', ['end-to-end'], 'POLICY_TEST_RESULT'),
  vulnerability('newest', true, 'POLICY_VULNERABLE', { ...aged, scene: { evidence: [SCAN, scan(NOW - 60_000, 'HIGH')] } }),
  testResult('newest', true, 'POLICY_TEST_RESULT', { ...aged, scene: { evidence: [run('PASSED', 2 * HOUR), run('FAILED', HOUR)] } }),
  attestation('newest', true, 'POLICY_CONDITION', { ...aged, scene: { evidence: [run('PASSED', 2 * HOUR), run('FAILED', HOUR)] } }),
  codeReview('approvals', 2, 'POLICY_REVIEW'),
  codeReview('reviewers', ['fritz'], 'POLICY_REVIEW'),
  codeReview('authors', ['bob'], 'POLICY_REVIEW', { base: { authors: ['carol'] } }),
  codeReview('authoredBy.type', 'slsa-provenance', 'POLICY_REVIEW', { base: { authors: ['carol'] } }),
  runtimeTrace('monitors', ['falco'], 'POLICY_TRACE'),
  runtimeTrace('network', [], 'POLICY_TRACE'),
  runtimeTrace('processes', ['/usr/bin/make'], 'POLICY_TRACE'),
  runtimeTrace('singleUse', true, 'POLICY_TRACE'),
];
