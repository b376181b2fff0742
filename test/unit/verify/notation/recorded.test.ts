import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { NotationRoot } from '../../../../src/domain/policy/trust-root.ts';
import { createTrustReader, compileTrust } from '../../../../src/trust/index.ts';
import { readChain } from '../../../../src/verify/notation/chain.ts';
import { readCose } from '../../../../src/verify/notation/cose.ts';
import type { NotaryEnvelope } from '../../../../src/verify/notation/envelope.ts';
import { readJws } from '../../../../src/verify/notation/jws.ts';
import { readTarget } from '../../../../src/verify/notation/payload.ts';
import { parsed } from '../../../../src/verify/problem.ts';
import { proveNotation } from '../../../../src/verify/provers/notation.ts';
import { envelopeEvidence, judgeNotation, pemOf } from '../../../support/notation/judge.ts';
import { hasSharedData, sharedData } from '../../../support/shared.ts';
import { encodeCbor, tagged } from '../../../world/cbor.ts';
import { signWith } from '../../../world/keys.ts';
import { makeNotary } from '../../../world/notation.ts';

/** Every envelope of the test data of notation-go and notation: what it is, and under which stores. */
const GO = 'notation/notation-go/';
const MOCK = `${GO}internal/mock/testdata/`;
const STAMPS = `${GO}verifier/testdata/timestamp/sigEnv/`;
const CA = `${GO}verifier/testdata/truststore/x509/ca/valid-trust-store/`;
const NOW = Date.UTC(2026, 10, 30);
const GLOBALSIGN = `${GO}verifier/testdata/truststore/x509/tsa/test-timestamp/globalsignRoot.cer`;
const DIGICERT = `${GO}verifier/testdata/truststore/x509/tsa/test-mismatch/DigiCertTSARootSHA384.cer`;

/** Store by certificate files; `own`: the root that the envelope itself brings. */
interface Stores {
  readonly ca?: string | 'own';
  readonly signingAuthority?: string;
  readonly tsa?: string;
  readonly verifyTimestamp?: 'afterCertExpiry';
  readonly plugins?: NotationRoot['plugins'];
}

/** What is proven of the envelope (`times`, `now`, and `ended`), or the reason why nothing is. */
type Row = readonly [file: string, stores: Stores, expected: string];

const ROOT: Stores = { ca: `${CA}NotationTestRoot.pem` };
const AUTHORITY: Stores = { signingAuthority: `${CA}NotationTestRoot.pem` };
const WABBIT: Stores = { ca: `${CA}wabbit-networks.io.crt` };
const ALPINE: Stores = { ca: `${CA}TestTimestamp.crt` };
const OWN: Stores = { ca: 'own' };
const PLUGIN = 'io.cncf.notary.plugin.unittest.mock';
const versions = readable(MOCK).filter((name) => name.includes('pluginver'));

const ROWS: readonly Row[] = [
  [`${MOCK}ca_valid_sig_env.json`, ROOT, 'now'],
  [`${MOCK}ca_valid_sig_env.json`, AUTHORITY, 'VERIFY_CERTIFICATE_UNTRUSTED'],
  [`${MOCK}ca_valid_sig_env.json`, WABBIT, 'VERIFY_CERTIFICATE_UNTRUSTED'],
  [`${MOCK}ca_expired_sig_env.json`, ROOT, 'now, ended 2022-07-29T23:59:00.000Z'],
  [`${MOCK}ca_invalid_sig_env.json`, ROOT, 'VERIFY_MALFORMED'],
  [`${MOCK}ca_plugin_sig_env.json`, ROOT, 'VERIFY_FORMAT'],
  [`${MOCK}ca_plugin_sig_env.json`, { ...ROOT, plugins: [{ name: 'plugin-name', attributes: [] }] }, 'VERIFY_FORMAT'],
  [`${MOCK}ca_plugin_sig_env.json`, { ...ROOT, plugins: [{ name: 'plugin-name', attributes: ['SomeKey'] }] }, 'now'],
  [`${MOCK}sa_valid_sig_env.json`, AUTHORITY, 'authority 2020-11-09T07:00:00.000Z'],
  [`${MOCK}sa_valid_sig_env.json`, ROOT, 'VERIFY_CERTIFICATE_UNTRUSTED'],
  [`${MOCK}sa_expired_sig_env.json`, AUTHORITY, 'authority 2022-07-29T00:00:00.000Z, ended 2022-07-29T23:59:00.000Z'],
  [`${MOCK}sa_invalid_sig_env.json`, AUTHORITY, 'VERIFY_MALFORMED'],
  [`${MOCK}sa_plugin_sig_env.json`, AUTHORITY, 'VERIFY_FORMAT'],
  [`${MOCK}sa_plugin_sig_env.json`, { ...AUTHORITY, plugins: [{ name: 'other', attributes: ['SomeKey'] }] }, 'VERIFY_FORMAT'],
  ...versions.flatMap((name): Row[] => [
    [MOCK + name, WABBIT, 'VERIFY_FORMAT'],
    // Versions of plug-ins are not compared: nobody runs one.
    [MOCK + name, { ...WABBIT, plugins: [{ name: PLUGIN, attributes: [] }] }, 'now'],
  ]),
  [`${MOCK}sig_env_with_metadata.json`, WABBIT, 'VERIFY_CERTIFICATE_UNTRUSTED'],
  [`${MOCK}sig_env_with_metadata.json`, OWN, 'not now'],
  [`${GO}internal/testdata/jws_signature.sig`, OWN, 'now'],
  [`${GO}internal/testdata/cose_signature.sig`, OWN, 'now'],
  [`${GO}internal/testdata/cose_signature.sig`, ALPINE, 'VERIFY_CERTIFICATE_UNTRUSTED'],
  [`${STAMPS}jwsWithTimestamp.sig`, ALPINE, 'now'],
  [`${STAMPS}jwsWithTimestamp.sig`, { ...ALPINE, tsa: GLOBALSIGN }, 'timestamp 2024-06-18T06:29:38.000Z'],
  [`${STAMPS}jwsWithTimestamp.sig`, { ...ALPINE, tsa: DIGICERT }, 'VERIFY_TIMESTAMP'],
  [`${STAMPS}coseWithTimestamp.sig`, { ...ALPINE, tsa: GLOBALSIGN }, 'timestamp 2024-06-18T06:27:17.000Z'],
  [`${STAMPS}coseWithTimestamp.sig`, { ...ALPINE, tsa: DIGICERT }, 'VERIFY_TIMESTAMP'],
  [`${STAMPS}jwsExpiredWithTimestamp.sig`, OWN, 'not now'],
  [`${STAMPS}jwsExpiredWithTimestamp.sig`, { ...OWN, tsa: GLOBALSIGN }, 'timestamp 2024-06-18T07:21:43.000Z'],
  [`${STAMPS}coseExpiredWithTimestamp.sig`, OWN, 'not now'],
  [`${STAMPS}coseExpiredWithTimestamp.sig`, { ...OWN, tsa: GLOBALSIGN }, 'timestamp 2024-06-18T07:21:13.000Z'],
  [`${STAMPS}timestampAfterNotAfter.sig`, { ...OWN, tsa: GLOBALSIGN }, 'VERIFY_CERTIFICATE_EXPIRED'],
  [`${STAMPS}timestampBeforeNotBefore.sig`, { ...OWN, tsa: GLOBALSIGN }, 'VERIFY_CERTIFICATE_EXPIRED'],
  [`${STAMPS}withoutTimestamp.sig`, ALPINE, 'now'],
  [`${STAMPS}withoutTimestamp.sig`, { ...ALPINE, tsa: GLOBALSIGN }, 'VERIFY_TIME_MISSING'],
  [`${STAMPS}withoutTimestamp.sig`, { ...ALPINE, tsa: GLOBALSIGN, verifyTimestamp: 'afterCertExpiry' }, 'now'],
  ['notation-e2e/signatures/blob.jws.sig', OWN, 'not now'],
  ['notation-e2e/signatures/blob.jws.sig', { ...OWN, tsa: GLOBALSIGN }, 'VERIFY_TIMESTAMP'],
  ['notation-e2e/signatures/blob.cose.sig', OWN, 'not now'],
  ['notation-e2e/signatures/blob.cose.sig', { ...OWN, tsa: DIGICERT }, 'VERIFY_TIMESTAMP'],
  ['notation-e2e/signatures/malformed.jws.sig', ROOT, 'VERIFY_MALFORMED'],
];

function readable(folder: string): readonly string[] {
  return hasSharedData ? readdirSync(sharedData(folder)).filter((name) => !name.startsWith('LICENSE')) : [];
}

const isCose = (bytes: Uint8Array): boolean => bytes[0] === 0xd2;
const read = (bytes: Uint8Array): NotaryEnvelope => (isCose(bytes) ? readCose(bytes) : readJws(bytes));

function compile(stores: Stores, envelope: NotaryEnvelope): ReturnType<typeof compileTrust<'notation'>> {
  const reader = createTrustReader();
  const of = (file: string | undefined, kind: 'signing' | 'tsa'): readonly string[] => {
    if (file === undefined) return [];
    if (file === 'own') return [Buffer.from(envelope.chain.at(-1) ?? []).toString('base64')];
    const { anchors, problems } = reader.notationStore(pemOf(sharedData(file)), kind);
    expect(problems).toEqual([]);
    return anchors;
  };
  return compileTrust('notation', {
    kind: 'notation', name: 'stores', id: JSON.stringify(stores), ca: of(stores.ca, 'signing'), signingAuthority: of(stores.signingAuthority, 'signing'),
    tsa: of(stores.tsa, 'tsa'), verifyTimestamp: stores.verifyTimestamp ?? 'always', plugins: stores.plugins ?? [],
  });
}

/** All of an envelope but the comparison with an image, whose manifest is not among the data. */
async function prove(bytes: Uint8Array, stores: Stores): Promise<string> {
  const envelope = parsed('VERIFY_MALFORMED', () => read(bytes));
  if (!envelope.ok) return envelope.problem.code;
  const { attributes, signature, timestamp } = envelope.value;
  const chain = readChain(envelope.value.chain);
  if (!(await envelope.value.isSignedBy(chain[0].key))) return 'VERIFY_SIGNATURE_INVALID';
  const proof = proveNotation(
    { signature, notary: { attributes, chain, ...(timestamp === undefined ? {} : { timestamp }) } }, chain[0].der, undefined, compile(stores, envelope.value),
  );
  if (!proof.ok) return proof.problem.code;
  if (proof.signer.kind !== 'x509') throw new Error('a signature of the Notary Project is by a certificate');
  const { notBefore, notAfter } = proof.signer.pathValidity;
  const dated = proof.times.map(({ source, at }) => `${source} ${new Date(at).toISOString()}`).join(', ') || (notBefore <= NOW && NOW <= notAfter ? 'now' : 'not now');
  return proof.expiresAt === undefined ? dated : `${dated}${proof.expiresAt <= NOW ? `, ended ${new Date(proof.expiresAt).toISOString()}` : ''}`;
}

describe.skipIf(!hasSharedData)('envelopes of the Notary Project, recorded', () => {
  test.each(ROWS)('%s under %j: %s', async (file, stores, expected) => {
    expect(await prove(readFileSync(sharedData(file)), stores)).toBe(expected);
  });

  test('none of them is left out', () => {
    const all = [
      ...readable(MOCK).map((name) => MOCK + name), ...readable(`${GO}internal/testdata/`).map((name) => `${GO}internal/testdata/${name}`),
      ...readable(STAMPS).map((name) => STAMPS + name), ...readable('notation-e2e/signatures').map((name) => `notation-e2e/signatures/${name}`),
    ];
    expect(all.filter((file) => !ROWS.some(([row]) => row === file))).toEqual([]);
  });

  test('one changed byte of payload or signature is noticed in each that holds', async () => {
    for (const [file, stores] of ROWS.filter(([, , expected]) => !expected.startsWith('VERIFY_'))) {
      const bytes = readFileSync(sharedData(file));
      const { signature, payload } = read(bytes);
      const changed = Buffer.from(bytes);
      if (isCose(bytes)) {
        const at = changed.indexOf(Buffer.from(signature));
        changed[at + 9] = (changed[at + 9] ?? 0) ^ 1;
      } else {
        const json = JSON.parse(bytes.toString()) as Record<string, unknown>;
        json['payload'] = Buffer.from(Buffer.from(payload).toString().replace(/"size":(\d)/, (_, digit: string) => `"size":${(Number(digit) % 8) + 1}`)).toString('base64url');
        changed.fill(0);
        const text = Buffer.from(JSON.stringify(json));
        expect(await prove(text, stores)).toBe('VERIFY_SIGNATURE_INVALID');
        continue;
      }
      expect(await prove(changed, stores)).toBe('VERIFY_SIGNATURE_INVALID');
    }
  });

  test.each([
    ['without the manifest nothing is said of an image', undefined, 'deny VERIFY_SUBJECT_UNREAD'],
    ['a manifest of another digest is none', Buffer.from('{}'), 'deny VERIFY_SUBJECT_UNREAD'],
  ])('%s', async (_, message, expected) => {
    const bytes = readFileSync(sharedData(`${MOCK}ca_valid_sig_env.json`));
    const { digest } = readTarget(read(bytes).payload);
    const root = { ca: pemOf(sharedData(`${CA}NotationTestRoot.pem`)) };
    expect(await judgeNotation({ root, digest, now: NOW, evidence: [envelopeEvidence('notation-jws', bytes, message)] })).toBe(expected);
  });
});

/** What notation-core-go signs and compares byte for byte; its keys are not among the data, so the same headers are signed anew. */
describe.skipIf(!hasSharedData)('the conformance data of notation-core-go', () => {
  const of = (format: 'jws' | 'cose'): string => `notation/notation-core-go/signature/${format}/testdata/conformance.json`;
  const file = <T>(format: 'jws' | 'cose'): T => JSON.parse(readFileSync(sharedData(of(format)), 'utf8')) as T;
  const der = (notary: ReturnType<typeof makeNotary>): Buffer[] => notary.chain.map((one) => Buffer.from(one.der));

  test('JWS: headers that are signed are read, one that is critical stays for somebody else', async () => {
    const notary = makeNotary({ now: NOW });
    const { payload, protected: headers, header, signature } = file<Record<'payload' | 'protected' | 'signature', string> & { readonly header: object }>('jws');
    const envelope = (sig: string, more: object = { x5c: der(notary).map((one) => one.toString('base64')) }): Buffer =>
      Buffer.from(JSON.stringify({ payload, protected: headers, header: { ...header, ...more }, signature: sig }));
    const own = signWith(notary.key, Buffer.from(`${headers}.${payload}`), { hash: 'sha256', encoding: 'p1363' }).toString('base64url');
    const made = readJws(envelope(own));
    expect(made).toMatchObject({
      algorithm: 'ES256', attributes: { scheme: 'notary.x509', signedAt: Date.UTC(2022, 7, 29, 13, 50), expiresAt: Date.UTC(2099, 7, 30, 13, 50), critical: ['signedCritKey1'] },
    });
    expect(await made.isSignedBy(notary.key.publicKey)).toBe(true);
    expect(await readJws(envelope(signature)).isSignedBy(notary.key.publicKey)).toBe(false);
    expect(parsed('VERIFY_MALFORMED', () => readJws(envelope(own, {})))).toMatchObject({ ok: false });
    expect(parsed('VERIFY_MALFORMED', () => readTarget(made.payload))).toMatchObject({ ok: false, problem: { code: 'VERIFY_MALFORMED' } });
  });

  test('COSE: the same', async () => {
    interface Data {
      readonly payload: string;
      readonly signingTime: number;
      readonly expiry: number;
      readonly protectedHeaders: { readonly cborHex: string };
      readonly expectedOutput: { readonly cborHex: string };
    }
    const notary = makeNotary({ now: NOW, keyType: 'rsa-3072' });
    const data = file<Data>('cose');
    const [headers, payload] = [data.protectedHeaders.cborHex, data.payload].map((hex) => Buffer.from(hex, 'hex')) as [Buffer, Buffer];
    const message = encodeCbor(['Signature1', headers, Buffer.alloc(0), payload]);
    const sign = (over: Uint8Array): Buffer => signWith(notary.key, over, { hash: 'sha384', encoding: 'pss' });
    const envelope = (signature: Buffer): Buffer => encodeCbor(tagged(18, [headers, new Map([[33, der(notary)]]), payload, signature]));
    const made = readCose(envelope(sign(message)));
    expect(made).toMatchObject({
      algorithm: 'PS384', attributes: { scheme: 'notary.x509', signedAt: data.signingTime * 1000, expiresAt: data.expiry * 1000, critical: ['signedCritKey1'] },
    });
    expect(await made.isSignedBy(notary.key.publicKey)).toBe(true);
    expect(await readCose(envelope(sign(Buffer.from('other')))).isSignedBy(notary.key.publicKey)).toBe(false);
    // As it stands there it has no chain.
    const whole = Buffer.from(data.expectedOutput.cborHex, 'hex');
    expect(whole.includes(headers) && whole.includes(payload)).toBe(true);
    expect(parsed('VERIFY_MALFORMED', () => readCose(whole))).toMatchObject({ ok: false, problem: { code: 'VERIFY_MALFORMED' } });
  });
});
