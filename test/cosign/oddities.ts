/** Oddities of signatures, annotations, layers and keys: each a way to sign an image that is met, or might be. */
import { base64, jsonBytes } from '../world/encode.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer, legacySignatures, simpleSigningPayload } from '../world/cosign.ts';
import type { Layer, Subject } from '../world/cosign.ts';
import type { Digest } from '../../src/domain/artifact/digest.ts';
import type { Pushable } from '../world/image.ts';
import { signWith } from '../world/keys.ts';
import type { SignOptions, SigningKey } from '../world/keys.ts';
import { cosignSignStatement } from '../world/statement.ts';
import type { World } from '../world/world.ts';
import { KEYLESS_ODDITIES } from './keyless-oddities.ts';

/** What an oddity is made of. `key` is the trusted one of the wanted type, `stranger` nobody's. */
export interface Made {
  readonly world: World;
  readonly image: Pushable & Subject;
  readonly repository: string;
  readonly key: SigningKey;
  readonly stranger: SigningKey;
}

/** One row of the table. */
export interface Oddity {
  readonly name: string;
  readonly keyType: SigningKey['type'];
  /** By what it is judged: default the key of `keyType`, otherwise the identity of the keyless rows. */
  readonly by?: 'certificate';
  /** By which root of ours a keyless row is judged: default the one that wants a log entry, otherwise one that wants a timestamp. */
  readonly root?: 'stamped';
  /** `tag`: the layout of cosign 1 and 2; `referrers`: bundles, as cosign 3 writes them. */
  readonly layout: 'tag' | 'referrers';
  /** What lies beside the image, in the order in which it is pushed. */
  readonly evidence: (made: Made) => readonly Pushable[];
  /** Flags of `cosign verify` that the way of signing needs. */
  readonly flags?: readonly string[];
  /** What cosign 3.1.3 says: asked anew by the differential suite, taken from here where there is no cosign. */
  readonly cosign: 'verifies' | 'refuses';
  /** Why we refuse what cosign verifies. */
  readonly stricter?: string;
  /** Why we verify what cosign refuses. */
  readonly wider?: string;
}

/** What we say: as cosign does, where no reason is given. */
export function oursOf({ cosign, stricter, wider }: Oddity): Oddity['cosign'] {
  if (stricter !== undefined) return 'refuses';
  return wider === undefined ? cosign : 'verifies';
}

const SIGNATURE = 'dev.cosignproject.cosign/signature';
const SIMPLE = 'application/vnd.dev.cosign.simplesigning.v1+json';

interface LayerChange {
  readonly payload?: (payload: Buffer) => Buffer;
  readonly reference?: string;
  readonly digest?: string;
  readonly type?: string;
  readonly optional?: Record<string, unknown> | null;
  readonly sign?: SignOptions;
  readonly text?: (signature: string) => string;
  readonly mediaType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly by?: 'stranger';
  /** Signs again until the text of the signature matches. */
  readonly until?: RegExp;
}

function layer({ image, repository, key, stranger }: Made, change: LayerChange = {}): Layer {
  const plain = simpleSigningPayload({
    digest: (change.digest ?? image.digest) as Digest, reference: change.reference ?? repository,
    ...(change.type === undefined ? {} : { type: change.type }), ...(change.optional === undefined ? {} : { optional: change.optional }),
  });
  const bytes = change.payload?.(plain) ?? plain;
  let signature = '';
  do signature = base64(signWith(change.by === 'stranger' ? stranger : key, bytes, change.sign));
  while (change.until?.test(signature) === false);
  return {
    mediaType: change.mediaType ?? SIMPLE, bytes, annotations: { [SIGNATURE]: change.text?.(signature) ?? signature, ...change.annotations },
  };
}

function tag(name: string, change: LayerChange | readonly LayerChange[] = {}, more: Partial<Oddity> = {}): Oddity {
  const changes = Array.isArray(change) ? (change as readonly LayerChange[]) : [change as LayerChange];
  return {
    name, keyType: 'p256', layout: 'tag', cosign: cosignOf(name), ...more,
    evidence: (made) => [legacySignatures(made.image.digest, changes.map((one) => layer(made, one)))],
  };
}

/** A bundle as text, changed; signed over `statement` when that is given. */
function bundle(name: string, change: {
  readonly text?: (json: string) => string;
  readonly map?: (bundle: Record<string, never>) => unknown;
  readonly version?: '0.1' | '0.2' | '0.3';
  readonly hint?: string;
  readonly statement?: (plain: Record<string, unknown>) => unknown;
  readonly payload?: (text: string) => string;
  readonly sign?: SignOptions;
  readonly message?: boolean;
  readonly referrer?: (thing: Pushable, made: Made) => Pushable;
  readonly before?: boolean;
  /** Signs again until the text of the bundle matches. */
  readonly until?: RegExp;
} = {}, more: Partial<Oddity> = {}): Oddity {
  return {
    name, keyType: 'p256', layout: 'referrers', cosign: cosignOf(name), ...more,
    evidence(made) {
      const plain = cosignSignStatement(made.image.digest) as unknown as Record<string, unknown>;
      const text = JSON.stringify(change.statement?.(plain) ?? plain);
      const content = change.message === true ? { artifact: made.image.manifest } : { statement: Buffer.from(change.payload?.(text) ?? text) };
      const make = (): Buffer => keyBundle(made.world, {
        ...content, key: made.key,
        ...(change.hint === undefined ? {} : { hint: change.hint }), ...(change.version === undefined ? {} : { version: change.version }),
        ...(change.sign === undefined ? {} : { override: { sign: change.sign } }),
        ...(change.map === undefined ? {} : { map: change.map as never }),
      });
      let bytes = make();
      while (change.until?.test(bytes.toString('utf8')) === false) bytes = make();
      const written = change.text === undefined ? bytes : Buffer.from(change.text(bytes.toString('utf8')));
      const thing = bundleReferrer(made.image, written, { mediaType: (JSON.parse(bytes.toString('utf8')) as { mediaType: string }).mediaType });
      const own = change.referrer?.(thing, made) ?? thing;
      if (change.before !== true) return [own];
      return [bundleReferrer(made.image, keyBundle(made.world, { digest: made.image.digest, key: made.stranger })), own];
    },
  };
}

const PREHASHED = 'cosign sign makes this with imported keys, and cosign verify does not know it';
const wrapped = (text: string): string => text.replace(/(.{40})/g, '$1\n');
const SHA512 = ['--signature-digest-algorithm=sha512'];
const SHA384 = ['--signature-digest-algorithm=sha384'];

/** Rows that cosign 3.1.3 refuses. */
const REFUSED: ReadonlySet<string> = new Set([
  'a stranger signed',
  'payload: a byte order mark',
  'payload: another digest',
  'payload: the digest in capitals',
  'annotation: white space around the signature',
  'annotation: base64url',
  'annotation: an empty signature',
  'key: RSA with PSS',
  'bundle: a byte order mark',
  'bundle: a member nobody knows',
  'bundle: version 0.1',
  'bundle: version 0.2',
  'bundle: a version to come',
  'bundle: keyid of somebody else',
  'bundle: another payload type',
  'bundle: the signature of somebody else',
  'statement: the subject in capitals',
  'statement: another subject',
  'statement: no subject',
  'message signature over the manifest',
  'message signature over the manifest: RSA',
  'message signature over the manifest: Ed25519',
  'annotation: without padding',
  'key: Ed25519ph',
  'bundle: Ed25519ph',
]);

const cosignOf = (name: string): Oddity['cosign'] => (REFUSED.has(name) ? 'refuses' : 'verifies');

/** All rows. Their names say what is odd; everything else is as cosign makes it. */
export const ODDITIES: readonly Oddity[] = [
  ...KEYLESS_ODDITIES,
  tag('nothing'),
  tag('a stranger signed', { by: 'stranger' }),
  tag('payload: a line end behind it', { payload: (one) => Buffer.concat([one, Buffer.from('\n')]) }),
  tag('payload: indented', { payload: (one) => Buffer.from(JSON.stringify(JSON.parse(one.toString()), null, 2)) }),
  tag('payload: CR LF line ends', { payload: (one) => Buffer.from(JSON.stringify(JSON.parse(one.toString()), null, 1).replaceAll('\n', '\r\n')) }),
  tag('payload: white space before it', { payload: (one) => Buffer.concat([Buffer.from(' \t'), one]) }),
  tag('payload: a byte order mark', { payload: (one) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), one]) }),
  tag('payload: a member nobody knows', { payload: (one) => Buffer.from(one.toString().replace('{"critical"', '{"more":1,"critical"')) }),
  tag('payload: a member nobody knows inside critical', { payload: (one) => Buffer.from(one.toString().replace('"critical":{', '"critical":{"more":[],')) }, { stricter: 'what is critical has to be understood (containers/image, atomic signature)' }),
  tag('payload: the digest twice', { payload: (one) => Buffer.from(one.toString().replace('"docker-manifest-digest":', '"docker-manifest-digest":"sha256:0","docker-manifest-digest":')) }, { stricter: 'readers differ about which one counts' }),
  tag('payload: keys in capitals', { payload: (one) => Buffer.from(one.toString().replace('"critical"', '"Critical"')) }, { stricter: 'JSON tells them apart; only Go does not' }),
  tag('payload: another digest', { digest: `sha256:${'1'.repeat(64)}` }),
  tag('payload: the digest in capitals', { payload: (one) => Buffer.from(one.toString().replace(/sha256:([0-9a-f]{64})/, (_, hex: string) => `sha256:${hex.toUpperCase()}`)) }),
  tag('payload: a type of older versions', { type: 'atomic container signature' }),
  tag('payload: the type of newer versions', { type: 'https://sigstore.dev/cosign/sign/v1' }),
  tag('payload: an empty type', { type: '' }, { stricter: 'the type says what was meant to be signed' }),
  tag('payload: an empty repository', { reference: '' }),
  tag('payload: another repository', { reference: 'ghcr.io/somebody/else' }),
  tag('payload: a repository with a tag', { reference: 'ghcr.io/acme/app:v1' }),
  tag('payload: annotations that are no texts', { optional: { n: 1, deep: { list: [null] } } }),
  tag('payload: optional is empty', { optional: {} }),
  tag('annotation: a line end behind the signature', { text: (one) => `${one}\n` }),
  tag('annotation: CR LF behind the signature', { text: (one) => `${one}\r\n` }),
  tag('annotation: the signature in lines', { text: wrapped }),
  tag('annotation: white space around the signature', { text: (one) => ` ${one} ` }),
  tag('annotation: base64url', { until: /[+/]/, text: (one) => one.replaceAll('+', '-').replaceAll('/', '_') }, { wider: 'it spells the same bytes, and only they are verified' }),
  tag('annotation: without padding', { until: /=$/, text: (one) => one.replaceAll('=', '') }, { wider: 'it spells the same bytes, and only they are verified' }),
  tag('annotation: an empty signature', { text: () => '' }),
  tag('annotation: others beside it', { annotations: { 'org.acme/x': 'y', 'dev.sigstore.cosign/unknown': 'z' } }),
  tag('annotation: an empty certificate', { annotations: { 'dev.sigstore.cosign/certificate': '' } }),
  tag('annotation: an empty bundle', { annotations: { 'dev.sigstore.cosign/bundle': '' } }),
  tag('layer: another media type', { mediaType: 'application/octet-stream' }),
  tag('layer: the media type with a parameter', { mediaType: `${SIMPLE};charset=utf-8` }),
  tag('layers: a stranger first', [{ by: 'stranger' }, {}]),
  tag('layers: a stranger last', [{}, { by: 'stranger' }]),
  tag('layers: nine strangers', [...Array.from({ length: 9 }, (): LayerChange => ({ by: 'stranger' })), {}]),
  tag('layers: the same twice', [{}, {}]),
  tag('layers: one without a signature', [{ text: () => '' }, {}]),
  tag('layers: one that cannot be read', [{ payload: () => Buffer.from('{') }, {}]),
  tag('layers: one about another digest', [{ digest: `sha256:${'2'.repeat(64)}` }, {}]),
  tag('layers: one of another media type', [{ mediaType: 'text/plain' }, {}]),
  tag('key: P-384 with SHA-256', { sign: { hash: 'sha256' } }, { keyType: 'p384' }),
  tag('key: P-384 with its own hash', {}, { keyType: 'p384', flags: SHA384 }),
  tag('key: P-521 with SHA-256', { sign: { hash: 'sha256' } }, { keyType: 'p521' }),
  tag('key: P-256 with SHA-512', { sign: { hash: 'sha512' } }, { flags: SHA512 }),
  tag('key: P-256 with SHA-384', { sign: { hash: 'sha384' } }, { flags: SHA384 }),
  tag('key: RSA', {}, { keyType: 'rsa-3072' }),
  tag('key: RSA-4096 with SHA-512', { sign: { hash: 'sha512' } }, { keyType: 'rsa-4096', flags: SHA512 }),
  tag('key: RSA-4096 with SHA-384', { sign: { hash: 'sha384' } }, { keyType: 'rsa-4096', flags: SHA384 }),
  tag('key: RSA with PSS', { sign: { encoding: 'pss' } }, { keyType: 'rsa-3072', wider: 'key services sign so with keys typed plainly RSA' }),
  tag('key: ECDSA as r and s, raw', { sign: { encoding: 'p1363' } }),
  tag('key: Ed25519', {}, { keyType: 'ed25519' }),
  tag('key: Ed25519ph', { sign: { prehashed: true } }, { keyType: 'ed25519', wider: PREHASHED }),
  bundle('bundle: nothing'),
  bundle('bundle: Ed25519', {}, { keyType: 'ed25519' }),
  bundle('bundle: Ed25519ph', { sign: { prehashed: true } }, { keyType: 'ed25519', wider: PREHASHED }),
  bundle('bundle: indented', { text: (json) => JSON.stringify(JSON.parse(json), null, 2) }),
  bundle('bundle: a line end behind it', { text: (json) => `${json}\n` }),
  bundle('bundle: a byte order mark', { text: (json) => `\ufeff${json}` }),
  bundle('bundle: a member nobody knows', { map: (one) => ({ ...one, more: 1 }) }),
  bundle('bundle: a hint at another key', { hint: 'bm90IHRoaXMga2V5' }),
  bundle('bundle: an empty hint', { hint: '' }),
  bundle('bundle: version 0.1', { version: '0.1' }, { wider: 'cosign finds only bundles of version 0.3 beside an image' }),
  bundle('bundle: version 0.2', { version: '0.2' }, { wider: 'cosign finds only bundles of version 0.3 beside an image' }),
  bundle('bundle: its type with a version parameter', { map: (one) => ({ ...one, mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.3' }) }),
  bundle('bundle: a version to come', { map: (one) => ({ ...one, mediaType: 'application/vnd.dev.sigstore.bundle.v0.9+json' }) }),
  bundle('bundle: a stranger before it', { before: true }),
  bundle('bundle: keyid of somebody else', { map: (one) => edit(one, (envelope) => { envelope.signatures = envelope.signatures.map((one) => ({ ...one, keyid: 'other' })); }) }, { wider: 'a keyid is a hint that nobody signed (DSSE)' }),
  bundle('bundle: the signature in base64url', { until: /"sig":"[^"]*[-_]/, map: (one) => edit(one, (envelope) => { (envelope.signatures[0] as { sig: string }).sig = envelope.signatures[0]?.sig.replaceAll('+', '-').replaceAll('/', '_') ?? ''; }) }),
  bundle('bundle: the payload in lines', { map: (one) => edit(one, (envelope) => { envelope.payload = wrapped(envelope.payload); }) }),
  bundle('bundle: another payload type', { map: (one) => edit(one, (envelope) => { envelope.payloadType = 'text/plain'; }) }),
  bundle('bundle: the signature of somebody else', { map: (one) => edit(one, (envelope) => { (envelope.signatures[0] as { sig: string }).sig = base64(Buffer.alloc(70, 7)); }) }),
  bundle('statement: indented', { payload: (text) => JSON.stringify(JSON.parse(text), null, 2) }),
  bundle('statement: version 0.1', { statement: (one) => ({ ...one, _type: 'https://in-toto.io/Statement/v0.1' }) }),
  bundle('statement: without predicate', { statement: ({ predicate: _predicate, ...one }) => one }),
  bundle('statement: two subjects, the second is ours', { statement: (one) => ({ ...one, subject: [{ name: 'x', digest: { sha256: '0'.repeat(64) } }, ...(one['subject'] as unknown[])] }) }),
  bundle('statement: a subject of other algorithms beside it', { statement: (one) => ({ ...one, subject: (one['subject'] as { digest: object }[]).map((subject) => ({ ...subject, digest: { ...subject.digest, gitCommit: 'a'.repeat(40) } })) }) }),
  bundle('statement: the subject in capitals', { payload: (text) => text.replace(/[0-9a-f]{64}/, (hex) => hex.toUpperCase()) }),
  bundle('statement: another subject', { payload: (text) => text.replace(/[0-9a-f]{64}/, '3'.repeat(64)) }),
  bundle('statement: no subject', { statement: (one) => ({ ...one, subject: [] }) }),
  bundle('message signature over the manifest', { message: true }, { wider: 'what is signed is the manifest itself; cosign wants a statement about it' }),
  bundle('message signature over the manifest: RSA', { message: true }, { keyType: 'rsa-3072', wider: 'what is signed is the manifest itself; cosign wants a statement about it' }),
  bundle('message signature over the manifest: Ed25519', { message: true }, { keyType: 'ed25519', wider: 'what is signed is the manifest itself; cosign wants a statement about it' }),
  bundle('referrer: created with no artifactType in the list', { referrer: (thing) => ({ ...thing, artifactType: '' }) }),
];

function edit(bundle: Record<string, never>, change: (envelope: { payload: string; payloadType: string; signatures: { sig: string; keyid?: string }[] }) => void): unknown {
  const copy = JSON.parse(jsonBytes(bundle).toString()) as { dsseEnvelope: Parameters<typeof change>[0] };
  change(copy.dsseEnvelope);
  return copy;
}
