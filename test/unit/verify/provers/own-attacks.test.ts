import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { bundleBytes } from '../../../world/bundle.ts';
import type { BundleVersion } from '../../../world/bundle.ts';
import { seq, utf8 } from '../../../world/der.ts';
import { bundleEvidence, layerEvidence } from '../../../world/domain.ts';
import { makeSigned } from '../../../world/evidence.ts';
import { nameConstraints, subjectKeyId } from '../../../world/extensions.ts';
import type { GeneralName } from '../../../world/extensions.ts';
import { makeKey } from '../../../world/keys.ts';
import { createOwnPki, signedByHolder } from '../../../world/own-pki.ts';
import type { Holder, HolderOptions } from '../../../world/own-pki.ts';
import { cosignSignStatement } from '../../../world/statement.ts';
import { judge } from '../../policy/every-field/judge.ts';
import { demanding } from '../../policy/every-field/row.ts';
import { DAY, DIGEST, doc, NOW, world } from '../../policy/every-field/world.ts';

/** What a holder of some certificate may try against a policy that names another one: each row differs from its admitted twin in one thing. */
const pki = createOwnPki(NOW);
const stranger = createOwnPki(NOW);
const NAME = 'C=DE, O=Acme, CN=release';
const [ADMITTED, PROFILE, UNTRUSTED, OTHER] = ['admit POLICY_SATISFIED', 'deny VERIFY_CERTIFICATE_PROFILE', 'deny VERIFY_CERTIFICATE_UNTRUSTED', 'deny VERIFY_SIGNER_UNTRUSTED'];
const unknown = { oid: '1.2.3.4.5', critical: true, value: seq(utf8('x')) };
const authority = (name: string, issuer: Holder | undefined, more: HolderOptions = {}): Holder =>
  pki.issue({ subject: [['O', 'Acme'], ['CN', name]], ca: true, notBefore: NOW - 1000 * DAY, notAfter: NOW + 1000 * DAY, ...(issuer === undefined ? {} : { issuer }), ...more });

async function verdict(evidence: UnverifiedEvidence, fields: object = { subject: NAME }, anchors: readonly Holder[] = [pki.root]): Promise<string> {
  const scene = demanding({ signature: { by: ['tested'] } }, { evidence: [evidence] });
  const root = doc('TrustRoot', 'acme', { x509: { certificates: anchors.map(({ certificate }) => certificate.pem).join('') } });
  const documents = [doc('Signer', 'tested', { identities: [{ x509: { trustRoot: 'acme', ...fields } }] }), ...scene.documents, root];
  return (await judge({ ...scene, documents })).verdict;
}
const signed = (options: HolderOptions = {}, chain: readonly Holder[] = [pki.intermediate]): UnverifiedEvidence =>
  layerEvidence(signedByHolder(DIGEST, pki.issue(options), chain));

describe('names', () => {
  test.each<[string, HolderOptions['subject'], object, string]>([
    ['a comma of a value, escaped', [['O', 'Acme, Inc.'], ['CN', 'a']], { subject: 'O=Acme\\, Inc., CN=a' }, ADMITTED],
    ['in quotation marks', [['O', 'Acme, Inc.'], ['CN', 'a']], { subject: 'O="Acme, Inc.", CN=a' }, ADMITTED],
    ['in hexadecimal', [['O', 'Acme, Inc.'], ['CN', 'a']], { subject: 'O=Acme\\2C Inc., CN=a' }, ADMITTED],
    ['not escaped', [['O', 'Acme, Inc.'], ['CN', 'a']], { subject: 'O=Acme, Inc., CN=a' }, 'refused'],
    ['attributes inside of one value', [['CN', 'x, O=Acme, CN=release']], { subject: 'O=Acme, CN=release' }, OTHER],
    ['attributes inside of one value, against a part', [['CN', 'x, O=Acme']], { subjectIncludes: 'O=Acme' }, OTHER],
    ['an attribute of another type', [['OU', 'Acme'], ['CN', 'release']], { subject: 'O=Acme, CN=release' }, OTHER],
    ['an attribute twice', [['O', 'Acme'], ['CN', 'release'], ['CN', 'other']], { subject: 'O=Acme, CN=release' }, OTHER],
    ['an attribute twice, named twice', [['O', 'Acme'], ['CN', 'a'], ['CN', 'b']], { subject: 'CN=b, CN=a, O=Acme' }, ADMITTED],
    ['an attribute once, named twice', [['O', 'Acme'], ['CN', 'a']], { subjectIncludes: 'CN=a, CN=a' }, OTHER],
    ['a space behind it', [['O', 'Acme'], ['CN', 'release ']], { subject: 'O=Acme, CN=release' }, OTHER],
    ['a space behind it, escaped', [['O', 'Acme'], ['CN', 'release ']], { subject: 'O=Acme, CN=release\\ ' }, ADMITTED],
    ['another case', [['O', 'ACME'], ['CN', 'release']], { subject: 'O=Acme, CN=release' }, OTHER],
    ['a letter of another alphabet', [['O', 'Аcme'], ['CN', 'release']], { subject: 'O=Acme, CN=release' }, OTHER],
    ['a pattern beyond a slash', [['O', 'Acme'], ['CN', 'team/release']], { subjectGlob: 'O=Acme, CN=*' }, OTHER],
    ['a pattern over slashes', [['O', 'Acme'], ['CN', 'team/release']], { subjectGlob: 'O=Acme, CN=**' }, ADMITTED],
    ['a star that is one', [['O', 'Acme'], ['CN', '*']], { subject: 'O=Acme, CN=*' }, ADMITTED],
    ['a star that is none', [['O', 'Acme'], ['CN', 'release']], { subject: 'O=Acme, CN=*' }, OTHER],
    ['no subject', [], { subjectGlob: 'CN=**' }, OTHER],
    ['a control character', [['O', 'Acme'], ['CN', 'rel\u0000ease']], { subjectIncludes: 'O=Acme' }, 'deny VERIFY_MALFORMED'],
  ])('%s', async (_, subject, fields, expected) => {
    const names: GeneralName[] = subject?.length === 0 ? [{ type: 'dns', value: 'acme.example' }] : [];
    expect(await verdict(signed({ ...(subject === undefined ? {} : { subject }), names }), fields)).toBe(expected);
  });

  test.each<[string, GeneralName[], string, string]>([
    ['a DNS name', [{ type: 'dns', value: 'build.acme.example' }], 'build.acme.example', ADMITTED],
    ['the same as e-mail address', [{ type: 'email', value: 'build.acme.example' }], 'build.acme.example', OTHER],
    ['an e-mail address', [{ type: 'email', value: 'a@acme.example' }], 'a@acme.example', ADMITTED],
    ['the same as DNS name', [{ type: 'dns', value: 'a@acme.example' }], 'a@acme.example', OTHER],
    ['a URI', [{ type: 'uri', value: 'https://acme.example/a' }], 'https://acme.example/a', ADMITTED],
    ['a SPIFFE ID', [{ type: 'uri', value: 'spiffe://prod.example/a' }, { type: 'dns', value: 'a.example' }], 'spiffe://prod.example/a', ADMITTED],
    ['a SPIFFE ID beside another', [{ type: 'uri', value: 'spiffe://prod.example/b' }, { type: 'uri', value: 'spiffe://prod.example/a' }], 'spiffe://prod.example/a', OTHER],
    ['a SPIFFE ID beside another URI', [{ type: 'uri', value: 'spiffe://prod.example/a' }, { type: 'uri', value: 'https://a.example' }], 'spiffe://prod.example/a', OTHER],
    ['another URI beside a SPIFFE ID', [{ type: 'uri', value: 'spiffe://prod.example/a' }, { type: 'uri', value: 'https://a.example' }], 'https://a.example', ADMITTED],
    ['a URN', [{ type: 'uri', value: 'urn:acme:release' }], 'urn:acme:release', ADMITTED],
    ['the same as DNS name', [{ type: 'dns', value: 'urn:acme:release' }], 'urn:acme:release', OTHER],
    ['a URN beside a mail address', [{ type: 'email', value: 'a@acme.example' }, { type: 'uri', value: 'URN:acme:a@b' }], 'URN:acme:a@b', ADMITTED],
    ['a host that only ends so', [{ type: 'dns', value: 'saturn:8080' }], 'saturn:8080', ADMITTED],
    ['the same as DNS name', [{ type: 'dns', value: 'https://acme.example/a' }], 'https://acme.example/a', OTHER],
    ['the second of two', [{ type: 'uri', value: 'https://x.example' }, { type: 'uri', value: 'https://acme.example/a' }], 'https://acme.example/a', ADMITTED],
    ['two that make one', [{ type: 'uri', value: 'https://acme.example' }, { type: 'uri', value: '/a' }], 'https://acme.example/a', OTHER],
    ['a name inside of a directory name', [{ type: 'directory', value: [['CN', 'build.acme.example']] }], 'build.acme.example', OTHER],
    ['a wildcard of a server', [{ type: 'dns', value: '*.acme.example' }], 'build.acme.example', OTHER],
    ['an address', [{ type: 'ip', value: '7f000001' }], '127.0.0.1', OTHER],
  ])('of several alternative names: %s', async (_, names, san, expected) => {
    expect(await verdict(signed({ names }), { san })).toBe(expected);
  });
});

describe('what a certificate may be used for', () => {
  test.each<[string, readonly string[], object, string]>([
    ['codeSigning beside others', ['serverAuth', 'codeSigning'], {}, ADMITTED],
    ['any, where codeSigning is asked for', ['any'], {}, OTHER],
    ['any, where anything goes', ['any'], { eku: ['any'] }, ADMITTED],
    ['nothing, where anything goes', [], { eku: ['any'] }, ADMITTED],
    ['serverAuth, where it is named', ['serverAuth'], { eku: ['serverAuth'] }, ADMITTED],
    ['one of two that are named', ['serverAuth'], { eku: ['serverAuth', 'clientAuth'] }, OTHER],
    ['a usage of one\'s own', ['1.2.3.4'], { eku: ['1.2.3.4'] }, ADMITTED],
    ['another usage of one\'s own', ['1.2.3.5'], { eku: ['1.2.3.4'] }, OTHER],
  ])('%s', async (_, usages, more, expected) => {
    expect(await verdict(signed({ usages }), { subject: NAME, ...more })).toBe(expected);
  });

  test.each<[string, readonly string[], readonly string[], object, string]>([
    ['an authority that is limited to it', ['codeSigning'], ['codeSigning'], {}, ADMITTED],
    ['an authority for servers', ['codeSigning'], ['serverAuth'], {}, UNTRUSTED],
    ['an authority for servers, of a holder for both', ['codeSigning', 'serverAuth'], ['serverAuth'], {}, OTHER],
    ['a limited authority, of a holder without usages', [], ['codeSigning'], { eku: ['any'] }, UNTRUSTED],
  ])('under %s', async (_, usages, limits, more, expected) => {
    const limited = authority('limited', pki.root, { usages: limits });
    expect(await verdict(signed({ usages, issuer: limited }, [limited]), { subject: NAME, ...more })).toBe(expected);
  });

  test.each<[string, HolderOptions, string]>([
    ['an authority', { ca: true, usages: ['codeSigning'], keyUsages: ['digitalSignature', 'keyCertSign'] }, PROFILE],
    ['may not sign', { keyUsages: ['keyAgreement'] }, PROFILE],
    ['may commit to contents, not sign', { keyUsages: ['contentCommitment'] }, PROFILE],
    ['states no key usage', { keyUsages: [] }, ADMITTED],
    ['has a critical extension that nobody knows', { extensions: [unknown] }, PROFILE],
    ['has the same extension, not critical', { extensions: [{ ...unknown, critical: false }] }, ADMITTED],
  ])('a certificate that %s', async (_, options, expected) => {
    expect(await verdict(signed(options))).toBe(expected);
  });
});

describe('keys and algorithms', () => {
  test.each<[string, HolderOptions, string]>([
    ['P-384', { keyType: 'p384' }, ADMITTED], ['Ed25519', { keyType: 'ed25519' }, ADMITTED], ['RSA of 2048 bits', { keyType: 'rsa-2048' }, ADMITTED],
    ['RSA of 1024 bits', { keyType: 'rsa-1024' }, 'deny VERIFY_MALFORMED'],
    ['secp256k1', { keyType: 'secp256k1' }, 'deny VERIFY_MALFORMED'],
  ])('%s', async (_, options, expected) => {
    expect(await verdict(signed(options))).toBe(expected);
  });

  test.each([['rsa-pss', ADMITTED], ['ed25519', ADMITTED], ['p521', ADMITTED], ['rsa-1024', UNTRUSTED]] as const)('an authority with %s', async (keyType, expected) => {
    const issuer = authority('other', pki.root, { keyType });
    expect(await verdict(signed({ issuer }, [issuer]))).toBe(expected);
  });

  test('the key of an authority in a certificate that is none signs for whom that names', async () => {
    expect(await verdict(signed({ key: pki.intermediate.key }))).toBe(ADMITTED);
    expect(await verdict(layerEvidence(signedByHolder(DIGEST, pki.intermediate, [pki.root])), { subject: 'O=Acme, CN=signing', eku: ['any'] })).toBe(PROFILE);
  });
});

describe('paths', () => {
  const chainOf = (count: number, more: HolderOptions = {}): Holder[] => {
    const chain = [pki.root];
    for (let index = 0; index < count; index += 1) chain.unshift(authority(`level ${index}`, chain[0], more));
    return chain.slice(0, -1);
  };
  const [six, seven] = [chainOf(6), chainOf(7)];

  test('of eight certificates are followed, of nine they are not', async () => {
    expect(await verdict(signed({ issuer: six[0] as Holder }, six))).toBe(ADMITTED);
    expect(await verdict(signed({ issuer: six[0] as Holder }, six.toReversed()))).toBe(ADMITTED);
    expect(await verdict(signed({ issuer: seven[0] as Holder }, seven))).toBe(UNTRUSTED);
  });

  test.each<[string, HolderOptions, string]>([
    ['no authority', { ca: false, keyUsages: ['keyCertSign'] }, UNTRUSTED],
    ['an authority that may not sign certificates', { keyUsages: ['digitalSignature'] }, UNTRUSTED],
    ['an authority with name constraints', { extensions: [nameConstraints({ permitted: [{ type: 'dns', value: 'acme.example' }] }, false)] }, UNTRUSTED],
    ['an authority with an unknown critical extension', { extensions: [unknown] }, UNTRUSTED],
    ['an authority that permits none below it', { pathLength: 0 }, ADMITTED],
    ['an authority that is over', { notAfter: NOW - DAY }, 'deny VERIFY_CERTIFICATE_EXPIRED'],
    ['an authority that has not begun', { notBefore: NOW + DAY }, 'deny VERIFY_CERTIFICATE_EXPIRED'],
    ['an authority that begins and ends now', { notBefore: NOW, notAfter: NOW }, ADMITTED],
  ])('under %s', async (_, options, expected) => {
    const issuer = authority('middle', pki.root, options);
    expect(await verdict(signed({ issuer }, [issuer]))).toBe(expected);
  });

  test('longer than an authority permits are none', async () => {
    const upper = authority('upper', pki.root, { pathLength: 0 });
    const lower = authority('lower', upper);
    expect(await verdict(signed({ issuer: lower }, [lower, upper]))).toBe(UNTRUSTED);
    const wide = authority('wide', pki.root, { pathLength: 1 });
    const below = authority('below', wide);
    expect(await verdict(signed({ issuer: below }, [below, wide]))).toBe(ADMITTED);
  });

  test('in circles end, with and without a way out', async () => {
    const key = makeKey();
    const first = authority('first', pki.root, { key });
    const second = authority('second', first);
    const again = authority('first', second, { key });
    expect(await verdict(signed({ issuer: second }, [second, again]))).toBe(UNTRUSTED);
    expect(await verdict(signed({ issuer: second }, [again, second, first]))).toBe(ADMITTED);
  });

  test('through one of two certificates of the same authority, whichever is valid', async () => {
    const key = makeKey();
    const [over, good] = [NOW - DAY, NOW + DAY].map((notAfter) => authority('renewed', pki.root, { key, notAfter })) as [Holder, Holder];
    expect(await verdict(signed({ issuer: good }, [over, good]))).toBe(ADMITTED);
    expect(await verdict(signed({ issuer: good }, [over]))).toBe('deny VERIFY_CERTIFICATE_EXPIRED');
  });

  test('are found among more anchors than signatures are verified', async () => {
    const many = Array.from({ length: 40 }, (_, index) => authority(`anchor ${index}`, undefined));
    expect(await verdict(signed(), undefined, [...many, pki.root])).toBe(ADMITTED);
    expect(await verdict(signed(), undefined, many)).toBe(UNTRUSTED);
  });

  test('are found among fakes of the authority that came along before it', async () => {
    const same = [subjectKeyId(pki.intermediate.key.spki)];
    const fakes = Array.from({ length: 9 }, () => authority('signing', stranger.root, { extensions: same }));
    expect(await verdict(signed({}, [...fakes, pki.intermediate]))).toBe(ADMITTED);
    expect(await verdict(signed({}, fakes))).toBe(UNTRUSTED);
  });

  test('may end below the root that the evidence brings along', async () => {
    expect(await verdict(signed({}, [pki.root]), undefined, [pki.intermediate])).toBe(ADMITTED);
    expect(await verdict(signed({}, [pki.intermediate, pki.root]), undefined, [stranger.root])).toBe(UNTRUSTED);
    expect(await verdict(signed({}, [pki.intermediate, pki.root]), undefined, [stranger.intermediate])).toBe(UNTRUSTED);
  });

  test('never begin with an anchor: a signer\'s own certificate is none', async () => {
    const own = pki.issue({ issuer: pki.issue() });
    expect(await verdict(layerEvidence(signedByHolder(DIGEST, own, [])), undefined, [own])).toBe('refused');
  });
});

describe('a bundle with a chain', () => {
  const bundle = (version: BundleVersion, holder: Holder, chain: readonly Holder[]): UnverifiedEvidence => {
    const made = makeSigned(world, { statement: cosignSignStatement(DIGEST) }, { key: holder.key });
    const certificates = [holder, ...chain].map(({ certificate }) => ({ rawBytes: certificate.der.toString('base64') }));
    return bundleEvidence(bundleBytes(made, { version, map: (one) => ({ ...one, verificationMaterial: { tlogEntries: [], x509CertificateChain: { certificates } } }) }));
  };

  test.each(['0.1', '0.2', '0.3'] as const)('of version %s', async (version) => {
    expect(await verdict(bundle(version, pki.issue(), [pki.intermediate]))).toBe(ADMITTED);
    expect(await verdict(bundle(version, pki.issue(), [pki.intermediate, pki.root]))).toBe(ADMITTED);
    expect(await verdict(bundle(version, pki.issue(), []))).toBe(UNTRUSTED);
    expect(await verdict(bundle(version, pki.issue(), [pki.intermediate, stranger.root]))).toBe('deny VERIFY_MALFORMED');
    expect(await verdict(bundle(version, stranger.issue(), [stranger.intermediate]))).toBe(UNTRUSTED);
  });

  test('of version 0.3 is none to Sigstore', async () => {
    const scene = demanding({ signature: { by: ['tested'] } }, { evidence: [bundle('0.3', pki.issue(), [pki.intermediate])] });
    const keyless = { keyless: { issuer: 'https://token.actions.githubusercontent.com', subject: 'https://acme.example/x', trustRoot: 'world' } };
    expect((await judge({ ...scene, documents: [doc('Signer', 'tested', { identities: [keyless] }), ...scene.documents] })).verdict).toBe('deny VERIFY_CERTIFICATE_UNTRUSTED');
  });
});
