import { keyless, ENVELOPE, V2 } from '../scene.ts';
import type { KeylessChange } from '../scene.ts';
import type { Expected, Recipe } from '../recipe.ts';

type Mapping = NonNullable<KeylessChange['map']>;

interface Shape {
  readonly id: string;
  readonly title: string;
  readonly rows?: readonly string[];
  readonly expected?: Expected;
}

/** A bundle whose JSON is forged; its twin is the same bundle as it was. */
const shaped = (of: Shape, change: KeylessChange, base: KeylessChange = {}): Recipe =>
  ({ expected: 'VERIFY_MALFORMED', ...of, forged: () => keyless({ ...base, ...change }), twin: () => keyless(base) });

const mediaType = (id: string, value: string): Recipe =>
  shaped({ id: `media-type-${id}`, title: `media type ${value}`, rows: ['D04'], expected: 'VERIFY_FORMAT' }, { mediaType: value });

type Json = Record<string, unknown>;
const inside = (of: Json, key: string, change: (value: Json) => unknown): Json => ({ ...of, [key]: change(of[key] as Json) });
const message = (change: (signature: string) => string): Mapping => (bundle) => inside(bundle, 'messageSignature', (one) => ({ ...one, signature: change(String(one['signature'])) }));
const payload = (change: (text: string) => string): Mapping => (bundle) => inside(bundle, 'dsseEnvelope', (one) => ({ ...one, payload: change(String(one['payload'])) }));
const material = (change: (one: Json) => Json): Mapping => (bundle) => inside(bundle, 'verificationMaterial', change);
const firstEntry = (change: (one: Json) => Json): Mapping => material((one) => ({ ...one, tlogEntries: (one['tlogEntries'] as Json[]).map(change) }));

/** Forgeries of the bundle itself: JSON, media types, base64. */
export const SHAPE: readonly Recipe[] = [
  mediaType('future', 'application/vnd.dev.sigstore.bundle.v0.4+json'),
  mediaType('suffix', 'application/vnd.dev.sigstore.bundle.v0.3+jsonGARBAGE'),
  mediaType('parameter', 'application/vnd.dev.sigstore.bundle+json;version=0.99'),
  mediaType('major', 'application/vnd.dev.sigstore.bundle.v9.9+json'),
  shaped({ id: 'bundle-key-twice', title: 'bundle with two signatures under the same key', rows: ['D01'] }, { text: (json) => json.replace('"messageSignature":', '"messageSignature":{"signature":"AAAA"},"messageSignature":') }),
  shaped({ id: 'bundle-proto', title: 'bundle with a key __proto__', rows: ['D02'] }, { text: (json) => json.replace('{', '{"__proto__":{"polluted":1},') }),
  shaped({ id: 'bundle-both-contents', title: 'bundle with a message signature and an envelope' }, { map: (bundle) => ({ ...bundle, dsseEnvelope: { payload: '', payloadType: 'x', signatures: [] } }) }),
  shaped({ id: 'bundle-both-materials', title: 'bundle with a certificate and a public key' }, { map: material((one) => ({ ...one, publicKey: { hint: 'x' } })) }),
  shaped({ id: 'bundle-unknown-content', title: 'bundle with an unknown member beside its content' }, { map: (bundle) => ({ ...bundle, otherSignature: {} }) }),
  shaped({ id: 'bundle-0.3-chain', title: 'bundle of version 0.3 with a certificate chain', expected: 'VERIFY_CERTIFICATE_UNTRUSTED' }, { version: '0.2', mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' }),
  shaped({ id: 'bundle-0.3-no-proof', title: 'bundle of version 0.3 without inclusion proof', expected: 'VERIFY_LOG_INVALID' }, { map: firstEntry(({ inclusionProof: _, ...one }) => one) }),
  shaped({ id: 'bundle-0.1-no-promise', title: 'bundle of version 0.1 without promise' }, { map: firstEntry(({ inclusionPromise: _, ...one }) => one) }, { version: '0.1' }),
  shaped({ id: 'bundle-nested', title: 'bundle of 100,000 nested lists', rows: ['D06'], expected: 'VERIFY_LIMIT' }, { text: (json) => json.replace('{', `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)},`) }),
  shaped({ id: 'bundle-not-json', title: 'bundle cut off', rows: ['D04'] }, { text: (json) => json.slice(0, -1) }),
  shaped({ id: 'base64-spaces', title: 'signature in base64 with spaces', rows: ['D03'] }, { map: message((one) => `${one.slice(0, 8)} ${one.slice(8)}`) }),
  shaped({ id: 'base64-garbage', title: 'signature in base64 with characters that are none', rows: ['D03'] }, { map: message((one) => `${one.slice(0, 8)}!!!${one.slice(8)}`) }),
  shaped({ id: 'base64-after-padding', title: 'signature in base64 with text after the padding', rows: ['D03'] }, { map: message((one) => `${one.replace(/=+$/, '')}==AAAA`) }),
  shaped({ id: 'base64-alphabets-mixed', title: 'payload in both alphabets of base64', rows: ['D03'] }, { map: payload((one) => `+_${one.slice(2)}`) }, ENVELOPE),
  shaped({ id: 'base64-blanks', title: 'payload in base64 with blanks between', rows: ['D03'] }, { map: payload((one) => one.replace(/.{64}/g, '$& ')) }, ENVELOPE),
  shaped({ id: 'base64-tabs', title: 'payload in base64 with tabs', rows: ['D03'] }, { map: payload((one) => one.replace(/.{64}/g, '$&\t')) }, ENVELOPE),
  shaped({ id: 'log-index-text', title: 'log index that is no number', rows: ['B18'] }, { map: firstEntry((one) => ({ ...one, logIndex: 'abc' })) }, V2),
  shaped({ id: 'log-index-64-bits', title: 'log index beyond 64 bits', rows: ['B18'] }, { map: firstEntry((one) => ({ ...one, logIndex: '18446744073709551616' })) }, V2),
];
