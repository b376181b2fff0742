import { describe, expect, test } from 'vitest';
import type { TrustMaterial, UnverifiedEvidence, VerificationJob } from '../../../src/domain/evidence.ts';
import { createJobRunner } from '../../../src/verify/job.ts';
import type { ProofCore, RawOutcome } from '../../../src/verify/proof.ts';
import { runVerificationJob } from '../../../src/verify/run.ts';
import { createProofCore } from '../../../src/verify/run.ts';
import { keyBundle, keylessBundle } from '../../world/bundle.ts';
import { attestationLayer, simpleSigningLayer } from '../../world/cosign.ts';
import { asDigest, base64, hash, jsonBytes, pae } from '../../world/encode.ts';
import { makeKey, signWith } from '../../world/keys.ts';
import type { SigningKey } from '../../world/keys.ts';
import { cosignSignStatement, makeStatement, slsaProvenanceV1 } from '../../world/statement.ts';
import { createWorld } from '../../world/world.ts';
import type { World } from '../../world/world.ts';
import { DIGEST, evidence, job, layerEvidence, NOW, OTHER, RELEASE, trust, trustedKey, trustedRoot } from './support.ts';

const PROOF_CORE = createProofCore();

const world = createWorld({ now: NOW });
const root = trustedRoot(world);
const release = world.key();
const stranger = world.key();
const PROVENANCE = makeStatement(DIGEST, slsaProvenanceV1());
const SAYS = { digest: DIGEST, reference: 'ghcr.io/acme/app' };

async function judge(piece: UnverifiedEvidence, material: TrustMaterial, digest = DIGEST): Promise<RawOutcome> {
  const [outcome] = await runVerificationJob(job([piece], material, digest));
  if (outcome === undefined) throw new Error('no outcome');
  return outcome;
}
const codes = (outcome: RawOutcome): readonly string[] => outcome.problems.map((problem) => problem.code);

function envelope(statement: unknown, keys: readonly SigningKey[], payloadType = 'application/vnd.in-toto+json', keyid?: string): Buffer {
  const payload = Buffer.isBuffer(statement) ? statement : jsonBytes(statement);
  const signatures = keys.map((key) => ({ sig: base64(signWith(key, pae(payloadType, payload))), ...(keyid === undefined ? {} : { keyid }) }));
  return jsonBytes({ payloadType, payload: base64(payload), signatures });
}

const byKey = trust([trustedKey(release)]);
const keyless = trust([], [root]);

describe('A08 a statement about something else', () => {
  const about = makeStatement([{ name: 'src', digest: { gitCommit: 'a'.repeat(40) } }], slsaProvenanceV1());
  const asked = { ...byKey, relatedTypes: ['https://slsa.dev/provenance/v1'] };
  const pieces: [string, UnverifiedEvidence][] = [
    ['sigstore-bundle', evidence('sigstore-bundle', keyBundle(world, { key: release, statement: about }))],
    ['dsse', evidence('dsse', envelope(about, [release]))],
  ];

  test.each(pieces)('in a %s is proven only where a layout asks for its type, apart from all proofs, and stays a problem', async (_, piece) => {
    expect(await judge(piece, byKey)).toMatchObject({ proofs: [], problems: [{ code: 'VERIFY_SUBJECT_MISMATCH' }] });
    expect((await judge(piece, byKey)).related).toBeUndefined();
    expect((await judge(piece, { ...byKey, relatedTypes: ['https://slsa.dev/provenance/v0.2'] })).related).toBeUndefined();
    expect(await judge(piece, asked)).toMatchObject({ proofs: [], problems: [{ code: 'VERIFY_SUBJECT_MISMATCH', claimedType: 'https://slsa.dev/provenance/v1' }], related: [{ kind: 'attestation', signer: { keyId: release.keyId }, statement: { subjects: [{ name: 'src' }] } }] });
  });

  test('is related only when its signature holds', async () => {
    expect(await judge(evidence('dsse', envelope(about, [stranger])), asked)).toMatchObject({ proofs: [], related: [], problems: [{ code: 'VERIFY_SUBJECT_MISMATCH' }] });
  });

  test('is never a signature, though its type is that of one', async () => {
    const statement = cosignSignStatement(OTHER);
    const outcome = await judge(evidence('dsse', envelope(statement, [release])), { ...byKey, relatedTypes: [statement.predicateType] });
    expect(outcome).toMatchObject({ proofs: [], related: [] });
  });

  test('one about the same bytes under another name is not related, nor is anything where a commit is asked about', async () => {
    const named = makeStatement(DIGEST, slsaProvenanceV1(), { name: 'pkg:npm/left-pad@1.0.0' });
    const piece = evidence('dsse', envelope(named, [release]));
    const ask = async (artifact: VerificationJob['artifact'], of: UnverifiedEvidence) => (await runVerificationJob({ ...job([of], asked), artifact }))[0];
    expect(await ask({ kind: 'package', name: 'npm/right-pad', digest: DIGEST }, piece)).toMatchObject({ proofs: [], problems: [{ code: 'VERIFY_SUBJECT_MISMATCH' }] });
    expect((await ask({ kind: 'package', name: 'npm/right-pad', digest: DIGEST }, piece))?.related).toBeUndefined();
    expect((await ask({ kind: 'package', name: 'npm/right-pad', digest: OTHER }, piece))?.related).toHaveLength(1);
    expect((await ask({ kind: 'git', name: 'github.com/acme/app', digest: `gitCommit:${'b'.repeat(40)}` as never }, pieces[1]?.[1] ?? piece))?.related).toBeUndefined();
  });

  test('one about the artifact is no related one', async () => {
    const outcome = await judge(evidence('dsse', envelope(PROVENANCE, [release])), asked);
    expect(outcome.proofs).toHaveLength(1);
    expect(outcome.related).toBeUndefined();
  });
});

describe('what each format proves', () => {
  test('a bundle with a statement of cosign sign is a signature by its certificate', async () => {
    const outcome = await judge(evidence('sigstore-bundle', keylessBundle(world, { identity: RELEASE, digest: DIGEST })), keyless);
    expect(outcome.problems).toEqual([]);
    expect(outcome.proofs).toMatchObject([{ kind: 'signature', format: 'sigstore-bundle', artifactDigest: DIGEST, signer: { kind: 'certificate', trustRoot: 'acme', issuer: RELEASE.issuer, subject: { type: 'uri', value: RELEASE.san } } }]);
    expect(outcome.proofs[0]?.statement).toBeUndefined();
    expect(outcome.proofs[0]?.times).toHaveLength(1);
    expect(outcome.proofs[0]?.logEntries).toHaveLength(1);
  });

  test('a bundle with any other statement is an attestation with its statement', async () => {
    const outcome = await judge(evidence('sigstore-bundle', keylessBundle(world, { identity: RELEASE, statement: PROVENANCE, log: 'v2' })), keyless);
    expect(outcome.proofs).toMatchObject([{ kind: 'attestation', statement: { predicateType: 'https://slsa.dev/provenance/v1', predicateJson: JSON.stringify(PROVENANCE.predicate) } }]);
  });

  test('a bundle with a message signature over the artifact is a signature', async () => {
    const manifest = Buffer.from('{"schemaVersion":2}');
    const digest = asDigest(`sha256:${hash(manifest).toString('hex')}`);
    const piece = evidence('sigstore-bundle', keyBundle(world, { key: release, artifact: manifest }));
    expect((await judge(piece, byKey, digest)).proofs).toMatchObject([{ kind: 'signature', signer: { kind: 'key', keyId: release.keyId } }]);
    expect(codes(await judge(piece, byKey))).toEqual(['VERIFY_SUBJECT_MISMATCH']);
  });

  test('a legacy signature gives the signed reference', async () => {
    const outcome = await judge(layerEvidence('cosign-simple', simpleSigningLayer(world, SAYS, { key: release })), byKey);
    expect(outcome.proofs).toMatchObject([{ kind: 'signature', dockerReference: 'ghcr.io/acme/app', signer: { kind: 'key', keyId: release.keyId }, times: [], logEntries: [] }]);
  });

  test('a legacy keyless signature is proven by its annotations', async () => {
    const outcome = await judge(layerEvidence('cosign-simple', simpleSigningLayer(world, SAYS, { identity: RELEASE })), keyless);
    expect(outcome.proofs).toMatchObject([{ kind: 'signature', signer: { kind: 'certificate', trustRoot: 'acme' } }]);
  });

  test('a legacy attestation is proven by certificate or by key', async () => {
    for (const [by, material] of [[{ identity: RELEASE }, keyless], [{ key: release }, byKey]] as const) {
      const outcome = await judge(layerEvidence('cosign-dsse', attestationLayer(world, PROVENANCE, by)), material);
      expect(outcome.problems).toEqual([]);
      expect(outcome.proofs).toMatchObject([{ kind: 'attestation', format: 'cosign-dsse' }]);
    }
  });

  test('a bare envelope is proven by key only', async () => {
    expect((await judge(evidence('dsse', envelope(PROVENANCE, [release])), byKey)).proofs).toHaveLength(1);
    expect(codes(await judge(evidence('dsse', envelope(PROVENANCE, [release])), keyless))).toEqual(['VERIFY_LOG_MISSING']);
  });

  test('a certificate in the annotations does not hide a good signature by key', async () => {
    const { annotations: foreign } = simpleSigningLayer(world, SAYS, { identity: RELEASE });
    const layer = simpleSigningLayer(world, SAYS, { key: release });
    const certificate = { 'dev.sigstore.cosign/certificate': foreign['dev.sigstore.cosign/certificate'] ?? '' };
    const piece = evidence('cosign-simple', layer.bytes, { ...layer.annotations, ...certificate });
    expect((await judge(piece, trust([trustedKey(release)], [root]))).proofs).toMatchObject([{ signer: { kind: 'key' } }]);
    expect(codes(await judge(piece, trust([trustedKey(stranger)], [root])))).toEqual(['VERIFY_SIGNATURE_INVALID']);
  });

  test('the same key under two roots, and the same root for two policies, give one proof each', async () => {
    const second = trustedRoot(world, 'second');
    const logged = evidence('sigstore-bundle', keyBundle(world, { key: release, digest: DIGEST, log: 'v1' }));
    const outcome = await judge(logged, trust([trustedKey(release), trustedKey(release, root), trustedKey(release, second)], [root, second]));
    expect(outcome.proofs.map((proof) => proof.logEntries.length)).toEqual([0, 1]);
  });

  test('B15 a chain with a root certificate is judged under the trust roots that list it, and refused when none does', async () => {
    const foreign = createWorld({ now: NOW });
    const bundle = (...roots: readonly World[]): UnverifiedEvidence => evidence('sigstore-bundle', keylessBundle(world, {
      identity: RELEASE, digest: DIGEST, version: '0.1', withChain: true,
      map: (made) => {
        const { certificates } = made.verificationMaterial['x509CertificateChain'] as { certificates: unknown[] };
        return { ...made, verificationMaterial: { ...made.verificationMaterial, x509CertificateChain: { certificates: [...certificates, ...roots.map(({ ca }) => ({ rawBytes: base64(ca.chain.at(-1)?.der ?? Buffer.alloc(0)) }))] } } };
      },
    }));
    expect(await judge(bundle(world), keyless)).toMatchObject({ proofs: [{ signer: { trustRoot: 'acme' } }], problems: [] });
    expect(codes(await judge(bundle(foreign), keyless))).toEqual(['VERIFY_MALFORMED']);
    expect(codes(await judge(bundle(world, foreign), trust([], [root, trustedRoot(foreign, 'foreign')])))).toEqual(['VERIFY_MALFORMED']);
    expect(codes(await judge(bundle(foreign), trust([], [root, trustedRoot(foreign, 'foreign')])))).toEqual(['VERIFY_CERTIFICATE_UNTRUSTED']);
  });

  test('a root that proves and a root that does not give one proof and no problem', async () => {
    const foreign = trustedRoot(createWorld({ now: NOW }), 'foreign');
    const outcome = await judge(evidence('sigstore-bundle', keylessBundle(world, { identity: RELEASE, digest: DIGEST })), trust([], [foreign, root]));
    expect(outcome).toMatchObject({ proofs: [{ signer: { trustRoot: 'acme' } }], problems: [] });
  });
});

describe('which no', () => {
  const signed = (key: SigningKey, hint?: string): UnverifiedEvidence => evidence('sigstore-bundle', keyBundle(world, { key, digest: DIGEST, ...(hint === undefined ? {} : { hint }) }));

  test('a signature of the hinted, trusted key that does not hold is broken', async () => {
    const forged = evidence('sigstore-bundle', keyBundle(world, { key: release, digest: DIGEST, override: { signingKey: stranger } }));
    expect((await judge(forged, byKey)).problems).toMatchObject([{ code: 'VERIFY_SIGNATURE_INVALID', source: 'layer 0' }]);
  });

  test('a signature by a key that is not trusted names both keys', async () => {
    expect((await judge(signed(stranger), byKey)).problems).toMatchObject([{ code: 'VERIFY_SIGNER_UNTRUSTED', found: `key ${stranger.keyId}`, expected: `key ${release.keyId}` }]);
  });

  test('without a hint the signer is a key that is not trusted', async () => {
    const layer = layerEvidence('cosign-simple', simpleSigningLayer(world, SAYS, { key: stranger }));
    expect((await judge(layer, byKey)).problems).toMatchObject([{ code: 'VERIFY_SIGNER_UNTRUSTED', found: 'a key that is not trusted' }]);
  });

  test('without a hint, the log entry names the key if the signature is its', async () => {
    const layer = layerEvidence('cosign-simple', simpleSigningLayer(world, SAYS, { key: stranger }, { log: 'v1' }));
    expect((await judge(layer, byKey)).problems).toMatchObject([{ code: 'VERIFY_SIGNER_UNTRUSTED', found: `key ${stranger.keyId}` }]);
    const lying = layerEvidence('cosign-simple', simpleSigningLayer(world, SAYS, { key: stranger }, { log: 'v1', override: { logVerifier: { key: makeKey() } } }));
    expect((await judge(lying, byKey)).problems).toMatchObject([{ code: 'VERIFY_SIGNER_UNTRUSTED', found: 'a key that is not trusted' }]);
  });

  test('a hint proves nothing: a lying one neither helps a stranger nor hurts the trusted key', async () => {
    expect(codes(await judge(signed(stranger, release.hint), byKey))).toEqual(['VERIFY_SIGNATURE_INVALID']);
    expect((await judge(signed(release, stranger.hint), byKey)).proofs).toHaveLength(1);
  });

  test('keyed evidence where only keyless signers are trusted, and the reverse, say so', async () => {
    expect((await judge(signed(release), keyless)).problems).toMatchObject([{ code: 'VERIFY_SIGNER_UNTRUSTED', found: expect.stringContaining('without certificate') as string }]);
    const reverse = await judge(evidence('sigstore-bundle', keylessBundle(world, { identity: RELEASE, digest: DIGEST })), byKey);
    expect(reverse.problems).toMatchObject([{ code: 'VERIFY_SIGNER_UNTRUSTED', found: expect.stringContaining(RELEASE.san) as string, expected: expect.stringContaining(release.keyId) as string }]);
  });

  test('a certificate that no root issued is untrusted, once', async () => {
    const foreign = createWorld({ now: NOW });
    const piece = evidence('sigstore-bundle', keylessBundle(foreign, { identity: RELEASE, digest: DIGEST }));
    expect(codes(await judge(piece, trust([], [root, trustedRoot(world, 'second')])))).toEqual(['VERIFY_CERTIFICATE_UNTRUSTED']);
  });

  test('a log entry that does not hold is reported, although the key is trusted', async () => {
    const entryOfAnother = evidence('sigstore-bundle', keyBundle(world, { key: release, digest: DIGEST, log: 'v1', override: { logVerifier: { key: stranger } } }));
    expect(codes(await judge(entryOfAnother, trust([trustedKey(release, root)], [root])))).toEqual(['VERIFY_LOG_MISMATCH']);
  });

  test('evidence for another digest says so before any cryptography, whoever signed it', async () => {
    for (const piece of [
      evidence('sigstore-bundle', keyBundle(world, { key: stranger, digest: OTHER })),
      layerEvidence('cosign-simple', simpleSigningLayer(world, { ...SAYS, digest: OTHER }, { key: stranger })),
      evidence('dsse', envelope(makeStatement(OTHER, slsaProvenanceV1()), [stranger])),
    ]) expect((await judge(piece, byKey)).problems).toMatchObject([{ code: 'VERIFY_SUBJECT_MISMATCH', found: OTHER, expected: DIGEST }]);
  });
});

describe('types are not confused', () => {
  test.each(['text/plain', 'application/vnd.dev.cosign.simplesigning.v1+json', 'application/vnd.in-toto+json ', 'Application/vnd.in-toto+json', 'application/vnd.in-toto.provenance+json', ''])('A05 a statement signed as %j is no statement', async (payloadType) => {
    expect(codes(await judge(evidence('dsse', envelope(PROVENANCE, [release], payloadType)), byKey))).toEqual(['VERIFY_PAYLOAD_TYPE']);
  });

  test('A05 a payload type swapped after signing is a broken signature', async () => {
    const swapped = JSON.parse(envelope(PROVENANCE, [release], 'text/plain').toString()) as Record<string, unknown>;
    expect(codes(await judge(evidence('dsse', jsonBytes({ ...swapped, payloadType: 'application/vnd.in-toto+json' })), byKey))).toEqual(['VERIFY_SIGNER_UNTRUSTED']);
  });

  test('A06 a signature over the bare payload is not one over the envelope', async () => {
    const payload = jsonBytes(PROVENANCE);
    const bare = jsonBytes({ payloadType: 'application/vnd.in-toto+json', payload: base64(payload), signatures: [{ keyid: release.keyId, sig: base64(signWith(release, payload)) }] });
    expect(codes(await judge(evidence('dsse', bare), byKey))).toEqual(['VERIFY_SIGNATURE_INVALID']);
  });

  test.each([['no predicate type', '{"_type":"https://in-toto.io/Statement/v0.1"}'], ['nothing', ''], ['a list', '[]'], ['null', 'null'], ['a number', '42']])('A03 a signed payload of %s is not a statement', async (_, payload) => {
    expect(codes(await judge(evidence('dsse', envelope(Buffer.from(payload), [release])), byKey))).toEqual(['VERIFY_STATEMENT']);
  });

  test('A01 an attestation is never a signature, and a signature statement never an attestation', async () => {
    const attestation = await judge(evidence('dsse', envelope(PROVENANCE, [release])), byKey);
    const signature = await judge(evidence('dsse', envelope(cosignSignStatement(DIGEST), [release])), byKey);
    const lookalike = await judge(evidence('dsse', envelope({ ...cosignSignStatement(DIGEST), predicateType: 'https://sigstore.dev/cosign/sign/v1 ' }, [release])), byKey);
    expect([attestation, signature, lookalike].map((outcome) => outcome.proofs[0]?.kind)).toEqual(['attestation', 'signature', 'attestation']);
  });

  test('a simple-signing payload is no envelope and an envelope no payload', async () => {
    const simple = simpleSigningLayer(world, SAYS, { key: release });
    expect(codes(await judge(evidence('cosign-dsse', simple.bytes, simple.annotations), byKey))).toEqual(['VERIFY_MALFORMED']);
    const attested = attestationLayer(world, PROVENANCE, { key: release });
    expect(codes(await judge(evidence('cosign-simple', attested.bytes, attested.annotations), byKey))).toEqual(['VERIFY_MALFORMED']);
  });

  test('a problem names the predicate type the evidence claims', async () => {
    expect((await judge(evidence('dsse', envelope(PROVENANCE, [stranger])), byKey)).problems).toMatchObject([{ claimedType: 'https://slsa.dev/provenance/v1' }]);
  });

  test('a format nobody knows is a problem, not a fault', async () => {
    expect(codes(await judge({ ...evidence('dsse', Buffer.from('{}')), format: 'constructor' as 'dsse' }, byKey))).toEqual(['VERIFY_FORMAT']);
  });
});

describe('several signatures', () => {
  test('A20 each distinct trusted key gives one proof, strangers give a problem', async () => {
    const both = trust([trustedKey(release), trustedKey(stranger)]);
    const piece = evidence('dsse', envelope(PROVENANCE, [release, makeKey(), stranger]));
    const outcome = await judge(piece, both);
    expect(outcome.proofs.map((proof) => proof.signer.keyId)).toEqual([release.keyId, stranger.keyId]);
    expect(codes(outcome)).toEqual(['VERIFY_SIGNER_UNTRUSTED']);
  });

  test('A20 the same key twice, also under two names, counts once', async () => {
    const twice = JSON.parse(envelope(PROVENANCE, [release, release]).toString()) as { signatures: { keyid?: string }[] };
    twice.signatures.forEach((signature, index) => (signature.keyid = `key-${index}`));
    expect((await judge(evidence('dsse', jsonBytes(twice)), byKey)).proofs).toHaveLength(1);
  });
});

describe('limits', () => {
  const strangers = Array.from({ length: 70 }, (_, index) => ({ keyId: `sha256:${String(index).padStart(64, '0')}`, pem: 'pem' }));
  const counting = (): { core: ProofCore<unknown>; attempts: () => number } => {
    let attempts = 0;
    const no = { ok: false, problem: { code: 'VERIFY_SIGNATURE_INVALID' } } as const;
    const count = (): typeof no => {
      attempts += 1;
      return no;
    };
    return { core: { ...PROOF_CORE, proveKey: count, proveCertificate: count, compileRoot: () => ({}) }, attempts: () => attempts };
  };

  test('G05 at most 64 keys are tried on one signature, the hinted one among them', async () => {
    const { core, attempts } = counting();
    const piece = evidence('dsse', envelope(PROVENANCE, [release]));
    expect((await createJobRunner(core)(job([piece], trust(strangers))))[0]).toMatchObject({ problems: [{ code: 'VERIFY_LIMIT' }], cacheable: true });
    expect(attempts()).toBe(64);
    const hinted = evidence('dsse', envelope(PROVENANCE, [release], undefined, release.keyId));
    expect((await judge(hinted, trust([...strangers, trustedKey(release)]))).proofs).toHaveLength(1);
  });

  test('G01 at most 10 000 attempts are made in one job, and 16 in each piece that finds none left, and what they stopped is not remembered', async () => {
    const { core, attempts } = counting();
    const piece = evidence('dsse', envelope(PROVENANCE, Array.from({ length: 4 }, () => release)));
    const outcomes = await createJobRunner(core)(job(Array.from({ length: 42 }, () => piece), trust(strangers.slice(0, 63))));
    expect(attempts()).toBe(10_000 + 3 * 16);
    expect(outcomes.map((outcome) => outcome.cacheable)).toEqual([...Array.from({ length: 39 }, () => true), false, false, false]);
    expect(outcomes[41]?.problems).toMatchObject(Array.from({ length: 4 }, () => ({ code: 'VERIFY_LIMIT' })));
  });

  test('B5: of the signatures of one envelope that name no trusted key, four are tried with every key', async () => {
    const { core, attempts } = counting();
    const unnamed = (count: number) => evidence('dsse', envelope(PROVENANCE, Array.from({ length: count }, () => release)));
    const judged = async (count: number) => (await createJobRunner(core)(job([unnamed(count)], trust(strangers.slice(0, 10)))))[0];
    expect((await judged(4))?.problems.map(({ code }) => code)).not.toContain('VERIFY_LIMIT');
    expect(attempts()).toBe(40);
    expect((await judged(32))?.problems.filter(({ code }) => code === 'VERIFY_LIMIT')).toHaveLength(28);
    expect(attempts()).toBe(80);
  });

  test('B5: a signature under the id of its key is found behind any number of others; without one it is not, behind four', async () => {
    const garbage = Array.from({ length: 8 }, () => ({ keyid: '', sig: Buffer.from('garbage').toString('base64') }));
    const good = JSON.parse(envelope(PROVENANCE, [release]).toString()) as { signatures: object[] };
    const behind = (keyid: string) => evidence('dsse', jsonBytes({ ...good, signatures: [...garbage, ...good.signatures.map((one) => ({ ...one, keyid }))] }));
    expect((await judge(behind(release.keyId), byKey)).proofs).toHaveLength(1);
    const unnamed = await judge(behind(''), byKey);
    expect([unnamed.proofs.length, unnamed.problems.some(({ code }) => code === 'VERIFY_LIMIT')]).toEqual([0, true]);
  });

  test('B5: an attempt costs by the bytes it hashes, for each of three hashes: a large envelope has fewer', async () => {
    const { core, attempts } = counting();
    const large = { ...PROVENANCE, predicate: { text: 'x'.repeat(8 * 1024 * 1024) } };
    const pieces = Array.from({ length: 6 }, () => evidence('dsse', envelope(large as typeof PROVENANCE, [release])));
    await createJobRunner(core)(job(pieces, trust(strangers.slice(0, 63))));
    expect(attempts()).toBe(Math.floor(10_000 / 385));
  });

  test('G03 evidence above 16 MiB is not parsed', async () => {
    expect(codes(await judge(evidence('sigstore-bundle', Buffer.alloc(16 * 1024 * 1024 + 1)), byKey))).toEqual(['VERIFY_LIMIT']);
  });
});
