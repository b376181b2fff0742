import { describe, expect, test } from 'vitest';
import type { SigstoreRoot } from '../../../../src/domain/policy/trust-root.ts';
import { hashJson } from '../../../../src/trust/index.ts';
import { createSecondOpinion } from '../../../../src/verify/second-opinion/index.ts';
import type { Opinion } from '../../../../src/verify/second-opinion/index.ts';
import { hasSharedData } from '../../../support/shared.ts';
import { bundleBytes } from '../../../world/bundle.ts';
import { makeSigned } from '../../../world/evidence.ts';
import type { By, Content, Proofs } from '../../../world/evidence.ts';
import { makeCtLog } from '../../../world/ct-log.ts';
import { makeKey } from '../../../world/keys.ts';
import { makeTsa } from '../../../world/tsa.ts';
import { createWorld } from '../../../world/world.ts';
import { conformanceCases, judge, rootOf } from '../sigstore/cases.ts';
import { IDENTITY, KEYLESS, MESSAGE, NOW, STATEMENT, world } from '../sigstore/world-case.ts';

const ask = createSecondOpinion();
const REQUIRE: SigstoreRoot['require'] = { transparencyLog: 1, sct: 1, timestamps: 0 };
const SIGNER = { issuer: IDENTITY.issuer, subject: { type: 'uri', value: IDENTITY.san } } as const;

function opinion(proofs: Proofs = {}, content: Content = STATEMENT, by: By = KEYLESS, trustedRoot: unknown = world.trustedRoot(), signer: typeof SIGNER | { issuer: string; subject: { type: 'uri'; value: string } } = SIGNER): Opinion {
  const bundle = bundleBytes(makeSigned(world, content, by, { log: 'v1', ...proofs }));
  return ask({ bundle, root: { id: hashJson(trustedRoot), trustedRoot, require: REQUIRE }, trust: rootOf(trustedRoot, REQUIRE), signer });
}

describe('what @sigstore/verify says of minted evidence', () => {
  test.each<[string, Proofs]>([['Rekor v1', {}], ['Rekor v1 and a timestamp', { tsa: true }], ['Rekor v2', { log: 'v2', tsa: true }], ['intoto 0.0.2', { logKind: 'intoto/0.0.2' }]])('agrees: an envelope, %s', (_, proofs) => {
    expect(opinion(proofs)).toEqual({ kind: 'agrees' });
  });

  test.each<[string, Proofs]>([
    ['the signature is a stranger\'s', { override: { signingKey: makeKey() } }],
    ['the promise is a stranger\'s', { override: { log: { promiseKey: makeKey() } } }],
    ['the checkpoint is a stranger\'s', { override: { log: { checkpointKey: makeKey() } } }],
    ['the certificate is a stranger\'s', { override: { certificate: { issuerKey: makeKey('p384') } } }],
    ['there is no SCT', { override: { certificate: { ctLogs: [] } } }],
  ])('disagrees: %s', (_, proofs) => {
    expect(opinion(proofs)).toMatchObject({ kind: 'disagrees' });
  });

  test.each([
    ['subject', { ...SIGNER, subject: { type: 'uri', value: `${IDENTITY.san}x` } } as const],
    ['issuer', { ...SIGNER, issuer: 'https://issuer.example' } as const],
  ])('disagrees when it reads another %s than our core', (_, signer) => {
    expect(opinion({}, STATEMENT, KEYLESS, world.trustedRoot(), signer)).toMatchObject({ kind: 'disagrees' });
  });

  test('no opinion: a signature over an artifact that is known by its digest', () => {
    expect(opinion({}, MESSAGE)).toMatchObject({ kind: 'none' });
  });

  test('no opinion: an envelope signed with P-384; a stranger\'s certificate stays a disagreement with P-256', () => {
    expect(opinion({}, STATEMENT, { ...KEYLESS, keyType: 'p384' })).toMatchObject({ kind: 'none' });
    expect(opinion({}, STATEMENT, { ...KEYLESS, keyType: 'p256' })).toEqual({ kind: 'agrees' });
  });

  test('no opinion: an SCT of a log that the root does not list; of the log it lists, it has one', () => {
    expect(opinion({ override: { certificate: { ctLogs: [makeCtLog()] } } })).toMatchObject({ kind: 'none' });
    expect(opinion({ override: { certificate: { ctLogs: [world.ctLog] } } })).toEqual({ kind: 'agrees' });
  });

  test('no opinion: the root lists the authority that issued the timestamp\'s certificate, not the certificate', () => {
    const withoutSigner = world.trustedRoot({ map: (root) => ({ ...root, timestampAuthorities: root.timestampAuthorities.map((authority) => ({ ...authority, certChain: { certificates: (authority['certChain'] as { certificates: unknown[] }).certificates.slice(1) } })) }) });
    expect(opinion({ tsa: true }, STATEMENT, KEYLESS, withoutSigner)).toMatchObject({ kind: 'none' });
    expect(opinion({ tsa: true })).toEqual({ kind: 'agrees' });
  });

  test('timestamps made with RSA are judged', () => {
    const other = createWorld({ now: NOW, tsa: makeTsa({ now: NOW, keyType: 'rsa-2048' }) });
    const trustedRoot = other.trustedRoot();
    const bundle = bundleBytes(makeSigned(other, STATEMENT, KEYLESS, { log: 'v1', tsa: true }));
    expect(ask({ bundle, root: { id: hashJson(trustedRoot), trustedRoot, require: REQUIRE }, trust: rootOf(trustedRoot, REQUIRE), signer: SIGNER })).toEqual({ kind: 'agrees' });
  });

  test('bytes that are no bundle: nothing is thrown', () => {
    const trustedRoot = world.trustedRoot();
    const question = { root: { id: 'x', trustedRoot, require: REQUIRE }, trust: rootOf(trustedRoot, REQUIRE), signer: SIGNER };
    for (const text of ['', '{}', '[]', '{"mediaType":1}', 'null', '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}']) {
      expect(ask({ ...question, bundle: Buffer.from(text) }).kind).not.toBe('agrees');
    }
  });

  test('a root that the library cannot read: it failed, nothing is thrown', () => {
    expect(ask({ bundle: bundleBytes(makeSigned(world, STATEMENT, KEYLESS, { log: 'v1' })), root: { id: 'broken', trustedRoot: { tlogs: [{}] }, require: REQUIRE }, trust: rootOf(world.trustedRoot(), REQUIRE), signer: SIGNER })).toMatchObject({ kind: 'failed' });
  });
});

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('what it says of the conformance cases that our core accepts', () => {
  const cases = conformanceCases().filter((one) => judge(one, 'digest').ok);

  test.each(cases.map((one) => [one.name, one] as const))('%s: no disagreement', (_, one) => {
    const result = judge(one, 'digest');
    if (!result.ok || result.signer.kind !== 'certificate') return;
    const root = { id: hashJson(one.trustedRoot), trustedRoot: one.trustedRoot, require: REQUIRE };
    const answer = ask({ bundle: Buffer.from(one.bundle), root, trust: rootOf(one.trustedRoot), signer: result.signer });
    expect(answer.kind, JSON.stringify(answer)).not.toBe('disagrees');
    expect(answer.kind).toBe('messageSignature' in (JSON.parse(one.bundle) as object) ? 'none' : 'agrees');
  });
});
