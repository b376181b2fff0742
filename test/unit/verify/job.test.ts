import { describe, expect, test } from 'vitest';
import { createJobRunner } from '../../../src/verify/job.ts';
import type { ProofCore } from '../../../src/verify/proof.ts';
import { createProofCore } from '../../../src/verify/run.ts';
import { keyBundle, keylessBundle } from '../../world/bundle.ts';
import { createWorld } from '../../world/world.ts';
import { DIGEST, evidence, job, NOW, RELEASE, trust, trustedKey, trustedRoot } from './support.ts';

const PROOF_CORE = createProofCore();

const world = createWorld({ now: NOW });
const key = world.key();
const keyed = evidence('sigstore-bundle', keyBundle(world, { key, digest: DIGEST }));
const keyless = evidence('sigstore-bundle', keylessBundle(world, { identity: RELEASE, digest: DIGEST }));
const root = trustedRoot(world);

describe('job', () => {
  test('answers every piece in order, with its source and digest', async () => {
    const run = createJobRunner(PROOF_CORE);
    const outcomes = await run(job([keyed, { ...keyless, source: 'layer 1' }], trust([trustedKey(key)], [root])));
    expect(outcomes.map(({ source, evidenceDigest, proofs }) => [source, evidenceDigest, proofs.length])).toEqual([['layer 0', keyed.digest, 1], ['layer 1', keyless.digest, 1]]);
  });

  test('what one piece makes throw is a fault of that piece only, and not remembered', async () => {
    const core: ProofCore<unknown> = { ...PROOF_CORE, proveKey: PROOF_CORE.proveKey as ProofCore<unknown>['proveKey'], proveCertificate: () => { throw new TypeError('oops'); }, compileRoot: () => ({}) };
    const outcomes = await createJobRunner(core)(job([keyless, keyed], trust([trustedKey(key)], [root])));
    expect(outcomes).toMatchObject([{ proofs: [], problems: [{ code: 'ENGINE_FAULT', cause: expect.stringContaining('oops') as string }], cacheable: false }, { proofs: [{ kind: 'signature' }], cacheable: true }]);
  });

  test('a fault the core reports as a value is not remembered either', async () => {
    const fault = { ok: false, problem: { code: 'ENGINE_FAULT' } } as const;
    const core: ProofCore<unknown> = { ...PROOF_CORE, proveKey: () => fault, proveCertificate: () => fault, compileRoot: () => ({}) };
    expect((await createJobRunner(core)(job([keyless], trust([], [root]))))[0]?.cacheable).toBe(false);
  });

  test('a root that cannot be made ready is a fault, not a denial', async () => {
    const core: ProofCore<unknown> = { ...PROOF_CORE, proveKey: () => { throw new Error(); }, proveCertificate: () => { throw new Error(); }, compileRoot: () => { throw new Error('broken root'); } };
    expect((await createJobRunner(core)(job([keyless], trust([], [root]))))[0]?.problems).toMatchObject([{ code: 'ENGINE_FAULT' }]);
  });

  test('roots are made ready once, and only so many are kept', async () => {
    const made: string[] = [];
    const no = { ok: false, problem: { code: 'VERIFY_CERTIFICATE_UNTRUSTED' } } as const;
    const run = createJobRunner<string>({ proveKey: () => no, proveCertificate: () => no, lists: () => false, describeCertificate: () => undefined, compileRoot: ({ id }) => (made.push(id), id) });
    const rootNumber = (id: number) => trust([], [{ ...root, id: `r${id}` }]);
    await run(job([keyless, keyless], rootNumber(0)));
    await run(job([keyless], rootNumber(0)));
    expect(made).toEqual(['r0']);
    for (let id = 1; id <= 32; id += 1) await run(job([keyless], rootNumber(id)));
    await run(job([keyless], rootNumber(0)));
    expect(made.filter((id) => id === 'r0')).toHaveLength(2);
  });
});
