import fc from 'fast-check';
import { parseCertificate } from '../../src/pki/certificate.ts';
import { Malformed } from '../../src/pki/der.ts';
import { readList } from '../../src/pki/revocation/crl.ts';
import type { CertificateList } from '../../src/pki/revocation/crl.ts';
import { readOcspAnswer } from '../../src/pki/revocation/ocsp.ts';
import { deltaPoints, revocationPoints } from '../../src/pki/revocation/points.ts';
import { createOwnPki } from '../world/own-pki.ts';
import { makeAnswer, makeList, placeName, points, responder } from '../world/revocation.ts';
import { mutated } from './bytes.ts';

/** What authorities publish of revoked certificates, changed: refused as malformed, or as good as not signed; and where it is published. */
const NOW = Date.UTC(2026, 5, 1);
const SERIAL = Buffer.from('4711', 'hex');
const pki = createOwnPki(NOW);
const issuer = parseCertificate(pki.intermediate.certificate.der);
const delegated = pki.issue({ subject: [['CN', 'ocsp']], usages: ['ocspSigning'] });
const entry = { serial: SERIAL, at: NOW, reason: 1, invalidFrom: NOW };

const LISTS = [
  makeList(pki.intermediate, { thisUpdate: NOW, number: 5, freshest: ['http://x.example/delta'], scope: placeName(['http://x.example/']), revoked: [entry, { serial: 7, at: NOW }] }),
  makeList(pki.intermediate, { thisUpdate: NOW, number: 6, deltaOf: 5, revoked: [{ ...entry, reason: 8 }] }),
  makeList(pki.intermediate, { thisUpdate: NOW }),
  makeList(pki.intermediate, { thisUpdate: NOW, revoked: Array.from({ length: 40 }, (_, index) => ({ serial: index + 1, at: NOW })) }),
];
const ANSWERS = [
  makeAnswer(pki.intermediate, { serial: SERIAL, status: { at: NOW, reason: 1, invalidFrom: NOW }, thisUpdate: NOW, by: delegated }),
  makeAnswer(pki.intermediate, { serial: SERIAL, status: 'good', thisUpdate: NOW }),
  makeAnswer(pki.intermediate, { serial: SERIAL, status: 'unknown', thisUpdate: NOW, byKey: false, hash: 'sha256' }),
];
const PLACES = [points(['http://x.example/1', 'http://x.example/2']), points(['ldap://x.example/cn=a']), responder('http://o.example')].map(({ value }) => Buffer.from(value));

const isOne = (bytes: Uint8Array, seeds: readonly Uint8Array[]): boolean => seeds.some((seed) => Buffer.compare(seed, bytes) === 0);

function wholeList(bytes: Uint8Array): CertificateList {
  for (const steps = readList(bytes); ;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function list(bytes: Uint8Array): void {
  const read = wholeList(bytes);
  read.find(SERIAL);
  if (read.freshest !== undefined && deltaPoints(read.freshest).some((url) => !isPlace(url))) throw new Error('a place that nobody can ask');
  if (read.isSignedBy(issuer) && !isOne(bytes, LISTS)) throw new Error('a changed list counts as signed');
}

function answer(bytes: Uint8Array): void {
  readOcspAnswer(bytes, SERIAL, issuer);
  if (!isOne(bytes, ANSWERS)) throw new Error('a changed answer counts as signed');
}

function places([one, two]: readonly [Uint8Array, Uint8Array]): void {
  const { lists = [], deltas = [], responders = [] } = revocationPoints({
    extensions: new Map([['2.5.29.31', { critical: false, value: one }], ['2.5.29.46', { critical: false, value: one }], ['1.3.6.1.5.5.7.1.1', { critical: false, value: two }]]),
  });
  if ([...lists, ...deltas, ...responders].some((url) => !isPlace(url))) throw new Error('a place that nobody can ask');
}

function isPlace(url: string): boolean {
  return /^http:\/\/[!-~]+$/i.test(url);
}

function refusing<T>(read: (input: T) => void): (input: T) => void {
  return (input) => {
    try {
      read(input);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
    }
  };
}

/** Name, inputs and what is done with them. */
export const REVOCATION_TARGETS = [
  ['list of revoked certificates', mutated(LISTS), refusing(list)],
  ['answer about a certificate', mutated(ANSWERS), refusing(answer)],
  ['places of revocation', fc.tuple(mutated(PLACES), mutated(PLACES)), places],
] as const;
