import type { UnverifiedEvidence, VerificationJob } from '../../../src/domain/evidence.ts';
import { makeCa } from '../../world/ca.ts';
import type { CertificateAuthority } from '../../world/ca.ts';
import { trustMaterial } from '../../world/domain.ts';
import { jsonBytes, sha256Hex } from '../../world/encode.ts';
import { basicConstraints, extendedKeyUsage, keyUsage, subjectAltName } from '../../world/extensions.ts';
import { makeKey } from '../../world/keys.ts';
import type { KeyType, SigningKey } from '../../world/keys.ts';
import { makeCertificate } from '../../world/x509.ts';
import type { Certificate, Name } from '../../world/x509.ts';
import { layout, link, person, signatureBy, signed, step } from '../../unit/verify/intoto/support.ts';
import type { Person } from '../../unit/verify/intoto/support.ts';
import { dsse, HOSTILE_NOW, jobOf } from './parts.ts';
import type { Hostile, Json } from './parts.ts';

const FUNCTIONARIES = 10;
/** Artifacts of a link of nearly 2 MiB, the largest that is read. */
const LARGE = 16_000;

/** A step with ten functionaries with keys of this type, or with anybody under an authority. */
interface Scene {
  readonly people: readonly Person[];
  readonly job: (files: readonly Buffer[]) => VerificationJob;
}

function scene(type: KeyType, authority = makeCa({ now: HOSTILE_NOW })): Scene {
  const [owner, ...people] = Array.from({ length: FUNCTIONARIES + 1 }, () => person(type));
  const [mid, root] = authority.chain.map(({ pem }, index) => ({ keyid: index === 0 ? 'mid' : 'root', keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: '', certificate: pem } }));
  const any = { common_name: '*', dns_names: ['*'], emails: ['*'], organizations: ['*'], roots: ['*'], uris: ['*'] };
  const body = layout([step('build', people, { cert_constraints: [any] })], people, { rootcas: { root }, intermediatecas: { mid } });
  const trusted = { id: 'hostile', document: JSON.stringify(signed(body, owner === undefined ? [] : [owner])), owners: [], ownerKeys: [JSON.stringify(owner?.inToto)] };
  return {
    people,
    job: (files) => {
      const parts = files.map((bytes): UnverifiedEvidence => dsse(bytes, 'in-toto'));
      const digest = sha256Hex(parts.map((part) => part.digest).join());
      return jobOf({ format: 'layout-links', source: 'links', bytes: new Uint8Array(), digest, parts }, { ...trustMaterial([]), layouts: [trusted] });
    },
  };
}

const bodyOf = (artifacts: number, seed = ''): Json =>
  link('build', {}, Object.fromEntries(Array.from({ length: artifacts }, (_, index) => [`out/part-${index}.bin`, `${seed}${index}`])));

const honestFile = (body: Json, by: Person | undefined): Buffer => jsonBytes(signed(body, by === undefined ? [] : [by]));

/** Signatures of a stranger without a key id. */
function unnamedFile(body: Json, stranger: Person): Buffer {
  const { sig } = signatureBy(stranger, link('other', {}, {})) as { sig: string };
  return jsonBytes({ signed: body, signatures: Array.from({ length: 32 }, () => ({ keyid: '', sig })) });
}

/** Signatures with certificates of their own, which name the layout's authority and were issued by nobody. */
function certifiedFile(body: Json, stranger: Person, issuer: Name): Buffer {
  const nobody = makeKey('p384');
  const { sig } = signatureBy(stranger, link('other', {}, {})) as { sig: string };
  const signatures = Array.from({ length: 32 }, (_, index) => {
    const { pem } = leafCertificate(stranger.key, issuer, nobody);
    return { keyid: index.toString(16).padStart(8, '0'), sig, cert: pem };
  });
  return jsonBytes({ signed: body, signatures });
}

/** One signature with a certificate that the layout's authority issued. */
function certifiedHonestly(body: Json, key: SigningKey, { chain, issuingKey }: CertificateAuthority): Buffer {
  const { pem } = leafCertificate(key, chain[0]?.spec.subject ?? [], issuingKey);
  return jsonBytes({ signed: body, signatures: [signatureBy({ key, keyid: '00', inToto: {} }, body, { cert: pem })] });
}

function leafCertificate({ spki }: SigningKey, issuer: Name, by: SigningKey): Certificate {
  const extensions = [keyUsage(['digitalSignature']), extendedKeyUsage(['codeSigning']), basicConstraints(false), subjectAltName([{ type: 'uri', value: 'spiffe://x/y' }], false)];
  return makeCertificate({ subject: [['CN', 'x']], issuer, spki, extensions, notBefore: HOSTILE_NOW - 1000, notAfter: HOSTILE_NOW + 1000 }, by);
}

/** Links beside an artifact that are made to cost as much as possible, each beside honest ones of the same size and number. */
export function hostileLinks(): readonly Hostile[] {
  const large = (['p256', 'ed25519', 'p384'] as const).map((type): Hostile => {
    const { people, job } = scene(type);
    const body = bodyOf(LARGE);
    return {
      name: `B4 link of 2 MiB with 32 signatures without key id, 10 functionaries, ${type}`,
      honest: job([honestFile(body, people[0])]), hostile: job([unnamedFile(body, person(type))]), codes: [], most: 6,
    };
  });
  const authority = makeCa({ now: HOSTILE_NOW });
  const { people, job } = scene('p256', authority);
  const stranger = person('p256');
  const bodies = Array.from({ length: 100 }, (_, index) => bodyOf(20, String(index)));
  const honest = job(bodies.map((body) => honestFile(body, people[0])));
  return [
    ...large,
    { name: 'links: 100 with 32 signatures without key id', honest, hostile: job(bodies.map((body) => unnamedFile(body, stranger))), codes: [], most: 25 },
    {
      name: 'links: 100 with 32 certificates by nobody', honest: job(bodies.map((body) => certifiedHonestly(body, stranger.key, authority))),
      hostile: job(bodies.map((body) => certifiedFile(body, stranger, authority.chain[0]?.spec.subject ?? []))), codes: [], most: 8,
    },
  ];
}
