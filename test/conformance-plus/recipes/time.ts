import { createWorld } from '../../world/world.ts';
import { makeTsa, stamp } from '../../world/tsa.ts';
import type { TimestampOverrides, TsaOptions } from '../../world/tsa.ts';
import { base64 } from '../../world/encode.ts';
import { keyless, MINUTE, NOW, V2, world } from '../scene.ts';
import type { KeylessChange } from '../scene.ts';
import type { Expected, Recipe } from '../recipe.ts';

type Mapping = NonNullable<KeylessChange['map']>;
const INVALID = 'VERIFY_TIMESTAMP';
const EXPIRED = 'VERIFY_CERTIFICATE_EXPIRED';
const stranger = makeTsa({ now: NOW, organization: 'stranger.example' });
const TSA: KeylessChange = { tsa: true };
const LATER = NOW + 60 * MINUTE;

/** A forgery in the timestamp of a signature that is logged as well. */
function stamped(id: string, title: string, timestamp: TimestampOverrides, more: { readonly rows?: readonly string[]; readonly expected?: Expected } = {}): Recipe {
  return { id, title, ...(more.rows && { rows: more.rows }), expected: more.expected ?? INVALID, forged: () => keyless({ ...TSA, override: { timestamp } }), twin: () => keyless(TSA) };
}

/** A forgery in the certificate of the authority that the root lists. */
function authority(id: string, title: string, options: Partial<TsaOptions>, rows?: readonly string[]): Recipe {
  const other = createWorld({ ...world, now: NOW, tsa: makeTsa({ now: NOW, ...options }) });
  return { id, title, ...(rows && { rows }), expected: INVALID, forged: () => keyless({ ...TSA, world: other }), twin: () => keyless(TSA) };
}

/** The bundle with another list of timestamps. */
function timestamps(change: (one: unknown) => readonly unknown[]): Mapping {
  return (bundle) => {
    const { rfc3161Timestamps } = bundle.verificationMaterial['timestampVerificationData'] as { rfc3161Timestamps: readonly unknown[] };
    return { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, timestampVerificationData: { rfc3161Timestamps: change(rfc3161Timestamps[0]) } } };
  };
}

const secondTsa = makeTsa({ now: NOW, organization: 'second.example' });
const TWO_TSAS: KeylessChange = {
  ...TSA, require: { timestamps: 2 }, thresholds: { timestampThreshold: 3 },
  root: { map: (root) => ({ ...root, timestampAuthorities: [...root.timestampAuthorities, ...(createWorld({ ...world, now: NOW, tsa: secondTsa }).trustedRoot()['timestampAuthorities'] as unknown[])] }) },
};
/** Another timestamp over the same signature. */
const stampedBy = (tsa: typeof secondTsa): Mapping => (bundle) => {
  const { signature } = bundle['messageSignature'] as { signature: string };
  return timestamps((one) => [one, { signedTimestamp: base64(stamp(tsa, Buffer.from(signature, 'base64'), NOW)) }])(bundle);
};

/** Forgeries of when something was signed. */
export const TIME: readonly Recipe[] = [
  { id: 'leaf-expired', title: 'logged a second after the certificate ended', rows: ['B07'], expected: EXPIRED, forged: () => keyless({ override: { log: { at: NOW + 10 * MINUTE + 1000 } }, now: LATER }), twin: () => keyless({ override: { log: { at: NOW + 10 * MINUTE } }, now: LATER }) },
  { id: 'leaf-not-yet-valid', title: 'logged a second before the certificate began', rows: ['B07'], expected: EXPIRED, forged: () => keyless({ override: { log: { at: NOW - 1000 } } }), twin: () => keyless({ override: { log: { at: NOW } } }) },
  { id: 'leaf-expired-at-one-time', title: 'logged inside, stamped outside the certificate\'s life', rows: ['B07'], expected: EXPIRED, forged: () => keyless({ ...TSA, override: { timestamp: { at: NOW + 11 * MINUTE } }, now: LATER }), twin: () => keyless({ ...TSA, override: { timestamp: { at: NOW + 9 * MINUTE } }, now: LATER }) },
  { id: 'leaf-expired-v2', title: 'Rekor v2 entry stamped after the certificate ended', rows: ['B07', 'B19'], expected: EXPIRED, forged: () => keyless({ ...V2, override: { timestamp: { at: NOW + 11 * MINUTE } }, now: LATER }), twin: () => keyless({ ...V2, override: { timestamp: { at: NOW + 9 * MINUTE } }, now: LATER }) },
  { id: 'time-none', title: 'Rekor v2 entry without timestamp', rows: ['B19', 'B17'], expected: 'VERIFY_TIME_MISSING', forged: () => keyless({ ...V2, tsa: false }), twin: () => keyless(V2) },
  { id: 'time-in-future-log', title: 'logged ten minutes from now', rows: ['B20'], expected: INVALID, forged: () => keyless({ now: NOW - 10 * MINUTE }), twin: () => keyless({ now: NOW - 5_000 }) },
  { id: 'time-in-future-timestamp', title: 'stamped ten minutes from now', rows: ['B20'], expected: INVALID, forged: () => keyless({ ...V2, now: NOW - 10 * MINUTE }), twin: () => keyless({ ...V2, now: NOW - 5_000 }) },
  stamped('timestamp-of-another-signature', 'timestamp over other bytes', { message: Buffer.from('another signature') }, { rows: ['B17'] }),
  { id: 'timestamp-untrusted', title: 'the only time told by an authority that the root does not list, with its certificates', rows: ['B17'], expected: INVALID, forged: () => keyless({ ...V2, override: { timestamp: { key: stranger.key, signer: stranger.signer, embed: stranger.chain } } }), twin: () => keyless(V2) },
  { id: 'timestamp-untrusted-demanded', title: 'timestamp demanded, and it is of an authority that the root does not list', rows: ['B17'], expected: INVALID, forged: () => keyless({ ...TSA, require: { timestamps: 1 }, thresholds: { timestampThreshold: 2 }, override: { timestampAuthority: stranger } }), twin: () => keyless({ ...TSA, require: { timestamps: 1 }, thresholds: { timestampThreshold: 2 } }) },
  stamped('timestamp-injected-certificate', 'timestamp signed by a stranger in the name of the authority, the authority\'s certificate injected', { key: stranger.key, embed: [world.tsa.signer, stranger.signer] }, { rows: ['B09'] }),
  stamped('timestamp-signing-certificate', 'timestamp whose signed attributes name another certificate', { essCertificate: stranger.signer }, { rows: ['B09'] }),
  stamped('timestamp-no-signing-certificate', 'timestamp whose signed attributes name no certificate', { essCertificate: false }, { rows: ['B09'], expected: 'VERIFY_MALFORMED' }),
  stamped('timestamp-refused', 'answer in which the authority refuses', { status: 2 }, { expected: 'VERIFY_MALFORMED' }),
  stamped('timestamp-content-type', 'signed content that is no timestamp', { contentType: '1.2.840.113549.1.7.1' }, { expected: 'VERIFY_MALFORMED' }),
  stamped('timestamp-signature', 'timestamp with an altered signature', { signature: (one) => Buffer.concat([one.subarray(0, -1), Buffer.of((one.at(-1) ?? 0) ^ 1)]) }),
  authority('authority-extra-usage', 'authority whose certificate is for timestamping and something else', { eku: ['timeStamping', '1.2.3.4.5'] }, ['B10']),
  authority('authority-usage-not-critical', 'authority whose timestamping usage is not critical', { ekuCritical: false }, ['B10']),
  authority('authority-code-signing', 'authority whose certificate is for code signing', { eku: ['codeSigning'] }, ['B10']),
  authority('authority-expired', 'authority whose certificate had ended', { notAfter: NOW - 1000 }),
  { id: 'timestamp-window', title: 'stamped after the root stopped trusting the authority', rows: ['B13'], expected: INVALID, forged: () => keyless({ ...TSA, root: { windows: { tsa: { start: NOW - MINUTE, end: NOW - 1000 } } } }), twin: () => keyless({ ...TSA, root: { windows: { tsa: { start: NOW - MINUTE, end: NOW } } } }) },
  { id: 'timestamp-threshold', title: 'two authorities demanded, two timestamps of one', rows: ['B05'], expected: INVALID, forged: () => keyless({ ...TWO_TSAS, map: stampedBy(world.tsa) }), twin: () => keyless({ ...TWO_TSAS, map: stampedBy(secondTsa) }) },
  { id: 'timestamps-33', title: '33 timestamps, one more than the limit', rows: ['G05'], expected: 'VERIFY_LIMIT', forged: () => keyless({ ...TSA, map: timestamps((one) => Array.from({ length: 33 }, () => one)) }), twin: () => keyless({ ...TSA, map: timestamps((one) => Array.from({ length: 32 }, () => one)) }) },
  { id: 'timestamp-nested', title: 'timestamp of 10,000 nested sequences', rows: ['D06'], expected: 'VERIFY_MALFORMED', forged: () => keyless({ ...TSA, map: timestamps(() => [{ signedTimestamp: base64(nested(10_000)) }]) }), twin: () => keyless(TSA) },
];

function nested(depth: number): Buffer {
  let der = Buffer.from('3000', 'hex');
  for (let i = 0; i < depth; i += 1) {
    const length = der.length < 0x80 ? Buffer.of(der.length) : der.length < 0x100 ? Buffer.of(0x81, der.length) : Buffer.of(0x82, der.length >> 8, der.length & 0xff);
    der = Buffer.concat([Buffer.of(0x30), length, der]);
  }
  return der;
}
