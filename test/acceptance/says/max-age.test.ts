import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { keyBundle } from '../../world/bundle.ts';
import { bundleEvidence } from '../../world/domain.ts';
import type { Proofs } from '../../world/evidence.ts';
import { makeStatement } from '../../world/statement.ts';
import type { InTotoStatement } from '../../world/statement.ts';
import { stamp } from '../../world/tsa.ts';
import { base64 } from '../../world/encode.ts';
import { DAY, DIGEST, HOUR, iso, keyed, keys, doc, lint, NOW, says, signs, verdict, withSigners, world } from './support.ts';

const [ADMITTED, OLD, UNPROVEN] = ['admit POLICY_SATISFIED', 'deny POLICY_TOO_OLD', 'deny POLICY_AGE_UNPROVEN'];
const TYPE = 'https://example.com/checked/v1';
const LONG_AGO = NOW - 400 * DAY;

interface Json { [name: string]: unknown }
/** The same signature with other proofs of time: entries changed by `entries`, and stamped today if so wished. */
function redated(evidence: UnverifiedEvidence, entries: (list: readonly Json[]) => readonly Json[], stamped = true): UnverifiedEvidence {
  const bundle = JSON.parse(Buffer.from(evidence.bytes).toString()) as { verificationMaterial: Json; dsseEnvelope: { signatures: { sig: string }[] } };
  const signature = Buffer.from(bundle.dsseEnvelope.signatures[0]?.sig ?? '', 'base64');
  const timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp: base64(stamp(world.tsa, signature, NOW - HOUR)) }] };
  const material = { ...bundle.verificationMaterial, tlogEntries: entries(bundle.verificationMaterial['tlogEntries'] as Json[]), ...(stamped ? { timestampVerificationData } : {}) };
  return bundleEvidence(Buffer.from(JSON.stringify({ ...bundle, verificationMaterial: material })), 'a referrer');
}
const without = (evidence: UnverifiedEvidence): UnverifiedEvidence => redated(evidence, () => []);
const unpromised = (evidence: UnverifiedEvidence): UnverifiedEvidence => redated(evidence, (list) => list.map(({ inclusionPromise: _, ...entry }) => entry));

const attestation = { attestation: { type: TYPE, by: ['alice'], maxAge: '168h' } };
const required = (requirement: object): ReturnType<typeof withSigners> => withSigners(requirement, [doc('Signer', 'alice', { identities: [keyed(keys.alice, { trustRoot: 'world', transparencyLog: 'required' })] })]);

describe('A10: maxAge by key is not made young by leaving out and stamping', () => {
  const old = says(TYPE, {}, { at: LONG_AGO });
  const young = says(TYPE, {}, { at: NOW - HOUR });
  test.each<[string, UnverifiedEvidence, string]>([
    ['A10: logged an hour ago', young, ADMITTED],
    ['A10: logged an hour ago, and stamped', redated(young, (list) => list), ADMITTED],
    ['A10: logged 400 days ago', old, OLD],
    ['A10: logged 400 days ago, and stamped today', redated(old, (list) => list), OLD],
    ['A10: the entry dropped, and stamped today', without(old), UNPROVEN],
    ['A10: the promise dropped, and stamped today', unpromised(old), UNPROVEN],
    ['A10: the entry dropped, and nothing else', redated(old, () => [], false), UNPROVEN],
    ['A10: of a log that tells no time, and stamped today', says(TYPE, {}, { log: 'v2', tsa: true, at: NOW - HOUR }), UNPROVEN],
  ])('%s', async (_, evidence, expected) => {
    expect(await verdict(attestation, [evidence])).toBe(expected);
  });

  test('A10: with a required log, and for signatures as well', async () => {
    expect(await verdict(attestation, [young], required(attestation))).toBe(ADMITTED);
    expect(await verdict(attestation, [without(old)], required(attestation))).toBe('deny POLICY_LOG_REQUIRED');
    expect(await verdict(attestation, [unpromised(old)], required(attestation))).toBe(UNPROVEN);
    const signature = { signature: { by: ['alice'], maxAge: '168h' } };
    expect(await verdict(signature, [signs({ at: NOW - HOUR })])).toBe(ADMITTED);
    expect(await verdict(signature, [without(signs({ at: LONG_AGO }))])).toBe(UNPROVEN);
  });

  test('A10: a certificate of ten minutes bounds its signature, so a stamp is enough', async () => {
    const identity = { san: 'a@acme.example', issuer: 'https://accounts.google.com' };
    const signers = withSigners(attestation, [doc('Signer', 'alice', { identities: [{ keyless: { issuer: identity.issuer, subject: identity.san, trustRoot: 'world' } }] })]);
    expect(await verdict(attestation, [says(TYPE, {}, { by: identity, log: 'v2', tsa: true, at: NOW - HOUR })], signers)).toBe(ADMITTED);
    expect(await verdict(attestation, [says(TYPE, {}, { by: identity, log: 'v2', tsa: true, at: LONG_AGO })], signers)).toBe(OLD);
  });
});

describe('A10: a certificate bounds the age of what it signed only if it is young itself', () => {
  const identity = { san: 'a@acme.example', issuer: 'https://accounts.google.com' };
  /** Of an authority of one's own, whose certificates live long and whose signatures are stamped, in no log. */
  const stampsOnly = doc('TrustRoot', 'world', { sigstore: { trustedRoot: world.trustedRoot(), require: { transparencyLog: 0, timestamps: 1 } } });
  const lived = (issued: number, proofs: Proofs): Proofs => ({ at: NOW - HOUR, ...proofs, override: { certificate: { notBefore: issued, notAfter: NOW + 400 * DAY } } });
  const ask = (requirement: object, evidence: UnverifiedEvidence): Promise<string> => {
    const { documents } = withSigners(requirement, [doc('Signer', 'alice', { identities: [{ keyless: { issuer: identity.issuer, subject: identity.san, trustRoot: 'world' } }] })]);
    return verdict(requirement, [evidence], { documents: documents.map((one) => (one.kind === 'TrustRoot' ? stampsOnly : one)) });
  };
  const signature = { signature: { by: ['alice'], maxAge: '168h' } };
  const stamped = { log: 'none', tsa: true } as const;

  test('A10: stamped today, by a certificate of 400 days', async () => {
    expect(await ask(attestation, says(TYPE, {}, { by: identity, ...lived(LONG_AGO, stamped) }))).toBe(UNPROVEN);
    expect(await ask(signature, signs({ by: identity, ...lived(LONG_AGO, stamped) }))).toBe(UNPROVEN);
    expect(await ask(attestation, says(TYPE, {}, { by: identity, ...lived(LONG_AGO, { log: 'v2', tsa: true }) }))).toBe(UNPROVEN);
  });

  test('A10: its twins: an hour old, logged with the time, of a build that says when it ended', async () => {
    expect(await ask(attestation, says(TYPE, {}, { by: identity, ...lived(NOW - HOUR, stamped) }))).toBe(ADMITTED);
    expect(await ask(signature, signs({ by: identity, ...lived(NOW - 2 * HOUR, stamped) }))).toBe(ADMITTED);
    expect(await ask(attestation, says(TYPE, {}, { by: identity, ...lived(LONG_AGO, { log: 'v1', tsa: true }) }))).toBe(ADMITTED);
    const summary = { verifier: { id: 'https://v.example' }, timeVerified: iso(NOW - HOUR), resourceUri: 'oci://ghcr.io/acme/app', verificationResult: 'PASSED', verifiedLevels: ['SLSA_BUILD_LEVEL_2'] };
    const vsa = { vsa: { by: ['alice'], levels: ['SLSA_BUILD_LEVEL_2'], maxAge: '168h' } };
    expect(await ask(vsa, says('https://slsa.dev/verification_summary/v1', summary, { by: identity, ...lived(LONG_AGO, stamped) }))).toBe(ADMITTED);
  });
});

describe('A10: a time that the statement itself states cannot be left out', () => {
  const built = (finishedOn?: number): object => ({
    buildDefinition: { buildType: 'x:y', externalParameters: {}, resolvedDependencies: [{ uri: 'git+https://github.com/acme/app', digest: { gitCommit: '1a'.repeat(20) } }] },
    runDetails: { builder: { id: 'https://ci.example' }, ...(finishedOn === undefined ? {} : { metadata: { finishedOn: iso(finishedOn) } }) },
  });
  const summary = (timeVerified?: number): object => ({ verifier: { id: 'https://v.example' }, ...(timeVerified === undefined ? {} : { timeVerified: iso(timeVerified) }), resourceUri: 'oci://ghcr.io/acme/app', policy: { uri: 'https://v.example/p' }, verificationResult: 'PASSED', verifiedLevels: ['SLSA_BUILD_LEVEL_2'] });
  const [SLSA, VSA] = ['https://slsa.dev/provenance/v1', 'https://slsa.dev/verification_summary/v1'];
  const stamped = (type: string, predicate: object, by: 'alice' | 'bob' = 'alice'): UnverifiedEvidence => says(type, predicate, { by, log: 'none', tsa: true });
  const [provenance, vsa] = [{ provenance: { by: ['alice'], maxAge: '168h' } }, { vsa: { by: ['alice'], levels: ['SLSA_BUILD_LEVEL_2'], maxAge: '168h' } }];
  test.each<[string, object, UnverifiedEvidence, string]>([
    ['A10: provenance of a build an hour ago, stamped', provenance, stamped(SLSA, built(NOW - HOUR)), ADMITTED],
    ['A10: provenance of a build 400 days ago, stamped today', provenance, stamped(SLSA, built(LONG_AGO)), OLD],
    ['A10: provenance that states no time, stamped today', provenance, stamped(SLSA, built()), UNPROVEN],
    ['A10: provenance that states no time, logged', provenance, says(SLSA, built()), ADMITTED],
    ['A10: a summary of an hour ago, stamped', vsa, stamped(VSA, summary(NOW - HOUR)), ADMITTED],
    ['A10: a summary of 400 days ago, stamped today', vsa, stamped(VSA, summary(LONG_AGO)), OLD],
    ['A10: a summary that states no time, stamped today', vsa, stamped(VSA, summary()), UNPROVEN],
  ])('%s', async (_, requirement, evidence, expected) => {
    expect(await verdict(requirement, [evidence])).toBe(expected);
  });

  test('A10: rebuilds', async () => {
    const requirement = { reproducible: { by: ['alice', 'bob'], maxAge: '168h' } };
    const both = (finishedOn?: number): readonly UnverifiedEvidence[] => [stamped(SLSA, built(finishedOn)), stamped(SLSA, built(finishedOn), 'bob')];
    expect(await verdict(requirement, both(NOW - HOUR))).toBe(ADMITTED);
    expect(await verdict(requirement, both(LONG_AGO))).toBe(UNPROVEN);
    expect(await verdict(requirement, both())).toBe(UNPROVEN);
  });

  test('A10: without a trust root nothing dates a key, whatever its statement states', async () => {
    const signers = withSigners(provenance, [doc('Signer', 'alice', { identities: [keyed(keys.alice, {})] })]);
    expect(await verdict(provenance, [stamped(SLSA, built(NOW - HOUR))], signers)).toBe(UNPROVEN);
  });
});

describe('A10: lint says what maxAge by key is', () => {
  test.each<[string, object, RegExp | undefined]>([
    ['a signature', { signature: { by: ['alice'], maxAge: '168h' } }, /warning .*by\[0\]: maxAge .*log/],
    ['an attestation', attestation, /warning .*by\[0\]: maxAge .*log/],
    ['an SBOM', { sbom: { by: ['alice'], complete: true, maxAge: '168h' } }, /warning .*by\[0\]: maxAge .*log/],
    ['an attestation without an age', { attestation: { type: TYPE, by: ['alice'] } }, undefined],
    ['a summary, which states its time', { vsa: { by: ['alice'], levels: ['SLSA_BUILD_LEVEL_2'], maxAge: '168h' } }, undefined],
    ['a scan, whose own end counts', { vulnerability: { by: ['alice'], deny: 'high', maxAge: '168h' } }, undefined],
  ])('A10: %s', async (_, requirement, expected) => {
    const said = (await lint(requirement)).filter((line) => line.includes('maxAge')).join('\n');
    if (expected === undefined) expect(said).toBe('');
    else expect(said).toMatch(expected);
  });
});

test('A10: what nobody can tell apart: a signature that was logged again (docs/concepts/trust-over-time.md)', async () => {
  const statement: InTotoStatement = makeStatement(DIGEST, { predicateType: TYPE, predicate: {} });
  const made = (more: Proofs): UnverifiedEvidence => bundleEvidence(keyBundle(world, { key: keys.alice, statement, log: 'v1', ...more }), 'a referrer');
  const old = made({ at: LONG_AGO });
  const { dsseEnvelope } = JSON.parse(Buffer.from(old.bytes).toString()) as { dsseEnvelope: { signatures: { sig: string }[] } };
  const signature = (): Buffer => Buffer.from(dsseEnvelope.signatures[0]?.sig ?? '', 'base64');
  expect(await verdict(attestation, [old])).toBe(OLD);
  expect(await verdict(attestation, [made({ at: NOW - HOUR, override: { signature } })])).toBe(ADMITTED);
});
