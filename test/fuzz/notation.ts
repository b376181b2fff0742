import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { NotationRoot } from '../../src/domain/policy/trust-root.ts';
import type { CborValue } from '../../src/pki/cbor.ts';
import { CborTag, readCbor } from '../../src/pki/cbor.ts';
import { readTimestampToken } from '../../src/pki/cms/timestamp-token.ts';
import { Malformed, readDer } from '../../src/pki/der.ts';
import { readCose } from '../../src/verify/notation/cose.ts';
import { readJws } from '../../src/verify/notation/jws.ts';
import type { NotaryEnvelope } from '../../src/verify/notation/envelope.ts';
import { readTarget } from '../../src/verify/notation/payload.ts';
import { runVerificationJob } from '../../src/verify/index.ts';
import { parsed } from '../../src/verify/problem.ts';
import { encodeCbor } from '../world/cbor.ts';
import type { Cbor } from '../world/cbor.ts';
import { descriptorOf, makeImage } from '../world/image.ts';
import { makeNotary, notarySign } from '../world/notation.ts';
import { makeTsa, stamp } from '../world/tsa.ts';
import { mutated } from './bytes.ts';
import { mutatedJson } from './json.ts';

/** Envelopes of the Notary Project under attack: what is read, what is read of CBOR, and what is proven in the end. */
const now = Date.UTC(2026, 2, 1);
const image = makeImage({ seed: 'notation' });
const [notary, alone] = [makeNotary({ now }), makeNotary({ now, between: -1, keyType: 'rsa-2048' })];
const tsa = makeTsa({ now, intermediate: true });
const common = { target: descriptorOf(image), at: now - 3_600_000 };
const signings = [
  { ...common, notary }, { ...common, notary: alone, expiry: now + 3_600_000 }, { ...common, notary, tsa },
  { ...common, notary, scheme: 'notary.x509.signingAuthority' }, { ...common, notary, annotations: { a: 'b' }, attributes: { 'acme.x': '1' }, critical: ['acme.x'] },
];
const JWS = signings.map((one) => notarySign(one));
const COSE = signings.map((one) => notarySign({ ...one, format: 'notation-cose' }));
const SIGNED = [...JWS.map(readJws), ...COSE.map(readCose)];
const base64 = (certificates: readonly { readonly der: Buffer }[]): string[] => certificates.map(({ der }) => der.toString('base64'));
const root: NotationRoot = {
  kind: 'notation', name: 'fuzz', id: 'fuzz', ca: base64([notary.root, alone.root]), signingAuthority: base64([notary.root]), tsa: base64(tsa.chain.slice(-1)),
  verifyTimestamp: 'afterCertExpiry', plugins: [],
};

/** What was proven has to be something that was signed, byte for byte, whatever stands around it. */
async function verify(format: 'notation-jws' | 'notation-cose', bytes: Uint8Array): Promise<void> {
  const read = parsed('VERIFY_MALFORMED', () => (format === 'notation-jws' ? readJws(bytes) : readCose(bytes)));
  const [outcome] = await runVerificationJob({
    artifact: { kind: 'image', digest: image.digest, name: 'registry.example/app' },
    evidence: [{ format, source: 'fuzz', bytes, digest: 'sha256:00', message: image.manifest }], trust: { id: 'fuzz', keys: [], roots: [root] }, now,
  });
  const fault = outcome?.problems.find(({ code }) => code.startsWith('ENGINE'));
  if (fault !== undefined) throw new Error(`${fault.code}: ${fault.cause}`);
  if (outcome === undefined || outcome.proofs.length + outcome.problems.length === 0) throw new Error('neither a proof nor a problem');
  if (outcome.proofs.length > 0 && !(read.ok && SIGNED.some((one) => said(one) === said(read.value)))) throw new Error('something was proven that nobody signed');
}

function said({ algorithm, attributes, payload, signature }: NotaryEnvelope): string {
  return JSON.stringify([algorithm, attributes, Buffer.from(payload).toString('hex'), Buffer.from(signature).toString('hex')]);
}

/** What is read of CBOR is written in one way only. */
function oneForm(bytes: Uint8Array): void {
  let value: CborValue;
  try {
    value = readCbor(bytes);
  } catch (error) {
    if (error instanceof Malformed) return;
    throw error;
  }
  if (!isDeepStrictEqual(Buffer.from(bytes), encodeCbor(plain(value)))) throw new Error('one value has two forms');
}

function plain(value: CborValue): Cbor {
  if (value instanceof CborTag) return { tag: value.tag, value: plain(value.value) };
  if (value instanceof Map) return new Map([...(value as ReadonlyMap<string | number, CborValue>)].map(([key, one]) => [key, plain(one)]));
  return Array.isArray(value) ? (value as readonly CborValue[]).map(plain) : (value as Cbor);
}

function token(bytes: Uint8Array): void {
  try {
    readTimestampToken(readDer(bytes));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
}

const response = stamp(tsa, Buffer.from('signature'), now);
const tokens = [response.subarray(response.indexOf(Buffer.from('06092a864886f70d010702', 'hex')) - 4)];
const values = fc.letrec<{ value: Cbor }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.integer({ min: -(2 ** 40), max: 2 ** 52 }), fc.string({ unit: 'grapheme', maxLength: 300 }), fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)), fc.constantFrom<Cbor>(true, false, null),
    fc.array(tie('value'), { maxLength: 30 }), fc.dictionary(fc.string(), tie('value'), { maxKeys: 30 }).map((of) => new Map(Object.entries(of))),
    fc.record({ tag: fc.nat(), value: tie('value') }),
  ),
})).value;

/** Name, inputs and what is done with them. */
export const NOTATION_TARGETS = [
  ['notation JWS, verified', mutatedJson(JWS.map((bytes) => JSON.parse(bytes.toString()) as unknown)), (bytes: Uint8Array) => verify('notation-jws', bytes)],
  ['notation COSE, verified', mutated(COSE), (bytes: Uint8Array) => verify('notation-cose', bytes)],
  ['notation payload', mutatedJson(SIGNED.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as unknown)), (bytes: Uint8Array) => void parsed('VERIFY_MALFORMED', () => readTarget(bytes))],
  ['cbor', mutated(COSE), oneForm],
  ['cbor, written', values, (value: Cbor) => {
    const bytes = encodeCbor(value);
    if (!isDeepStrictEqual(encodeCbor(plain(readCbor(bytes))), bytes)) throw new Error('what is written is not read back');
  }],
  ['countersignature', mutated(tokens), token],
] as const;
