import { describe, expect, test } from 'vitest';
import type { SigstoreRoot } from '../../../../src/domain/policy/trust-root.ts';
import { createJobRunner } from '../../../../src/verify/job.ts';
import { createProofCore } from '../../../../src/verify/run.ts';
import type { AskOpinion, Opinion } from '../../../../src/verify/second-opinion/index.ts';
import { keyBundle, keylessBundle } from '../../../world/bundle.ts';
import { simpleSigningLayer } from '../../../world/cosign.ts';
import { bundleEvidence, layerEvidence, sigstoreRoot, trustedKey, trustMaterial } from '../../../world/domain.ts';
import { digestOf } from '../../../world/encode.ts';
import { makeKey } from '../../../world/keys.ts';
import { createWorld } from '../../../world/world.ts';
import { IDENTITY, NOW } from '../sigstore/world-case.ts';

const world = createWorld({ now: NOW });
const key = world.key();
const DIGEST = digestOf(Buffer.from('an image'));
const ARTIFACT = { kind: 'image', digest: DIGEST, name: 'registry.example/acme/app' } as const;
const KEYLESS = bundleEvidence(keylessBundle(world, { identity: IDENTITY, digest: DIGEST, log: 'v1' }));

/** An opinion that does not depend on the question, and how often it was asked for. */
function saying(opinion: Opinion): { readonly ask: AskOpinion; readonly asked: () => number } {
  let asked = 0;
  return { ask: () => { asked += 1; return opinion; }, asked: () => asked };
}

async function outcome(secondOpinion: SigstoreRoot['secondOpinion'], evidence = KEYLESS, ask?: AskOpinion, keys = [trustedKey(key)]): Promise<{ readonly proofs: number; readonly codes: readonly string[]; readonly found: string | undefined; readonly cacheable: boolean | undefined }> {
  const run = createJobRunner(createProofCore(...(ask === undefined ? [] : [ask])));
  const [result] = await run({ artifact: ARTIFACT, evidence: [evidence], trust: trustMaterial(keys, [sigstoreRoot(world, { secondOpinion })]), now: NOW });
  return { proofs: result?.proofs.length ?? 0, codes: result?.problems.map(({ code }) => code) ?? [], found: result?.problems[0]?.found, cacheable: result?.cacheable };
}

describe('secondOpinion: require', () => {
  test('counts what both accept', async () => {
    expect(await outcome('require')).toMatchObject({ proofs: 1, codes: [], cacheable: true });
  });

  test('does not count what only ours accepts, says what each said, and is remembered', async () => {
    const result = await outcome('require', KEYLESS, saying({ kind: 'disagrees', said: 'tlog entry signature mismatch' }).ask);
    expect(result).toMatchObject({ proofs: 0, codes: ['VERIFY_DISAGREEMENT'], cacheable: true });
    expect(result.found).toContain(IDENTITY.san);
    expect(result.found).toContain('tlog entry signature mismatch');
  });

  test('no opinion does not count either, and is remembered: the library will not learn it', async () => {
    expect(await outcome('require', KEYLESS, saying({ kind: 'none', why: 'x' }).ask)).toMatchObject({ proofs: 0, codes: ['VERIFY_NO_SECOND_OPINION'], cacheable: true });
  });

  test('a library that failed is a fault, and is not remembered', async () => {
    expect(await outcome('require', KEYLESS, saying({ kind: 'failed', why: 'x' }).ask)).toMatchObject({ proofs: 0, codes: ['ENGINE_FAULT'], cacheable: false });
  });

  test.each<[string, ReturnType<typeof layerEvidence>]>([
    ['a layer of an older client', layerEvidence(simpleSigningLayer(world, { digest: DIGEST, reference: ARTIFACT.name }, { identity: IDENTITY }, { log: 'v1' }))],
    ['a signature over the image itself', bundleEvidence(keylessBundle(world, { identity: IDENTITY, artifact: Buffer.from('an image'), log: 'v1' }))],
  ])('the library has no opinion on %s; without require it counts', async (_, evidence) => {
    expect(await outcome('require', evidence)).toMatchObject({ proofs: 0, codes: ['VERIFY_NO_SECOND_OPINION'] });
    expect(await outcome('report', evidence)).toMatchObject({ proofs: 1, codes: [] });
  });

  test('is not asked about what our own core refuses, whose reason stands', async () => {
    const forged = bundleEvidence(keylessBundle(world, { identity: IDENTITY, digest: DIGEST, log: 'v1', override: { signingKey: makeKey() } }));
    const library = saying({ kind: 'agrees' });
    expect(await outcome('require', forged, library.ask)).toMatchObject({ proofs: 0, codes: ['VERIFY_SIGNATURE_INVALID'] });
    expect(library.asked()).toBe(0);
  });

  test('signatures by key are not asked about', async () => {
    const library = saying({ kind: 'disagrees', said: 'x' });
    expect(await outcome('require', bundleEvidence(keyBundle(world, { key, digest: DIGEST })), library.ask)).toMatchObject({ proofs: 1, codes: [] });
    expect(library.asked()).toBe(0);
  });
});

test.each(['off', 'report'] as const)('secondOpinion: %s changes no outcome and asks for nothing while it is judged', async (secondOpinion) => {
  const library = saying({ kind: 'disagrees', said: 'x' });
  expect(await outcome(secondOpinion, KEYLESS, library.ask)).toMatchObject({ proofs: 1, codes: [] });
  expect(library.asked()).toBe(0);
});
