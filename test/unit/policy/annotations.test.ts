// `signature.annotations`: from YAML and real signatures to the verdict. Only what was signed counts.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { saidByAll, signedAnnotations } from '../../../src/verify/statement/annotations.ts';
import { parseSimpleSigning } from '../../../src/verify/formats/cosign/simple-signing.ts';
import { parseStatement } from '../../../src/verify/statement/statement.ts';
import { COSIGN_SIGN_TYPE, makeStatement, subjectOf } from '../../world/statement.ts';
import { judge } from './every-field/judge.ts';
import { demanding } from './every-field/row.ts';
import { DIGEST, OTHER, says, signs, signsSaying, signsSayingInLayer } from './every-field/world.ts';
import { compile, errors, policy, signer } from './support.ts';

const asked = (annotations: object, more: object = {}): object => ({ signature: { by: ['alice'], annotations, ...more } });
const ask = (requirement: object, ...evidence: UnverifiedEvidence[]) => judge(demanding(requirement, { evidence }));
const verdict = async (requirement: object, ...evidence: UnverifiedEvidence[]): Promise<string> => (await ask(requirement, ...evidence)).verdict;
const [HOLDS, NOT] = ['admit POLICY_SATISFIED', 'deny POLICY_ANNOTATION'];

describe('annotations: what was signed beside the digest', () => {
  test.each([['a bundle', signsSaying], ['a layer', signsSayingInLayer]] as const)('annotations: in %s', async (_what, make) => {
    expect(await verdict(asked({ env: 'prod' }), make({ env: 'prod', team: 'pay' }))).toBe(HOLDS);
    expect(await verdict(asked({ env: 'prod', team: { glob: 'pa*' } }), make({ env: 'prod', team: 'pay' }))).toBe(HOLDS);
    for (const said of [{ env: 'dev' }, { env: 'Prod' }, { env: 'prod ' }, { environment: 'prod' }, {}, { team: 'prod' }])
      expect(await verdict(asked({ env: 'prod' }), make(said))).toBe(NOT);
    expect(await verdict(asked({ env: 'prod', team: 'pay' }), make({ env: 'prod' }))).toBe(NOT);
    expect(await verdict(asked({ env: { glob: '*' } }), make({ env: '' }))).toBe(HOLDS);
    expect(await verdict(asked({ env: { glob: '*' } }), make({}))).toBe(NOT);
  });

  test('annotations: those of the manifest, which nobody signed, are not looked at', async () => {
    expect(await verdict(asked({ env: 'prod' }), signsSayingInLayer(null, { env: 'prod' }))).toBe(NOT);
    expect(await verdict(asked({ env: 'prod' }), signsSayingInLayer({ env: 'prod' }, { env: 'dev' }))).toBe(HOLDS);
  });

  test('annotations: all in one and the same signature, by whoever counts', async () => {
    const [env, team] = [signsSaying({ env: 'prod' }), signsSaying({ team: 'pay' })];
    expect(await verdict(asked({ env: 'prod', team: 'pay' }), env, team)).toBe(NOT);
    expect(await verdict(asked({ env: 'prod' }), team, env)).toBe(HOLDS);
    expect(await verdict(asked({ env: 'prod' }), signsSaying({ env: 'prod' }, { by: 'bob' }))).toBe('deny VERIFY_SIGNER_UNTRUSTED');
    expect(await verdict(asked({ env: 'prod' }, { by: ['alice', 'bob'], threshold: 2 }), env, signsSaying({ env: 'dev' }, { by: 'bob' }))).toBe('deny POLICY_THRESHOLD');
    expect(await verdict(asked({ env: 'prod' }, { by: ['alice', 'bob'], threshold: 2 }), env, signsSaying({ env: 'prod' }, { by: 'bob' }))).toBe(HOLDS);
  });

  test('annotations: only texts of the subject that is the artifact', async () => {
    const about = (...subjects: { digest: typeof DIGEST; said: Record<string, unknown> }[]): UnverifiedEvidence =>
      says(COSIGN_SIGN_TYPE, {}, { about: subjects.map(({ digest, said }) => ({ ...subjectOf(digest), annotations: said })) });
    const prod = { env: 'prod' };
    expect(await verdict(asked(prod), about({ digest: DIGEST, said: prod }))).toBe(HOLDS);
    expect(await verdict(asked(prod), about({ digest: OTHER, said: prod }, { digest: DIGEST, said: {} }))).toBe(NOT);
    expect(await verdict(asked(prod), about({ digest: DIGEST, said: prod }, { digest: DIGEST, said: { env: 'dev' } }))).toBe(NOT);
    expect(await verdict(asked({ env: '1' }), about({ digest: DIGEST, said: { env: 1 } }))).toBe(NOT);
    expect(await verdict(asked({ env: 'true' }), signsSayingInLayer({ env: true }))).toBe(NOT);
  });

  test('annotations: an attestation is no signature, whatever stands at its subject', async () => {
    const scan = says('https://example.com/t', {}, { about: [{ ...subjectOf(DIGEST), annotations: { env: 'prod' } }] });
    expect(await verdict(asked({ env: 'prod' }), scan)).toBe('deny FETCH_NONE_FOUND');
    expect(await verdict(asked({ env: 'prod' }), signs())).toBe(NOT);
  });

  test('annotations: the denial says what to sign with', async () => {
    const { message } = await ask(asked({ env: 'prod' }), signsSaying({ env: 'dev' }));
    for (const said of ['env=prod', 'env=dev', 'cosign sign -a env=prod', 'POLICY_ANNOTATION']) expect(message).toContain(said);
    // What it says is obeyed.
    expect(await verdict(asked({ env: 'prod' }), signsSaying({ env: 'dev' }), signsSaying({ env: 'prod' }))).toBe(HOLDS);
  });

  test('annotations: what compiles', () => {
    const told = (annotations: unknown): number => errors(compile(signer(), policy({ require: [{ name: 'r', signature: { by: ['alice'], annotations } }] }))).length;
    for (const bad of [{}, { '': 'x' }, { 'a=b': 'x' }, { a: '' }, { a: 1 }, { a: { glob: '***' } }, { a: { regexp: 'x' } }, ['a'], 'a']) expect(told(bad)).toBeGreaterThan(0);
    for (const good of [{ env: 'prod' }, { constructor: 'x' }, { 'acme.example/env': { glob: 'prod-*' } }]) expect(told(good)).toBe(0);
  });
});

describe('annotations: read from hostile bytes', () => {
  const map = fc.oneof(fc.dictionary(fc.string({ maxLength: 5 }), fc.anything({ maxDepth: 1 }), { maxKeys: 80 }), fc.anything());
  test('annotations: whatever stands there, only bounded texts come out, and no evidence is lost by it', () => {
    fc.assert(fc.property(map, (value) => {
      const found = signedAnnotations(value) ?? {};
      expect(Object.keys(found).length).toBeLessThanOrEqual(64);
      for (const [name, text] of Object.entries(found)) expect((value as Record<string, unknown>)[name]).toBe(text);
      const both = saidByAll([found, { env: 'prod' }]) ?? {};
      expect(Object.entries(both).every(([name, text]) => name === 'env' && text === 'prod' && found['env'] === 'prod')).toBe(true);
    }));
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 2 }), (optional) => {
      const critical = { type: 'cosign container image signature', image: { 'docker-manifest-digest': DIGEST }, identity: { 'docker-reference': '' } };
      const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
      if (JSON.stringify(optional)?.includes('__proto__') === true) return;
      expect(parseSimpleSigning(bytes({ critical, optional })).ok).toBe(true);
      expect(parseStatement(bytes(makeStatement([{ ...subjectOf(DIGEST), annotations: optional as never }], { predicateType: 't', predicate: {} }))).ok).toBe(true);
    }));
  });
});
