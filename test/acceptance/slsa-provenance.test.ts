import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { parseDigest } from '../../src/domain/digest.ts';
import type { Digest } from '../../src/domain/digest.ts';
import type { EvidenceProblem, UnverifiedEvidence, VerifiedEvidence } from '../../src/domain/evidence.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { evaluate } from '../../src/evaluate/index.ts';
import { evidenceFromFile } from '../../src/fetch/offline.ts';
import { compilePolicies } from '../../src/policy/index.ts';
import { createTrustReader } from '../../src/trust/index.ts';
import { runVerificationJob } from '../../src/verify/index.ts';
import { toOutcome } from '../../src/verify/verified.ts';
import { hasSharedData, sharedData } from '../support/shared.ts';

/**
 * Every file of slsa-verifier's test data, judged offline under typed policies. The verdicts are slsa-verifier's; where
 * Gatehouse is stricter, the deviation is named here and in the table.
 */
interface Entry {
  readonly file: string;
  readonly artifact: { readonly sha256: string; readonly sha512: string } | null;
}
const index: readonly Entry[] = hasSharedData ? (JSON.parse(readFileSync(sharedData('slsa-provenance/index.json'), 'utf8')) as Entry[]) : [];

const trust = createTrustReader();
const NOW = Date.UTC(2027, 0, 1);
const GENERATOR = 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows';
const EXAMPLE = 'git+https://github.com/slsa-framework/example-package';

interface Expectation {
  /** Signer: a glob over certificate names; keys cannot be proven offline. */
  readonly subject: string;
  readonly provenance: Readonly<Record<string, unknown>>;
}

function requirementOf({ subject, provenance }: Expectation) {
  const documents = [
    { kind: 'Signer', metadata: { name: 'builder' }, spec: { identities: [{ keyless: { issuer: 'https://token.actions.githubusercontent.com', subjectGlob: subject } }] } },
    { kind: 'ClusterArtifactPolicy', metadata: { name: 'built' }, spec: { artifacts: [{ blob: '**' }], require: [{ name: 'built as expected', provenance: { by: ['builder'], ...provenance } }] } },
  ].map((document) => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', ...document }));
  const { set, problems } = compilePolicies([{ path: 'policy.yaml', text: documents.join('\n---\n') }], { trust });
  const policy = set?.policies[0];
  const requirement = policy?.requirements[0];
  if (policy === undefined || requirement === undefined) throw new Error(JSON.stringify(problems));
  return { policy, requirement };
}

/** npm's registry answers with several bundles in one document; Cloud Build with several envelopes. */
function piecesOf(file: string): { readonly evidence: readonly UnverifiedEvidence[]; readonly problems: readonly EvidenceProblem[] } {
  const bytes = readFileSync(sharedData(`slsa-provenance/${file}`));
  if (!file.startsWith('npm/')) return evidenceFromFile(file, bytes);
  const { attestations } = JSON.parse(bytes.toString()) as { attestations: { predicateType: string; bundle: unknown }[] };
  const evidence = attestations.filter(({ predicateType }) => predicateType.includes('provenance')).flatMap(({ bundle }) => evidenceFromFile(file, Buffer.from(JSON.stringify(bundle))).evidence);
  return { evidence, problems: [] };
}

interface Envelope { readonly payload: string }

/** The digest of the artifact by the index, or where the data lacks the artifact, the one that the statement names. */
function digestOf(entry: Entry, piece: UnverifiedEvidence | undefined): Digest {
  const { dsseEnvelope, payload } = piece === undefined ? { dsseEnvelope: undefined, payload: undefined } : (JSON.parse(Buffer.from(piece.bytes).toString()) as { dsseEnvelope?: Envelope; payload?: string });
  const encoded = dsseEnvelope?.payload ?? payload;
  const { subject } = encoded === undefined ? { subject: [] } : (JSON.parse(Buffer.from(encoded, 'base64').toString()) as { subject: { digest: Record<string, string> }[] });
  const [[algorithm, hex] = ['sha256', '0'.repeat(64)]] = Object.entries(subject[0]?.digest ?? {});
  const known = algorithm === 'sha512' ? entry.artifact?.sha512 : entry.artifact?.sha256;
  const digest = parseDigest(`${algorithm}:${known ?? hex}`);
  if (digest === undefined) throw new Error(`no digest in ${entry.file}`);
  return digest;
}

function judge(entry: Entry, expectation: Expectation, other?: Digest): Finding {
  const { policy, requirement } = requirementOf(expectation);
  const { evidence, problems } = piecesOf(entry.file);
  const digest = other ?? digestOf(entry, evidence[0]);
  const artifact = { kind: 'blob', usage: 'dependency', path: 'artifact', raw: entry.file, name: entry.file, digest, resolvedFromTag: false } as const;
  const outcomes = evidence.length === 0 ? [] : runVerificationJob({ artifact, evidence, trust: policy.trust, now: NOW }).map((raw) => toOutcome(raw, entry.file));
  const proofs: readonly VerifiedEvidence[] = outcomes.flatMap((outcome) => outcome.verified);
  return evaluate(requirement, { artifact, policy, now: NOW, proofs, problems: [...problems, ...outcomes.flatMap((outcome) => outcome.problems)] });
}

const FILES: Readonly<Record<string, string>> = {
  'gha_container-based': 'builder_container-based_slsa3.yml', gha_go: 'builder_go_slsa3.yml', gha_generic: 'generator_generic_slsa3.yml', gha_gradle: 'builder_gradle_slsa3.yml', gha_maven: 'builder_maven_slsa3.yml',
};

/** What slsa-verifier's regression test asks of a file: its folder gives builder and version, its name the trigger. */
function expectationOf(file: string): Expectation {
  const [folder = '', version = ''] = file.split('/');
  const pushed = /(?:push-|linux-amd64-)(v\d[\d.]*\d|v\d+)\./.exec(file)?.[1];
  const builder = folder === 'gha_delegator' ? 'https://github.com/slsa-framework/example-trw/.github/workflows/builder_high-perms_slsa3.yml' : `${GENERATOR}/${FILES[folder] ?? 'generator_generic_slsa3.yml'}`;
  const ref = pushed === undefined ? { branch: 'main' } : { tag: pushed };
  return { subject: `${GENERATOR}/*@refs/**`, provenance: { profile: 'slsa-github-generator', level: 3, builder: `${builder}@refs/tags/${version.startsWith('v') ? version : '*'}`, source: { uri: EXAMPLE, ...ref } } };
}

const BCR: Expectation = {
  subject: 'https://github.com/bazel-contrib/publish-to-bcr/.github/workflows/publish.yaml@refs/tags/*',
  provenance: { profile: 'github-attestations', builder: 'https://github.com/bazel-contrib/publish-to-bcr/.github/workflows/publish.yaml@refs/tags/*', source: { uri: 'https://github.com/aspect-build/rules_lint' } },
};
const ANY_WORKFLOW = 'https://github.com/**';
const NPM: Expectation = { subject: ANY_WORKFLOW, provenance: { profile: 'npm', level: 2, builder: 'https://github.com/actions/runner/github-hosted', source: { uri: 'https://github.com/ramonpetgrave64/gundam-visor', tag: 'v1.0.1' } } };

type Upstream = 'passes' | 'fails' | 'searches the log';
interface Verdict {
  readonly upstream: Upstream;
  readonly code: string;
  /** Why Gatehouse denies what slsa-verifier accepts. */
  readonly stricter?: string;
}

const ROOT_IN_CHAIN = 'the bundle carries a root certificate, which the conformance suite of Sigstore wants refused';

/** slsa-verifier's verdict by the file's place and name, and ours. */
function verdictOf({ file }: Entry): Verdict {
  if (file.startsWith('gcb_container/')) return cloudBuild(file);
  if (file.startsWith('npm/')) return npm(file);
  if (file.includes('wrong-signer')) return { upstream: 'fails', code: 'VERIFY_SIGNER_UNTRUSTED' };
  if (file.startsWith('gha_container-based/v1.7.0/')) return { upstream: 'passes', code: 'VERIFY_MALFORMED', stricter: ROOT_IN_CHAIN };
  if (file === 'gha_delegator/v1.9.0/binary-linux-amd64-push-v13.0.30.build.slsa') return { upstream: 'passes', code: 'POLICY_PROVENANCE_SIGNER', stricter: 'the delegator signed on a branch, which slsa-verifier accepts of this repository only while it tests itself' };
  const bundled = /^gha_(?:container-based|delegator|gradle|maven)\/|^gha_(?:go|generic)\/v2\.1\.0\//.test(file);
  return bundled ? { upstream: 'passes', code: 'POLICY_SATISFIED' } : { upstream: 'searches the log', code: 'VERIFY_LOG_MISSING' };
}

function npm(file: string): Verdict {
  const upstream = file.includes('invalidsig') ? 'fails' : 'passes';
  if (file.includes('gundam-visor')) return { upstream, code: 'POLICY_SATISFIED' };
  if (file.includes('v1-prega-invalidsigprov')) return { upstream, code: 'VERIFY_SIGNATURE_INVALID' };
  return { upstream, code: 'VERIFY_MALFORMED', ...(upstream === 'passes' ? { stricter: ROOT_IN_CHAIN } : {}) };
}

function cloudBuild(file: string): Verdict {
  const good = /github\.json|3rdvalid/.test(file);
  const stricter = 'the output of gcloud is no evidence format, and its signatures are over the bare payload instead of the DSSE encoding';
  return { upstream: good ? 'passes' : 'fails', code: file.includes('no-signature') ? 'VERIFY_MALFORMED' : 'VERIFY_FORMAT', ...(good ? { stricter } : {}) };
}

const expectationFor = (file: string): Expectation => (file.startsWith('bcr/') ? BCR : file.startsWith('npm/') ? NPM : expectationOf(file));
const GENERATED = index.filter((entry) => verdictOf(entry).code === 'POLICY_SATISFIED' && entry.file.startsWith('gha_'));

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('slsa-verifier’s test data, offline', () => {
  const rows: string[] = [];
  afterAll(() => {
    const tally = Map.groupBy(rows, (row) => row.slice(0, row.indexOf(' | ', 30)));
    console.log(['slsa-verifier    | Gatehouse                | file', ...rows, '', ...[...tally].map(([verdict, same]) => `${String(same.length).padStart(3)} × ${verdict}`)].join('\n'));
  });

  test.each(index.map((entry) => [entry.file, entry] as const))('%s', (file, entry) => {
    const { upstream, code, stricter } = verdictOf(entry);
    const finding = judge(entry, expectationFor(file));
    rows.push(`${upstream.padEnd(16)} | ${finding.code.padEnd(24)} | ${file}${stricter === undefined ? '' : `: stricter, ${stricter}`}`);
    expect(finding.code).toBe(code);
    if (upstream === 'fails') expect(finding.verdict).not.toBe('satisfied');
    if (upstream === 'passes' && stricter === undefined) expect(finding.verdict).toBe('satisfied');
  });

  test('the data is what it was when the verdicts were written', () => {
    expect(index).toHaveLength(129);
    expect(GENERATED.length).toBeGreaterThan(25);
  });

  test('a bare envelope says exactly what is missing', () => {
    const entry = index.find(({ file }) => file.startsWith('gha_go/v1.0.0/'));
    if (entry === undefined) throw new Error('no such file');
    expect(judge(entry, expectationFor(entry.file))).toMatchObject({ code: 'VERIFY_LOG_MISSING', found: ['an envelope without certificate and log entry'], expected: ['a Sigstore bundle, which brings both'] });
  });

  test('one file with the attestations of many artifacts, one a line, proves each of them', () => {
    const [one, ...others] = GENERATED.filter(({ artifact }) => artifact !== null);
    if (one === undefined) throw new Error('no such file');
    const lines = [one, ...others].map(({ file }) => JSON.stringify(JSON.parse(readFileSync(sharedData(`slsa-provenance/${file}`), 'utf8'))));
    const { evidence, problems } = evidenceFromFile('multiple.intoto.jsonl', Buffer.from(`${lines.join('\n')}\n{"another": "format"}\n`));
    expect(problems).toMatchObject([{ code: 'VERIFY_FORMAT' }]);
    const { policy, requirement } = requirementOf(expectationFor(one.file));
    const artifact = { kind: 'blob', usage: 'dependency', path: 'artifact', raw: one.file, name: one.file, digest: digestOf(one, evidence[0]), resolvedFromTag: false } as const;
    const outcomes = runVerificationJob({ artifact, evidence, trust: policy.trust, now: NOW }).map((raw) => toOutcome(raw, 'line'));
    const finding = evaluate(requirement, { artifact, policy, now: NOW, proofs: outcomes.flatMap(({ verified }) => verified), problems: [...problems, ...outcomes.flatMap((outcome) => outcome.problems)] });
    expect(finding.code).toBe('POLICY_SATISFIED');
  });

  describe.each(GENERATED.map((entry) => [entry.file, entry] as const))('%s differing in one thing', (file, entry) => {
    const good = expectationFor(file);
    const but = (change: Record<string, unknown>): string => judge(entry, { ...good, provenance: { ...good.provenance, ...change } }).code;
    const { source } = good.provenance as { source: Record<string, unknown> };
    const { builder } = good.provenance as { builder: string };
    test('is denied for another repository', () => expect(but({ source: { ...source, uri: `${EXAMPLE}-evil` } })).toBe('POLICY_PROVENANCE_SOURCE'));
    test('is denied for another ref', () => expect(but({ source: { uri: EXAMPLE, tag: 'v9.9.9' } })).toBe('POLICY_PROVENANCE_SOURCE'));
    test('is denied for another builder version', () => expect(but({ builder: builder.replace(/@.*/, '@refs/tags/v0.9.9') })).toBe('POLICY_PROVENANCE_BUILDER'));
    test('A08 is denied for another artifact', () => expect(judge(entry, good, parseDigest(`sha256:${'0'.repeat(64)}`)).code).toBe('VERIFY_SUBJECT_MISMATCH'));
    test('is denied under another signer', () => expect(judge(entry, { ...good, subject: 'https://github.com/acme/**' }).code).toBe('VERIFY_SIGNER_UNTRUSTED'));
  });

  test('A14 the wrong signer is denied even where every workflow is trusted: it is not the builder that it names', () => {
    const entry = index.find(({ file }) => file.includes('wrong-signer'));
    if (entry === undefined) throw new Error('no such file');
    expect(judge(entry, { ...BCR, subject: ANY_WORKFLOW })).toMatchObject({ code: 'POLICY_PROVENANCE_SIGNER', found: [expect.stringContaining('publish-to-bcr'), expect.stringContaining('rules_lint'), expect.anything(), expect.anything()] });
  });
});
