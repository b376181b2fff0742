import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDigest } from '../../../src/domain/artifact/digest.ts';
import type { Digest } from '../../../src/domain/artifact/digest.ts';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import type { SigstoreRoot } from '../../../src/domain/policy/trust-root.ts';
import { publicGoodRoot, readPublicKey } from '../../../src/trust/index.ts';
import type { RawOutcome } from '../../../src/verify/proof.ts';
import { runVerificationJob } from '../../../src/verify/run.ts';
import { hasSharedData, sharedData } from '../../support/shared.ts';
import { evidence, job, OTHER, trust } from './support.ts';

/** Evidence that real tools made and real services logged, judged under the real public-good root. */
interface Layer {
  readonly mediaType: string;
  readonly digest: string;
  readonly annotations: Readonly<Record<string, string>>;
}
interface Manifest {
  readonly layers: readonly Layer[];
}

const publicGood = trust([], [publicGoodRoot()]);

function judge(pieces: readonly UnverifiedEvidence[], material: Parameters<typeof job>[1], digest: Digest): Promise<readonly RawOutcome[]> {
  return runVerificationJob({ ...job(pieces, material, digest), now: Date.UTC(2027, 0, 1) });
}
const codes = (outcomes: readonly RawOutcome[]): readonly string[] => outcomes.flatMap((outcome) => outcome.problems.map((problem) => problem.code));
const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const digestOf = (text: string): Digest => {
  const digest = parseDigest(text);
  if (digest === undefined) throw new Error(`not a digest: ${text}`);
  return digest;
};

function cosignImage(folder: string): { readonly image: Digest; readonly pieces: readonly UnverifiedEvidence[] } {
  const blob = (digest: string): string => join(folder, 'blobs/sha256', digest.slice('sha256:'.length));
  const { manifests } = json(join(folder, 'index.json')) as { manifests: { digest: string; annotations: { kind: string } }[] };
  const of = (kind: RegExp): string => manifests.find(({ annotations }) => kind.test(annotations.kind))?.digest ?? '';
  const { layers } = json(blob(of(/\/atts$/))) as Manifest;
  const pieces = layers.map((layer) => evidence('cosign-dsse', readFileSync(blob(layer.digest)), layer.annotations));
  return { image: digestOf(of(/\/image(?:Index)?$/)), pieces };
}

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('attestations that slsa-github-generator pushed with cosign', () => {
  const folders = hasSharedData ? readdirSync(sharedData('slsa-images')).flatMap((version) => {
    const at = sharedData(`slsa-images/${version}`);
    return readdirSync(at, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => join(at, entry.name));
  }) : [];

  test.each(folders.map((folder) => [folder.split('/').slice(-2).join('/'), folder]))('%s is proven for its image and no other', async (_, folder) => {
    const { image, pieces } = cosignImage(folder);
    const outcomes = await judge(pieces, publicGood, image);
    expect(codes(await judge(pieces, publicGood, OTHER))).toEqual(pieces.map(() => 'VERIFY_SUBJECT_MISMATCH'));
    expect(codes(outcomes)).toEqual([]);
    expect(outcomes[0]?.proofs).toMatchObject([{ kind: 'attestation', signer: { kind: 'certificate', issuer: 'https://token.actions.githubusercontent.com', subject: { value: expect.stringContaining('slsa-framework/slsa-github-generator') as string } } }]);
    expect(codes(await judge(pieces.map((piece) => ({ ...piece, annotations: { ...piece.annotations, 'dev.sigstore.cosign/bundle': '' } })), publicGood, image))).toEqual(pieces.map(() => 'VERIFY_LOG_MISSING'));
  });
});

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('bundles of sigstore-go', () => {
  const bundle = (name: string): UnverifiedEvidence => evidence('sigstore-bundle', readFileSync(sharedData(`sigstore-go/bundles/${name}.sigstore.json`)));
  const subjectOf = (piece: UnverifiedEvidence): Digest => {
    const { dsseEnvelope } = JSON.parse(Buffer.from(piece.bytes).toString()) as { dsseEnvelope: { payload: string } };
    const { subject } = JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString()) as { subject: { digest: Record<string, string> }[] };
    const [[algorithm, hex] = ['', '']] = Object.entries(subject[0]?.digest ?? {});
    return digestOf(`${algorithm}:${hex}`);
  };

  test('npm provenance is bound by sha512', async () => {
    const piece = bundle('sigstore.js@2.0.0-provenance');
    const digest = subjectOf(piece);
    expect(digest).toMatch(/^sha512:/);
    expect(await judge([piece], publicGood, digest)).toMatchObject([{ proofs: [{ kind: 'attestation', statement: { predicateType: 'https://slsa.dev/provenance/v1' } }], problems: [] }]);
  });

  test('A20 a second signature makes the bundle malformed, not signed twice', async () => {
    expect(codes(await judge([bundle('dsse-2sigs')], publicGood, OTHER))).toEqual(['VERIFY_MALFORMED']);
  });

  test('a key signature with a timestamp is dated by its authority', async () => {
    const root: SigstoreRoot = { kind: 'sigstore', name: 'keys', id: 'keys', trustedRoot: json(sharedData('sigstore-go/trusted-roots/public-key-validity.json')), require: { transparencyLog: 0, sct: 0, timestamps: 0 }, secondOpinion: 'off' };
    const reading = readPublicKey(readFileSync(sharedData('sigstore-go/public-keys/public-key-validity.pem'), 'utf8'));
    if (!reading.ok) throw new Error(reading.problem);
    const piece = bundle('public-key-validity');
    const { messageSignature } = JSON.parse(Buffer.from(piece.bytes).toString()) as { messageSignature: { messageDigest: { digest: string } } };
    const digest = digestOf(`sha256:${Buffer.from(messageSignature.messageDigest.digest, 'base64').toString('hex')}`);
    const material = trust([{ ...reading.key, rootId: 'keys' }], [{ ...root, id: 'keys' }]);
    expect(await judge([piece], material, digest)).toMatchObject([{ proofs: [{ kind: 'signature', signer: { keyId: reading.key.keyId }, times: [{ source: 'timestamp' }] }], problems: [] }]);
  });
});
