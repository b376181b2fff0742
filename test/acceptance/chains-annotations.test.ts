// What Tekton Chains signs and keeps in the annotations of a run is evidence like any other; what else stands there is not believed.
import { describe, expect, it } from 'vitest';
import type { ArtifactRef } from '../../src/domain/artifact/artifact.ts';
import { parseImageReference } from '../../src/domain/artifact/image-reference.ts';
import { evidenceFromFile } from '../../src/fetch/index.ts';
import { createTrustReader } from '../../src/trust/index.ts';
import { judgeOffline } from '../support/offline.ts';
import { attestationLayer, simpleSigningLayer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { makeStatement, slsaProvenanceV02, slsaProvenanceV1 } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const world = createWorld({ now: NOW });
const key = world.key();
const [image, other] = [makeImage(), makeImage()];
const name = 'ghcr.io/acme/app';
const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');

const policy = (require: string): string => `
apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: chains}
spec: {identities: [{key: {data: ${JSON.stringify(key.publicKeyPem)}}}]}
---
apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: built}
spec: {artifacts: [{image: "ghcr.io/acme/**"}], require: [{name: it, ${require}}]}
`;
const PROVENANCE = 'provenance: {by: [chains], builder: "https://builder.example/v1"}';
const build = { builder: 'https://builder.example/v1' } as never;

function run(annotations: Readonly<Record<string, string>>, kind = 'PipelineRun', apiVersion = 'tekton.dev/v1'): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ apiVersion, kind, metadata: { name: 'r', uid: 'u', annotations: { 'chains.tekton.dev/signed': 'true', ...annotations } } }));
}

async function codes(file: Uint8Array, require = PROVENANCE): Promise<string[]> {
  const read = parseImageReference(`${name}@${image.digest}`);
  if (!read.ok) throw new Error('reference');
  const { name: called, digest } = read.reference;
  const ref: ArtifactRef = { kind: 'image', usage: 'container', path: '', raw: name, name: called, ...(digest === undefined ? {} : { digest }) };
  return (await judgeOffline({ ref, batch: evidenceFromFile('run.json', file), trust: createTrustReader(), now: NOW }, policy(require))).map(({ code }) => code);
}

const envelope = (predicate: Parameters<typeof makeStatement>[1], digest = image.digest, version: 'v0.1' | 'v1' = 'v1'): string =>
  base64(attestationLayer(world, makeStatement(digest, predicate, { version }), { key }).bytes);

describe('annotations of a run that Tekton Chains has signed', () => {
  it.each<[string, string]>([
    ['slsa/v1 and in-toto (SLSA 0.2)', envelope(slsaProvenanceV02(build), image.digest, 'v0.1')],
    ['slsa/v2alpha4 (SLSA 1.0)', envelope(slsaProvenanceV1(build))],
  ])('provenance in format %s', async (_, signature) => {
    expect(await codes(run({ 'chains.tekton.dev/signature-pipelinerun-u': signature, 'chains.tekton.dev/payload-pipelinerun-u': base64('{}') }))).toEqual(['POLICY_SATISFIED']);
    expect(await codes(run({ 'chains.tekton.dev/signature-taskrun-u': signature }, 'TaskRun', 'tekton.dev/v1beta1'))).toEqual(['POLICY_SATISFIED']);
  });

  it('a signature of an image', async () => {
    const layer = simpleSigningLayer(world, { digest: image.digest, reference: name }, { key });
    const signature = layer.annotations?.['dev.cosignproject.cosign/signature'] ?? '';
    const annotations = { 'chains.tekton.dev/signature-ab12': signature, 'chains.tekton.dev/payload-ab12': base64(layer.bytes) };
    expect(await codes(run(annotations), 'signature: {by: [chains]}')).toEqual(['POLICY_SATISFIED']);
    expect(await codes(run({ 'chains.tekton.dev/signature-ab12': signature }), 'signature: {by: [chains]}')).toEqual(['VERIFY_FORMAT']);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['the marker alone', {}, 'VERIFY_FORMAT'],
    ['provenance of another image', { 'chains.tekton.dev/signature-a': envelope(slsaProvenanceV1(build), other.digest) }, 'VERIFY_SUBJECT_MISMATCH'],
    ['what is no base64', { 'chains.tekton.dev/signature-a': '*' }, 'VERIFY_MALFORMED'],
    ['payload without signature', { 'chains.tekton.dev/payload-a': base64('{}') }, 'VERIFY_FORMAT'],
  ])('%s proves nothing', async (_, annotations, code) => expect(await codes(run(annotations))).toEqual([code]));

  it('run: admitted is undetermined as long as nobody can say so, whatever else holds', async () => {
    const file = run({ 'chains.tekton.dev/signature-a': envelope(slsaProvenanceV1(build)) });
    expect(await codes(file, PROVENANCE.replace('}', ', run: admitted}'))).toEqual(['POLICY_RUN_UNPROVEN']);
    expect(await codes(run({ 'chains.tekton.dev/signature-a': envelope(slsaProvenanceV1(build), other.digest) }), PROVENANCE.replace('}', ', run: admitted}'))).toEqual(['VERIFY_SUBJECT_MISMATCH']);
  });
});
