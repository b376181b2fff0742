// `everyPlatform`: what compiles, what counts as less, and what is not known; images of real indexes are in test/acceptance.
import { describe, expect, test } from 'vitest';
import { lostPolicies } from '../../../src/policy/index.ts';
import { foldPlatforms } from '../../../src/engine/platforms/fold.ts';
import type { Finding } from '../../../src/domain/decision/finding.ts';
import { asDigest } from '../../world/encode.ts';
import { judge } from './every-field/judge.ts';
import type { Scene } from './every-field/judge.ts';
import { demanding } from './every-field/row.ts';
import { DIGEST, HOUR, NOW, OTHER, says, signs } from './every-field/world.ts';
import { compile, compileSet, errors, policy, signer } from './support.ts';

const THIRD = asDigest(`sha256:${'ef'.repeat(32)}`);
const INDEX = { ok: true, images: [{ digest: OTHER, layers: [], platform: 'linux/amd64' }, { digest: THIRD, layers: [], platform: 'linux/arm64' }] } as const;
const scene = (more: Partial<Scene>, spec: object = {}): Scene => demanding({ signature: { by: ['alice'] } }, { layers: INDEX, ...more }, { everyPlatform: true, ...spec });
const verdict = async (more: Partial<Scene>): Promise<string> => (await judge(scene(more))).verdict;

describe('everyPlatform', () => {
  test('everyPlatform: one that is certain is told before one that is open, and both deny', async () => {
    expect(await verdict({ others: { [OTHER]: [signs({ digest: OTHER })], [THIRD]: [signs({ digest: THIRD })] } })).toBe('admit POLICY_SATISFIED');
    expect(await verdict({ others: { [OTHER]: [signs({ digest: OTHER })], [THIRD]: [signs({ digest: THIRD, by: 'bob' })] } })).toBe('deny VERIFY_SIGNER_UNTRUSTED');
    expect(await verdict({ others: { [OTHER]: [signs({ digest: OTHER })], [THIRD]: [signs({ digest: OTHER })] } })).toBe('deny VERIFY_SUBJECT_MISMATCH');
    const made = (verdict: Finding['verdict'], code: Finding['code'], digest: string) => ({ digest, findings: [{ verdict, code, path: 'p', artifact: 'a', mode: 'enforce' } as const] });
    const [folded] = foldPlatforms({ digest: DIGEST } as never, [made('satisfied', 'POLICY_SATISFIED', 'x'), made('undetermined', 'FETCH_TIMEOUT', 'y'), made('violated', 'FETCH_NONE_FOUND', 'z')]);
    expect(folded).toMatchObject({ verdict: 'violated', code: 'FETCH_NONE_FOUND', digest: DIGEST, found: ['on z, of 3 platforms', 'besides y FETCH_TIMEOUT'] });
    expect(foldPlatforms({ digest: DIGEST } as never, [made('undetermined', 'FETCH_TIMEOUT', 'y'), made('satisfied', 'POLICY_SATISFIED', 'x')])).toMatchObject([{ verdict: 'undetermined' }]);
  });

  test('everyPlatform: what the index lists is not known: undetermined', async () => {
    const signed = { evidence: [signs()], others: { [OTHER]: [signs({ digest: OTHER })] } };
    const { layers: _, ...unread } = scene(signed);
    expect((await judge(unread)).verdict).toBe('deny ENGINE_DEADLINE');
    expect(await verdict({ ...signed, layers: { ok: false, problem: { code: 'FETCH_UNREACHABLE', source: 'x' } } })).toBe('deny FETCH_UNREACHABLE');
    expect(await verdict({ ...signed, layers: { ok: true, images: [] } })).toBe('deny FETCH_MANIFEST_INVALID');
    expect(await verdict({ ...signed, layers: { ok: true, images: [{ digest: DIGEST, layers: [] }] } })).toBe('admit POLICY_SATISFIED');
  });

  test('everyPlatform: with anyOf and newest, each image by its own', async () => {
    const TYPE = 'https://in-toto.io/attestation/test-result/v0.1';
    const run = (digest: typeof OTHER, result: string, ago: number) =>
      says(TYPE, { result }, { at: NOW - ago * HOUR, about: [{ digest: { sha256: digest.slice(7) } }] });
    const tested = { testResult: { by: ['alice'], maxAge: '24h', newest: true } };
    const of = async (...[amd, arm]: (readonly ReturnType<typeof run>[])[]): Promise<string> =>
      (await judge(demanding(tested, { layers: INDEX, others: { [OTHER]: amd ?? [], [THIRD]: arm ?? [] } }, { everyPlatform: true }))).verdict;
    expect(await of([run(OTHER, 'PASSED', 1)], [run(THIRD, 'FAILED', 2), run(THIRD, 'PASSED', 1)])).toBe('admit POLICY_SATISFIED');
    expect(await of([run(OTHER, 'PASSED', 1)], [run(THIRD, 'PASSED', 2), run(THIRD, 'FAILED', 1)])).toBe('deny POLICY_TEST_RESULT');
  });

  test('everyPlatform: contradicts indexCoversChildren, and either way is a change', () => {
    const told = (spec: Record<string, unknown>): string[] => errors(compile(signer(), policy(spec))).map(({ path }) => path);
    expect(told({ everyPlatform: true, indexCoversChildren: true })).toEqual(['spec.everyPlatform']);
    for (const spec of [{ everyPlatform: true }, { everyPlatform: true, indexCoversChildren: false }, { everyPlatform: false, indexCoversChildren: true }]) expect(told(spec)).toEqual([]);
    const loss = (before: Record<string, unknown>, after: Record<string, unknown>): string[] =>
      lostPolicies(compileSet(signer(), policy(before)), compileSet(signer(), policy(after))).map(({ detail }) => detail);
    expect([loss({ everyPlatform: true }, {}), loss({}, { everyPlatform: true }), loss({ everyPlatform: true }, { everyPlatform: true })])
      .toEqual([['everyPlatform is off'], ['everyPlatform is on'], []]);
  });
});
