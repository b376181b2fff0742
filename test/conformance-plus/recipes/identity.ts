import { octets, seq, tlv, utf8 } from '../../world/der.ts';
import { OIDS } from '../../world/extensions.ts';
import type { Extension, GeneralName } from '../../world/extensions.ts';
import type { CertificateOverrides } from '../../world/ca.ts';
import { IDENTITY, keyless } from '../scene.ts';
import type { Expected, Recipe } from '../recipe.ts';

const PROFILE = 'VERIFY_CERTIFICATE_PROFILE';
const MALFORMED = 'VERIFY_MALFORMED';
const UNTRUSTED = 'VERIFY_SIGNER_UNTRUSTED';
const EMAIL = 'ci@acme.com';

/** The policy trusts an e-mail address; the certificate names `san`. */
function named(san: string | GeneralName | readonly GeneralName[]): ReturnType<typeof keyless> {
  return keyless({ identity: { ...IDENTITY, san }, signer: { issuer: IDENTITY.issuer, subject: EMAIL } });
}

/** The policy trusts an e-mail address; the certificate's name has exactly these bytes. */
function rawEmail(bytes: Uint8Array): ReturnType<typeof keyless> {
  const value = seq(tlv(0x81, bytes));
  const mapExtensions = (list: readonly Extension[]): readonly Extension[] => list.map((one) => (one.oid === OIDS.subjectAltName ? { ...one, value } : one));
  return keyless({ override: { certificate: { mapExtensions } }, signer: { issuer: IDENTITY.issuer, subject: EMAIL } });
}

const honest = () => named(EMAIL);

interface Names {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly string[];
  readonly expected: Expected;
}

const name = (of: Names, san: string | GeneralName | readonly GeneralName[]): Recipe => ({ ...of, forged: () => named(san), twin: honest });
const raw = (of: Names, bytes: Uint8Array): Recipe => ({ ...of, forged: () => rawEmail(bytes), twin: () => rawEmail(Buffer.from(EMAIL)) });

/** The policy trusts the release workflow; the certificate names another one. */
const workflow = (of: Names, san: string): Recipe => ({ ...of, forged: () => keyless({ identity: { ...IDENTITY, san } }), twin: () => keyless() });

/** A forgery of the issuer's extensions. */
const issuer = (of: Names, certificate: CertificateOverrides, twin?: CertificateOverrides): Recipe =>
  ({ ...of, forged: () => keyless({ override: { certificate } }), twin: () => keyless(twin === undefined ? {} : { override: { certificate: twin } }) });

const uri = (value: string): GeneralName => ({ type: 'uri', value });
const email = (value: string): GeneralName => ({ type: 'email', value });

/** Forgeries of who the certificate says it is for: security.md, C. */
export const IDENTITIES: readonly Recipe[] = [
  workflow({ id: 'identity-suffix', title: 'trusted identity is the beginning of the signer\'s', rows: ['C01'], expected: UNTRUSTED }, `${IDENTITY.san}-evil`),
  workflow({ id: 'identity-prefix', title: 'trusted identity is the end of the signer\'s', rows: ['C01', 'C02'], expected: UNTRUSTED }, `https://evil.example/?${IDENTITY.san}`),
  workflow({ id: 'identity-dot', title: 'signer\'s identity differs where the trusted one has a dot', rows: ['C01'], expected: UNTRUSTED }, IDENTITY.san.replace('github.com', 'githubXcom')),
  workflow({ id: 'identity-case', title: 'signer\'s identity differs in upper case', rows: ['C10'], expected: UNTRUSTED }, IDENTITY.san.replace('acme', 'ACME')),
  workflow({ id: 'identity-pull-request', title: 'the workflow on a pull request, where the policy names a tag', rows: ['C13'], expected: UNTRUSTED }, IDENTITY.san.replace('refs/tags/v1', 'refs/pull/1/merge')),
  { id: 'issuer-other', title: 'trusted name, certified for another issuer', rows: ['C06'], expected: UNTRUSTED, forged: () => keyless({ identity: { ...IDENTITY, issuer: 'https://accounts.evil.example' } }), twin: () => keyless() },
  name({ id: 'identity-uri-holds-email', title: 'policy trusts an e-mail address; the certificate has a URI that contains it', rows: ['C01', 'C08'], expected: UNTRUSTED }, uri(`https://evil.example/?${EMAIL}`)),
  name({ id: 'identity-email-lookalike', title: 'policy trusts an e-mail address; the certificate has one that ends elsewhere', rows: ['C01'], expected: UNTRUSTED }, email('ci@acmeXcom.evil.example')),
  name({ id: 'identity-email-as-uri', title: 'trusted e-mail address in a name of type URI', rows: ['C08'], expected: UNTRUSTED }, uri(EMAIL)),
  name({ id: 'identity-email-as-username', title: 'trusted e-mail address in an otherName', rows: ['C08'], expected: UNTRUSTED }, { type: 'username', value: EMAIL }),
  name({ id: 'identity-unknown-other-name', title: 'trusted e-mail address in an otherName of unknown type', rows: ['C08'], expected: PROFILE }, { type: 'other', oid: '1.2.3.4', value: utf8(EMAIL) }),
  name({ id: 'identity-two-names', title: 'two names: an attacker\'s URI and the trusted e-mail address', rows: ['C08'], expected: PROFILE }, [uri('https://evil.example/x'), email(EMAIL)]),
  name({ id: 'identity-two-emails', title: 'two e-mail addresses, the trusted one first', rows: ['C08'], expected: PROFILE }, [email(EMAIL), email('eve@evil.example')]),
  name({ id: 'identity-none', title: 'no name at all', rows: ['C08'], expected: PROFILE }, []),
  name({ id: 'identity-directory', title: 'only a directory name', rows: ['C08'], expected: PROFILE }, { type: 'directory', value: [['CN', EMAIL]] }),
  name({ id: 'identity-homograph', title: 'trusted e-mail address with a Cyrillic letter', rows: ['C10'], expected: MALFORMED }, email('ci@\u0430cme.com')),
  raw({ id: 'identity-nul', title: 'trusted e-mail address, a NUL, and another domain', rows: ['C11'], expected: MALFORMED }, Buffer.from(`${EMAIL}\0.evil.example`)),
  raw({ id: 'identity-high-bit', title: 'trusted e-mail address with bit 8 set in every byte', rows: ['C09'], expected: MALFORMED }, Buffer.from(EMAIL).map((byte) => byte | 0x80)),
  issuer({ id: 'issuers-conflict', title: 'two issuer extensions that disagree, the newer one as trusted', rows: ['C12'], expected: PROFILE }, { issuerV1: 'https://accounts.evil.example' }, { issuerV1: IDENTITY.issuer }),
  issuer({ id: 'issuer-arc-overflow', title: 'issuer under an object identifier that equals the real one in 32 bits', rows: ['D08'], expected: PROFILE }, { issuerV1: false, issuerV2: false, extensions: [{ oid: '1.3.6.1.4.1.57264.1.4294967304', value: utf8(IDENTITY.issuer) }] }, { issuerV1: false }),
  issuer({ id: 'issuer-none', title: 'no issuer extension', rows: ['C06'], expected: PROFILE }, { issuerV1: false, issuerV2: false }),
  issuer({ id: 'issuer-not-utf8-string', title: 'issuer extension of another type than UTF8String', rows: ['D07'], expected: MALFORMED }, { issuerV1: false, issuerV2: false, extensions: [{ oid: `${OIDS.fulcio}.8`, value: octets(Buffer.from(IDENTITY.issuer)) }] }, { issuerV1: false }),
];
