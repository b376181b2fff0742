import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NotationRoot } from '../../src/domain/policy/trust-root.ts';
import { runVerificationJob } from '../../src/verify/index.ts';
import { mutated } from '../fuzz/bytes.ts';
import { mutatedJson } from '../fuzz/json.ts';
import { basicConstraints, extendedKeyUsage, keyUsage, subjectKeyId } from '../world/extensions.ts';
import type { Extension } from '../world/extensions.ts';
import { descriptorOf, makeImage } from '../world/image.ts';
import { makeNotary, notarySign } from '../world/notation.ts';
import type { Notary, NotarySigning } from '../world/notation.ts';
import { makeTsa } from '../world/tsa.ts';
import type { TimestampAuthority, TimestampOverrides } from '../world/tsa.ts';
import type { CertificateSpec } from '../world/x509.ts';
import { askOracle, drawn } from './oracle.ts';

/** Whatever Gatehouse accepts notation-go accepts under a strict trust policy; what it signs, Gatehouse accepts. Where Gatehouse refuses alone is listed. */
type Format = NonNullable<NotarySigning['format']>;
interface Piece {
  readonly format: Format;
  readonly bytes: Uint8Array;
  readonly what: string;
}

const now = Date.now();
const SECOND = 1000;
const HOUR = 3600 * SECOND;
const image = makeImage({ seed: 'oracle' });
const TARGET = descriptorOf(image);
const FORMATS: readonly Format[] = ['notation-jws', 'notation-cose'];
const mediaType = (format: Format): string => (format === 'notation-jws' ? 'application/jose+json' : 'application/cose');
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const SIGNS = keyUsage(['digitalSignature']);
const leaf = (...leafExtensions: readonly Extension[]): Notary => makeNotary({ now, leafExtensions });
const authority = (change: (depth: number, spec: CertificateSpec) => CertificateSpec): Notary => makeNotary({ now, authority: change });
const NOTARIES: readonly Notary[] = [
  ...(['p256', 'p384', 'p521', 'rsa-2048', 'rsa-3072', 'rsa-4096'] as const).map((keyType) => makeNotary({ now, keyType })),
  ...[-1, 0, 2, 3].map((between) => makeNotary({ now, between })),
  leaf(), leaf({ ...SIGNS, critical: false }), leaf(SIGNS, basicConstraints(false)), leaf(SIGNS, basicConstraints(true)),
  ...(['contentCommitment', 'keyEncipherment', 'keyAgreement', 'keyCertSign', 'cRLSign', 'encipherOnly', 'decipherOnly'] as const).map((bit) => leaf(keyUsage(['digitalSignature', bit]))),
  ...['codeSigning', 'serverAuth', 'clientAuth', 'emailProtection', 'timeStamping', 'ocspSigning', 'any', '1.2.3.4'].map((usage) => leaf(SIGNS, extendedKeyUsage([usage]))),
  makeNotary({ now, leaf: { notAfter: now - SECOND } }), makeNotary({ now, leaf: { notBefore: now + 100 * SECOND } }),
  authority((depth, spec) => (depth === 1 ? { ...spec, extensions: [keyUsage(['cRLSign']), basicConstraints(true), subjectKeyId(spec.spki)] } : spec)),
  authority((depth, spec) => (depth === 1 ? { ...spec, extensions: [basicConstraints(true), subjectKeyId(spec.spki)] } : spec)),
  authority((depth, spec) => (depth === 1 ? { ...spec, extensions: [keyUsage(['keyCertSign']), subjectKeyId(spec.spki)] } : spec)),
  authority((depth, spec) => (depth === 0 ? { ...spec, extensions: [keyUsage(['keyCertSign']), basicConstraints(true, 0)] } : spec)),
  authority((depth, spec) => (depth === 1 ? { ...spec, notAfter: now - SECOND } : spec)),
];
const ROOTS = NOTARIES.map(({ root }) => base64(root.der));
const root: NotationRoot = { kind: 'notation', name: 'oracle', id: 'oracle', ca: ROOTS, signingAuthority: ROOTS, tsa: [], verifyTimestamp: 'always', plugins: [] };

const A = 'io.cncf.notary.';
const header = (more: Record<string, unknown>): Pick<NotarySigning, 'headers'> => ({ headers: (headers) => ({ ...headers, ...more }) });
const without = (name: string): Pick<NotarySigning, 'headers'> => ({
  headers: (headers) => {
    const { [name]: _, ...others } = headers;
    return others;
  },
});
const times = ['2026-01-01T00:00:00.123+05:30', '2026-01-01t00:00:00z', '2026-02-30T00:00:00Z', '2026-01-01T00:00:00+24:00', '1960-01-01T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01T00:00:60Z', '2026-01-01', 5, null];
const CHANGES: readonly Partial<NotarySigning>[] = [
  {}, {}, {}, {}, { expiry: now + HOUR }, { expiry: now - SECOND }, { expiry: now - 2 * HOUR }, { scheme: 'notary.x509.signingAuthority' }, { scheme: 'notary.x509.other' }, { scheme: '' },
  { annotations: { a: 'b' } }, { attributes: { 'x.y': '1' } }, { attributes: { 'x.y': '1' }, critical: ['x.y'] }, { critical: ['x.y'] }, { critical: [`${A}signingTime`] }, { critical: [`${A}signingScheme`] }, { critical: ['alg'] }, { critical: ['cty'] },
  ...[`${A}signingTime`, `${A}signingScheme`, 'cty', '3', 'crit', '2', 'alg', '1'].map(without),
  ...times.flatMap((time) => [header({ [`${A}signingTime`]: time }), header({ [`${A}authenticSigningTime`]: time }), header({ [`${A}expiry`]: time })]),
  ...['PS256', 'PS384', 'ES512', 'RS256', 'HS256', 'none', ''].map((alg) => header({ alg })), ...[-7, -8, -37, 5].map((alg) => header({ 1: alg })),
  header({ b64: false }), header({ kid: 'x' }), header({ [`${A}verificationPlugin`]: 'p' }), header({ [`${A}verificationPluginMinVersion`]: '1.0.0' }), header({ Alg: 'none' }), header({ [`${A}SigningScheme`]: 'notary.x509' }),
  { signature: (bytes) => Buffer.concat([bytes, Buffer.of(0)]) }, { signature: (bytes) => bytes.subarray(1) },
  { payload: (payload) => ({ ...payload, more: 1 }) }, { payload: () => 'text' }, { payload: () => [1] },
];

/** Signed as they are: what is wrong with them, their signer meant. */
function signed(): readonly Piece[] {
  const choices = drawn(fc.record({ notary: fc.constantFrom(...NOTARIES), change: fc.nat(CHANGES.length - 1), format: fc.constantFrom(...FORMATS) }), 1500);
  return choices.flatMap(({ notary, change, format }): Piece[] => {
    try {
      return [{ format, bytes: notarySign({ notary, format, target: descriptorOf(image), at: now - HOUR, ...CHANGES[change] }), what: `change ${change}` }];
    } catch {
      // A value that COSE as it is written here cannot hold.
      return [];
    }
  });
}

/** Changed after they were signed. */
function changed(pieces: readonly Piece[]): readonly Piece[] {
  const of = (format: Format): readonly Uint8Array[] => pieces.filter((piece) => piece.format === format).slice(0, 100).map(({ bytes }) => bytes);
  const jws = of('notation-jws').map((bytes) => JSON.parse(Buffer.from(bytes).toString()) as unknown);
  return [
    ...drawn(mutatedJson(jws), 2000).map((bytes): Piece => ({ format: 'notation-jws', bytes, what: 'changed' })),
    ...drawn(mutated(of('notation-cose')), 2000).map((bytes): Piece => ({ format: 'notation-cose', bytes, what: 'changed' })),
  ];
}

/** `accepted` as a policy would see it at this moment, or the reason. */
async function ours({ format, bytes }: Piece, under: NotationRoot = root): Promise<string> {
  const [outcome] = await runVerificationJob({
    artifact: { kind: 'image', digest: image.digest, name: 'registry.example/app' },
    evidence: [{ format, source: 'oracle', bytes, digest: 'oracle', message: image.manifest }], trust: { id: under.id, keys: [], roots: [under] }, now,
  });
  const [proof] = outcome?.proofs ?? [];
  if (proof === undefined) return outcome?.problems[0]?.code ?? 'nothing';
  if (proof.expiresAt !== undefined && now >= proof.expiresAt) return 'POLICY_SIGNATURE_EXPIRED';
  if (proof.times.length > 0 || proof.signer.kind !== 'x509') return 'accepted';
  const { notBefore, notAfter } = proof.signer.pathValidity;
  return notBefore <= now && now <= notAfter ? 'accepted' : 'VERIFY_CERTIFICATE_EXPIRED';
}

test('what Gatehouse accepts notation-go accepts, of 5,500 envelopes that are good, odd or broken', async () => {
  const meant = signed();
  const pieces = [...meant, ...changed(meant)];
  const theirs = askOracle(pieces.map(({ format, bytes }) => ({ mediaType: mediaType(format), envelope: base64(bytes), roots: ROOTS, target: TARGET })));
  const answers: string[] = [];
  for (const piece of pieces) answers.push(await ours(piece));
  const alone = pieces.flatMap(({ format, what, bytes }, index) => (answers[index] === 'accepted' && theirs[index]?.ok !== true ? [`${format} ${what}: ${theirs[index]?.error} ${base64(bytes)}`] : []));
  expect(alone).toEqual([]);
  const both = answers.filter((answer, index) => answer === 'accepted' && theirs[index]?.ok === true);
  expect(both.length).toBeGreaterThan(100);
  // What only they accept is read in a second way, or names something that we cannot do.
  const refused = new Set(answers.filter((answer, index) => answer !== 'accepted' && theirs[index]?.ok === true));
  expect([...refused].filter((code) => !['VERIFY_MALFORMED', 'VERIFY_FORMAT', 'VERIFY_CERTIFICATE_PROFILE', 'VERIFY_LIMIT', 'VERIFY_SUBJECT_MISMATCH'].includes(code))).toEqual([]);
});

const DAY = 24 * HOUR;
const [tsa, stranger] = [makeTsa({ now, intermediate: true }), makeTsa({ now })];
const rootOf = ({ chain }: TimestampAuthority): string => base64(chain.at(-1)?.der ?? Buffer.of());
/** Over since yesterday, so that nothing but a timestamp saves what they signed; and one who is not. */
const STAMPED = [makeNotary({ now, leaf: { notAfter: now - DAY } }), makeNotary({ now, keyType: 'rsa-2048', leaf: { notBefore: now - 5 * DAY, notAfter: now - DAY } }), makeNotary({ now })];
const STAMPS: readonly (TimestampOverrides & { readonly by?: TimestampAuthority })[] = [
  {}, {}, {}, { imprintHash: 'sha384' }, { imprintHash: 'sha512' }, { fraction: '5' }, { accuracy: false }, { accuracy: { millis: 500 } }, { nonce: 7n },
  { accuracy: { seconds: 3 * 86_400 } }, { accuracy: { seconds: 30 * 86_400 } }, { at: now - DAY }, { at: now - DAY + 2 * SECOND }, { at: now - 6 * DAY }, { at: now - 400 * DAY },
  { message: Buffer.from('other') }, { by: stranger }, { key: stranger.key }, { signer: stranger.signer }, { essCertificate: stranger.signer }, { essCertificate: false },
  { contentType: '1.2.840.113549.1.7.1' }, { digestHash: 'sha512' }, { embed: [] }, { embed: tsa.chain }, { signature: (bytes) => bytes.subarray(1) },
  { tstInfo: (info) => Buffer.concat([info, Buffer.of(0)]) }, ...['eku', 'critical', 'old'].map((what) => ({
    by: makeTsa({ now, ...(what === 'eku' ? { eku: ['timeStamping', 'codeSigning'] } : what === 'critical' ? { ekuCritical: false } : { notAfter: now - 3 * DAY }) }),
  })),
];
/** One hash over the content and another one in the signature: RFC 8933, 3 forbids it, and so do we and openssl. */
const TWO_HASHES = STAMPS.findIndex(({ digestHash }) => digestHash === 'sha512');

test('timestamps: what Gatehouse accepts by them notation-go accepts, of 800 that are good, odd or broken', async () => {
  const roots = STAMPED.map((one) => base64(one.root.der));
  const authorities = [tsa, ...STAMPS.flatMap(({ by }) => (by === undefined || by === stranger ? [] : [by]))].map(rootOf);
  const under: NotationRoot = { ...root, id: 'stamped', ca: roots, signingAuthority: [], tsa: authorities };
  const choices = drawn(fc.record({ notary: fc.constantFrom(...STAMPED), stamp: fc.nat(STAMPS.length - 1), format: fc.constantFrom(...FORMATS) }), 400);
  const made = choices.map(({ notary, stamp, format }): Piece => {
    const { by = tsa, ...timestamp } = STAMPS[stamp] ?? {};
    return { format, what: `stamp ${stamp}`, bytes: notarySign({ notary, format, target: TARGET, at: now - 3 * DAY, tsa: by, timestamp: { at: now - 2 * DAY, embed: by.chain.slice(0, -1), ...timestamp } }) };
  });
  const good = made.filter(({ what }) => Number(what.slice(6)) < 9);
  const pieces = [
    ...made, ...drawn(mutated(good.filter(({ format }) => format === 'notation-cose').map(({ bytes }) => bytes)), 200).map((bytes): Piece => ({ format: 'notation-cose', bytes, what: 'changed' })),
    ...drawn(mutatedJson(good.filter(({ format }) => format === 'notation-jws').map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as unknown)), 200).map((bytes): Piece => ({ format: 'notation-jws', bytes, what: 'changed' })),
  ];
  const theirs = askOracle(pieces.map(({ format, bytes }) => ({ mediaType: mediaType(format), envelope: base64(bytes), roots, tsa: authorities, target: TARGET })));
  const answers: string[] = [];
  for (const piece of pieces) answers.push(await ours(piece, under));
  expect(pieces.flatMap(({ format, what }, index) => (answers[index] === 'accepted' && theirs[index]?.ok !== true ? [`${format} ${what}: ${theirs[index]?.error}`] : []))).toEqual([]);
  expect(answers.filter((answer, index) => answer === 'accepted' && theirs[index]?.ok === true).length).toBeGreaterThan(100);
  // A token with bytes behind what it says is read in a second way.
  const refused = pieces.flatMap(({ what }, index) => (answers[index] !== 'accepted' && theirs[index]?.ok === true && what !== 'changed' ? [`${what} ${answers[index]}`] : []));
  const isKnown = (one: string): boolean => one.endsWith(' VERIFY_MALFORMED') || one === `stamp ${TWO_HASHES} VERIFY_TIMESTAMP`;
  expect(refused.filter((one) => !isKnown(one))).toEqual([]);
});

test('what notation-go signs Gatehouse accepts', async () => {
  const questions = FORMATS.flatMap((format) => (['ec', 'rsa'] as const).map((key) => ({ format, key })));
  const answers = askOracle(questions.map(({ format, key }) => ({ mediaType: mediaType(format), key, target: TARGET })));
  for (const [index, { format, key }] of questions.entries()) {
    const { envelope = '', chain = [] } = answers[index] ?? {};
    const [outcome] = await runVerificationJob({
      artifact: { kind: 'image', digest: image.digest, name: 'registry.example/app' },
      evidence: [{ format, source: 'oracle', bytes: Buffer.from(envelope, 'base64'), digest: 'oracle', message: image.manifest }],
      trust: { id: key, keys: [], roots: [{ ...root, id: `${format} ${key}`, ca: chain.slice(-1), signingAuthority: [] }] }, now,
    });
    expect([outcome?.proofs.length, outcome?.problems]).toEqual([1, []]);
  }
});
