import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseCertificate } from '../../../../src/pki/certificate.ts';
import type { Certificate } from '../../../../src/pki/certificate.ts';
import { readTimestampToken } from '../../../../src/pki/cms/timestamp-token.ts';
import { Malformed, readDer } from '../../../../src/pki/der.ts';
import { readPem } from '../../../../src/pki/pem.ts';
import { createTrustReader } from '../../../../src/trust/index.ts';
import { readChain } from '../../../../src/verify/notation/chain.ts';
import { proveCountersignature } from '../../../../src/verify/notation/timestamp.ts';
import { Refusal } from '../../../../src/verify/problem.ts';
import { makeNotary } from '../../../world/notation.ts';
import { pemOf } from '../../../support/notation/judge.ts';
import { hasSharedData, sharedData } from '../../../support/shared.ts';

/** Every token of the test data as a countersignature over the text of which most are: when it was made, or why it proves nothing. */
const MESSAGE = Buffer.from('notation');
const MADE = '2021-09-17T14:09:11.000Z';
const TSP = 'notation/tspclient-go/testdata/';
const CMS = 'notation/tspclient-go/internal/cms/testdata/';
const GO = 'notation/notation-go/verifier/testdata/timestamp/countersignature/';
const CORE = 'notation/notation-core-go/internal/timestamp/testdata/';
const BROKEN = 'the signature of the timestamp does not verify';
const NO_CERTIFICATE = 'the timestamp does not bring the certificate of its signer';
const NO_TOKEN = 'malformed';

const TOKENS: Readonly<Record<string, string>> = {
  [`${TSP}SHA1TimeStampToken.p7s`]: NO_TOKEN,
  [`${TSP}TimeStampToken.p7s`]: MADE,
  [`${TSP}TimeStampTokenNoRoot.p7s`]: 'the timestamp is about another signature',
  [`${TSP}TimeStampTokenWithInvalidSignature.p7s`]: BROKEN,
  [`${TSP}TimeStampTokenWithInvalidSigningCertificateV1.p7s`]: NO_TOKEN,
  [`${TSP}TimeStampTokenWithInvalidSigningCertificateV2.p7s`]: NO_TOKEN,
  [`${TSP}TimeStampTokenWithInvalidTSTInfo.p7s`]: NO_TOKEN,
  [`${TSP}TimeStampTokenWithInvalideContentType.p7s`]: NO_TOKEN,
  [`${TSP}TimeStampTokenWithMismatchCertHash.p7s`]: NO_CERTIFICATE,
  [`${TSP}TimeStampTokenWithSHA1CertHash.p7s`]: NO_TOKEN,
  [`${TSP}TimeStampTokenWithSigningCertificateV1.p7s`]: 'the timestamp is about another signature',
  [`${TSP}TimeStampTokenWithSigningCertificateV1NoCert.p7s`]: NO_TOKEN,
  [`${TSP}TimeStampTokenWithSigningCertificateV2NoCert.p7s`]: NO_TOKEN,
  [`${TSP}TimeStampTokenWithTSTInfoVersion2.p7s`]: NO_TOKEN,
  // More than one signer: none of them is chosen.
  [`${TSP}TimeStampTokenWithValidAndInvalidSignerInfos.p7s`]: NO_TOKEN,
  [`${TSP}TimeStampTokenWithWrongSigningCertificateV2IssuerChoiceTag.p7s`]: BROKEN,
  [`${TSP}TimeStampTokenWithoutCertificate.p7s`]: NO_CERTIFICATE,
  [`${TSP}TimeStampTokenWithoutSigningCertificate.p7s`]: NO_TOKEN,
  [`${TSP}TimeStampTokenWithoutSigningCertificateV2IssuerSerial.p7s`]: BROKEN,
  [`${TSP}granted.tsq`]: NO_TOKEN,
  [`${TSP}malformed.tsq`]: NO_TOKEN,
  [`${TSP}rejection.tsq`]: NO_TOKEN,
  [`${TSP}validResponseWithSigningCertificateV1.tsr`]: NO_TOKEN,
  [`${CMS}Sha1SignedData.p7s`]: NO_TOKEN,
  [`${CMS}SignedDataWithoutSignedAttributes.p7s`]: NO_TOKEN,
  [`${CMS}TimeStampToken.p7s`]: MADE,
  [`${CMS}TimeStampTokenInvalidSignedAttributeContentType.p7s`]: BROKEN,
  [`${CMS}TimeStampTokenWithAnInvalidAndAValidSignerInfo.p7s`]: NO_TOKEN,
  [`${CMS}TimeStampTokenWithInvalidCertificates.p7s`]: NO_CERTIFICATE,
  [`${CMS}TimeStampTokenWithInvalidContentType.p7s`]: NO_TOKEN,
  [`${CMS}TimeStampTokenWithInvalidSignature.p7s`]: BROKEN,
  [`${CMS}TimeStampTokenWithInvalidSigningTime.p7s`]: NO_TOKEN,
  [`${CMS}TimeStampTokenWithSignedAttributeSHA1.p7s`]: NO_TOKEN,
  // The version of a signer is written beside what it signed, and says nothing that is not seen.
  [`${CMS}TimeStampTokenWithSignerVersion2.p7s`]: MADE,
  [`${CMS}TimeStampTokenWithSigningTime.p7s`]: BROKEN,
  [`${CMS}TimeStampTokenWithSigningTimeBeforeExpected.p7s`]: BROKEN,
  [`${CMS}TimeStampTokenWithUnknownSignerIssuer.p7s`]: 'the timestamp names two certificates as its signer\'s',
  [`${CMS}TimeStampTokenWithoutCertificate.p7s`]: NO_CERTIFICATE,
  [`${CMS}TimeStampTokenWithoutSignedAttributeContentType.p7s`]: BROKEN,
  [`${CMS}TimeStampTokenWithoutSignedAttributeDigest.p7s`]: BROKEN,
  [`${CMS}TimeStampTokenWithoutSignedAttributes.p7s`]: NO_TOKEN,
  [`${CMS}TimeStampTokenWithoutSigner.p7s`]: NO_TOKEN,
  [`${GO}TimeStampToken.p7s`]: MADE,
  [`${GO}TimeStampTokenWithInvalidTSTInfo.p7s`]: NO_TOKEN,
  [`${GO}TimeStampTokenWithInvalideContentType.p7s`]: NO_TOKEN,
  [`${GO}TimeStampTokenWithoutCertificate.p7s`]: NO_CERTIFICATE,
  [`${CORE}TimeStampTokenWithInvalidSignature.p7s`]: BROKEN,
};

function certificate(file: string): Certificate {
  const read = readPem(pemOf(sharedData(file)).trim(), 'CERTIFICATE');
  if (!read.ok) throw new Error(read.problem);
  return parseCertificate(read.der);
}

function prove(file: string, root: string, at = Date.parse(MADE)): string {
  const chain = readChain(makeNotary({ now: at }).chain.map(({ der }) => der));
  try {
    return new Date(proveCountersignature(readFileSync(sharedData(file)), MESSAGE, chain, [certificate(root)]).time.at).toISOString();
  } catch (error) {
    if (error instanceof Malformed) return NO_TOKEN;
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('tokens of timestamp authorities', () => {
  test.each(Object.entries(TOKENS))('%s: %s', (file, expected) => {
    expect(prove(file, `${TSP}GlobalSignRootCA.crt`)).toBe(expected);
  });

  test('none is left out', () => {
    const all = [TSP, CMS, GO, CORE].flatMap((folder) => readdirSync(sharedData(folder)).filter((name) => /\.(?:p7s|tsq|tsr)$/.test(name)).map((name) => folder + name));
    expect(all.toSorted()).toEqual(Object.keys(TOKENS).toSorted());
  });

  test('one that is good proves nothing under another root, and nothing to a chain that was not valid then', () => {
    expect(prove(`${TSP}TimeStampToken.p7s`, `${CORE}tsaRootCert.cer`)).toBe('no path leads from the authority to a root of the tsa store');
    expect(prove(`${TSP}TimeStampToken.p7s`, `${TSP}GlobalSignRootCA.crt`, Date.UTC(2026, 0, 1))).toMatch(/may not have been valid then/);
  });

  test('the accuracy is read, or a second where none is told', () => {
    const read = (file: string): number => readTimestampToken(readDer(readFileSync(sharedData(file)))).accuracy;
    expect([read(`${TSP}TimeStampToken.p7s`), read(`${TSP}TimeStampTokenNoRoot.p7s`), read(`${TSP}TimeStampTokenWithSigningCertificateV1.p7s`)]).toEqual([1000, 500, 1000]);
  });
});

/** Files of certificates in the test data, as a store of signers and of timestamp authorities. */
const X509 = 'notation/notation-go/verifier/testdata/truststore/x509/';
const SELF = 'did not sign itself';
const GOOD = '';
const AUTHORITY = 'is not a certificate authority';
const STORES: readonly (readonly [file: string, signing: string, tsa: string])[] = [
  [`${X509}ca/trust-store-with-leaf-certs-in-single-file/RootAndLeafCerts.crt`, SELF, SELF],
  [`${X509}ca/trust-store-with-leaf-certs/GlobalSignRootCA.crt`, GOOD, GOOD],
  [`${X509}ca/trust-store-with-leaf-certs/non-ca.crt`, SELF, SELF],
  [`${X509}ca/trust-store-with-invalid-certs/invalid`, 'expected PEM certificates', 'expected PEM certificates'],
  [`${X509}ca/valid-trust-store-2/GlobalSign.der`, GOOD, GOOD],
  [`${X509}ca/valid-trust-store-2/GlobalSignRootCA.crt`, GOOD, GOOD],
  [`${X509}ca/valid-trust-store-self-signed/openssl-minimum-self-signed.pem`, GOOD, AUTHORITY],
  [`${X509}ca/valid-trust-store/GlobalSign.der`, GOOD, GOOD],
  [`${X509}ca/valid-trust-store/GlobalSignRootCA.crt`, GOOD, GOOD],
  [`${X509}ca/valid-trust-store/NotationTestRoot.pem`, GOOD, GOOD],
  [`${X509}ca/valid-trust-store/TestTimestamp.crt`, GOOD, AUTHORITY],
  [`${X509}ca/valid-trust-store/TestTimestampNotYetValid.crt`, GOOD, AUTHORITY],
  [`${X509}ca/valid-trust-store/wabbit-networks.io.crt`, GOOD, AUTHORITY],
  [`${X509}tsa/test-mismatch/DigiCertTSARootSHA384.cer`, GOOD, GOOD],
  [`${X509}tsa/test-nonCA/wabbit-networks.io.crt`, GOOD, AUTHORITY],
  [`${X509}tsa/test-nonSelfIssued/nonSelfIssued.crt`, SELF, SELF],
  [`${X509}tsa/test-timestamp/globalsignRoot.cer`, GOOD, GOOD],
  ['notation/notation-go/verifier/testdata/verifier/bad-cert.pem', 'certificate', 'certificate'],
  ['notation/notation-go/verifier/testdata/verifier/signing-cert.pem', GOOD, GOOD],
  ['notation/notation-core-go/x509/testdata/der.der', GOOD, GOOD],
  ['notation/notation-core-go/x509/testdata/multi-der.der', 'certificate', 'certificate'],
  ['notation/notation-core-go/x509/testdata/multi-pem.crt', GOOD, GOOD],
  ['notation/notation-core-go/x509/testdata/timestamp_intermediate.crt', SELF, SELF],
  ['notation/notation-core-go/x509/testdata/timestamp_leaf.crt', SELF, SELF],
  ['notation/notation-core-go/x509/testdata/timestamp_root.crt', GOOD, GOOD],
  ['notation-e2e/config/localkeys/e2e.crt', GOOD, AUTHORITY],
  ['notation-e2e/config/localkeys/expired_e2e.crt', GOOD, AUTHORITY],
  ['notation-e2e/config/localkeys/new_e2e.crt', GOOD, AUTHORITY],
  ['notation-e2e/config/timestamp/DigiCertTSARootSHA384.cer', GOOD, GOOD],
  ['notation-e2e/config/timestamp/globalsignTSARoot.cer', GOOD, GOOD],
  ['notation-e2e/config/timestamp/CertChain.pem', SELF, SELF],
  ['notation-e2e/config/timestamp/intermediate.pem', SELF, SELF],
  ['notation-e2e/config/timestamp/notSelfIssued.crt', SELF, SELF],
  ['notation-e2e/config/timestamp/invalid.crt', 'certificate', 'certificate'],
  ['notation-e2e/config/timestamp/Empty.txt', 'expected PEM certificates', 'expected PEM certificates'],
  ['notation-e2e/config/crl/root.crt', GOOD, GOOD],
  ['notation-e2e/config/crl/certchain_with_crl.pem', SELF, SELF],
  ['notation-e2e/config/ocsp/root.crt', GOOD, GOOD],
  ['notation-e2e/config/ocsp/leaf.crt', SELF, SELF],
  ['notation-e2e/config/ocsp/ocsp.crt', SELF, SELF],
];

describe.skipIf(!hasSharedData)('certificates in trust stores', () => {
  const reader = createTrustReader();
  test.each(STORES)('%s: of signers "%s", of timestamp authorities "%s"', (file, signing, tsa) => {
    const text = /Empty|invalid$/.test(file) ? readFileSync(sharedData(file), 'latin1') : pemOf(sharedData(file));
    for (const [kind, expected] of [['signing', signing], ['tsa', tsa]] as const) {
      const { anchors, problems } = reader.notationStore(text, kind);
      if (expected === GOOD) expect([anchors.length > 0, problems]).toEqual([true, []]);
      else expect([anchors, problems.join('; ')]).toEqual([[], expect.stringContaining(expected)]);
    }
  });
});
