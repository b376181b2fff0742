/** Certificates of those who sign policies are asked about as those of everybody else are. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSignerCertificates } from '../../../src/wiring/signed/signer-certificates.ts';
import { withLifetime } from '../../../src/wiring/lifetime.ts';
import { startAuthority } from '../../world/authority.ts';
import type { FakeAuthority } from '../../world/authority.ts';
import { createOwnPki } from '../../world/own-pki.ts';
import { makeList, points } from '../../world/revocation.ts';
import type { ListedSerial } from '../../world/revocation.ts';
import { feedScene } from '../feeds/certificates/support.ts';
import { look, policyText, signedByCertificate, signersOf } from './support.ts';

const NOW = Date.now();
const HOUR = 3_600_000;
const LIST = 'http://crl.acme.example/signing.crl';
const SERIAL = Buffer.from('4711', 'hex');
const pki = createOwnPki(NOW);
const holder = pki.issue({ serial: SERIAL, extensions: [points([LIST])] });
const ME: ListedSerial = { serial: SERIAL, at: NOW - HOUR };
const OTHER: ListedSerial = { serial: 0x4712, at: NOW - HOUR };

const doc = (kind: string, name: string, spec: object): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
const listed = (revocation: object | undefined) => signersOf([
  doc('TrustRoot', 'acme', { x509: { certificates: pki.root.certificate.pem, ...(revocation === undefined ? {} : { revocation }) } }),
  doc('Signer', 'security', { identities: [{ x509: { subjectIncludes: 'O=Acme', trustRoot: 'acme' } }], mayCertify: [{ policy: '**' }] }),
]);

describe('a policy signed by a certificate', () => {
  test.each<[string, object | undefined, readonly ListedSerial[] | undefined, string]>([
    ['that is not revoked: used', { mode: 'hard' }, [OTHER], 'used'],
    ['that is revoked: not', { mode: 'hard' }, [ME], 'uncounted'],
    ['that is revoked, under soft: not', { mode: 'soft' }, [OTHER, ME], 'uncounted'],
    ['of which nothing is known, under hard: not', { mode: 'hard' }, undefined, 'uncounted'],
    ['of which nothing is known, under soft: used', { mode: 'soft' }, undefined, 'used'],
    ['that is revoked, where nobody is asked: used', undefined, [ME], 'used'],
  ])('%s', async (_, revocation, revoked, expected) => {
    const text = await signedByCertificate(policyText(), holder, [pki.intermediate]);
    const scene = feedScene(NOW);
    if (revoked !== undefined) scene.published.set(LIST, makeList(pki.intermediate, { thisUpdate: NOW - HOUR, revoked }));
    const judged = () => look(text, listed(revocation), undefined, { now: NOW, certificates: scene.feed });
    judged();
    await scene.pass(0);
    const { because, errors } = judged();
    expect(because, errors.join('\n')).toEqual([expected]);
    if (expected === 'uncounted') expect(errors[0]).toMatch(revoked === undefined ? /VERIFY_REVOCATION_UNKNOWN/ : /POLICY_REVOKED/);
  });
});

describe('as a server asks', () => {
  let authority: FakeAuthority;
  let revoked: readonly ListedSerial[] = [];
  const url = (): string => `${authority.url}/signing.crl`;
  beforeAll(async () => {
    authority = await startAuthority(() => makeList(pki.intermediate, { thisUpdate: NOW - HOUR, revoked }));
  });
  afterAll(() => authority.close());

  test.each([[[OTHER], 'used'], [[ME], 'uncounted']] as const)('documents are judged once more when word has come: %j', async (list, expected) => {
    revoked = list;
    await withLifetime(async (lifetime) => {
      const signers = listed({ mode: 'hard', crls: [url()] });
      let changes = 0;
      const certificates = openSignerCertificates({
        trust: () => signers.trust, network: () => ({ plainHttp: ['127.0.0.1'], registries: [] }), logger: { warn: () => undefined },
        changed: () => { changes += 1; },
      }, lifetime);
      const text = await signedByCertificate(policyText(), pki.issue({ serial: SERIAL, extensions: [points([url()])] }), [pki.intermediate]);
      expect(await certificates.settled(10_000) || changes > 0).toBe(true);
      expect(changes).toBe(1);
      const known = certificates.known();
      if (known === undefined) throw new Error('nobody asks');
      expect(look(text, signers, undefined, { now: NOW, certificates: known }).because).toEqual([expected]);
      await lifetime.disposeAsync();
    });
  });

  test('nobody, where no trust root of the signers wants it', async () => {
    await withLifetime(async (lifetime) => {
      const signers = listed(undefined);
      const certificates = openSignerCertificates({ trust: () => signers.trust, network: () => ({}), logger: { warn: () => undefined } }, lifetime);
      expect([certificates.known(), await certificates.settled(0)]).toEqual([undefined, false]);
      await lifetime.disposeAsync();
    });
  });
});
