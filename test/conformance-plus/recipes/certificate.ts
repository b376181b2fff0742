import { createHash, sign } from 'node:crypto';
import { generateKeyPairSync } from 'node:crypto';
import { issueCertificate, makeCa } from '../../world/ca.ts';
import type { CertificateOverrides } from '../../world/ca.ts';
import { makeCtLog } from '../../world/ct-log.ts';
import { bits, octets, seq } from '../../world/der.ts';
import { base64, pem } from '../../world/encode.ts';
import { nameConstraints } from '../../world/extensions.ts';
import type { Extension } from '../../world/extensions.ts';
import type { SigningKey } from '../../world/keys.ts';
import { logJson } from '../../world/trusted-root.ts';
import { createWorld } from '../../world/world.ts';
import type { World } from '../../world/world.ts';
import { tbsCertificate } from '../../world/x509.ts';
import type { Certificate } from '../../world/x509.ts';
import { IDENTITY, keyless, MINUTE, NOW, world } from '../scene.ts';
import type { KeylessChange } from '../scene.ts';
import type { Expected, Recipe } from '../recipe.ts';

const PROFILE = 'VERIFY_CERTIFICATE_PROFILE';

/** A forgery in what the certificate says; the authority issued it so. */
function says(id: string, title: string, certificate: CertificateOverrides, more: { readonly rows?: readonly string[]; readonly expected?: Expected; readonly twin?: CertificateOverrides } = {}): Recipe {
  const { rows, expected = PROFILE, twin } = more;
  return { id, title, ...(rows && { rows }), expected, forged: () => keyless({ override: { certificate } }), twin: () => keyless(twin === undefined ? {} : { override: { certificate: twin } }) };
}

const critical = (oid: string): Extension => ({ oid, critical: true, value: octets(Buffer.alloc(1)) });

const ORDER = Buffer.from('06092a864886f70d01010b', 'hex');
const SHA1 = Buffer.from('06092a864886f70d010105', 'hex');
const rsaWorld = createWorld({ now: NOW, ca: makeCa({ now: NOW, keyType: 'rsa-2048' }) });

/** A certificate of an RSA authority, signed with SHA-1 (sha1WithRSAEncryption) or SHA-256. */
function hashed(algorithm: 'sha1' | 'sha256'): ReturnType<typeof keyless> {
  const key = world.key();
  const made = issueCertificate(rsaWorld.ca, { key, identity: IDENTITY, at: NOW, ctLog: rsaWorld.ctLog }, { ctLogs: [] });
  const change: KeylessChange = { world: rsaWorld, require: { transparencyLog: 1, sct: 0 }, thresholds: { ctlogThreshold: 0 } };
  if (algorithm === 'sha256') return keyless({ ...change, override: { signingKey: key, useCertificate: made } });
  const oid = (from: Buffer): Buffer => Buffer.from(from.toString('hex').replace(ORDER.toString('hex'), SHA1.toString('hex')), 'hex');
  const tbs = oid(tbsCertificate(made.spec, rsaWorld.ca.issuingKey));
  const der = seq(tbs, seq(SHA1, Buffer.from('0500', 'hex')), bits(sign('sha1', tbs, rsaWorld.ca.issuingKey.privateKey)));
  return keyless({ ...change, override: { signingKey: key, useCertificate: withDer(made, der) } });
}

function withDer(made: Certificate, der: Buffer): Certificate {
  return { ...made, der, pem: pem('CERTIFICATE', der), fingerprint: `sha256:${createHash('sha256').update(der).digest('hex')}` };
}

/** An honest certificate whose bytes are changed afterwards. */
function rewritten(change: (der: Buffer) => Buffer): ReturnType<typeof keyless> {
  const key = world.key();
  const made = issueCertificate(world.ca, { key, identity: IDENTITY, at: NOW, ctLog: world.ctLog });
  return keyless({ override: { signingKey: key, useCertificate: withDer(made, change(made.der)) } });
}

function weakKey(namedCurve: string): SigningKey {
  const pair = generateKeyPairSync('ec', { namedCurve });
  const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
  const publicKeyPem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { ...world.key(), privateKey: pair.privateKey, publicKey: pair.publicKey, spki, publicKeyPem };
}

function byKey(key: SigningKey): ReturnType<typeof keyless> {
  const made = issueCertificate(world.ca, { key, identity: IDENTITY, at: NOW, ctLog: world.ctLog });
  return keyless({ override: { signingKey: key, useCertificate: made, logVerifier: { key, certificate: made } } });
}

/** root → intermediate → attacker's leaf → another leaf. */
function issuedByLeaf(): ReturnType<typeof keyless> {
  const attacker = world.key('p384');
  const leaf = issueCertificate(world.ca, { key: attacker, identity: { ...IDENTITY, san: 'https://evil.example' }, at: NOW, ctLog: world.ctLog }, { subject: [['CN', 'attacker']] });
  const key = world.key();
  const made = issueCertificate(world.ca, { key, identity: IDENTITY, at: NOW, ctLog: world.ctLog }, { issuerKey: attacker, issuerName: leaf.spec.subject });
  return keyless({
    version: '0.2', override: { signingKey: key, useCertificate: made },
    map: (bundle) => ({ ...bundle, verificationMaterial: { ...bundle.verificationMaterial, x509CertificateChain: { certificates: [made, leaf].map(({ der }) => ({ rawBytes: base64(der) })) } } }),
  });
}

function chained(add: readonly Buffer[]): ReturnType<typeof keyless> {
  return keyless({
    version: '0.2', withChain: true,
    map: (bundle) => {
      const { certificates } = bundle.verificationMaterial['x509CertificateChain'] as { certificates: unknown[] };
      return { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, x509CertificateChain: { certificates: [...certificates, ...add.map((der) => ({ rawBytes: base64(der) }))] } } };
    },
  });
}

const constrained = createWorld({ now: NOW, ca: makeCa({ now: NOW, extensions: [nameConstraints({ permitted: [{ type: 'uri', value: '.internal.example' }] })] }) });
const shortLived = createWorld({ now: NOW, ca: makeCa({ now: NOW, notAfter: NOW + MINUTE }) });
const secondCt = makeCtLog({ baseUrl: 'https://ctfe.world.example/second' });
const TWO_CT: KeylessChange = {
  root: { map: (root) => ({ ...root, ctlogs: [...root.ctlogs, logJson(secondCt, { start: '2020-01-01T00:00:00Z' })] }) }, require: { sct: 2 }, thresholds: { ctlogThreshold: 2 },
};
const stranger = createWorld({ now: NOW });
const rootOf = ({ ca }: World): Buffer => ca.chain.at(-1)?.der ?? Buffer.alloc(0);
const nested = (depth: number): Buffer => {
  let der: Buffer = seq();
  for (let i = 0; i < depth; i += 1) der = seq(der);
  return der;
};

/** Forgeries of the certificate and its path: RFC 5280, 6.1; client specification, 4.3. */
export const CERTIFICATE: readonly Recipe[] = [
  says('eku-server', 'certificate of the trusted authority for TLS servers only', { eku: ['serverAuth'] }, { rows: ['B11'], twin: { eku: ['serverAuth', 'codeSigning'] } }),
  says('eku-none', 'certificate without extended key usage', { eku: false }, { rows: ['B11'] }),
  says('eku-any', 'certificate for any purpose, which is not code signing', { eku: ['any'] }, { rows: ['B11'] }),
  says('leaf-is-authority', 'signing certificate that is itself a certificate authority', { basicConstraints: { ca: true } }, { twin: { basicConstraints: { ca: false } } }),
  says('key-usage-encipherment', 'key usage without digitalSignature', { keyUsage: ['keyEncipherment'] }),
  says('key-usage-none', 'no key usage', { keyUsage: false }),
  says('critical-unknown', 'unknown critical extension', { extensions: [critical('1.2.3.4')] }, { twin: { extensions: [{ ...critical('1.2.3.4'), critical: false }] } }),
  says('extension-twice', 'the same extension twice', { extensions: [{ oid: '1.2.3.4', value: octets(Buffer.alloc(1)) }, { oid: '1.2.3.4', value: octets(Buffer.alloc(1)) }] }, { expected: 'VERIFY_MALFORMED' }),
  { id: 'name-constraints', title: 'name outside the critical name constraints of its authority', rows: ['B15'], expected: 'refused when loaded', forged: () => keyless({ world: constrained }), twin: () => keyless() },
  { id: 'certificate-sha1', title: 'certificate signed with SHA-1', rows: ['D12'], expected: 'VERIFY_CERTIFICATE_UNTRUSTED', forged: () => hashed('sha1'), twin: () => hashed('sha256') },
  { id: 'certificate-key-rsa-1024', title: 'certificate for an RSA key of 1024 bits', rows: ['D12'], expected: 'VERIFY_MALFORMED', forged: () => keyless({ keyType: 'rsa-1024' }), twin: () => keyless({ keyType: 'rsa-2048' }) },
  { id: 'certificate-key-p192', title: 'certificate for a P-192 key', rows: ['D12'], expected: 'VERIFY_MALFORMED', forged: () => byKey(weakKey('prime192v1')), twin: () => byKey(world.key()) },
  { id: 'certificate-key-secp256k1', title: 'certificate for a secp256k1 key', rows: ['D12'], expected: 'VERIFY_MALFORMED', forged: () => keyless({ keyType: 'secp256k1' }), twin: () => keyless({ keyType: 'p256' }) },
  { id: 'certificate-trailing-bytes', title: 'bytes after the certificate', expected: 'VERIFY_MALFORMED', forged: () => rewritten((der) => Buffer.concat([der, Buffer.from('00', 'hex')])), twin: () => rewritten((der) => der) },
  { id: 'certificate-nested', title: 'certificate of 5,000 nested sequences', rows: ['D06'], expected: 'VERIFY_MALFORMED', forged: () => rewritten(() => nested(5_000)), twin: () => rewritten((der) => der) },
  { id: 'certificate-empty', title: 'certificate of no bytes', rows: ['B23'], expected: 'VERIFY_MALFORMED', forged: () => rewritten(() => Buffer.alloc(0)), twin: () => rewritten((der) => der) },
  { id: 'authority-same-name', title: 'certificate issued by a stranger in the name of the authority', expected: 'VERIFY_CERTIFICATE_UNTRUSTED', forged: () => keyless({ override: { certificate: { issuerKey: world.key('p384') } } }), twin: () => keyless() },
  { id: 'authority-is-leaf', title: 'certificate issued by another leaf, which comes along in the chain', rows: ['B14'], expected: 'VERIFY_CERTIFICATE_UNTRUSTED', forged: issuedByLeaf, twin: () => keyless({ version: '0.2', withChain: true }) },
  { id: 'chain-with-root', title: 'chain of the bundle brings a root along that the trust root does not list', rows: ['B15'], expected: 'VERIFY_MALFORMED', forged: () => chained([rootOf(stranger)]), twin: () => chained([rootOf(world)]) },
  { id: 'chain-with-garbage', title: 'chain of the bundle ends in something that is no certificate', rows: ['B15'], expected: 'VERIFY_MALFORMED', forged: () => chained([Buffer.from('garbage')]), twin: () => chained([]) },
  { id: 'chain-empty', title: 'empty chain', rows: ['B23'], expected: 'VERIFY_MALFORMED', forged: () => keyless({ version: '0.2', map: (bundle) => ({ ...bundle, verificationMaterial: { ...bundle.verificationMaterial, x509CertificateChain: { certificates: [] } } }) }), twin: () => keyless({ version: '0.2' }) },
  { id: 'authority-window', title: 'certificate issued after the root stopped trusting the authority', rows: ['B13'], expected: 'VERIFY_CERTIFICATE_EXPIRED', forged: () => keyless({ root: { windows: { ca: { start: NOW - MINUTE, end: NOW - 1000 } } } }), twin: () => keyless({ root: { windows: { ca: { start: NOW - MINUTE, end: NOW } } } }) },
  { id: 'intermediate-expired', title: 'intermediate that had expired when the signature was logged; the leaf outlives it', rows: ['B08'], expected: 'VERIFY_CERTIFICATE_EXPIRED', forged: () => keyless({ world: shortLived, override: { log: { at: NOW + 2 * MINUTE } }, now: NOW + 3 * MINUTE }), twin: () => keyless({ world: shortLived, override: { log: { at: NOW + MINUTE } }, now: NOW + 3 * MINUTE }) },
  { id: 'sct-none', title: 'certificate without SCT', rows: ['B16'], expected: 'VERIFY_SCT', forged: () => keyless({ override: { certificate: { ctLogs: [] } } }), twin: () => keyless() },
  { id: 'sct-unknown-log', title: 'SCT of a log that the root does not list', rows: ['B16'], expected: 'VERIFY_SCT', forged: () => keyless({ override: { certificate: { ctLogs: [makeCtLog()] } } }), twin: () => keyless() },
  { id: 'sct-by-stranger', title: 'SCT in the name of the log, signed by another key', rows: ['B16'], expected: 'VERIFY_SCT', forged: () => keyless({ override: { certificate: { sct: { key: world.key() } } } }), twin: () => keyless() },
  { id: 'sct-twice', title: 'two CT logs demanded, two SCTs of one', rows: ['B05'], expected: 'VERIFY_SCT', forged: () => keyless({ ...TWO_CT, override: { certificate: { ctLogs: [world.ctLog, world.ctLog] } } }), twin: () => keyless({ ...TWO_CT, override: { certificate: { ctLogs: [world.ctLog, secondCt] } } }) },
  { id: 'sct-window', title: 'SCT from before the root trusted the CT log', rows: ['B16'], expected: 'VERIFY_SCT', forged: () => keyless({ root: { windows: { ctLog: { start: NOW + 1000 } } } }), twin: () => keyless({ root: { windows: { ctLog: { start: NOW } } } }) },
];
