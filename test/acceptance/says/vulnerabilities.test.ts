import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { DIGEST, HOUR, iso, keys, NOW, OTHER, says, signerOf, verdict, withSigners } from './support.ts';

const [COSIGN, VULNS] = ['https://cosign.sigstore.dev/attestation/vuln/v1', 'https://in-toto.io/attestation/vulns/v0.2'];
const VEX = 'https://openvex.dev/ns/v0.2.0';
const [ADMITTED, DENIED] = ['admit POLICY_SATISFIED', 'deny POLICY_VULNERABLE'];
const OPENSSL = { VulnerabilityID: 'CVE-2026-1', Severity: 'CRITICAL', PkgName: 'openssl', InstalledVersion: '3.0', PkgIdentifier: { PURL: 'pkg:deb/debian/openssl@3.0' } };
const scan = says(COSIGN, { scanner: { result: { SchemaVersion: 2, Results: [{ Vulnerabilities: [OPENSSL] }] } } });
const listed = (severity: unknown, more: object = {}): UnverifiedEvidence => says(VULNS, { scanner: { result: [{ id: 'CVE-2026-1', severity, ...more }] } });

const vulnerability = (more: object = {}): object => ({ vulnerability: { by: ['alice'], deny: 'high', vex: { by: ['bob', 'carol'] }, ...more } });
const fixed = { vulnerability: { name: 'CVE-2026-1' }, status: 'not_affected', justification: 'component_not_present' };
const affected = { vulnerability: { name: 'CVE-2026-1' }, status: 'affected' };
const vex = (statements: readonly object[], { by = 'bob', at = NOW - HOUR }: { readonly by?: 'bob' | 'carol'; readonly at?: number } = {}): UnverifiedEvidence =>
  says(VEX, { timestamp: iso(at), statements }, { by });

describe('Y2: VEX speaks about the packages of the product that it names', () => {
  const product = (digest: string, packages?: readonly string[]): object => ({
    '@id': `pkg:oci/app@${digest.replace(':', '%3A')}`, ...(packages === undefined ? {} : { subcomponents: packages.map((id) => ({ '@id': id })) }),
  });
  const [openssl, zlib] = ['pkg:deb/debian/openssl@3.0', 'pkg:deb/debian/zlib@1'];
  test.each<[string, readonly object[], string, object?]>([
    ['Y2: openssl of our image', [product(DIGEST, [openssl])], ADMITTED],
    ['Y2: openssl of another image, zlib of ours', [product(OTHER, [openssl]), product(DIGEST, [zlib])], DENIED],
    ['Y2: zlib of another image, openssl of ours', [product(OTHER, [zlib]), product(DIGEST, [openssl])], ADMITTED],
    ['Y2: our image as a whole, openssl of another', [product(DIGEST), product(OTHER, [openssl])], ADMITTED],
    ['Y2: our image as a whole, and zlib of it', [product(DIGEST), product(DIGEST, [zlib])], ADMITTED],
    ['Y2: another image as a whole, zlib of ours', [product(OTHER), product(DIGEST, [zlib])], DENIED],
    ['Y2: our image, with packages that the statement names for all its products', [product(DIGEST)], DENIED, { subcomponents: [{ '@id': zlib }] }],
    ['Y2: our image, with packages that the statement names as older versions did', [product(DIGEST)], ADMITTED, { subcomponents: [openssl] }],
    ['Y2: another image only', [product(OTHER, [openssl])], DENIED],
  ])('%s', async (_, products, expected, more = {}) => {
    expect(await verdict(vulnerability(), [scan, vex([{ ...fixed, products, ...more }])])).toBe(expected);
  });
});

describe('Y6: what an author of VEX says last counts', () => {
  const later = { at: NOW - HOUR / 2 };
  test.each<[string, readonly UnverifiedEvidence[], string]>([
    ['Y6: one document clears', [vex([fixed])], ADMITTED],
    ['Y6: a newer one of the same author calls it affected', [vex([fixed]), vex([affected], later)], DENIED],
    ['Y6: in the other order', [vex([affected], later), vex([fixed])], DENIED],
    ['Y6: an older one called it affected', [vex([affected]), vex([fixed], later)], ADMITTED],
    ['Y6: both of one moment', [vex([fixed]), vex([affected, { ...affected, status: 'under_investigation' }])], DENIED],
    ['Y6: a newer one of another author', [vex([fixed]), vex([affected], { ...later, by: 'carol' })], ADMITTED],
    ['Y6: a newer one that names the package without its version', [vex([fixed]), vex([{ ...affected, products: [{ '@id': DIGEST, subcomponents: [{ '@id': 'pkg:deb/debian/openssl' }] }] }], later)], DENIED],
    ['Y2: a newer one that names the package with other qualifiers', [vex([fixed]), vex([{ ...affected, products: [{ '@id': DIGEST, subcomponents: [{ '@id': 'pkg:deb/debian/openssl@3.0?arch=amd64' }] }] }], later)], DENIED],
    ['Y2: a newer one by another name that the author gives it', [vex([{ ...fixed, vulnerability: { name: 'GHSA-1', aliases: ['CVE-2026-1'] } }]), vex([{ ...affected, vulnerability: { name: 'GHSA-1' } }], later)], DENIED],
    ['Y2: a newer one by a name that a third one gives it', [vex([fixed]), vex([{ ...affected, vulnerability: { name: 'GHSA-1' } }], later), vex([{ ...affected, timestamp: iso(NOW - 2 * HOUR), vulnerability: { name: 'cve-2026-1', aliases: ['GHSA-1'] } }])], DENIED],
    ['Y2: another name clears nothing that the scan does not call so', [vex([{ ...affected, vulnerability: { name: 'GHSA-1', aliases: ['CVE-2026-1'] } }]), vex([{ ...fixed, vulnerability: { name: 'GHSA-1' } }], later)], DENIED],
    ['Y2: a newer one about a vulnerability of another name', [vex([{ ...fixed, vulnerability: { name: 'GHSA-1', aliases: ['CVE-2026-1'] } }]), vex([{ ...affected, vulnerability: { name: 'GHSA-2' } }], later)], ADMITTED],
    ['Y6: a newer one about another package', [vex([fixed]), vex([{ ...affected, products: [{ '@id': DIGEST, subcomponents: [{ '@id': 'pkg:deb/debian/zlib' }] }] }], later)], ADMITTED],
    ['Y6: another one that says no time', [vex([fixed]), says(VEX, { statements: [affected] }, { by: 'bob' })], DENIED],
    ['Y6: a newer one about something else', [vex([fixed]), vex([{ ...affected, vulnerability: { name: 'CVE-2026-2' } }], later)], ADMITTED],
    ['Y6: a newer one that is not an hour old by its statement', [vex([fixed]), vex([{ ...affected, timestamp: iso(NOW - 2 * HOUR) }], later)], ADMITTED],
  ])('%s', async (_, documents, expected) => {
    expect(await verdict(vulnerability(), [scan, ...documents])).toBe(expected);
  });

  test('Y6: an author is who the policy says, whatever key he uses', async () => {
    const requirement = vulnerability({ vex: { by: ['bob'] } });
    const documents = [vex([fixed]), vex([affected], { ...later, by: 'carol' })];
    const [alice, bob] = [signerOf('alice', [keys.alice]), signerOf('bob', [keys.bob, keys.carol])];
    expect(await verdict(requirement, [scan, ...documents], withSigners(requirement, [alice, bob]))).toBe(DENIED);
    expect(await verdict(requirement, [scan, ...documents], withSigners(requirement, [alice, signerOf('bob', [keys.bob])]))).toBe(ADMITTED);
  });
});

describe('Y6: the worst severity of a known method counts', () => {
  const worst = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H';
  const of = (...scores: readonly (readonly [string | undefined, unknown])[]): unknown => scores.map(([method, score]) => ({ ...(method === undefined ? {} : { method }), score }));
  test.each<[string, unknown, string]>([
    ['Y6: a low CVSS score', of(['cvss_score', '3.9']), ADMITTED],
    ['Y6: a high CVSS score', of(['cvss_score', '7.0']), DENIED],
    ['Y6: an EPSS score alone says nothing', of(['epss', '0.97']), DENIED],
    ['Y6: an EPSS score beside a low CVSS score', of(['epss', '0.97'], ['cvss', '3.9']), ADMITTED],
    ['Y6: an EPSS score that looks low beside a high word', of(['EPSS_V3', '0.01'], ['nvd', 'high']), DENIED],
    ['Y6: low, beside a vector of 10.0', of(['nvd', 'low'], ['CVSS_V3', worst]), DENIED],
    ['Y6: low, beside a vector of 5.3', of(['nvd', 'low'], ['CVSS_V3', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N']), ADMITTED],
    ['Y6: low, beside a vector that is not read', of(['nvd', 'low'], ['CVSS_V4', 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H']), DENIED],
    ['Y6: low, by a method that nobody knows', of(['acme-risk', 'low']), DENIED],
    ['Y6: low, beside critical by a method that nobody knows', of(['nvd', 'low'], ['acme-risk', 'critical']), DENIED],
    ['Y6: low, beside low by a method that nobody knows', of(['nvd', 'low'], ['acme-risk', 'low']), ADMITTED],
    ['Y6: a score out of range', of(['cvss', '97']), DENIED],
    ['Y6: a vector as the whole severity', worst, DENIED],
    ['Y6: a vector without harm', 'CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N', ADMITTED],
  ])('%s', async (_, severity, expected) => {
    expect(await verdict(vulnerability(), [listed(severity)])).toBe(expected);
  });

  // Examples of the CVSS v3.1 documents, with the scores that they give.
  test.each<[string, number]>([
    ['CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N', 6.4],
    ['CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N', 3.1],
    ['CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H', 9.9],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N', 7.5],
    ['CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N', 4.6],
    ['CVSS:3.0/AV:L/AC:H/PR:L/UI:N/S:U/C:H/I:H/A:H', 7.0],
  ])('Y6: %s scores %d', async (vector, score) => {
    const denies = async (deny: string): Promise<boolean> => (await verdict(vulnerability({ deny }), [listed(vector)])) === DENIED;
    expect([await denies('critical'), await denies('high'), await denies('medium'), await denies('low')]).toEqual([score >= 9, score >= 7, score >= 4, score > 0]);
  });
});
