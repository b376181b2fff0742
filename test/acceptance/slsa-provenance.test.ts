import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { parseDigest } from '../../src/domain/artifact/digest.ts';
import type { Digest } from '../../src/domain/artifact/digest.ts';
import type { EvidenceProblem, UnverifiedEvidence, VerifiedEvidence } from '../../src/domain/evidence.ts';
import type { Finding } from '../../src/domain/decision/finding.ts';
import { evaluate } from '../../src/evaluate/index.ts';
import { evidenceFromFile } from '../../src/fetch/files/offline.ts';
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

/** Public keys of Google Cloud Build (verifiers/internal/gcb/keys/materials in slsa-verifier) and of npm's registry (its TUF target keys.json). */
const pem = (spki: string): string => `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`;
const CLOUD_BUILD_KEYS = {
  global: pem('MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAECGIoAk3mHV8xq/P1x6doSzAJlTaWYhrmI3rfN5zfk3/Dq6nPpm8D0CMVNyc4HZ5ChTDqTV8EyaR56nLqjvMYUA=='),
  'us-west2': pem('MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEw/gdczl7qDD4ww9B6WmJ6++/hQ5Smdw/1RBcwNNQE9qN0O+DilRE9/AjH7OvJUhNznOzEzH7mFq5mNdmUjYlXg=='),
};
const NPM_KEY = pem('MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1Olb3zMAFFxXKHiIkQO5cJ3Yhl5i6UPp+IhuteBJbuHcA5UogKo0EWtlWwW6KSaKoTNEYL7JlCQiVnkhBktUgg==');
const bareKey = (region: keyof typeof CLOUD_BUILD_KEYS): unknown => ({
  key: { data: CLOUD_BUILD_KEYS[region], barePayloadKeyId: `projects/verified-builder/locations/${region}/keyRings/attestor/cryptoKeys/builtByGCB/cryptoKeyVersions/1` },
});
const npmKey = (window: Record<string, string> = { notBefore: '2022-12-01T00:00:00Z', notAfter: '2025-01-29T00:00:00Z' }): unknown => ({ key: { data: NPM_KEY, trustRoot: 'sigstore-public-good', transparencyLog: 'required', ...window } });

interface Expectation {
  /** Who builds: a glob over certificate names under GitHub's issuer, or identities of a Signer. */
  readonly subject: string | readonly unknown[];
  readonly provenance: Readonly<Record<string, unknown>>;
  /** The package as npm knows it; its registry must have published it. */
  readonly npm?: { readonly name: string; readonly registry: unknown };
}

/** The policy of an expectation, compiled. */
function policyOf({ subject, provenance, npm }: Expectation) {
  const identities = typeof subject === 'string' ? [{ keyless: { issuer: 'https://token.actions.githubusercontent.com', subjectGlob: subject } }] : subject;
  const documents = [
    { kind: 'Signer', metadata: { name: 'builder' }, spec: { identities } },
    ...(npm === undefined ? [] : [{ kind: 'Signer', metadata: { name: 'npm' }, spec: { identities: [npm.registry] } }]),
    {
      kind: 'ClusterArtifactPolicy', metadata: { name: 'built' },
      spec: {
        artifacts: [{ [npm === undefined ? 'blob' : 'package']: '**' }],
        require: [{ name: 'built as expected', provenance: { by: ['builder'], ...provenance } }, ...(npm === undefined ? [] : [{ name: 'published', attestation: { type: 'npm-publish', by: ['npm'] } }])],
      },
    },
  ].map((document) => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', ...document }));
  const { set, problems } = compilePolicies([{ path: 'policy.yaml', text: documents.join('\n---\n') }], { trust });
  const policy = set?.policies[0];
  if (policy === undefined) throw new Error(JSON.stringify(problems));
  return policy;
}

function piecesOf(file: string): { readonly evidence: readonly UnverifiedEvidence[]; readonly problems: readonly EvidenceProblem[] } {
  return evidenceFromFile(file, readFileSync(sharedData(`slsa-provenance/${file}`)));
}

interface Envelope { readonly payload: string }
interface Document {
  readonly dsseEnvelope?: Envelope;
  readonly payload?: string;
}

/** The images that the files of Cloud Build are about, as slsa-verifier's test gives them. */
const CLOUD_BUILD_IMAGES: Readonly<Record<string, string>> = {
  'gcb_container/v0.2': 'sha256:1a033b002f89ed2b8ea733162497fb70f1a4049a7f8602d6a33682b4ad9921fd',
  'gcb_container/v0.3': 'sha256:f472ca4b68898c951ac3b476cba919d0d56fca4ced631fabcead51e4b2b690e7',
};

/** The digest of the artifact by the index, or where the data lacks the artifact, the one that the statement names. */
function digestOf(entry: Entry, piece: UnverifiedEvidence | undefined): Digest {
  const { dsseEnvelope, payload }: Document = piece === undefined ? {} : (JSON.parse(Buffer.from(piece.bytes).toString()) as Document);
  const encoded = dsseEnvelope?.payload ?? payload;
  const { subject } = encoded === undefined ? { subject: [] } : (JSON.parse(Buffer.from(encoded, 'base64').toString()) as { subject: { digest: Record<string, string> }[] });
  const [[algorithm, hex] = ['sha256', '0'.repeat(64)]] = Object.entries(subject[0]?.digest ?? {});
  const known = algorithm === 'sha512' ? entry.artifact?.sha512 : entry.artifact?.sha256;
  const digest = parseDigest(CLOUD_BUILD_IMAGES[entry.file.slice(0, 18)] ?? `${algorithm}:${known ?? hex}`);
  if (digest === undefined) throw new Error(`no digest in ${entry.file}`);
  return digest;
}

/** The finding that decides: the first requirement that does not hold, or the first of all. */
function judge(entry: Entry, expectation: Expectation, other?: Digest): Promise<Finding> {
  const { evidence, problems } = piecesOf(entry.file);
  return judgePieces(entry, { expectation, evidence, problems, digest: other ?? digestOf(entry, evidence[0]) });
}

interface Pieces {
  readonly expectation: Expectation;
  readonly evidence: readonly UnverifiedEvidence[];
  readonly problems: readonly EvidenceProblem[];
  readonly digest: Digest;
}

async function judgePieces(entry: Entry, { expectation, evidence, problems, digest }: Pieces): Promise<Finding> {
  const policy = policyOf(expectation);
  const artifact = { kind: expectation.npm === undefined ? 'blob' : 'package', usage: 'dependency', path: 'artifact', raw: entry.file, name: expectation.npm?.name ?? entry.file, digest, resolvedFromTag: false } as const;
  const outcomes = evidence.length === 0 ? [] : (await runVerificationJob({ artifact, evidence, trust: policy.trust, now: NOW })).map((raw) => toOutcome(raw, entry.file));
  const proofs: readonly VerifiedEvidence[] = outcomes.flatMap((outcome) => outcome.verified);
  const all = [...problems, ...outcomes.flatMap((outcome) => outcome.problems)];
  const findings = policy.requirements.map((requirement) => evaluate(requirement, { artifact, policy, now: NOW, proofs, problems: all }));
  const decisive = findings.find(({ verdict }) => verdict !== 'satisfied') ?? findings[0];
  if (decisive === undefined) throw new Error('no requirement');
  return decisive;
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
const RUNNER = 'https://github.com/actions/runner';

/** slsa-verifier is told builder, source and package; what the registry published it always checks. */
const NPM: Readonly<Record<string, Expectation>> = Object.fromEntries(([
  ['gundam-visor', 'pkg:npm/gundam-visor@1.0.1', { level: 2, builder: `${RUNNER}/github-hosted`, source: { uri: 'https://github.com/ramonpetgrave64/gundam-visor', tag: 'v1.0.1' } }],
  ['supreme-googles', 'pkg:npm/@trishankatdatadog/supreme-goggles@1.0.5', { builder: RUNNER, source: { uri: 'https://github.com/trishankatdatadog/supreme-goggles', tag: 'v1.0.5' } }],
  ['provenance-npm-test-cli-v02', 'pkg:npm/@laurentsimon/provenance-npm-test@1.0.3', { builder: RUNNER, source: { uri: 'https://github.com/laurentsimon/provenance-npm-test', branch: 'main' } }],
  ['provenance-npm-test-cli-v1', 'pkg:npm/sigstore@2.3.1', { builder: `${RUNNER}/github-hosted`, source: { uri: 'https://github.com/sigstore/sigstore-js', branch: 'main' } }],
  ['provenance-npm-test-ossf', 'pkg:npm/@laurentsimon/provenance-npm-test@1.0.5', { builder: `${GENERATOR}/builder_nodejs_slsa3.yml@refs/tags/v1.6.0`, source: { uri: 'https://github.com/laurentsimon/provenance-npm-test', branch: 'main' } }],
] as const).map(([prefix, name, provenance]): [string, Expectation] => [prefix, { subject: ANY_WORKFLOW, provenance, npm: { name, registry: npmKey() } }]));

function npmExpectation(file: string): Expectation {
  const found = Object.entries(NPM).find(([prefix]) => file.startsWith(`npm/gha/${prefix}`));
  if (found === undefined) throw new Error(`no expectation for ${file}`);
  return found[1];
}

const cloudBuildExpectation = (file: string): Expectation => ({
  subject: [bareKey('global'), bareKey('us-west2')],
  provenance: { profile: 'google-cloud-build', level: 3, builder: `https://cloudbuild.googleapis.com/GoogleHostedWorker@${file.slice(14, 18)}`, source: { uri: 'https://github.com/laurentsimon/gcb-tests' } },
});

type Upstream = 'passes' | 'fails' | 'searches the log';
interface Verdict {
  readonly upstream: Upstream;
  readonly code: string;
  /** Why Gatehouse denies what slsa-verifier accepts. */
  readonly stricter?: string;
}

/** slsa-verifier's verdict by the file's place and name, and ours. */
function verdictOf({ file }: Entry): Verdict {
  if (file.startsWith('gcb_container/')) return cloudBuild(file);
  if (file.startsWith('npm/')) return npm(file);
  if (file.includes('wrong-signer')) return { upstream: 'fails', code: 'VERIFY_SIGNER_UNTRUSTED' };
  if (file === 'gha_delegator/v1.9.0/binary-linux-amd64-push-v13.0.30.build.slsa') return { upstream: 'passes', code: 'POLICY_PROVENANCE_SIGNER', stricter: 'the delegator signed on a branch, which slsa-verifier accepts of this repository only while it tests itself' };
  const bundled = /^gha_(?:container-based|delegator|gradle|maven)\/|^gha_(?:go|generic)\/v2\.1\.0\//.test(file);
  return bundled ? { upstream: 'passes', code: 'POLICY_SATISFIED' } : { upstream: 'searches the log', code: 'VERIFY_LOG_MISSING' };
}

function npm(file: string): Verdict {
  if (!file.includes('invalidsig')) return { upstream: 'passes', code: 'POLICY_SATISFIED' };
  return { upstream: 'fails', code: file.includes('invalidsigpub') ? 'VERIFY_SIGNER_UNTRUSTED' : 'VERIFY_SIGNATURE_INVALID' };
}

function cloudBuild(file: string): Verdict {
  if (/github\.json|3rdvalid/.test(file)) return { upstream: 'passes', code: 'POLICY_SATISFIED' };
  const [, code] = CLOUD_BUILD_REFUSALS.find(([part]) => file.includes(part)) ?? ['', 'VERIFY_SIGNER_UNTRUSTED'];
  return { upstream: 'fails', code };
}

const CLOUD_BUILD_REFUSALS: readonly (readonly [string, string])[] = [
  ['no-signature', 'VERIFY_MALFORMED'], ['signature-encoding', 'VERIFY_MALFORMED'], ['metadata-kind', 'VERIFY_FORMAT'], ['urisha256', 'VERIFY_SUBJECT_MISMATCH'], ['summary-digest', 'VERIFY_SUBJECT_MISMATCH'],
  ['mismatch-text', 'VERIFY_STATEMENT'], ['mismatch-payload-digest', 'VERIFY_SUBJECT_MISMATCH'], ['mismatch-payload', 'VERIFY_SIGNATURE_INVALID'], ['multiple-invalid', 'VERIFY_SIGNATURE_INVALID'],
];

function expectationFor(file: string): Expectation {
  if (file.startsWith('bcr/')) return BCR;
  if (file.startsWith('npm/')) return npmExpectation(file);
  return file.startsWith('gcb_container/') ? cloudBuildExpectation(file) : expectationOf(file);
}

const GENERATED = index.filter((entry) => verdictOf(entry).code === 'POLICY_SATISFIED' && entry.file.startsWith('gha_'));

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('slsa-verifier’s test data, offline', () => {
  const rows: string[] = [];
  afterAll(() => {
    const tally = Map.groupBy(rows, (row) => row.slice(0, row.indexOf(' | ', 30)));
    console.log(['slsa-verifier    | Gatehouse                | file', ...rows, '', ...[...tally].map(([verdict, same]) => `${String(same.length).padStart(3)} × ${verdict}`)].join('\n'));
  });

  test.each(index.map((entry) => [entry.file, entry] as const))('%s', async (file, entry) => {
    const { upstream, code, stricter } = verdictOf(entry);
    const finding = await judge(entry, expectationFor(file));
    rows.push(`${upstream.padEnd(16)} | ${finding.code.padEnd(24)} | ${file}${stricter === undefined ? '' : `: stricter, ${stricter}`}`);
    expect(finding.code).toBe(code);
    if (upstream === 'fails') expect(finding.verdict).not.toBe('satisfied');
    if (upstream === 'passes' && stricter === undefined) expect(finding.verdict).toBe('satisfied');
  });

  test('the data is what it was when the verdicts were written', () => {
    expect(index).toHaveLength(129);
    expect(GENERATED.length).toBeGreaterThan(25);
  });

  test('nothing in a bare envelope could prove offline that it was logged', () => {
    const bare = index.filter((entry) => verdictOf(entry).code === 'VERIFY_LOG_MISSING');
    const parts = bare.flatMap(({ file }) => {
      const envelope = JSON.parse(readFileSync(sharedData(`slsa-provenance/${file}`), 'utf8')) as { readonly signatures: readonly object[] };
      return [...Object.keys(envelope), ...envelope.signatures.flatMap((signature) => Object.keys(signature).map((key) => `signature ${key}`))];
    });
    expect(bare).toHaveLength(61);
    expect([...new Set(parts)].sort()).toEqual(['payload', 'payloadType', 'signature cert', 'signature keyid', 'signature sig', 'signatures']);
  });

  test('a bare envelope says exactly what is missing', async () => {
    const entry = index.find(({ file }) => file.startsWith('gha_go/v1.0.0/'));
    if (entry === undefined) throw new Error('no such file');
    expect(await judge(entry, expectationFor(entry.file))).toMatchObject({ code: 'VERIFY_LOG_MISSING', found: ['an envelope without log entry'], expected: ['a Sigstore bundle, which brings it along with the certificate'] });
  });

  test('one file with the attestations of many artifacts, one a line, proves each of them', async () => {
    const [one, ...others] = GENERATED.filter(({ artifact }) => artifact !== null);
    if (one === undefined) throw new Error('no such file');
    const lines = [one, ...others].map(({ file }) => JSON.stringify(JSON.parse(readFileSync(sharedData(`slsa-provenance/${file}`), 'utf8'))));
    const { evidence, problems } = evidenceFromFile('multiple.intoto.jsonl', Buffer.from(`${lines.join('\n')}\n{"another": "format"}\n`));
    expect(problems).toMatchObject([{ code: 'VERIFY_FORMAT' }]);
    const finding = await judgePieces(one, { expectation: expectationFor(one.file), evidence, problems, digest: digestOf(one, evidence[0]) });
    expect(finding.code).toBe('POLICY_SATISFIED');
  });

  describe.each(GENERATED.map((entry) => [entry.file, entry] as const))('%s differing in one thing', (file, entry) => {
    const good = expectationFor(file);
    const but = async (change: Record<string, unknown>): Promise<string> => (await judge(entry, { ...good, provenance: { ...good.provenance, ...change } })).code;
    const { source } = good.provenance as { source: Record<string, unknown> };
    const { builder } = good.provenance as { builder: string };
    test('is denied for another repository', async () => expect(await but({ source: { ...source, uri: `${EXAMPLE}-evil` } })).toBe('POLICY_PROVENANCE_SOURCE'));
    test('is denied for another ref', async () => expect(await but({ source: { uri: EXAMPLE, tag: 'v9.9.9' } })).toBe('POLICY_PROVENANCE_SOURCE'));
    test('is denied for another builder version', async () => expect(await but({ builder: builder.replace(/@.*/, '@refs/tags/v0.9.9') })).toBe('POLICY_PROVENANCE_BUILDER'));
    test('A08 is denied for another artifact', async () => expect((await judge(entry, good, parseDigest(`sha256:${'0'.repeat(64)}`))).code).toBe('VERIFY_SUBJECT_MISMATCH'));
    test('is denied under another signer', async () => expect((await judge(entry, { ...good, subject: 'https://github.com/acme/**' })).code).toBe('VERIFY_SIGNER_UNTRUSTED'));
  });

  describe.each(index.filter((entry) => entry.file.startsWith('gcb_container/') && verdictOf(entry).upstream === 'passes').map((entry) => [entry.file, entry] as const))('%s differing in one thing', (file, entry) => {
    const good = cloudBuildExpectation(file);
    const but = async (change: Record<string, unknown>): Promise<string> => (await judge(entry, { ...good, provenance: { ...good.provenance, ...change } })).code;
    const key = (region: keyof typeof CLOUD_BUILD_KEYS): { readonly data: string; readonly barePayloadKeyId: string } => (bareKey(region) as { key: { data: string; barePayloadKeyId: string } }).key;
    const own = file.includes('v0.2') ? 'global' : 'us-west2';
    const by = async (...subject: readonly unknown[]): Promise<string> => (await judge(entry, { ...good, subject })).code;
    test('is denied for another repository', async () => expect(await but({ source: { uri: 'https://github.com/laurentsimon/gcb-tests-evil' } })).toBe('POLICY_PROVENANCE_SOURCE'));
    test('is denied for another commit', async () => expect(await but({ source: { digest: '0'.repeat(40) } })).toBe('POLICY_PROVENANCE_SOURCE'));
    test('is denied for another builder', async () => expect(await but({ builder: 'https://cloudbuild.googleapis.com/GoogleHostedWorker@v9' })).toBe('POLICY_PROVENANCE_BUILDER'));
    test('is denied without the profile, because a key alone has no level', async () => expect(await but({ profile: undefined })).toBe('POLICY_PROVENANCE_LEVEL'));
    test('A08 is denied for another image', async () => expect((await judge(entry, good, parseDigest(`sha256:${'0'.repeat(64)}`))).code).toBe('VERIFY_SUBJECT_MISMATCH'));
    test('is admitted by the one key', async () => expect(await by({ key: key(own) })).toBe('POLICY_SATISFIED'));
    test('A05 is denied by the same key, not pinned for bare payloads', async () => expect(await by({ key: { data: key(own).data } })).toBe('VERIFY_SIGNER_UNTRUSTED'));
    test('is denied by the same key under another name', async () => expect(await by({ key: { ...key(own), barePayloadKeyId: `${key(own).barePayloadKeyId}0` } })).toBe('VERIFY_SIGNER_UNTRUSTED'));
    test('is denied by another key under this name', async () => expect(await by({ key: { ...key(own), data: NPM_KEY } })).toBe('VERIFY_SIGNATURE_INVALID'));
  });

  describe.each(index.filter((entry) => entry.file.startsWith('npm/') && verdictOf(entry).upstream === 'passes').map((entry) => [entry.file, entry] as const))('%s differing in one thing', (file, entry) => {
    const good = npmExpectation(file);
    const name = good.npm?.name ?? '';
    const npmIs = async (registry: unknown, other = name): Promise<string> => (await judge(entry, { ...good, npm: { name: other, registry } })).code;
    const { evidence, problems } = hasSharedData ? piecesOf(file) : { evidence: [], problems: [] };
    const only = async (piece: UnverifiedEvidence | undefined): Promise<string> => (await judgePieces(entry, { expectation: good, evidence: piece === undefined ? [] : [piece], problems, digest: digestOf(entry, evidence[0]) })).code;
    test('is denied for another repository', async () => expect((await judge(entry, { ...good, provenance: { ...good.provenance, source: { uri: 'https://github.com/acme/*' } } })).code).toBe('POLICY_PROVENANCE_SOURCE'));
    test('is denied under another name, although the bytes are the same', async () => expect(await npmIs(npmKey(), name.replace('pkg:npm/', 'pkg:npm/evil-'))).toBe('VERIFY_SUBJECT_MISMATCH'));
    test('is denied as another version', async () => expect(await npmIs(npmKey(), `${name}0`)).toBe('VERIFY_SUBJECT_MISMATCH'));
    test('is denied when the registry signed outside the window of its key', async () => expect(await npmIs(npmKey({ notAfter: '2023-01-01T00:00:00Z' }))).toBe('POLICY_KEY_WINDOW'));
    test('is denied under another key of the registry', async () => expect(await npmIs({ key: { data: CLOUD_BUILD_KEYS.global } })).toBe('VERIFY_SIGNER_UNTRUSTED'));
    test('A17 is denied without the attestation of the registry', async () => expect(await only(evidence[1])).toBe('POLICY_TYPE_MISSING'));
    test('A17 is denied without the provenance', async () => expect(await only(evidence[0])).toBe('POLICY_TYPE_MISSING'));
    test('is denied for other bytes', async () => expect((await judge(entry, good, parseDigest(`sha512:${'0'.repeat(128)}`))).code).toBe('VERIFY_SUBJECT_MISMATCH'));
  });

  test('A14 the wrong signer is denied even where every workflow is trusted: it is not the builder that it names', async () => {
    const entry = index.find(({ file }) => file.includes('wrong-signer'));
    if (entry === undefined) throw new Error('no such file');
    expect(await judge(entry, { ...BCR, subject: ANY_WORKFLOW })).toMatchObject({ code: 'POLICY_PROVENANCE_SIGNER', found: [expect.stringContaining('publish-to-bcr'), expect.stringContaining('rules_lint'), expect.anything(), expect.anything()] });
  });
});
