import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codes, startTestServer } from '../support/server.ts';
import type { AdmissionAnswer, TestServer } from '../support/server.ts';
import { keyBundle } from '../world/bundle.ts';
import type { Digest } from '../../src/domain/artifact/digest.ts';
import { asDigest, base64, jsonBytes, pae } from '../world/encode.ts';
import type { SigningKey } from '../world/keys.ts';
import { signWith } from '../world/keys.ts';
import { attachReferrer, pushImage } from '../world/registry/attach.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { makeStatement, slsaProvenanceV1, spdxDocument, verificationSummary, vulnScan } from '../world/statement.ts';
import type { Predicate, Subject } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';

// Attacks on attestations, each through HTTPS, a registry and the verification threads, beside what it differs from in one thing.

const NOW = Date.now();
const [HOUR, DAY] = [3_600_000, 86_400_000];
const [BUNDLE, IN_TOTO] = ['application/vnd.dev.sigstore.bundle.v0.3+json', 'application/vnd.in-toto+json'];
const SLSA = 'https://slsa.dev/provenance/v1';
const BUILDER = 'https://builders.acme.example/image@refs/tags/v1';
const WORKFLOW = 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml@refs/tags/v2.0.0';
const world = createWorld({ now: NOW });
const [first, second, stranger] = [world.key(), world.key(), world.key()];

let registry: TestRegistry;
let server: TestServer;

/** Requirements by policy name, which is the first part of the repository as well. */
const REQUIREMENTS: Readonly<Record<string, readonly object[]>> = {
  typed: [{ attestation: { type: SLSA, by: ['first'] } }],
  provenance: [{ provenance: { by: ['first'], builder: BUILDER } }],
  workflow: [{ provenance: { by: ['first'] } }],
  numbers: [{ attestation: { type: 'https://x/score', by: ['first'], where: [{ cel: 'predicate.buildNumber == 9007199254740992', message: 'another number' }] } }],
  summary: [{ vsa: { by: ['first'], verifier: 'https://verifier.acme.example', levels: ['SLSA_BUILD_LEVEL_3'], maxAge: '168h' } }],
  fresh: [{ attestation: { type: SLSA, by: ['first'], maxAge: '168h' } }],
  scanned: [{ attestation: { type: SLSA, by: ['first'] } }, { vulnerability: { by: ['first'], deny: 'high', maxAge: '168h' } }],
  two: [{ attestation: { type: SLSA, by: ['first', 'second'], threshold: 2 } }],
};

const API = { apiVersion: 'gatehouse.dev/v1alpha1' };
const yaml = (documents: readonly object[]): string => documents.map((one) => JSON.stringify(one)).join('\n---\n');
const policyNamed = (name: string, pattern: string, require: readonly object[]): object => ({ ...API, kind: 'ClusterArtifactPolicy', metadata: { name }, spec: { artifacts: [{ image: pattern }], require: require.map((one, index) => ({ name: `demand ${index + 1}`, ...one })) } });

function policies(): string {
  const signers = Object.entries({ first, second }).map(([name, key]) => ({ ...API, kind: 'Signer', metadata: { name }, spec: { identities: [{ key: { data: key.publicKeyPem, trustRoot: 'world' } }] } }));
  return yaml([
    { ...API, kind: 'TrustRoot', metadata: { name: 'world' }, spec: { sigstore: { trustedRoot: world.trustedRoot() } } },
    ...signers,
    ...Object.entries(REQUIREMENTS).map(([name, require]) => policyNamed(name, `${registry.host}/${name}/**`, require)),
  ]);
}

/** Something to attach, made for the digest of the image. */
type Attachment = (digest: Digest) => { readonly mediaType: string; readonly content: Uint8Array };

const bundle = (mediaType: string, content: Uint8Array) => ({ mediaType, content });
const says = (predicate: Predicate, more: { readonly key?: SigningKey; readonly at?: number } = {}): Attachment => (digest) =>
  bundle(BUNDLE, keyBundle(world, { key: more.key ?? first, statement: makeStatement(digest, predicate), log: 'v1', ...(more.at === undefined ? {} : { at: more.at }) }));
const about = (subjects: (digest: Digest) => readonly Subject[]): Attachment => (digest) => bundle(BUNDLE, keyBundle(world, { key: first, statement: makeStatement(subjects(digest), PROVENANCE) }));
const payload = (text: string | ((digest: Digest) => string)): Attachment => (digest) => bundle(BUNDLE, keyBundle(world, { key: first, statement: Buffer.from(typeof text === 'string' ? text : text(digest)) }));

/** A bare envelope; `signed` is what the signatures are over, `shown` the payload type that the envelope tells. */
function envelope(keys: readonly SigningKey[], { type = IN_TOTO, shown = type, bare = false }: { readonly type?: string; readonly shown?: string; readonly bare?: boolean } = {}): Attachment {
  return (digest) => {
    const body = jsonBytes(makeStatement(digest, PROVENANCE));
    const signatures = keys.map((key) => ({ keyid: '', sig: base64(signWith(key, bare ? body : pae(type, body))) }));
    return bundle(IN_TOTO, jsonBytes({ payloadType: shown, payload: base64(body), signatures }));
  };
}

const PROVENANCE = slsaProvenanceV1({ builder: BUILDER });
const provenance = says(PROVENANCE);
const otherType = (predicateType: string): Attachment => says({ ...PROVENANCE, predicateType });
const built = (builder: string): Attachment => says(slsaProvenanceV1({ builder }));
const hex = (digest: Digest): string => digest.slice(7);
const scored = (members: string): Attachment => payload((digest) => `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"${hex(digest)}"}}],"predicateType":"https://x/score","predicate":{${members}}}`);
const summary = (change: object = {}, at = NOW - HOUR): Attachment => (digest) => {
  const good = verificationSummary({ at, verifier: 'https://verifier.acme.example', resourceUri: `oci://${registry.host}/summary/app@${digest}` });
  return says({ ...good, predicate: { ...(good.predicate as object), ...change } }, { at: NOW - 1000 })(digest);
};
const scan = (severities: readonly string[], at = NOW - HOUR): Attachment => says(vulnScan({ at, severities }));
const other = asDigest(`sha256:${'0'.repeat(64)}`);

/** Admitted with the good evidence; with the bad, denied for this reason, in words that tell why. */
interface Row {
  readonly row: string;
  readonly policy: keyof typeof REQUIREMENTS & string;
  readonly good: readonly Attachment[];
  readonly bad: Readonly<Record<string, readonly Attachment[]>>;
  readonly code: string;
  readonly message?: RegExp;
}

const ROWS: readonly Row[] = [
  { row: 'A01 another type', policy: 'provenance', good: [provenance], bad: { 'an SBOM': [says(spdxDocument({ at: NOW }))], 'a scan': [scan([])] }, code: 'POLICY_TYPE_MISSING', message: /expected .*slsa-provenance[\s\S]*found .*(?:spdx|vuln)/ },
  { row: 'A02 three others', policy: 'typed', good: [provenance], bad: { 'three of other types': [says(spdxDocument({ at: NOW })), scan([]), otherType('https://x/y')] }, code: 'POLICY_TYPE_MISSING', message: /spdx/ },
  { row: 'A02 none at all', policy: 'typed', good: [provenance], bad: { nothing: [] }, code: 'FETCH_NONE_FOUND', message: /no attestation/ },
  {
    row: 'A03 no statement', policy: 'typed', good: [payload((digest) => JSON.stringify(makeStatement(digest, PROVENANCE)))], code: 'VERIFY_STATEMENT',
    bad: Object.fromEntries(['{"_type":"https://in-toto.io/Statement/v0.1"}', '', '[]', 'null', '"x"', '42'].map((text) => [text || 'nothing', [payload(text)]])),
  },
  { row: 'A04 a type alike', policy: 'typed', good: [provenance], bad: Object.fromEntries([`${SLSA}evil`, `${SLSA} `, 'HTTPS://SLSA.dev/provenance/v1', 'x' + SLSA, SLSA.slice(0, -1)].map((type) => [type, [otherType(type)]])), code: 'POLICY_TYPE_MISSING' },
  { row: 'A05 payload type', policy: 'typed', good: [envelope([first])], bad: Object.fromEntries(['text/plain', 'application/vnd.dev.cosign.simplesigning.v1+json', `${IN_TOTO} `].map((type) => [type, [envelope([first], { type })]])), code: 'VERIFY_PAYLOAD_TYPE' },
  { row: 'A05 payload type swapped', policy: 'typed', good: [envelope([first])], bad: { 'after signing': [envelope([first], { type: 'text/plain', shown: IN_TOTO })] }, code: 'VERIFY_SIGNER_UNTRUSTED' },
  { row: 'A06 no encoding', policy: 'typed', good: [envelope([first])], bad: { 'a signature over the payload': [envelope([first], { bare: true })] }, code: 'VERIFY_SIGNER_UNTRUSTED' },
  { row: 'A07 types of equal encoding', policy: 'typed', good: [envelope([first])], bad: { 'shown with another first letter': [envelope([first], { shown: `\u0161${IN_TOTO.slice(1)}` })] }, code: 'VERIFY_PAYLOAD_TYPE' },
  { row: 'A07 types of equal encoding, turned round', policy: 'typed', good: [envelope([first])], bad: { 'signed with another first letter': [envelope([first], { type: `\u0161${IN_TOTO.slice(1)}`, shown: IN_TOTO })] }, code: 'VERIFY_SIGNER_UNTRUSTED' },
  { row: 'A08 another image', policy: 'typed', good: [about((digest) => [{ digest: { sha256: hex(digest) } }])], bad: { 'image B': [about(() => [{ digest: { sha256: hex(other) } }])] }, code: 'VERIFY_SUBJECT_MISMATCH', message: /expected +sha256:[\s\S]*found +sha256:0000/ },
  { row: 'A09 by name', policy: 'typed', good: [about((digest) => [{ name: 'evil/elsewhere', digest: { sha256: hex(digest) } }])], bad: { 'the right name': [about(() => [{ name: `${registry.host}/typed/app`, digest: { sha256: hex(other) } }])] }, code: 'VERIFY_SUBJECT_MISMATCH' },
  {
    row: 'A10 half here, half there', policy: 'provenance', code: 'POLICY_PROVENANCE_BUILDER', good: [built('https://evil.example'), provenance],
    bad: { 'another builder for this image, the right one for another': [built('https://evil.example'), about(() => [{ digest: { sha256: hex(other) } }])] },
  },
  {
    row: 'A11 weak or odd digests', policy: 'typed', good: [about((digest) => [{ digest: { sha256: hex(digest), sha1: 'f'.repeat(40) } }])], code: 'VERIFY_SUBJECT_MISMATCH',
    bad: {
      'sha1 alone': [about(() => [{ digest: { sha1: 'a'.repeat(40) } }])], 'md5 alone': [about(() => [{ digest: { md5: 'a'.repeat(32) } }])],
      'sha256 wrong, sha512 with its text': [about((digest) => [{ digest: { sha256: hex(other), sha512: hex(digest) } }])], 'as a commit': [about((digest) => [{ digest: { gitCommit: hex(digest) } }])],
      'upper case': [about((digest) => [{ digest: { sha256: hex(digest).toUpperCase() } }])], 'one digit short': [about((digest) => [{ digest: { sha256: hex(digest).slice(1) } }])],
    },
  },
  {
    row: 'A12 under __proto__', policy: 'typed', good: [provenance], code: 'VERIFY_STATEMENT',
    bad: { 'a digest': [payload((digest) => `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"__proto__":"${hex(digest)}","sha256":"${hex(digest)}"}}],"predicateType":"${SLSA}","predicate":{}}`)] },
  },
  { row: 'A12 under constructor', policy: 'typed', good: [provenance], bad: { 'a digest': [about((digest) => [{ digest: { constructor: hex(digest), toString: hex(digest) } as unknown as Record<string, string> }])] }, code: 'VERIFY_SUBJECT_MISMATCH' },
  { row: 'A13 numbers that round', policy: 'numbers', good: [scored('"buildNumber":9007199254740992')], bad: { 'one more': [scored('"buildNumber":9007199254740993')] }, code: 'POLICY_CONDITION', message: /another number/ },
  { row: 'A13 numbers without end', policy: 'numbers', good: [scored('"buildNumber":9007199254740992,"score":1')], bad: { '1e400 beside it': [scored('"buildNumber":9007199254740992,"score":1e400')] }, code: 'POLICY_CONDITION_ERROR' },
  {
    row: 'A14 a builder alike', policy: 'provenance', good: [provenance], code: 'POLICY_PROVENANCE_BUILDER', message: /expected .*builders\.acme\.example\/image@refs\/tags\/v1/,
    bad: Object.fromEntries([BUILDER.replace('tags/v1', 'heads/evil'), BUILDER.replace('/image', '-evil/image'), BUILDER.replace('/image', '.evil.example/image'), `${BUILDER}.1`, BUILDER.slice(0, -1), BUILDER.toUpperCase()].map((builder) => [builder, [built(builder)]])),
  },
  { row: 'A14 the name of a workflow', policy: 'workflow', good: [provenance], bad: { 'by a key': [built(WORKFLOW)] }, code: 'POLICY_PROVENANCE_SIGNER' },
  { row: 'A15 scope', policy: 'summary', good: [summary()], bad: { 'another resource': [summary({ resourceUri: 'oci://ghcr.io/acme/other' })], 'another verifier': [summary({ verifier: { id: 'https://verifier.acme.example.evil' } })] }, code: 'POLICY_VSA_SCOPE', message: /predicate\.(?:resourceUri|verifier\.id)/ },
  { row: 'A15 result', policy: 'summary', good: [summary()], bad: { FAILED: [summary({ verificationResult: 'FAILED' })] }, code: 'POLICY_VSA_RESULT', message: /verificationResult/ },
  { row: 'A15 A16 time', policy: 'summary', good: [summary()], bad: { 'a year old': [summary({}, NOW - 365 * DAY)] }, code: 'POLICY_TOO_OLD', message: /timeVerified/ },
  { row: 'A16 old', policy: 'fresh', good: [says(PROVENANCE, { at: NOW - 6 * DAY })], bad: { 'eight days': [says(PROVENANCE, { at: NOW - 8 * DAY })] }, code: 'POLICY_TOO_OLD' },
  { row: 'A16 without a proven time', policy: 'fresh', good: [says(PROVENANCE, { at: NOW - DAY })], bad: { 'no log': [envelope([first])] }, code: 'POLICY_AGE_UNPROVEN' },
  { row: 'A17 a bad scan', policy: 'scanned', good: [provenance, scan([])], bad: { 'by the trusted scanner': [provenance, scan(['HIGH'])] }, code: 'POLICY_VULNERABLE' },
  { row: 'A17 a hidden scan', policy: 'scanned', good: [provenance, scan([])], bad: { 'the registry hides it': [provenance] }, code: 'POLICY_TYPE_MISSING' },
  { row: 'A17 an old clean scan', policy: 'scanned', good: [provenance, scan([])], bad: { 'in place of the bad one': [provenance, scan([], NOW - 8 * DAY)] }, code: 'POLICY_TOO_OLD' },
  { row: 'A20 one of two', policy: 'two', good: [envelope([first, second])], bad: { 'the same key twice': [envelope([first, first])], 'a stranger first, then one who is trusted': [envelope([stranger, first])], 'the same key in two envelopes': [envelope([first]), provenance] }, code: 'POLICY_THRESHOLD', message: /expected +2 of first, second[\s\S]*found +1/ },
  { row: 'A20 nobody', policy: 'typed', good: [envelope([stranger, first])], bad: { 'strangers alone': [envelope([stranger, stranger])] }, code: 'VERIFY_SIGNER_UNTRUSTED' },
];

let count = 0;
async function ask(policy: string, attachments: readonly Attachment[], by: TestServer = server): Promise<AdmissionAnswer> {
  count += 1;
  const digest = asDigest(pushImage(registry, `${policy}/app`, `t${count}`));
  for (const attach of attachments) {
    const layer = attach(digest);
    attachReferrer(registry, `${policy}/app`, digest, { artifactType: layer.mediaType, layers: [layer] });
  }
  return by.validate(podReview({ images: [`${registry.host}/${policy}/app@${digest}`] }));
}

beforeAll(async () => {
  registry = await startRegistry();
  server = await startTestServer({ 'rows.yaml': policies() }, { plainHttp: [registry.host] });
});
afterAll(async () => {
  await server.close();
  await registry.close();
});

describe.each(ROWS)('$row', ({ row, policy, good, bad, code, message }) => {
  const ids = row.match(/A\d\d/g)?.join(' ') ?? '';

  test(`${ids} twin: admitted`, async () => {
    const answer = await ask(policy, good);
    expect(answer.status?.message).toBeUndefined();
    expect(answer.allowed).toBe(true);
  });

  test.each(Object.entries(bad))(`${ids} %s: denied`, async (_, attachments) => {
    const answer = await ask(policy, attachments);
    expect(answer.allowed).toBe(false);
    expect(codes(answer).filter((one) => one !== 'POLICY_SATISFIED')).toEqual([code]);
    expect(answer.status?.code).toBe(403);
    if (message !== undefined) expect(answer.status?.message).toMatch(message);
  });
});

describe('policies', () => {
  test.each<[string, object]>([
    ['no signer', { attestation: { type: SLSA, by: [] } }], ['no alternative', { anyOf: [] }], ['a threshold of 0', { attestation: { type: SLSA, by: ['first'], threshold: 0 } }], ['a threshold of 3 with 2 signers', { attestation: { type: SLSA, by: ['first', 'second'], threshold: 3 } }],
  ])('A18 with %s are refused, and everything is denied', async (_, requirement) => {
    const broken = await startTestServer({ 'rows.yaml': policies(), 'broken.yaml': yaml([policyNamed('broken', `${registry.host}/typed/**`, [requirement])]) }, { plainHttp: [registry.host] });
    try {
      const answer = await ask('typed', [provenance], broken);
      expect([answer.allowed, answer.status?.code, ...codes(answer)]).toEqual([false, 503, 'POLICY_UNAVAILABLE']);
    } finally {
      await broken.close();
    }
  });

  test.each<[string, boolean]>([['deny', false], ['warn', true], ['allow', true]])('A19 an image that none speaks about, where the configuration says %s', async (unmatched, allowed) => {
    const other = await startTestServer({ 'rows.yaml': policies() }, { plainHttp: [registry.host], unmatched });
    try {
      const answer = await ask('unknown', [provenance], other);
      expect([answer.allowed, ...codes(answer)]).toEqual([allowed, 'SELECT_NO_POLICY']);
      expect(answer.warnings?.some((warning) => warning.includes('unknown/app')) ?? false).toBe(unmatched === 'warn');
      if (!allowed) expect(answer.status?.message).toContain(`${registry.host}/unknown/app`);
    } finally {
      await other.close();
    }
  });

  test('A19 deny without any configuration', async () => expect(codes(await ask('nobody', [provenance]))).toEqual(['SELECT_NO_POLICY']));
});
