import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCertificate } from '../../../../src/pki/certificate.ts';
import type { Certificate } from '../../../../src/pki/certificate.ts';
import { Malformed } from '../../../../src/pki/der.ts';
import { readList } from '../../../../src/pki/revocation/crl.ts';
import type { CertificateList } from '../../../../src/pki/revocation/crl.ts';
import { ocspRequest } from '../../../../src/pki/revocation/ocsp-request.ts';
import { readOcspAnswer } from '../../../../src/pki/revocation/ocsp.ts';

/** openssl as authority, responder and judge: what it makes is read, and whatever we accept it accepts. */
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
let folder = '';
const at = (name: string): string => join(folder, name);
const openssl = (...args: string[]): string => execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const succeeds = (...args: string[]): boolean => spawnSync('openssl', args, { cwd: folder }).status === 0;

const CONFIG = `
[ca]
default_ca = own
[own]
dir = .
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
default_days = 30
default_crl_days = 7
policy = any
crl_extensions = base
unique_subject = no
[any]
commonName = supplied
organizationName = optional
[base]
authorityKeyIdentifier = keyid
[delta]
authorityKeyIdentifier = keyid
2.5.29.27 = critical,ASN1:INTEGER:1
[indirect]
authorityKeyIdentifier = keyid
issuingDistributionPoint = critical, @indirectly
[indirectly]
indirectCRL = TRUE
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = codeSigning
[responder]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[req]
distinguished_name = name
[name]
`;

function make(name: string, section: string): void {
  openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/O=Acme/CN=${name}`, '-config', 'ca.cnf');
  openssl('ca', '-batch', '-config', 'ca.cnf', '-extensions', section, '-in', `${name}.csr`, '-out', `${name}.pem`, '-notext');
}

function authority(name: string): void {
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', '/O=Acme/CN=ca', '-days', '30', '-config', 'ca.cnf', '-extensions', 'authority');
}

const certificate = (name: string): Certificate => parseCertificate(Buffer.from(readFileSync(at(`${name}.pem`), 'utf8').replace(/-----[^-]+-----|\s/g, ''), 'base64'));
function gencrl(name: string, ...args: string[]): Buffer {
  openssl('ca', '-config', 'ca.cnf', '-gencrl', '-out', `${name}.crl.pem`, ...args);
  openssl('crl', '-in', `${name}.crl.pem`, '-outform', 'DER', '-out', `${name}.crl`);
  return readFileSync(at(`${name}.crl`));
}
function read(der: Uint8Array): CertificateList {
  for (const steps = readList(der); ;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

describe.skipIf(!hasOpenssl)('openssl', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'revocation-'));
    writeFileSync(at('ca.cnf'), CONFIG);
    writeFileSync(at('index.txt'), '');
    writeFileSync(at('serial'), '4711\n');
    writeFileSync(at('crlnumber'), '01\n');
    authority('ca');
    authority('twin');
    for (const name of ['good', 'lost', 'held', 'replaced']) make(name, 'leaf');
    make('responder', 'responder');
    openssl('ca', '-config', 'ca.cnf', '-revoke', 'lost.pem', '-crl_compromise', '20260101000000Z');
    openssl('ca', '-config', 'ca.cnf', '-revoke', 'held.pem', '-crl_hold', 'holdInstructionReject');
    openssl('ca', '-config', 'ca.cnf', '-revoke', 'replaced.pem', '-crl_reason', 'superseded');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('lists: who is on it, since when and why', () => {
    const list = read(gencrl('base'));
    const ca = certificate('ca');
    expect(list).toMatchObject({ number: 1n, entries: 3 });
    expect(list.isSignedBy(ca)).toBe(true);
    expect(list.isSignedBy(certificate('twin'))).toBe(false);
    expect(list.find(certificate('good').serial)).toBeUndefined();
    expect(list.find(certificate('lost').serial)).toMatchObject({ reason: 'keyCompromise', invalidFrom: Date.UTC(2026, 0, 1) });
    expect(list.find(certificate('held').serial)).toMatchObject({ reason: 'certificateHold' });
    expect(list.find(certificate('replaced').serial)).toMatchObject({ reason: 'superseded' });
    for (const name of ['good', 'lost', 'held', 'replaced'])
      expect(succeeds('verify', '-crl_check', '-CAfile', 'ca.pem', '-CRLfile', 'base.crl.pem', `${name}.pem`)).toBe(list.find(certificate(name).serial) === undefined);
  });

  test('deltas, indirect lists, and lists that are over', () => {
    expect(read(gencrl('delta', '-crlexts', 'delta'))).toMatchObject({ deltaOf: 1n });
    expect(() => read(gencrl('indirect', '-crlexts', 'indirect'))).toThrow(/indirect/);
    const over = read(gencrl('over', '-crl_lastupdate', '20260101000000Z', '-crl_nextupdate', '20260102000000Z'));
    expect(over.nextUpdate).toBe(Date.UTC(2026, 0, 2));
    expect(succeeds('verify', '-crl_check', '-CAfile', 'ca.pem', '-CRLfile', 'over.crl.pem', 'good.pem')).toBe(false);
  });

  test('answers to our questions, by the authority and by its responder', () => {
    const ca = certificate('ca');
    for (const signer of ['ca', 'responder']) {
      for (const hash of ['sha1', 'sha256'] as const) {
        for (const name of ['good', 'lost', 'held', 'replaced']) {
          const { serial } = certificate(name);
          writeFileSync(at('ask.der'), ocspRequest(serial, ca, hash));
          openssl('ocsp', '-index', 'index.txt', '-CA', 'ca.pem', '-rsigner', `${signer}.pem`, '-rkey', `${signer}.key`, '-reqin', 'ask.der', '-respout', 'answer.der', '-ndays', '1');
          const answer = readOcspAnswer(readFileSync(at('answer.der')), serial, ca);
          const said = openssl('ocsp', '-respin', 'answer.der', `-${hash}`, '-issuer', 'ca.pem', '-cert', `${name}.pem`, '-CAfile', 'ca.pem');
          expect(said).toContain(`${name}.pem: ${answer.status === 'good' ? 'good' : 'revoked'}`);
          expect(typeof answer.status).toBe(name === 'good' ? 'string' : 'object');
          expect(answer.signer === undefined).toBe(signer === 'ca');
          expect(() => readOcspAnswer(readFileSync(at('answer.der')), serial, certificate('twin'))).toThrow(Malformed);
          expect(() => readOcspAnswer(readFileSync(at('answer.der')), certificate('responder').serial, ca)).toThrow(/speaks 0 times/);
        }
      }
    }
  });

  test('an answer by a certificate for code is none, to both', () => {
    const ca = certificate('ca');
    const { serial } = certificate('lost');
    writeFileSync(at('ask.der'), ocspRequest(serial, ca));
    openssl('ocsp', '-index', 'index.txt', '-CA', 'ca.pem', '-rsigner', 'good.pem', '-rkey', 'good.key', '-reqin', 'ask.der', '-respout', 'forged.der', '-ndays', '1');
    expect(() => readOcspAnswer(readFileSync(at('forged.der')), serial, ca)).toThrow(/OCSP signing/);
    expect(succeeds('ocsp', '-respin', 'forged.der', '-issuer', 'ca.pem', '-cert', 'lost.pem', '-CAfile', 'ca.pem')).toBe(false);
  });

  test('of 200 lists that were changed, whatever we accept it accepts', () => {
    const der = gencrl('whole');
    const ca = certificate('ca');
    let accepted = 0;
    fc.assert(fc.property(fc.nat(der.length - 1), fc.integer({ min: 0, max: 255 }), (place, byte) => {
      const changed = Buffer.from(der);
      changed[place] = byte;
      let ours: boolean;
      try {
        const list = read(changed);
        ours = list.isSignedBy(ca) && list.find(certificate('good').serial) === undefined;
      } catch (error) {
        expect(error).toBeInstanceOf(Malformed);
        ours = false;
      }
      if (!ours) return;
      accepted += 1;
      writeFileSync(at('changed.crl'), changed);
      expect(succeeds('verify', '-crl_check', '-CAfile', 'ca.pem', '-CRLfile', 'changed.crl', 'good.pem')).toBe(true);
    }), { numRuns: 200, examples: [[0, der[0] ?? 0]] });
    expect(accepted).toBeGreaterThan(0);
  });
});
