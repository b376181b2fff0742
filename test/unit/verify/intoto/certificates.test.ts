import { describe, expect, test } from 'vitest';
import type { ProvenStep } from '../../../../src/domain/policy/layout.ts';
import { countPersons } from '../../../../src/domain/policy/same.ts';
import { makeCa } from '../../../world/ca.ts';
import type { CertificateAuthority } from '../../../world/ca.ts';
import type { GeneralName } from '../../../world/extensions.ts';
import { authorityKeyId, basicConstraints, extendedKeyUsage, keyUsage, subjectAltName } from '../../../world/extensions.ts';
import { makeKey } from '../../../world/keys.ts';
import type { Name } from '../../../world/x509.ts';
import { makeCertificate } from '../../../world/x509.ts';
import { file, layout, link, person, prove, signatureBy, signed, step } from './support.ts';
import type { Person } from './support.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const HOUR = 3_600_000;
const SPIFFE = 'spiffe://example.com/write-code';
const owner = person();
const ca = makeCa({ now: NOW });
const foreign = makeCa({ now: NOW });
const key = makeKey('p256');
const writer: Person = { key, keyid: 'ab'.repeat(32), inToto: {} };
const body = link('write', {}, { a: '1' });
const SUBJECT: Name = [['O', 'example'], ['CN', 'write-code.example.com']];
const ANY = { common_name: '*', dns_names: ['*'], emails: ['*'], organizations: ['*'], roots: ['*'], uris: ['*'] };
const EXACT = { common_name: 'write-code.example.com', dns_names: [''], emails: [], organizations: ['example'], roots: ['root'], uris: [SPIFFE] };

interface Leaf {
  readonly names?: readonly GeneralName[];
  readonly by?: CertificateAuthority;
  readonly ca?: boolean;
  readonly usage?: readonly ('digitalSignature' | 'keyEncipherment')[];
  readonly eku?: readonly string[];
}

function leaf({ names = [{ type: 'uri', value: SPIFFE }], by = ca, ca: isCa = false, usage = ['digitalSignature'], eku = ['codeSigning', 'clientAuth'] }: Leaf = {}): string {
  const issuer = by.chain[0]?.spec.subject ?? [];
  return makeCertificate({
    subject: SUBJECT, issuer, spki: key.spki, notBefore: NOW - HOUR, notAfter: NOW + HOUR,
    extensions: [keyUsage(usage), extendedKeyUsage(eku), basicConstraints(isCa), authorityKeyId(by.issuingKey.spki), subjectAltName(names, false)],
  }, by.issuingKey).pem;
}

const authorityKey = (keyid: string, pem: string): object => ({ keyid, keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: '', certificate: pem } });

function proveWith(certificate: string, constraint: object, people: readonly Person[] = [], roots = ca): ProvenStep {
  const [intermediate, root] = roots.chain;
  const content = layout([step('write', people, { cert_constraints: [constraint] })], people, {
    rootcas: { root: authorityKey('root', root?.pem ?? '') }, intermediatecas: { mid: authorityKey('mid', intermediate?.pem ?? '') },
  });
  const result = prove(signed(content, [owner]), [owner], [file({ signed: body, signatures: [signatureBy(writer, body, { cert: certificate })] })]);
  if (!result.ok) throw new Error(JSON.stringify(result.problem));
  return result.value.steps.get('write') ?? { links: [], notes: [] };
}

describe('functionaries by certificate', () => {
  test('a SPIFFE certificate that meets the constraint counts, for as long as its path is valid', () => {
    expect(proveWith(leaf(), EXACT).links).toMatchObject([{ functionary: { person: { key: key.keyId, name: SPIFFE } }, signer: `certificate of ${SPIFFE}`, validity: { notBefore: NOW - HOUR, notAfter: NOW + HOUR } }]);
  });

  test('an asterisk takes anything', () => expect(proveWith(leaf(), ANY).links).toHaveLength(1));

  test.each<[string, object, Leaf?]>([
    ['the URI is another', { ...EXACT, uris: ['spiffe://example.com/write-code/x'] }],
    ['the URI is a prefix', { ...EXACT, uris: ['spiffe://example.com/write'] }],
    ['the certificate has a URI and none is wanted', { ...EXACT, uris: [] }],
    ['the certificate has one URI more', EXACT, { names: [{ type: 'uri', value: SPIFFE }, { type: 'uri', value: 'spiffe://example.com/admin' }] }],
    ['the certificate has a DNS name and none is wanted', EXACT, { names: [{ type: 'uri', value: SPIFFE }, { type: 'dns', value: 'example.com' }] }],
    ['the common name is another', { ...EXACT, common_name: 'other.example.com' }],
    ['the organisation is another', { ...EXACT, organizations: ['other'] }],
    ['an organisation more is wanted', { ...EXACT, organizations: ['example', 'other'] }],
    ['the root is another', { ...EXACT, roots: ['other'] }],
    ['no root is named', { ...EXACT, roots: [] }],
    ['it is issued by somebody else', ANY, { by: foreign }],
    ['it is a CA', ANY, { ca: true }],
    ['it may not sign', ANY, { usage: ['keyEncipherment'] }],
    ['its authority may not issue for what it is for', ANY, { eku: ['serverAuth', 'clientAuth'] }],
  ])('does not count when %s', (_, constraint, certificate) => {
    const proven = proveWith(leaf(certificate), constraint);
    expect(proven.links).toEqual([]);
    expect(proven.notes).toHaveLength(1);
  });

  test('does not count when what issued it is no authority', () => {
    const between = makeKey('p256');
    const name: Name = [['CN', 'a workload']];
    const middle = (isCa: boolean): string => makeCertificate({
      subject: name, issuer: ca.chain[0]?.spec.subject ?? [], spki: between.spki, notBefore: NOW - HOUR, notAfter: NOW + HOUR,
      extensions: [basicConstraints(isCa), authorityKeyId(ca.issuingKey.spki)],
    }, ca.issuingKey).pem;
    const certificate = makeCertificate({
      subject: SUBJECT, issuer: name, spki: key.spki, notBefore: NOW - HOUR, notAfter: NOW + HOUR,
      extensions: [keyUsage(['digitalSignature']), authorityKeyId(between.spki), subjectAltName([{ type: 'uri', value: SPIFFE }], false)],
    }, between).pem;
    const proven = (isCa: boolean) => {
      const content = layout([step('write', [], { cert_constraints: [ANY] })], [], {
        rootcas: { root: authorityKey('root', ca.chain[1]?.pem ?? '') },
        intermediatecas: { mid: authorityKey('mid', ca.chain[0]?.pem ?? ''), between: authorityKey('between', middle(isCa)) },
      });
      const result = prove(signed(content, [owner]), [owner], [file({ signed: body, signatures: [signatureBy(writer, body, { cert: certificate })] })]);
      return result.ok ? result.value.steps.get('write')?.links : undefined;
    };
    expect(proven(false)).toEqual([]);
    // The issuing authority of this world permits none below it, so even an authority is one too many.
    expect(proven(true)).toEqual([]);
  });

  test('does not count when the key did not sign', () => {
    const other = { ...writer, key: makeKey('p256') };
    const content = layout([step('write', [], { cert_constraints: [ANY] })], [], {
      rootcas: { root: authorityKey('root', ca.chain[1]?.pem ?? '') }, intermediatecas: { mid: authorityKey('mid', ca.chain[0]?.pem ?? '') },
    });
    const result = prove(signed(content, [owner]), [owner], [file({ signed: body, signatures: [signatureBy(other, body, { cert: leaf() })] })]);
    expect(result.ok && result.value.steps.get('write')).toMatchObject({ links: [], notes: [{ text: expect.stringContaining('does not hold') }] });
  });

  test('a certificate in a step without constraints is nothing', () => {
    const result = prove(signed(layout([step('write', [])], []), [owner]), [owner], [file({ signed: body, signatures: [signatureBy(writer, body, { cert: leaf() })] })]);
    expect(result.ok && result.value.steps.get('write')?.links).toEqual([]);
  });

  test('one key by certificate and by key is one functionary', () => {
    const same: Person = { key, keyid: 'cd'.repeat(32), inToto: { keyid: 'cd'.repeat(32), keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: key.publicKeyPem } } };
    const content = layout([step('write', [same], { cert_constraints: [ANY], threshold: 2 })], [same], {
      rootcas: { root: authorityKey('root', ca.chain[1]?.pem ?? '') }, intermediatecas: { mid: authorityKey('mid', ca.chain[0]?.pem ?? '') },
    });
    const files = [file({ signed: body, signatures: [signatureBy(writer, body, { cert: leaf() })] }), file(signed(body, [same]))];
    const result = prove(signed(content, [owner]), [owner], files);
    const links = result.ok ? (result.value.steps.get('write')?.links ?? []) : [];
    expect(links).toHaveLength(2);
    expect(countPersons(links.map(({ functionary }) => functionary.person))).toBe(1);
  });

  test.each<[string, Name, readonly GeneralName[], Name, readonly GeneralName[], number]>([
    ['a whole name with a URI and without', SUBJECT, [{ type: 'uri', value: SPIFFE }], SUBJECT, [], 1],
    ['a mail address beside a URI and alone', [], [{ type: 'uri', value: SPIFFE }, { type: 'email', value: 'a@example.com' }], SUBJECT, [{ type: 'email', value: 'A@example.com' }], 1],
    ['another common name', SUBJECT, [{ type: 'uri', value: SPIFFE }], [['O', 'example'], ['CN', 'other']], [], 2],
    ['workloads under the name that SPIRE gives to all', [['O', 'SPIRE']], [{ type: 'uri', value: SPIFFE }], [['O', 'SPIRE']], [{ type: 'uri', value: `${SPIFFE}/x` }], 2],
  ])('certificates with keys of their own, by %s', (_, ...said) => {
    const [subject, names, second, others, count] = said;
    const issuer = ca.chain[0]?.spec.subject ?? [];
    const files = ([[subject, names], [second, others]] as const).map(([name, alternatives]) => {
      const own: Person = { key: makeKey('p256'), keyid: makeKey('p256').keyId.slice(7), inToto: {} };
      const extensions = [keyUsage(['digitalSignature']), extendedKeyUsage(['codeSigning']), authorityKeyId(ca.issuingKey.spki), ...(alternatives.length === 0 ? [] : [subjectAltName(alternatives, name.length === 0)])];
      const cert = makeCertificate({ subject: name, issuer, spki: own.key.spki, notBefore: NOW - HOUR, notAfter: NOW + HOUR, extensions }, ca.issuingKey).pem;
      return file({ signed: body, signatures: [signatureBy(own, body, { cert })] });
    });
    const content = layout([step('write', [], { cert_constraints: [ANY] })], [], {
      rootcas: { root: authorityKey('root', ca.chain[1]?.pem ?? '') }, intermediatecas: { mid: authorityKey('mid', ca.chain[0]?.pem ?? '') },
    });
    const result = prove(signed(content, [owner]), [owner], files);
    const links = result.ok ? (result.value.steps.get('write')?.links ?? []) : [];
    expect(links).toHaveLength(2);
    expect(countPersons(links.map(({ functionary }) => functionary.person))).toBe(count);
  });

  test.each([[[0, 1]], [[1, 0]]])('of an authority that was renewed, the path that lasts longest counts: %o', (order) => {
    const issuing: Name = [['CN', 'renewed']];
    const own = makeKey('p256');
    const [root] = ca.chain.slice(-1);
    const renewed = [NOW - HOUR, NOW + 9 * HOUR].map((notAfter) => makeCertificate({
      subject: issuing, issuer: root?.spec.subject ?? [], spki: own.spki, notBefore: NOW - 9 * HOUR, notAfter,
      extensions: [basicConstraints(true), keyUsage(['keyCertSign']), authorityKeyId(ca.rootKey.spki)],
    }, ca.rootKey).pem);
    const certificate = makeCertificate({
      subject: SUBJECT, issuer: issuing, spki: key.spki, notBefore: NOW - 2 * HOUR, notAfter: NOW + HOUR,
      extensions: [keyUsage(['digitalSignature']), authorityKeyId(own.spki)],
    }, own).pem;
    const content = layout([step('write', [], { cert_constraints: [ANY] })], [], {
      rootcas: { root: authorityKey('root', root?.pem ?? '') },
      intermediatecas: Object.fromEntries(order.map((at) => [`renewed ${at}`, authorityKey(`renewed ${at}`, renewed[at] ?? '')])),
    });
    const result = prove(signed(content, [owner]), [owner], [file({ signed: body, signatures: [signatureBy(writer, body, { cert: certificate })] })]);
    expect(result.ok && result.value.steps.get('write')?.links).toMatchObject([{ validity: { notBefore: NOW - 2 * HOUR, notAfter: NOW + HOUR } }]);
  });
});
