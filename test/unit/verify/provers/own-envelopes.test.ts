import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { createOwnPki, envelopeByHolders, tokenOf } from '../../../world/own-pki.ts';
import type { HolderOptions, HolderSignature } from '../../../world/own-pki.ts';
import { makeStatement } from '../../../world/statement.ts';
import { stamp } from '../../../world/tsa.ts';
import { createWorld } from '../../../world/world.ts';
import { judge } from '../../policy/every-field/judge.ts';
import { demanding } from '../../policy/every-field/row.ts';
import { DAY, DIGEST, doc, HOUR, keyed, keys, NOW, OTHER, world } from '../../policy/every-field/world.ts';

/** Envelopes whose signatures bring their certificates along, alone and without a log, from YAML and bytes to the verdict. */
const TYPE = 'https://acme.example/tested/v1';
const pki = createOwnPki(NOW);
const stranger = createOwnPki(NOW);
const elsewhere = createWorld({ now: NOW });
const chain = (tsa: typeof world.tsa): string => tsa.chain.map(({ pem }) => pem).join('');
const X509 = { certificates: pki.root.certificate.pem };
const STAMPED = { ...X509, timestampAuthorities: [{ chain: chain(world.tsa), validFor: { start: new Date(NOW - 1000 * DAY).toISOString() } }] };
const NAME = 'C=DE, O=Acme, CN=release';
const statement = makeStatement(DIGEST, { predicateType: TYPE, predicate: { passed: true } });

function evidenceOf(bytes: Buffer): UnverifiedEvidence {
  return { format: 'dsse', source: 'a file', bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}

interface Trust {
  readonly x509?: object;
  readonly identities?: readonly object[];
  readonly threshold?: number;
}

async function verdictOf(evidence: UnverifiedEvidence, { x509 = X509, identities = [{ x509: { trustRoot: 'acme', subject: NAME } }], threshold }: Trust = {}): Promise<string> {
  const signers = identities.map((identity, index) => doc('Signer', `tested-${index}`, { identities: [identity] }));
  const by = signers.map(({ metadata: { name } }) => name);
  const scene = demanding({ attestation: { type: TYPE, by, ...(threshold === undefined ? {} : { threshold }) } }, { evidence: [evidence] });
  const documents = [...signers, ...scene.documents, doc('TrustRoot', 'acme', { x509 })];
  return (await judge({ ...scene, documents })).verdict;
}

async function verdict(signatures: readonly HolderSignature[], trust?: Trust): Promise<string> {
  return verdictOf(evidenceOf(envelopeByHolders(statement, signatures)), trust);
}

const release = pki.issue();
const along = { by: release, chain: [pki.intermediate] };
const over = (more: HolderOptions = {}): HolderSignature => ({ by: pki.issue({ notBefore: NOW - 3 * DAY, notAfter: NOW - 2 * DAY, ...more }), chain: [pki.intermediate] });
const stamped = (at: number, tsa = world.tsa) => (signature: Uint8Array): Buffer => tokenOf(stamp(tsa, signature, at));

describe('a signature that brings its certificate along', () => {
  test.each<[string, HolderSignature]>([
    ['as Witness writes it', along],
    ['in DER', { ...along, form: 'der' }],
    ['as in-toto writes it', { ...along, form: 'in-toto' }],
    ['with its chain up to the root', { ...along, chain: [pki.intermediate, pki.root] }],
    ['beside members that nobody knows', { ...along, map: (one) => ({ ...one, timestamps: 'never', extra: {} }) }],
  ])('%s, is admitted without log', async (_, signature) => {
    expect(await verdict([signature])).toBe('admit POLICY_SATISFIED');
  });

  test.each<[string, HolderSignature, string]>([
    ['without its certificate', { ...along, form: 'none' }, 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['without its issuer', { by: release }, 'deny VERIFY_CERTIFICATE_UNTRUSTED'],
    ['with the certificate of another key', { ...along, map: (one) => ({ ...one, certificate: Buffer.from(pki.issue().certificate.pem).toString('base64') }) }, 'deny VERIFY_SIGNATURE_INVALID'],
    ['with a certificate of a stranger\'s authority of the same name', { by: pki.issue({ issuer: stranger.intermediate }), chain: [stranger.intermediate, stranger.root] }, 'deny VERIFY_CERTIFICATE_UNTRUSTED'],
    ['with its certificate as issuer alone', { ...along, map: ({ certificate, ...one }) => ({ ...one, intermediates: [certificate] }) }, 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['with something that is no certificate', { ...along, map: (one) => ({ ...one, certificate: 'bm9uZQ==' }) }, 'deny VERIFY_MALFORMED'],
    ['with a certificate that is a number', { ...along, map: (one) => ({ ...one, certificate: 1 }) }, 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['with eleven issuers', { ...along, chain: Array.from({ length: 11 }, () => pki.intermediate) }, 'deny VERIFY_LIMIT'],
    ['for servers', { by: pki.issue({ usages: ['serverAuth'] }), chain: [pki.intermediate] }, 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['of another name', { by: pki.issue({ subject: [['C', 'DE'], ['O', 'Acme'], ['CN', 'build']] }), chain: [pki.intermediate] }, 'deny VERIFY_SIGNER_UNTRUSTED'],
  ])('%s, is not admitted', async (_, signature, code) => {
    expect(await verdict([signature])).toBe(code);
  });

  test('about something else is not admitted', async () => {
    const other = makeStatement(OTHER, { predicateType: TYPE, predicate: { passed: true } });
    expect(await verdictOf(evidenceOf(envelopeByHolders(other, [along])))).toBe('deny VERIFY_SUBJECT_MISMATCH');
  });

  test('and what it brings hides no good signature by a key', async () => {
    const by = { certificate: release.certificate, key: keys.alice };
    const trust = { identities: [{ key: { data: keys.alice.publicKeyPem } }] };
    expect(await verdict([{ by, form: 'none' }], trust)).toBe('admit POLICY_SATISFIED');
    expect(await verdict([{ by, chain: [pki.intermediate] }], trust)).toBe('admit POLICY_SATISFIED');
    expect(await verdict([{ by, map: (one) => ({ ...one, certificate: 'bm9uZQ==', intermediates: 1, timestamps: [{ type: 'x' }] }) }], trust)).toBe('admit POLICY_SATISFIED');
    expect(await verdict([{ by, chain: [pki.intermediate] }], { identities: [{ x509: { trustRoot: 'acme', subject: NAME } }] })).toBe('deny VERIFY_SIGNATURE_INVALID');
  });
});

describe('two signatures of one envelope', () => {
  const both = [{ x509: { trustRoot: 'acme', subject: NAME } }, { x509: { trustRoot: 'acme', subject: 'O=Acme, CN=tests' } }];
  const tests = (options: HolderOptions = {}): HolderSignature => ({ by: pki.issue({ subject: [['O', 'Acme'], ['CN', 'tests']], ...options }), chain: [pki.intermediate] });

  test('by two holders are two', async () => {
    expect(await verdict([along, tests()], { identities: both, threshold: 2 })).toBe('admit POLICY_SATISFIED');
  });

  test.each<[string, readonly HolderSignature[]]>([
    ['by one key in two certificates', [along, tests({ key: release.key })]],
    ['by two keys of one holder', [along, { by: pki.issue(), chain: [pki.intermediate] }]],
    ['by two keys of one holder, whose name is once written from the other end', [
      along, { by: pki.issue({ subject: [['CN', 'release'], ['O', 'Acme'], ['C', 'DE']] }), chain: [pki.intermediate] },
    ]],
  ])('%s are one', async (_, signatures) => {
    expect(await verdict(signatures, { identities: both, threshold: 2 })).toBe('deny POLICY_THRESHOLD');
    expect(await verdict(signatures, { identities: both })).toBe('admit POLICY_SATISFIED');
  });

  test('the first of which proves nothing, do not hide the other', async () => {
    const nothing = { by: stranger.issue(), chain: [stranger.intermediate] };
    expect(await verdict([nothing, along])).toBe('admit POLICY_SATISFIED');
    expect(await verdict([...Array.from({ length: 7 }, () => nothing), along])).toBe('admit POLICY_SATISFIED');
    expect(await verdict([...Array.from({ length: 8 }, () => nothing), along])).toMatch(/^deny VERIFY_/);
  });
});

describe('a certificate that is over', () => {
  test('still counts for what a listed authority stamped in its time, as token or as response', async () => {
    expect(await verdict([{ ...over(), stamps: [stamped(NOW - 2.5 * DAY)] }], { x509: STAMPED })).toBe('admit POLICY_SATISFIED');
    const response = (signature: Uint8Array): Buffer => stamp(world.tsa, signature, NOW - 2.5 * DAY);
    expect(await verdict([{ ...over(), stamps: [response] }], { x509: STAMPED })).toBe('admit POLICY_SATISFIED');
  });

  test.each<[string, HolderSignature['stamps'] & object, object, string]>([
    ['without a stamp', [], STAMPED, 'deny VERIFY_CERTIFICATE_EXPIRED'],
    ['stamped after its end', [stamped(NOW - DAY)], STAMPED, 'deny VERIFY_CERTIFICATE_EXPIRED'],
    ['stamped before its start', [stamped(NOW - 4 * DAY)], STAMPED, 'deny VERIFY_CERTIFICATE_EXPIRED'],
    ['stamped by an authority that is not listed', [stamped(NOW - 2.5 * DAY, elsewhere.tsa)], STAMPED, 'deny VERIFY_CERTIFICATE_EXPIRED'],
    ['stamped under a root that lists nobody', [stamped(NOW - 2.5 * DAY)], X509, 'deny VERIFY_CERTIFICATE_EXPIRED'],
    ['with a stamp over something else', [() => tokenOf(stamp(world.tsa, Buffer.from('x'), NOW - 2.5 * DAY))], STAMPED, 'deny VERIFY_TIMESTAMP'],
    ['with one stamp in its time and one after it', [stamped(NOW - 2.5 * DAY), stamped(NOW - DAY)], STAMPED, 'deny VERIFY_CERTIFICATE_EXPIRED'],
    ['with a stamp that is cut short', [(signature) => tokenOf(stamp(world.tsa, signature, NOW - 2.5 * DAY)).subarray(0, -9)], STAMPED, 'deny VERIFY_MALFORMED'],
  ])('does not count %s', async (_, stamps, x509, code) => {
    expect(await verdict([{ ...over(), stamps }], { x509 })).toBe(code);
  });

  test('and one that is over while its stamp of the first signature is fine does not lend it to the second', async () => {
    const first = { ...along, stamps: [stamped(NOW - HOUR)] };
    expect(await verdict([first, over({ subject: [['O', 'Acme'], ['CN', 'late']] })], { x509: STAMPED, identities: [{ x509: { trustRoot: 'acme', subject: 'O=Acme, CN=late' } }] }))
      .toBe('deny VERIFY_CERTIFICATE_EXPIRED');
  });

  test('is no matter where the same envelope is signed by a trusted key', async () => {
    const by = { certificate: release.certificate, key: keys.alice };
    expect(await verdict([over(), { by, form: 'none' }], { identities: [keyed(keys.alice, {})] })).toBe('admit POLICY_SATISFIED');
  });
});
