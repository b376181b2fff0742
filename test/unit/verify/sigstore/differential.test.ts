import { createHash, createPublicKey } from 'node:crypto';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { describe, expect, test } from 'vitest';
import { readPublicKey } from '../../../../src/trust/index.ts';
import { hasSharedData } from '../../../support/shared.ts';
import { bundleBytes } from '../../../world/bundle.ts';
import type { CertificateOverrides } from '../../../world/ca.ts';
import { makeSigned } from '../../../world/evidence.ts';
import type { Content, Proofs, Signed } from '../../../world/evidence.ts';
import { makeKey } from '../../../world/keys.ts';
import { conformanceCases, judge } from './cases.ts';
import type { ConformanceCase } from './cases.ts';
import { codeOf, KEYLESS, MESSAGE, partsOf, proveParts, STATEMENT, world } from './world-case.ts';

/** What @sigstore/verify says, an independent implementation; it shares no code with the core. */
function oracle(bundle: string, trustedRoot: unknown, artifact?: Buffer, keyPem?: string): boolean {
  try {
    const parsed = bundleFromJSON(JSON.parse(bundle));
    const key = keyPem === undefined ? undefined : readPublicKey(keyPem);
    const keys = key?.ok === true ? () => ({ publicKey: createPublicKey(key.key.pem), validFor: () => true }) : undefined;
    const material = toTrustMaterial(TrustedRoot.fromJSON(trustedRoot), keys);
    new Verifier(material).verify(toSignedEntity(parsed, artifact));
    return true;
  } catch {
    return false;
  }
}

function oracleJudges(one: ConformanceCase): boolean {
  return oracle(one.bundle, one.trustedRoot, one.artifact, one.key);
}

/** Cases the oracle accepts and the core must not: where the oracle is wrong, or where the check is not its own but the client's. */
const STRICTER = new Map([
  ['trust-root-tlog-missing-validity-start_fail', 'the oracle reads a missing start as 1970'],
]);

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('against @sigstore/verify: conformance cases', () => {
  test.each(conformanceCases().map((one) => [one.name, one] as const))('%s', (name, one) => {
    const ours = judge(one, 'path').ok;
    const theirs = oracleJudges(one);
    expect(ours && !theirs, 'accepted here, refused by the oracle').toBe(false);
    expect(theirs && !ours).toBe(STRICTER.has(name));
  });
});

describe('against @sigstore/verify: minted evidence', () => {
  const root = world.trustedRoot();
  const both = (content: Content, proofs: Proofs): { ours: string; theirs: boolean } => {
    const signed: Signed = makeSigned(world, content, KEYLESS, { log: 'v1', ...proofs });
    const artifact = 'message' in content ? Buffer.from(content.message) : undefined;
    return { ours: codeOf(proveParts(partsOf(signed))), theirs: oracle(bundleBytes(signed).toString(), root, artifact) };
  };

  test.each<[string, Content, Proofs]>([
    ['message, Rekor v1', MESSAGE, {}], ['envelope, Rekor v1', STATEMENT, {}], ['envelope, intoto 0.0.2', STATEMENT, { logKind: 'intoto/0.0.2' }],
    ['message, Rekor v1 and timestamp', MESSAGE, { tsa: true }], ['message, Rekor v2', MESSAGE, { log: 'v2', tsa: true }], ['envelope, Rekor v2', STATEMENT, { log: 'v2', tsa: true }],
  ])('both accept: %s', (_, content, proofs) => {
    expect(both(content, proofs)).toEqual({ ours: 'ok', theirs: true });
  });

  test.each<[string, Proofs]>([
    ['signature of a stranger', { override: { signingKey: makeKey() } }],
    ['promise of a stranger', { override: { log: { promiseKey: makeKey() } } }],
    ['checkpoint of a stranger', { override: { log: { checkpointKey: makeKey() } } }],
    ['certificate of a stranger', { override: { certificate: { issuerKey: makeKey('p384') } } }],
    ['no SCT', { override: { certificate: { ctLogs: [] } } }],
    ['SCT of a stranger', { override: { certificate: { sct: { key: makeKey() } } } }],
    ['timestamp of other bytes', { tsa: true, override: { timestamp: { message: Buffer.from('x') } } }],
    ['logged after the certificate ended', { override: { log: { at: world.now + 660_000 } } }],
    ['no time', { log: 'v2', tsa: false }],
  ])('both refuse: %s', (_, proofs) => {
    const { ours, theirs } = both(MESSAGE, proofs);
    expect(theirs).toBe(false);
    expect(ours).not.toBe('ok');
  });

  // The holes of the oracle that are the reason for this core (docs/adr/0002-own-verification-core.md).
  test.each<[string, Proofs, string]>([
    ['the log entry names the key of somebody else', { override: { logVerifier: { key: makeKey() } } }, 'VERIFY_LOG_MISMATCH'],
    ...([
      ['extended key usage serverAuth', { eku: ['serverAuth'] }], ['no digitalSignature', { keyUsage: ['keyEncipherment'] }], ['the leaf is an authority', { basicConstraints: { ca: true } }],
    ] as [string, CertificateOverrides][]).map(([name, certificate]): [string, Proofs, string] => [name, { override: { certificate } }, 'VERIFY_CERTIFICATE_PROFILE']),
  ])('only the oracle accepts: %s', (_, proofs, code) => {
    expect(both(MESSAGE, proofs)).toEqual({ ours: code, theirs: true });
  });

  test('fingerprints and key ids are those of the bytes', () => {
    const signed = makeSigned(world, MESSAGE, KEYLESS, { log: 'v1' });
    const result = proveParts(partsOf(signed));
    const der = signed.certificate?.der ?? Buffer.alloc(0);
    expect(result).toMatchObject({ signer: { fingerprint: `sha256:${createHash('sha256').update(der).digest('hex')}`, keyId: signed.key.keyId } });
  });
});
