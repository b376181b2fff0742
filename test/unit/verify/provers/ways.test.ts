import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import type { CertificateStatuses, RevocationLead } from '../../../../src/domain/certificate-status.ts';
import { parseCertificate } from '../../../../src/pki/certificate.ts';
import { layerEvidence } from '../../../world/domain.ts';
import { makeKey } from '../../../world/keys.ts';
import { createOwnPki, envelopeByHolders, signedByHolder } from '../../../world/own-pki.ts';
import type { Holder, HolderOptions } from '../../../world/own-pki.ts';
import { makeStatement } from '../../../world/statement.ts';
import { createTrustDomain } from '../../../world/spiffe.ts';
import { judge } from '../../policy/every-field/judge.ts';
import { demanding } from '../../policy/every-field/row.ts';
import { DAY, DIGEST, doc, NOW } from '../../policy/every-field/world.ts';

/** Where several paths lead from one certificate to the root, one that counts now is enough, in whatever order they come. */
const pki = createOwnPki(NOW);
const stranger = createOwnPki(NOW);
const NAME = 'C=DE, O=Acme, CN=release';
const [ADMITTED, EXPIRED] = ['admit POLICY_SATISFIED', 'deny VERIFY_CERTIFICATE_EXPIRED'];
const authority = (name: string, issuer: Holder | undefined, more: HolderOptions = {}): Holder =>
  pki.issue({ subject: [['O', 'Acme'], ['CN', name]], ca: true, notBefore: NOW - 1000 * DAY, notAfter: NOW + 1000 * DAY, ...(issuer === undefined ? {} : { issuer }), ...more });
const pems = (anchors: readonly Holder[]): string => anchors.map(({ certificate }) => certificate.pem).join('');

interface More {
  readonly anchors?: readonly Holder[];
  readonly root?: object;
  readonly fields?: object;
  readonly certificates?: CertificateStatuses;
}

async function verdict(evidence: UnverifiedEvidence, { anchors = [pki.root], root = {}, fields = {}, certificates }: More = {}): Promise<string> {
  const requirement = evidence.format === 'dsse' ? { attestation: { type: 'https://acme.example/checked', by: ['tested'] } } : { signature: { by: ['tested'] } };
  const scene = demanding(requirement, { evidence: [evidence], ...(certificates === undefined ? {} : { certificates }) });
  const documents = [
    doc('Signer', 'tested', { identities: [{ x509: { trustRoot: 'acme', subject: NAME, ...fields } }] }),
    doc('TrustRoot', 'acme', { x509: { certificates: pems(anchors), ...root } }), ...scene.documents,
  ];
  return (await judge({ ...scene, documents })).verdict;
}
const signed = (options: HolderOptions, chain: readonly Holder[]): UnverifiedEvidence => layerEvidence(signedByHolder(DIGEST, pki.issue(options), chain));

describe('an authority that was renewed', () => {
  const key = makeKey();
  const renewed = (notBefore: number, notAfter: number): Holder => authority('renewed', pki.root, { key, notBefore, notAfter });
  const [before, now, later] = [renewed(NOW - 9 * DAY, NOW - DAY), renewed(NOW - 2 * DAY, NOW + DAY), renewed(NOW + 1000, NOW + 900 * DAY)];

  test.each<[string, readonly Holder[], string]>([
    ['now', [now], ADMITTED], ['now and later', [now, later], ADMITTED], ['later and now', [later, now], ADMITTED],
    ['before, later and now', [before, later, now], ADMITTED],
    ['later', [later], EXPIRED], ['before and later', [before, later], EXPIRED], ['before', [before], EXPIRED],
  ])('comes along as it is valid %s', async (_, chain, expected) => {
    expect(await verdict(signed({ issuer: now }, chain))).toBe(expected);
  });

  const roots = ([[NOW - 9 * DAY, NOW + DAY], [NOW + 1000, NOW + 900 * DAY]] as const).map(([notBefore, notAfter]) => authority('root of two', undefined, { key, notBefore, notAfter }));

  test.each([[roots, ADMITTED], [roots.toReversed(), ADMITTED], [roots.slice(0, 1), ADMITTED], [roots.slice(1), EXPIRED]])('is listed ahead as root: %#', async (anchors, expected) => {
    const own = pki.issue({ subject: [['O', 'Acme'], ['CN', 'root of two']], issuer: roots[0] as Holder, ca: true, key });
    expect(own.key).toBe(key);
    expect(await verdict(signed({ issuer: anchors[0] as Holder }, []), { anchors })).toBe(expected);
  });

  test('in a trust domain whose bundle has both as authorities', async () => {
    const domain = createTrustDomain('prod.example', NOW);
    const next = authority('x', undefined, { subject: domain.root.certificate.spec.subject, key: domain.root.key, notBefore: NOW + 1000 });
    const bundle = (...roots: readonly Holder[]): string => pems(roots);
    const ask = async (certificates: string): Promise<string> => {
      const scene = demanding({ signature: { by: ['tested'] } }, { evidence: [layerEvidence(domain.signed(DIGEST, '/a', { notAfter: NOW + 4000 * DAY }))] });
      const documents = [
        doc('Signer', 'tested', { identities: [{ spiffe: { trustRoot: 'prod', id: 'spiffe://prod.example/a' } }] }),
        doc('TrustRoot', 'prod', { spiffe: { trustDomain: 'prod.example', certificates } }), ...scene.documents,
      ];
      return (await judge({ ...scene, documents })).verdict;
    };
    expect(await ask(bundle(domain.root, next))).toBe(ADMITTED);
    expect(await ask(bundle(next))).toBe(EXPIRED);
  });
});

describe('one key in two certificates', () => {
  const key = makeKey();
  const [over, good] = [NOW - DAY, NOW + DAY].map((notAfter) => pki.issue({ key, notBefore: NOW - 9 * DAY, notAfter })) as [Holder, Holder];
  const other = pki.issue({ key, subject: [['O', 'Acme'], ['CN', 'other']] });
  const statement = makeStatement(DIGEST, { predicateType: 'https://acme.example/checked', predicate: {} });
  const by = (...holders: readonly Holder[]): UnverifiedEvidence => {
    const bytes = envelopeByHolders(statement, holders.map((one) => ({ by: one, chain: [pki.intermediate] })));
    return { format: 'dsse', source: 'a file', bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
  };

  test.each<[string, readonly Holder[], string]>([
    ['one that is over, first', [over, good], ADMITTED], ['one that is over, last', [good, over], ADMITTED], ['only one that is over', [over, over], EXPIRED],
    ['of another name, first', [other, good], ADMITTED], ['of another name alone', [other], 'deny VERIFY_SIGNER_UNTRUSTED'],
  ])('that signs an envelope twice: %s', async (_, holders, expected) => {
    expect(await verdict(by(...holders))).toBe(expected);
  });
});

describe('what came along and cannot be read', () => {
  const broken = (oid: string): HolderOptions => ({ extensions: [{ oid, critical: false, value: Buffer.from([5, 0]) }] });
  const fakes = (oid: string): Holder => authority('signing', stranger.root, broken(oid));

  test.each([['subject key identifier', '2.5.29.14'], ['authority key identifier', '2.5.29.35'], ['basic constraints', '2.5.29.19']])('in its %s hides no path', async (_, oid) => {
    expect(await verdict(signed({}, [fakes(oid), pki.intermediate]))).toBe(ADMITTED);
    expect(await verdict(signed({}, [pki.intermediate, fakes(oid)]))).toBe(ADMITTED);
    expect(await verdict(signed({}, [fakes(oid)]))).toBe('deny VERIFY_CERTIFICATE_UNTRUSTED');
  });

  test('of an authority that really issued it, neither', async () => {
    const own = authority('two', pki.root);
    const odd = authority('two', pki.root, { key: own.key, ...broken('2.5.29.19') });
    expect(await verdict(signed({ issuer: own }, [odd, own]))).toBe(ADMITTED);
    expect(await verdict(signed({ issuer: own }, [odd]))).toBe('deny VERIFY_CERTIFICATE_UNTRUSTED');
  });
});

describe('an authority beside its root among those of a trust root', () => {
  const asking = (revoked: readonly Holder[], asked: string[] = []): CertificateStatuses => ({
    of: ({ number }: RevocationLead) => {
      asked.push(number);
      return revoked.some(({ certificate }) => Buffer.from(parseCertificate(certificate.der).serial).toString('hex') === number)
        ? { state: 'revoked', source: 'a test', revokedAt: NOW - DAY } : { state: 'good' };
    },
    generation: () => 1,
  });
  const holder = pki.issue();
  const evidence = layerEvidence(signedByHolder(DIGEST, holder, [pki.intermediate]));
  const root = { revocation: { mode: 'hard' } };

  test.each<[string, readonly Holder[], readonly Holder[], string]>([
    ['is asked about as well', [pki.root, pki.intermediate], [pki.intermediate], 'deny POLICY_REVOKED'],
    ['in whatever order they stand', [pki.intermediate, pki.root], [pki.intermediate], 'deny POLICY_REVOKED'],
    ['as where it comes along', [pki.root], [pki.intermediate], 'deny POLICY_REVOKED'],
    ['and counts where it is not revoked', [pki.root, pki.intermediate], [], ADMITTED],
    ['and is trusted as it is where it stands alone', [pki.intermediate], [pki.intermediate], ADMITTED],
    ['also where the holder is revoked', [pki.root, pki.intermediate], [holder], 'deny POLICY_REVOKED'],
  ])('%s', async (_, anchors, revoked, expected) => {
    expect(await verdict(evidence, { anchors, root, certificates: asking(revoked) })).toBe(expected);
  });
});
