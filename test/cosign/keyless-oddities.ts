/** Oddities of keyless evidence: what lies beside a signature by certificate, in bundles and in annotations. */
import { base64 } from '../world/encode.ts';
import { keylessBundle } from '../world/bundle.ts';
import type { BundleJson, KeylessOptions } from '../world/bundle.ts';
import { bundleReferrer, legacySignatures, simpleSigningLayer } from '../world/cosign.ts';
import type { Layer } from '../world/cosign.ts';
import { makeCtLog } from '../world/ct-log.ts';
import type { Proofs } from '../world/evidence.ts';
import { entryJson } from '../world/log-entry.ts';
import type { LoggedEntry, TransparencyLog } from '../world/log-entry.ts';
import { makeRekor } from '../world/rekor.ts';
import { makeRekor2 } from '../world/rekor2.ts';
import { makeTsa, stamp } from '../world/tsa.ts';
import type { TimestampAuthority, TimestampOverrides } from '../world/tsa.ts';
import type { World } from '../world/world.ts';
import type { Made, Oddity } from './oddities.ts';

/** Who signs, in every row but those that say otherwise. */
export const IDENTITY = {
  san: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1',
  issuer: 'https://token.actions.githubusercontent.com',
  claims: { runnerEnvironment: 'github-hosted' },
} as const;
const STRANGER = { ...IDENTITY, san: 'https://github.com/mallory/app/.github/workflows/release.yml@refs/tags/v1' };
const otherTsa = makeTsa({ now: Date.now(), organization: 'stranger.example' });
const otherLog = makeRekor({ baseUrl: 'https://rekor.stranger.example' });
const otherLog2 = makeRekor2({ baseUrl: 'https://rekor2.stranger.example' });

type Change = (bundle: BundleJson, world: World) => BundleJson;
type Material = Record<string, unknown>;
type Options = Partial<Omit<KeylessOptions, 'map'>> & { readonly map?: Change; readonly before?: Options };
type More = Partial<Oddity> & Pick<Oddity, 'cosign'>;

function bundle(name: string, options: Options | ((made: Made) => Options), more: More): Oddity {
  const one = (made: Made, given: Options) => {
    const { map, before: _, ...rest } = given;
    const content = rest.artifact === undefined ? { digest: made.image.digest } : {};
    return bundleReferrer(made.image, keylessBundle(made.world, { ...content, identity: IDENTITY, ...rest, ...(map && { map: (json) => map(json, made.world) }) }));
  };
  return {
    name: `keyless: ${name}`, keyType: 'p256', layout: 'referrers', by: 'certificate', ...more,
    evidence(made) {
      const given = typeof options === 'function' ? options(made) : options;
      return [...(given.before === undefined ? [] : [one(made, given.before)]), one(made, given)];
    },
  };
}

interface LayerOptions extends Proofs {
  readonly identity?: typeof IDENTITY | typeof STRANGER;
  readonly annotations?: (annotations: Readonly<Record<string, string>>, made: Made) => Readonly<Record<string, string>>;
}

function tag(name: string, options: LayerOptions | readonly LayerOptions[], more: More): Oddity {
  const one = (made: Made, { identity = IDENTITY, annotations = (given) => given, ...proofs }: LayerOptions): Layer => {
    const layer = simpleSigningLayer(made.world, { digest: made.image.digest, reference: made.repository }, { identity }, proofs);
    return { ...layer, annotations: annotations(layer.annotations, made) };
  };
  const layers = Array.isArray(options) ? (options as readonly LayerOptions[]) : [options as LayerOptions];
  return {
    name: `keyless, annotations: ${name}`, keyType: 'p256', layout: 'tag', by: 'certificate', ...more,
    evidence: (made) => [legacySignatures(made.image.digest, layers.map((layer) => one(made, layer)))],
  };
}

const material = (change: (one: Material) => Material): Change => (json) => ({ ...json, verificationMaterial: change({ ...json.verificationMaterial }) });
const stampsOf = (one: Material): unknown[] => (one['timestampVerificationData'] as { rfc3161Timestamps?: unknown[] } | undefined)?.rfc3161Timestamps ?? [];
const signatureOf = (json: BundleJson): Buffer => Buffer.from((json['dsseEnvelope'] as { signatures: { sig: string }[] }).signatures[0]?.sig ?? '', 'base64');

/** One more timestamp, over the same signature unless told otherwise; `undefined` stands for the listed authority. */
const alsoStampedBy = (tsa: TimestampAuthority | undefined, override: TimestampOverrides = {}): Change => (json, world) =>
  material((one) => ({
    ...one, timestampVerificationData: { rfc3161Timestamps: [...stampsOf(one), { signedTimestamp: base64(stamp(tsa ?? world.tsa, signatureOf(json), world.now, override)) }] },
  }))(json, world);

/** The same entry once more, in another log. */
const alsoLoggedIn = (log: TransparencyLog, change: (entry: LoggedEntry) => LoggedEntry = (entry) => entry, where: 'last' | 'first' = 'last'): Change => (json, world) =>
  material((one) => {
    const own = one['tlogEntries'] as { canonicalizedBody: string }[];
    const body = JSON.parse(Buffer.from(own[0]?.canonicalizedBody ?? '', 'base64').toString()) as { kind: string; apiVersion: string; spec: unknown };
    const other = entryJson(change(log.append(body, world.now)));
    return { ...one, tlogEntries: where === 'last' ? [...own, other] : [other, ...own] };
  })(json, world);
const entries = (change: (own: readonly Record<string, unknown>[]) => unknown[]): Change => material((one) => ({ ...one, tlogEntries: change(one['tlogEntries'] as Record<string, unknown>[]) }));
const flipped = (bytes: Buffer): Buffer => Buffer.concat([bytes.subarray(0, -1), Buffer.of((bytes.at(-1) ?? 0) ^ 1)]);
const GOOD: More = { cosign: 'verifies' };
const BAD: More = { cosign: 'refuses' };
const OLDER = 'cosign finds only bundles of version 0.3 beside an image; older ones are sound, and GitHub and npm have many';
const KNOWN_BROKEN = 'what names a log or an authority of the root must verify in full (ADR 0019)';
/** Judged by a root that wants a timestamp and no log. */
const STAMPED = { root: 'stamped', flags: ['--use-signed-timestamps', '--insecure-ignore-tlog'] } as const;

/** All rows about keyless evidence. */
export const KEYLESS_ODDITIES: readonly Oddity[] = [
  bundle('nothing', {}, GOOD),
  bundle('a stranger signed', { identity: STRANGER }, BAD),
  bundle('the same name, of another issuer', { identity: { ...IDENTITY, issuer: 'https://accounts.example' } }, BAD),
  bundle('a stranger before it', { before: { identity: STRANGER } }, GOOD),
  bundle('a timestamp of the listed authority beside the entry', { tsa: true }, GOOD),
  bundle('a timestamp of an unlisted authority beside the entry', { map: alsoStampedBy(otherTsa) }, GOOD),
  bundle('a second timestamp, of an unlisted authority', { tsa: true, map: alsoStampedBy(otherTsa) }, GOOD),
  bundle('a second timestamp, of an unlisted authority and about other bytes', { tsa: true, map: alsoStampedBy(otherTsa, { message: Buffer.from('x') }) }, GOOD),
  bundle('a second timestamp, demanded, of an unlisted authority', { tsa: true, map: alsoStampedBy(otherTsa) }, { ...GOOD, ...STAMPED }),
  bundle('only a timestamp of an unlisted authority, and one is demanded', { log: 'none', map: alsoStampedBy(otherTsa) }, { ...BAD, ...STAMPED }),
  bundle('only a timestamp of the listed authority, and one is demanded', { log: 'none', tsa: true }, { ...GOOD, ...STAMPED }),
  bundle('a broken timestamp in the name of the listed authority', { map: alsoStampedBy(undefined, { key: otherTsa.key }) }, { ...GOOD, stricter: KNOWN_BROKEN }),
  bundle('a timestamp of the listed authority about other bytes', { map: alsoStampedBy(undefined, { message: Buffer.from('x') }) }, { ...GOOD, stricter: KNOWN_BROKEN }),
  bundle('a second entry, in an unlisted log', { map: alsoLoggedIn(otherLog) }, GOOD),
  bundle('a second entry, in an unlisted log of Rekor v2', { tsa: true, map: alsoLoggedIn(otherLog2) }, GOOD),
  bundle('an entry in an unlisted log before the listed one', { map: alsoLoggedIn(otherLog, undefined, 'first') }, GOOD),
  bundle('a second entry, in an unlisted log, with a broken promise', { map: alsoLoggedIn(otherLog, (one) => ({ ...one, promise: flipped(one.promise ?? Buffer.alloc(1)) })) }, GOOD),
  bundle('only an entry in an unlisted log', { override: { transparencyLog: otherLog } }, BAD),
  bundle('only an entry in an unlisted log, and none is demanded', { tsa: true, override: { transparencyLog: otherLog } }, { ...GOOD, ...STAMPED }),
  bundle('a broken promise of the listed log', { override: { log: { entry: (one) => ({ ...one, promise: flipped(one.promise ?? Buffer.alloc(1)) }) } } }, BAD),
  bundle('the same entry twice', { map: entries((own) => [...own, ...own]) }, { ...BAD, wider: 'a copy proves nothing new and breaks nothing' }),
  bundle('no entry', { log: 'none', tsa: true }, BAD),
  bundle('an entry without promise, which tells no time', { map: entries((own) => own.map(({ inclusionPromise: _, ...one }) => one)) }, BAD),
  bundle('an entry without promise, and a timestamp', { tsa: true, map: entries((own) => own.map(({ inclusionPromise: _, ...one }) => one)) }, { ...GOOD, flags: ['--use-signed-timestamps'] }),
  bundle('an entry of Rekor v2 and a timestamp', { log: 'v2', tsa: true }, { ...GOOD, flags: ['--use-signed-timestamps'] }),
  bundle('an entry of kind intoto 0.0.2', { logKind: 'intoto/0.0.2' }, GOOD),
  bundle('logged after the certificate ended', ({ world }) => ({ override: { certificate: { notBefore: world.now - 1_200_000, notAfter: world.now - 600_000 } } }), BAD),
  bundle('an SCT of an unlisted log beside the listed one\'s', ({ world }) => ({ override: { certificate: { ctLogs: [makeCtLog(), world.ctLog] } } }), GOOD),
  bundle('only an SCT of an unlisted log', { override: { certificate: { ctLogs: [makeCtLog()] } } }, BAD),
  bundle('no SCT', { override: { certificate: { ctLogs: [] } } }, BAD),
  bundle('a key of P-384', { keyType: 'p384' }, GOOD),
  bundle('a key of RSA', { keyType: 'rsa-2048' }, GOOD),
  bundle('a key of Ed25519', { keyType: 'ed25519' }, GOOD),
  bundle('version 0.1, with the chain', { version: '0.1', withChain: true }, { ...BAD, wider: OLDER }),
  bundle('version 0.1, the certificate alone in its chain', { version: '0.1' }, { ...BAD, wider: OLDER }),
  bundle('version 0.2, with the chain', { version: '0.2', withChain: true }, { ...BAD, wider: OLDER }),
  bundle('version 0.3, with a chain', { map: material(({ certificate, ...one }) => ({ ...one, x509CertificateChain: { certificates: [certificate] } })) }, BAD),
  bundle('a member nobody knows beside the certificate', { map: material((one) => ({ ...one, more: 1 })) }, { ...BAD, wider: 'nothing is read from it; only at the top could it be another kind of content' }),
  bundle('a message signature over the manifest', ({ image }) => ({ artifact: image.manifest }), { ...BAD, wider: 'what is signed is the manifest itself; cosign wants a statement about it' }),
  bundle('a message signature over the manifest, by Ed25519', ({ image }) => ({ artifact: image.manifest, keyType: 'ed25519' }), { ...BAD, wider: 'what is signed is the manifest itself; cosign wants a statement about it' }),
  tag('nothing', {}, GOOD),
  tag('a stranger signed', { identity: STRANGER }, BAD),
  tag('a stranger first', [{ identity: STRANGER }, {}], GOOD),
  tag('a timestamp of the listed authority beside the entry', { tsa: true }, GOOD),
  tag('a timestamp of an unlisted authority beside the entry', { tsa: true, override: { timestampAuthority: otherTsa } }, GOOD),
  tag('only a timestamp of the listed authority, and one is demanded', { log: 'none', tsa: true }, { ...GOOD, ...STAMPED }),
  tag('an entry in an unlisted log beside a timestamp, which is demanded', { tsa: true, override: { transparencyLog: otherLog } }, { ...GOOD, ...STAMPED }),
  tag('only an entry in an unlisted log', { override: { transparencyLog: otherLog } }, BAD),
  tag('an SCT of an unlisted log', { override: { certificate: { ctLogs: [makeCtLog()] } } }, BAD),
  tag('no chain', { annotations: ({ 'dev.sigstore.cosign/chain': _, ...given }) => given }, GOOD),
  tag('CR LF in the certificate', { annotations: (given) => ({ ...given, 'dev.sigstore.cosign/certificate': given['dev.sigstore.cosign/certificate']?.replaceAll('\n', '\r\n') ?? '' }) }, GOOD),
  tag('a member nobody knows in the entry', { annotations: (given) => ({ ...given, 'dev.sigstore.cosign/bundle': given['dev.sigstore.cosign/bundle']?.replace('{', '{"more":1,') ?? '' }) }, GOOD),
  tag('the chain behind the certificate', { annotations: (given) => ({ ...given, 'dev.sigstore.cosign/certificate': `${given['dev.sigstore.cosign/certificate'] ?? ''}${given['dev.sigstore.cosign/chain'] ?? ''}` }) }, GOOD),
];
