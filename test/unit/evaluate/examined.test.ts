import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Examination, Examined } from '../../../src/domain/policy/content-check.ts';
import type { VerifiedEvidence } from '../../../src/domain/evidence.ts';
import type { ExaminedRequirement } from '../../../src/domain/policy/examined-requirement.ts';
import { evaluate } from '../../../src/evaluate/index.ts';
import { createConditionRunner, lintExpression, runExamination } from '../../../src/examine/index.ts';
import { attestationProof, KEY_A, KEY_B, keyIdentity, keyProof, NOW, question, signer } from './support.ts';

const KEY_C = `sha256:${'0c'.repeat(32)}`;
const [ALICE, BOB, CAROL] = [signer('alice', keyIdentity(KEY_A)), signer('bob', keyIdentity(KEY_B)), signer('carol', keyIdentity(KEY_C))];
const conditions = createConditionRunner();
const examine = (examination: Examination): Examined => runExamination(examination, conditions);

function attestation(key: string, type: string, predicate: unknown, more: Partial<VerifiedEvidence> = {}): VerifiedEvidence {
  const predicateText = JSON.stringify(predicate);
  return attestationProof({ kind: 'key', keyId: key }, type, { statement: { type: 'v1', predicateType: type, subjects: [], predicate, predicateText }, evidenceDigest: `${key} ${type} ${predicateText}`, source: `${key.slice(7, 9)} ${type}`, ...more });
}

function requirement(more: Partial<ExaminedRequirement>): ExaminedRequirement {
  return { kind: 'examined', name: 'r', by: [ALICE], threshold: 1, written: 'sbom', wanted: 'x', types: new Set(['t']), id: JSON.stringify(more.check ?? null), where: [], others: [], ...more };
}

function judge(what: ExaminedRequirement, proofs: readonly VerifiedEvidence[]): { code: string; found?: readonly string[] } {
  return evaluate(what, { ...question(proofs), examine });
}

const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1';
const VEX = 'https://openvex.dev/ns/v0.2.0';
const scan = (severities: readonly string[], finished?: string): unknown => ({ scanner: { result: severities.map((severity, index) => ({ id: `CVE-${index}`, severity })) }, metadata: finished === undefined ? {} : { scanFinishedOn: finished } });
const vex = (id: string): unknown => ({ statements: [{ vulnerability: { name: id }, status: 'fixed' }] });
const scanned = requirement({ types: new Set([VULN]), check: { kind: 'vulnerability', deny: 'high', ignore: [], fixableOnly: false }, vex: { by: [BOB] }, scanMaxAge: 7 * 86_400_000 });
const recent = new Date(NOW - 3_600_000).toISOString();

describe('a scan', () => {
  test.each<[string, string, readonly VerifiedEvidence[]]>([
    ['clean and recent', 'POLICY_SATISFIED', [attestation(KEY_A, VULN, scan([], recent))]],
    ['with a grave finding', 'POLICY_VULNERABLE', [attestation(KEY_A, VULN, scan(['HIGH'], recent))]],
    ['cleared by VEX of a trusted signer', 'POLICY_SATISFIED', [attestation(KEY_A, VULN, scan(['HIGH'], recent)), attestation(KEY_B, VEX, vex('CVE-0'))]],
    ['cleared by VEX of a stranger', 'POLICY_VULNERABLE', [attestation(KEY_A, VULN, scan(['HIGH'], recent)), attestation(KEY_C, VEX, vex('CVE-0'))]],
    ['cleared by VEX of the scanner itself', 'POLICY_VULNERABLE', [attestation(KEY_A, VULN, scan(['HIGH'], recent)), attestation(KEY_A, VEX, vex('CVE-0'))]],
    ['A16 too old', 'POLICY_TOO_OLD', [attestation(KEY_A, VULN, scan([], new Date(NOW - 8 * 86_400_000).toISOString()))]],
    ['A16 old, but signed now', 'POLICY_TOO_OLD', [attestation(KEY_A, VULN, scan([], new Date(NOW - 8 * 86_400_000).toISOString()), { times: [{ source: 'log', at: NOW, by: 'log' }] })]],
    ['without a time', 'POLICY_AGE_UNPROVEN', [attestation(KEY_A, VULN, scan([]))]],
    ['from the future', 'POLICY_AGE_UNPROVEN', [attestation(KEY_A, VULN, scan([], new Date(NOW + 3_600_000).toISOString()))]],
    ['A17 by a stranger, clean', 'VERIFY_SIGNER_UNTRUSTED', [attestation(KEY_C, VULN, scan([], recent))]],
    ['A17 missing', 'FETCH_NONE_FOUND', []],
    ['A01 of another type', 'POLICY_TYPE_MISSING', [attestation(KEY_A, 'https://spdx.dev/Document', {})]],
  ])('%s: %s', (_what, code, proofs) => {
    expect(judge(scanned, proofs).code).toBe(code);
  });
});

describe('roles', () => {
  const REVIEW = 'https://in-toto.io/attestation/human-review/v0.1';
  const reviewed = (more: Partial<ExaminedRequirement> = {}): ExaminedRequirement => requirement({ types: new Set([REVIEW]), by: [ALICE, BOB, CAROL], authors: [ALICE, BOB, CAROL], check: { kind: 'codeReview', approvals: 1, reviewers: [] }, ...more });
  const signed = (key: string): VerifiedEvidence => keyProof(key, { evidenceDigest: `signature ${key}` });
  const approved = (key: string, result = 'pass'): VerifiedEvidence => attestation(key, REVIEW, { result });

  test.each<[string, string, readonly VerifiedEvidence[], Partial<ExaminedRequirement>]>([
    ['one wrote, another approved', 'POLICY_SATISFIED', [signed(KEY_A), approved(KEY_B)], {}],
    ['one wrote and approved', 'POLICY_REVIEW', [signed(KEY_A), approved(KEY_A)], {}],
    ['nobody wrote it', 'POLICY_REVIEW', [approved(KEY_B)], {}],
    ['another did not approve', 'POLICY_REVIEW', [signed(KEY_A), approved(KEY_B, 'fail')], {}],
    ['two must approve, one of them wrote it', 'POLICY_REVIEW', [signed(KEY_A), approved(KEY_A), approved(KEY_B)], { threshold: 2 }],
    ['two others approved', 'POLICY_SATISFIED', [signed(KEY_A), approved(KEY_B), approved(KEY_C)], { threshold: 2 }],
    ['the author under another key of the same signer', 'POLICY_REVIEW', [signed(KEY_A), approved(KEY_B)], { by: [signer('alice', keyIdentity(KEY_A), keyIdentity(KEY_B))], authors: [signer('alice', keyIdentity(KEY_A), keyIdentity(KEY_B))] }],
  ])('%s: %s', (_what, code, proofs, more) => {
    const { code: given } = judge(reviewed(more), proofs);
    if (code === 'POLICY_SATISFIED') expect(given).toBe(code);
    else expect(given).not.toBe('POLICY_SATISFIED');
  });
});

describe('the monotonic principle', () => {
  const where = (cel: string, more: Partial<ExaminedRequirement> = {}): ExaminedRequirement => {
    const linted = lintExpression(cel);
    if (!linted.ok) throw new Error(cel);
    return requirement({ ...more, id: cel, where: [{ expression: cel, uses: linted.uses }] });
  };
  const [SBOM, TRACE] = ['https://cyclonedx.org/bom', 'https://in-toto.io/attestation/runtime-trace/v0.1'];
  const bom = (names: readonly string[], id: string): unknown => ({ bomFormat: 'CycloneDX', specVersion: '1.6', components: names.map((name) => ({ type: 'library', name, version: '1', purl: `pkg:npm/${name}@1`, licenses: [{ license: { id } }] })) });
  const trace = (hosts: readonly string[]): unknown => ({
    monitor: { type: 'https://monitor.example', tracePolicy: { policies: [{ Name: 'connect' }] } }, monitoredProcess: { hostID: 'h', type: 't', event: 'run-1' },
    monitorLog: { network: hosts.map((hostname) => ({ ip: '192.0.2.1', hostname, port: 443, protocol: 'tcp' })) },
  });
  const built = where('predicate.n > 1', { name: 'built' });
  const requirements: readonly ExaminedRequirement[] = [
    scanned,
    where('predicate.n == 2', { by: [ALICE, BOB], threshold: 2 }),
    where('attestations["built"].predicate.n == predicate.n', { by: [BOB], types: new Set(['u']), others: [built] }),
    requirement({ types: new Set(['t']), by: [ALICE, BOB, CAROL], authors: [ALICE, BOB], check: { kind: 'codeReview', approvals: 1, reviewers: [] } }),
    requirement({ types: new Set([SBOM]), by: [ALICE, BOB], check: { kind: 'sbom', complete: false, denyPackages: ['pkg:npm/evil@*'], denyLicenses: ['AGPL-*'] } }),
    requirement({ types: new Set(['t']), by: [ALICE, BOB], threshold: 2, check: { kind: 'testResult', accept: ['PASSED'], tests: [] } }),
    requirement({ types: new Set([TRACE]), by: [ALICE, BOB], check: { kind: 'runtimeTrace', monitors: [], network: ['example.com:443'], singleUse: false } }),
    requirement({ types: new Set([TRACE]), by: [signer('bob', keyIdentity(KEY_B, { trustRoot: 'root' }))], check: { kind: 'runtimeTrace', monitors: [], network: [], singleUse: false }, maxAge: 3_600_000 }),
    requirement({ types: new Set(['t']), by: [ALICE, BOB, CAROL], authors: [ALICE, BOB, CAROL], authoredBy: { written: 'u', signature: false, types: new Set(['u']) }, check: { kind: 'codeReview', approvals: 1, reviewers: [] } }),
  ];
  const key = fc.constantFrom(KEY_A, KEY_B, KEY_C);
  const free = fc.tuple(key, fc.constantFrom('t', 'u'), fc.constantFrom({ n: 2 }, { n: 1 }, { n: 3 }, {}, null)).map(([by, type, predicate]) => attestation(by, type, predicate));
  const reviews = fc.oneof(
    fc.tuple(key, fc.constantFrom('pass', 'fail')).map(([by, result]) => attestation(by, 't', { result })),
    key.map((by) => keyProof(by, { evidenceDigest: `signature ${by}` })),
  );
  const authored = fc.oneof(reviews, key.map((by) => attestation(by, 'u', {})));
  const scans = fc.oneof(
    fc.tuple(key, fc.subarray(['HIGH', 'LOW']), fc.constantFrom(recent, undefined, new Date(NOW - 8 * 86_400_000).toISOString())).map(([by, severities, at]) => attestation(by, VULN, scan(severities, at))),
    key.map((by) => attestation(by, VEX, vex('CVE-0'))),
  );
  const boms = fc.tuple(key, fc.subarray(['evil', 'good']), fc.constantFrom('MIT', 'AGPL-3.0-only')).map(([by, names, license]) => attestation(by, SBOM, bom(names, license)));
  const results = fc.tuple(key, fc.constantFrom('PASSED', 'FAILED')).map(([by, result]) => attestation(by, 't', { result, configuration: [] }));
  const traces = fc.tuple(key, fc.subarray(['example.com', 'evil.com']), fc.constantFrom(NOW, NOW - 7_200_000)).map(([by, hosts, at]) => attestation(by, TRACE, trace(hosts), { signer: { kind: 'key', keyId: by, trustRoot: 'root' }, times: [{ source: 'log', at, by: 'log' }] }));
  const anything = fc.oneof(free, reviews, scans, boms, results, traces);
  /** Requirements with evidence that may satisfy them, among other evidence. */
  const asked = fc.constantFrom(...requirements.map((what, index) => [what, [scans, free, free, reviews, boms, results, traces, traces, authored][index] ?? anything] as const))
    .chain(([what, some]) => fc.tuple(fc.constant(what), fc.array(fc.oneof({ weight: 5, arbitrary: some }, anything), { maxLength: 7 })));

  test('A17 dropping any evidence never turns a denial into an admission', () => {
    const admitted = new Set<ExaminedRequirement>();
    fc.assert(fc.property(asked, fc.nat(6), ([what, proofs], dropped) => {
      const all = judge(what, proofs).code === 'POLICY_SATISFIED';
      if (all) admitted.add(what);
      else expect(judge(what, proofs.filter((_, index) => index !== dropped)).code).not.toBe('POLICY_SATISFIED');
    }), { numRuns: 6000 });
    // By chance one of them may not have been admitted; each has cases of its own above.
    expect(admitted.size).toBeGreaterThanOrEqual(requirements.length - 1);
  });
});
