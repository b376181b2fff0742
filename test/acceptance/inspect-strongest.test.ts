import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/domain/decision/finding.ts';
import type { TrustReader } from '../../src/domain/ports.ts';
import { evidenceFromFile } from '../../src/fetch/index.ts';
import type { Judgement } from '../../src/surfaces/cli/context.ts';
import { strongestPolicy } from '../../src/surfaces/cli/policy/strongest.ts';
import { createTrustReader } from '../../src/trust/index.ts';
import { keyBundle } from '../world/bundle.ts';
import { asDigest } from '../world/encode.ts';
import { makeStatement, slsaProvenanceV02, slsaProvenanceV1, spdxDocument, verificationSummary, vulnScan } from '../world/statement.ts';
import type { Predicate } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';
import { inspected, pasted, refOf } from '../support/inspected.ts';
import type { Subject } from '../support/inspected.ts';

/** The policy that `gatehouse inspect` writes asks for the strongest of what holds, and for nothing that does not. */
const NOW = Date.UTC(2027, 0, 10);
const DAY = 86_400_000;
const world = createWorld({ now: NOW });
const keys = [world.key(), world.key()];
const trust: TrustReader = { ...createTrustReader(), publicGood: world.trustedRoot() };
const HEX = 'cd'.repeat(32);
const digest = asDigest(`sha256:${HEX}`);
const NAME = 'ghcr.io/acme/app';

/** An image with these statements, each by the key of its index (the first, where there is none). */
function image(...said: readonly (Predicate | readonly [number, Predicate])[]): Subject {
  const evidence = said.flatMap((one, index) => {
    const [by, predicate] = 'predicate' in one ? [0, one] : one;
    return evidenceFromFile(`${index}.json`, keyBundle(world, { key: keys[by] ?? world.key(), statement: makeStatement(digest, predicate) })).evidence;
  });
  return { ref: refOf(digest), batch: { evidence, problems: [] }, trust, now: NOW, keys: keys.map(({ publicKeyPem }) => publicKeyPem) };
}

const requirements = (policy = ''): string[] => [...policy.matchAll(/^ {4}- \{name: [^,]*, (.*)\}$/gm)].map(([, text = '']) => text);

const scan = (...severities: string[]): Predicate => vulnScan({ at: NOW - 3 * DAY, severities });
const trivy = (...severities: string[]): Predicate => ({
  predicateType: 'https://cosign.sigstore.dev/attestation/vuln/v1',
  predicate: {
    scanner: { result: { SchemaVersion: 2, Results: [{ Vulnerabilities: severities.map((Severity, i) => ({ VulnerabilityID: `CVE-1-${i}`, PkgName: 'x', InstalledVersion: '1', Severity })) }] } },
    metadata: { scanFinishedOn: new Date(NOW - DAY).toISOString() },
  },
});
const cyclonedx = (hex = HEX, version: string | undefined = '1.0'): Predicate => ({
  predicateType: 'https://cyclonedx.org/bom',
  predicate: {
    bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ type: 'library', name: 'lib', ...(version === undefined ? {} : { version }) }],
    metadata: { component: { type: 'container', name: NAME, hashes: [{ alg: 'SHA-256', content: hex }] } },
  },
});
const tests = (result: string, more: object = {}): Predicate => ({ predicateType: 'https://in-toto.io/attestation/test-result/v0.1', predicate: { result, configuration: [], passedTests: ['unit', 'e2e'], ...more } });
const hosted = (...reviewers: string[]): Predicate => ({ predicateType: 'https://in-toto.io/attestation/human-review/vcs/v0.1', predicate: { reviewers: reviewers.map((name) => ({ name })), annotations: { author: 'alice' } } });
const personal = (result: string): Predicate => ({ predicateType: 'https://in-toto.io/attestation/human-review/v0.1', predicate: { result } });
const vsa = (change: Partial<Parameters<typeof verificationSummary>[0]> = {}): Predicate => verificationSummary({ at: NOW - 2 * DAY, resourceUri: NAME, ...change });
const trace = (...hosts: string[]): Predicate => ({
  predicateType: 'https://in-toto.io/attestation/runtime-trace/v0.1',
  predicate: { monitor: { type: 'tetragon', tracePolicy: { policies: [{ Name: 'connect' }] } }, monitorLog: { process: [], network: hosts.map((hostname) => ({ hostname, port: 443 })), fileAccess: [] } },
});
const custom = (said: string): Predicate => ({ predicateType: `https://acme.example/${said}/v1`, predicate: { said } });
const pinned = { uri: 'pkg:npm/a@1', digest: { sha256: HEX } };

describe('one statement', () => {
  test.each<[string, Predicate, string, Predicate | undefined, string]>([
    ['a clean scan', scan(), 'vulnerability: {by: [signer-1], deny: low}', scan('low'), 'POLICY_VULNERABLE'],
    ['a scan with a low finding', scan('low'), 'vulnerability: {by: [signer-1], deny: medium}', scan('medium'), 'POLICY_VULNERABLE'],
    ['a scan with a medium finding', scan('medium', 'low'), 'vulnerability: {by: [signer-1], deny: high}', scan('high'), 'POLICY_VULNERABLE'],
    ['a scan with a high finding', scan('high'), 'vulnerability: {by: [signer-1], deny: critical}', scan('critical'), 'POLICY_VULNERABLE'],
    ['a critical finding without a fix', trivy('CRITICAL'), 'vulnerability: {by: [signer-1], deny: critical, fixableOnly: true}', scan('critical'), 'POLICY_VULNERABLE'],
    ['a critical finding', scan('critical'), 'attestation: {by: [signer-1], type: "https://cosign.sigstore.dev/attestation/vuln/v1"}', tests('PASSED'), 'POLICY_TYPE_MISSING'],
    ['a complete SBOM', cyclonedx(), 'sbom: {by: [signer-1], formats: [cyclonedx], complete: true}', cyclonedx('ef'.repeat(32)), 'POLICY_SBOM_INCOMPLETE'],
    ['an SBOM of something else', cyclonedx('ef'.repeat(32)), 'sbom: {by: [signer-1], formats: [cyclonedx]}', spdxDocument({ at: NOW }), 'POLICY_TYPE_MISSING'],
    ['an SBOM that is none', { predicateType: 'https://spdx.dev/Document', predicate: {} }, 'attestation: {by: [signer-1], type: "https://spdx.dev/Document"}', cyclonedx(), 'POLICY_TYPE_MISSING'],
    ['tests that passed', tests('PASSED'), 'testResult: {by: [signer-1]}', tests('FAILED'), 'POLICY_TEST_RESULT'],
    ['tests that warned', tests('WARNED'), 'testResult: {by: [signer-1], accept: [PASSED, WARNED]}', tests('FAILED'), 'POLICY_TEST_RESULT'],
    ['two approvals by a code host', hosted('bob', 'carol'), 'codeReview: {by: [signer-1], approvals: 2}', hosted('bob'), 'POLICY_REVIEW'],
    ['approvals of which one is the author\'s own', hosted('bob', 'alice'), 'codeReview: {by: [signer-1], approvals: 1}', hosted('alice'), 'POLICY_REVIEW'],
    ['a review that passed', personal('pass'), 'attestation: {by: [signer-1], type: "https://in-toto.io/attestation/human-review/v0.1", where: [{cel: "predicate.result == \\"pass\\"", message: "the review did not pass"}]}', personal('fail'), 'POLICY_CONDITION'],
    ['a summary', vsa(), 'vsa: {by: [signer-1], verifier: "https://verifier.world.example", levels: ["SLSA_BUILD_LEVEL_3"]}', vsa({ levels: ['SLSA_BUILD_LEVEL_2'] }), 'POLICY_VSA_LEVEL'],
    ['a summary of a verifier with a star', vsa({ verifier: 'https://x.example/*' }), 'vsa: {by: [signer-1], levels: ["SLSA_BUILD_LEVEL_3"]}', vsa({ result: 'FAILED' }), 'POLICY_VSA_RESULT'],
    ['a build without a network', trace(), 'runtimeTrace: {by: [signer-1], network: []}', trace('evil.example'), 'POLICY_TRACE'],
    ['a type of one\'s own', custom('a'), 'attestation: {by: [signer-1], type: "https://acme.example/a/v1"}', custom('b'), 'POLICY_TYPE_MISSING'],
    ['a build of pinned dependencies', slsaProvenanceV1({ dependencies: [pinned] }), 'provenance: {by: [signer-1], builder: "https://tekton.dev/chains/v2", source: {uri: "https://github.com/acme/app", tag: "*"}, dependencies: {pinned: true}}', slsaProvenanceV1({ dependencies: [{ ...pinned, digest: {} }] }), 'POLICY_PROVENANCE_DEPENDENCY'],
    ['a build of anything', slsaProvenanceV02({ dependencies: [{ ...pinned, digest: {} }] }), 'provenance: {by: [signer-1], builder: "https://tekton.dev/chains/v2", source: {uri: "https://github.com/acme/app", tag: "*"}}', slsaProvenanceV02({ source: 'git+https://github.com/mallory/app@refs/tags/v1' }), 'POLICY_PROVENANCE_SOURCE'],
  ])('%s', async (_, said, wanted, twin, code) => {
    const subject = image(said);
    const { policy = '', leftOut } = await inspected(subject);
    expect([requirements(policy), leftOut]).toEqual([[wanted], []]);
    expect(await pasted(subject, policy)).toEqual(['POLICY_SATISFIED']);
    if (twin !== undefined) expect(await pasted(image(twin), policy)).toEqual([code]);
    expect(await pasted({ ...subject, ref: refOf(asDigest(`sha256:${'12'.repeat(32)}`)) }, policy), 'another image').not.toContain('POLICY_SATISFIED');
  });

  test.each<[string, Predicate, RegExp]>([
    ['tests that failed', tests('FAILED', { failedTests: ['e2e'] }), /^test-result by signer-1 \(testResult with accept: .*POLICY_TEST_RESULT.*e2e/],
    ['a review that failed', personal('fail'), /^human-review by signer-1 \(.*POLICY_CONDITION/],
    ['approval by the author alone', hosted('alice'), /^human-review by signer-1 \(codeReview with approvals: 1: POLICY_REVIEW/],
    ['approval by nobody', hosted(), /^human-review by signer-1/],
    ['a summary that failed', vsa({ result: 'FAILED' }), /^vsa by signer-1 \(.*POLICY_VSA_RESULT/],
    ['a summary about something else', vsa({ resourceUri: 'ghcr.io/mallory/app' }), /^vsa by signer-1 \(.*POLICY_VSA_SCOPE.*mallory/],
    ['a summary without a level', vsa({ levels: [] }), /^vsa by signer-1 \(it says nothing/],
  ])('%s is never asked for, since its statement alone would do whatever it says', async (_, said, why) => {
    const { policy, leftOut } = await inspected(image(said));
    expect([policy, leftOut]).toEqual([undefined, [expect.stringMatching(why)]]);
    const { policy: rest = '' } = await inspected(image(said, custom('a')));
    expect(requirements(rest)).toEqual(['attestation: {by: [signer-1], type: "https://acme.example/a/v1"}']);
    expect(rest).toMatch(/\n {4}# Not asked for: /);
  });
});

describe('comments', () => {
  test('say what was found, what does not hold, and what more could be asked', async () => {
    const { policy = '' } = await inspected(image(scan('high')));
    const lines = [
      '    # Found: cosign-vuln (https://cosign.sigstore.dev/attestation/vuln/v1): the scan ended at 2027-01-07T00:00:01.000Z, 2 days ago',
      '    # Does not hold: vulnerability with deny: high: POLICY_VULNERABLE: CVE-2025-1000 (high)',
      '    # More could be asked: maxAge: 7d (a scan is then due at least that often; with newest: true the newest one decides)',
      '    - {name: scanned 1, vulnerability: {by: [signer-1], deny: critical}}',
    ].join('\n');
    expect(policy).toContain(lines);
    expect(readFileSync(new URL('../../docs/reference/cli.md', import.meta.url), 'utf8'), 'the page shows it as it is').toContain(`  require:\n${lines}\n`);
  });

  test.each<[string, Predicate, string, Predicate, string]>([
    ['a scan', scan(), 'maxAge', vulnScan({ at: NOW - 8 * DAY }), 'POLICY_TOO_OLD'],
    ['tests', tests('PASSED'), 'tests', tests('PASSED', { passedTests: ['unit'] }), 'POLICY_TEST_RESULT'],
    ['a review', hosted('bob'), 'reviewers', hosted('mallory'), 'POLICY_REVIEW'],
    ['a summary', vsa(), 'policy', { ...vsa(), predicate: { ...(vsa().predicate as object), policy: { uri: 'https://evil.example' } } }, 'POLICY_VSA_SCOPE'],
    ['a build', slsaProvenanceV1(), 'buildType', slsaProvenanceV1({ buildType: 'https://evil.example/v1' }), 'POLICY_PROVENANCE_BUILD'],
  ])('what more could be asked of %s holds once it is written', async (_, said, name, twin, code) => {
    const { policy = '' } = await inspected(image(said));
    const more = new RegExp(`# More could be asked: (${name}: .*?) \\(`).exec(policy)?.[1] ?? '';
    const tighter = policy.replace(/\}\}$/m, `, ${more}}}`);
    expect(tighter).not.toBe(policy);
    expect(await pasted(image(said), tighter)).toEqual(['POLICY_SATISFIED']);
    expect(await pasted(image(twin), policy)).toEqual(['POLICY_SATISFIED']);
    expect(await pasted(image(twin), tighter)).toEqual([code]);
  });

  test.each(['\nkind: Signer', '\r\n  require: []', '\u0085x', '\u2028x', '\u001b[31m', '#"}} - {'])('no text of others ends them: %j', async (hostile) => {
    const said = [tests(`FAILED${hostile}`), hosted(`bob${hostile}`), vsa({ verifier: `https://x.example/${hostile}` }), custom(`t${hostile}`),
      { ...scan(), predicate: { scanner: { result: [{ id: `CVE-1${hostile}`, severity: 'high' }] } } }];
    const subject = image(...said);
    const { policy = '' } = await inspected(subject);
    for (const line of policy.split('\n')) expect(line).not.toMatch(/[\u0000-\u001f\u007f\u0085\u2028]/);
    expect(new Set(await pasted(subject, policy))).toEqual(new Set(['POLICY_SATISFIED']));
  });
});

describe('what cannot be judged', () => {
  const finding = (requirement: string, code: 'POLICY_SATISFIED' | 'ENGINE_DEADLINE' | 'POLICY_VULNERABLE'): Finding =>
    ({ verdict: code === 'POLICY_SATISFIED' ? 'satisfied' : code === 'ENGINE_DEADLINE' ? 'undetermined' : 'violated', code, path: '', artifact: NAME, mode: 'warn', requirement });
  const names = (policy: string): string[] => [...policy.matchAll(/^ {4}- \{name: ([^,]*),/gm)].map(([, name = '']) => name);
  const written = async (subject: Subject, judge: (policy: string) => Pick<Judgement, 'findings'> & Partial<Judgement>) => {
    const { inspection, keys: known } = await inspected(subject);
    return strongestPolicy({ inspection, keys: known, judge: (policy) => Promise.resolve({ problems: [], ...judge(policy) }) }, 'inspected', NOW);
  };

  test('gives no policy, since a weaker one would look like all there is', async () => {
    expect(await written(image(scan()), (policy) => ({ findings: names(policy).map((name) => finding(name, 'ENGINE_DEADLINE')) })))
      .toEqual({ leftOut: [], undetermined: expect.stringContaining('ENGINE_DEADLINE') });
  });

  test('nor does what holds alone and not as it is written', async () => {
    const judge = (policy: string) => ({ findings: names(policy).map((name) => finding(name, name.startsWith('demand') ? 'POLICY_SATISFIED' : 'POLICY_VULNERABLE')) });
    expect(await written(image(scan()), judge)).toEqual({ leftOut: [], undetermined: 'scanned 1: POLICY_VULNERABLE' });
  });

  test('a signer who cannot be written down is left out, and the others are not', async () => {
    const first = keys[0]?.publicKeyPem.split('\n')[2] ?? '';
    const error = { severity: 'error', file: 'p', line: 1, column: 1, path: 'spec.identities[0].key.data', message: 'is no key' } as const;
    const { policy = '', leftOut } = await written(image([0, scan()], [1, tests('PASSED')]), (text) =>
      text.includes(first) ? { problems: [error], findings: [] } : { findings: names(text).map((name) => finding(name, 'POLICY_SATISFIED')) });
    expect([requirements(policy), leftOut.every((line) => line.includes('is no key'))]).toEqual([['testResult: {by: [signer-2]}'], true]);
  });
});

describe('several statements', () => {
  test('signers who state the same are asked for together, and each other statement for itself', async () => {
    const subject = image([0, scan()], [1, scan()], [0, tests('PASSED')], [1, cyclonedx()]);
    const { policy = '' } = await inspected(subject);
    expect(requirements(policy)).toEqual(['vulnerability: {by: [signer-1, signer-2], deny: low}', 'testResult: {by: [signer-1]}', 'sbom: {by: [signer-2], formats: [cyclonedx], complete: true}']);
    expect(policy).toContain('# More could be asked: threshold: 2 (all of these signers');
    expect(new Set(await pasted(subject, policy))).toEqual(new Set(['POLICY_SATISFIED']));
    expect(await pasted(image([0, scan()], [1, scan()], [0, cyclonedx()], [0, tests('PASSED')]), policy), 'the SBOM by another').not.toEqual(['POLICY_SATISFIED', 'POLICY_SATISFIED', 'POLICY_SATISFIED']);
  });

  test('a signer who states less is not asked for what another states', async () => {
    const { policy = '' } = await inspected(image([0, scan()], [1, scan('high')]));
    expect(requirements(policy)).toEqual(['vulnerability: {by: [signer-1], deny: low}', 'vulnerability: {by: [signer-2], deny: critical}']);
  });

  test('of more than a policy may ask for, the first hundred', async () => {
    const subject = image(...Array.from({ length: 102 }, (_, index) => custom(`t${index}`)));
    const { policy = '', leftOut } = await inspected(subject);
    expect([requirements(policy).length, leftOut]).toEqual([100, ['2 more: a policy has at most 100 requirements']]);
    expect(new Set(await pasted(subject, policy))).toEqual(new Set(['POLICY_SATISFIED']));
  });

  test('whatever is found, the policy lints and admits, and without any one statement of a kind it does not', async () => {
    const pool: readonly Predicate[] = [
      scan(), scan('high'), scan('critical'), scan('odd'), trivy('CRITICAL', 'LOW'), cyclonedx(), cyclonedx('00'), spdxDocument({ at: NOW }), tests('PASSED'), tests('WARNED'),
      tests('FAILED'), hosted('bob', 'carol'), hosted('alice'), personal('pass'), personal('fail'), vsa(), vsa({ result: 'FAILED' }), trace(), trace('a.example'), custom('a'),
      slsaProvenanceV1(), slsaProvenanceV1({ builder: '' }), slsaProvenanceV02(), { predicateType: 'https://openvex.dev/ns/v0.2.0', predicate: {} },
      { predicateType: 'https://spdx.dev/Document', predicate: 'text' }, { predicateType: 'https://slsa.dev/provenance/v1', predicate: null },
    ];
    let seed = 20270110;
    const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
    for (let round = 0; round < 25; round += 1) {
      const said = Array.from({ length: 1 + random(5) }, () => [random(2), pool[random(pool.length)] ?? scan()] as const);
      const { policy } = await inspected(image(...said));
      if (policy === undefined) continue;
      const about = JSON.stringify(said);
      expect(new Set(await pasted(image(...said), policy)), about).toEqual(new Set(['POLICY_SATISFIED']));
      expect(await pasted(image([5, custom('other')]), policy), about).not.toContain('POLICY_SATISFIED');
    }
  });
});
