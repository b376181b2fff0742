/** What the trust root does not list is an unsigned extra: ignored where the rest suffices, named where it does not. */
import { describe, expect, it } from 'vitest';
import { askGatehouse } from '../../../conformance-plus/gatehouse.ts';
import { DIGEST, keyed, keyless, NOW, world } from '../../../conformance-plus/scene.ts';
import type { KeyedChange, KeylessChange } from '../../../conformance-plus/scene.ts';
import type { BundleJson } from '../../../world/bundle.ts';
import { base64 } from '../../../world/encode.ts';
import { layerEvidence } from '../../../world/domain.ts';
import { simpleSigningLayer } from '../../../world/cosign.ts';
import { entryJson } from '../../../world/log-entry.ts';
import type { LoggedEntry } from '../../../world/log-entry.ts';
import { makeRekor } from '../../../world/rekor.ts';
import { makeRekor2 } from '../../../world/rekor2.ts';
import { makeTsa, stamp } from '../../../world/tsa.ts';
import type { TimestampAuthority, TimestampOverrides } from '../../../world/tsa.ts';
import { createWorld } from '../../../world/world.ts';

const stranger = makeTsa({ now: NOW, organization: 'stranger.example' });
type Change = (bundle: BundleJson) => BundleJson;
type Material = Record<string, unknown>;

const material = (change: (one: Material) => Material): Change => (bundle) => ({ ...bundle, verificationMaterial: change({ ...bundle.verificationMaterial }) });
const signatureOf = (bundle: BundleJson): Buffer => Buffer.from((bundle['messageSignature'] as { signature: string }).signature, 'base64');
const stampsOf = (one: Material): unknown[] => (one['timestampVerificationData'] as { rfc3161Timestamps?: unknown[] } | undefined)?.rfc3161Timestamps ?? [];

/** One more timestamp, over the same signature unless told otherwise. */
const alsoStampedBy = (tsa: TimestampAuthority, override: TimestampOverrides = {}): Change => (bundle) =>
  material((one) => ({
    ...one, timestampVerificationData: { rfc3161Timestamps: [...stampsOf(one), { signedTimestamp: base64(stamp(tsa, signatureOf(bundle), NOW, override)) }] },
  }))(bundle);
/** Bytes in the place of one more timestamp. */
const alsoStamp = (bytes: Buffer): Change => material((one) => ({ ...one, timestampVerificationData: { rfc3161Timestamps: [...stampsOf(one), { signedTimestamp: base64(bytes) }] } }));
/** The same entry once more, in another log. */
const alsoLoggedIn = (log: ReturnType<typeof makeRekor>, change: (entry: LoggedEntry) => LoggedEntry = (entry) => entry): Change => material((one) => {
  const [first] = one['tlogEntries'] as { canonicalizedBody: string }[];
  const body = JSON.parse(Buffer.from(first?.canonicalizedBody ?? '', 'base64').toString()) as { kind: string; apiVersion: string; spec: unknown };
  return { ...one, tlogEntries: [...(one['tlogEntries'] as unknown[]), entryJson(change(log.append(body, NOW)))] };
});
const removed = (bytes: Uint8Array): Buffer => Buffer.concat([bytes.subarray(0, -1), Buffer.of((bytes.at(-1) ?? 0) ^ 1)]);

const second = makeTsa({ now: NOW, organization: 'second.example' });
const TWO_LISTED: KeylessChange = {
  root: { map: (one) => ({ ...one, timestampAuthorities: [...one.timestampAuthorities, ...(createWorld({ ...world, now: NOW, tsa: second }).trustedRoot()['timestampAuthorities'] as unknown[])] }) },
};
const code = async (question: ReturnType<typeof keyless>): Promise<string> => (await askGatehouse(question)).code;
const OK = 'POLICY_SATISFIED';

describe('fine: a second timestamp of an authority that the root does not list', () => {
  it.each<[string, KeylessChange, string]>([
    ['beside a log entry that tells the time', { map: alsoStampedBy(stranger) }, OK],
    ['beside a timestamp of a listed authority', { tsa: true, map: alsoStampedBy(stranger) }, OK],
    ['beside Rekor v2 and a timestamp', { log: 'v2', tsa: true, map: alsoStampedBy(stranger) }, OK],
    ['about other bytes', { map: alsoStampedBy(stranger, { message: Buffer.from('x') }) }, OK],
    ['with a broken signature', { map: alsoStampedBy(stranger, { signature: removed }) }, OK],
    ['with what we would not read of a listed one', { map: alsoStampedBy(stranger, { essCertificate: false, contentType: '1.2.3' }) }, OK],
    ['without its certificate', { map: alsoStampedBy(stranger, { embed: [] }) }, OK],
    ['with the certificates of the listed one', { map: alsoStampedBy(stranger, { embed: world.tsa.chain }) }, OK],
    ['when the root lists none', { root: { without: ['tsa'] }, map: alsoStampedBy(stranger) }, OK],
    ['is not counted', { tsa: true, require: { timestamps: 2 }, ...TWO_LISTED, map: alsoStampedBy(stranger) }, 'VERIFY_TIMESTAMP'],
    ['is not counted, where two listed ones are', { tsa: true, require: { timestamps: 2 }, ...TWO_LISTED, map: (one) => alsoStampedBy(second)(alsoStampedBy(stranger)(one)) }, OK],
    ['alone, and the root asks for one', { require: { timestamps: 1 }, map: alsoStampedBy(stranger) }, 'VERIFY_TIMESTAMP'],
    ['tells no time where nothing else does', { log: 'v2', tsa: false, map: alsoStampedBy(stranger) }, 'VERIFY_TIMESTAMP'],
    ['the listed one beside it is about other bytes', { map: (one) => alsoStampedBy(world.tsa, { message: Buffer.from('x') })(alsoStampedBy(stranger)(one)) }, 'VERIFY_TIMESTAMP'],
    ['the listed one beside it is broken', { tsa: true, override: { timestamp: { signature: removed } }, map: alsoStampedBy(stranger) }, 'VERIFY_TIMESTAMP'],
    ['made by a stranger in the name of the listed one', { map: alsoStampedBy(world.tsa, { key: stranger.key }) }, 'VERIFY_TIMESTAMP'],
    ['bytes of which nobody can say whose they are', { map: alsoStamp(Buffer.from('3000', 'hex')) }, 'VERIFY_MALFORMED'],
  ])('%s', async (_, change, expected) => {
    expect(await code(keyless(change))).toBe(expected);
  });

  it('what is missing then is said by name', async () => {
    const { why } = await askGatehouse(keyless({ tsa: true, require: { timestamps: 2 }, ...TWO_LISTED, map: alsoStampedBy(stranger) }));
    expect(why).toContain('stranger.example');
  });

  it('an authority listed by its issuer: tokens in its name must verify, others are ignored', async () => {
    const byIssuer: KeylessChange = {
      root: { map: (one) => ({ ...one, timestampAuthorities: one.timestampAuthorities.map((authority) => ({ ...authority, certChain: { certificates: (authority['certChain'] as { certificates: unknown[] }).certificates.slice(1) } })) }) },
    };
    expect(await code(keyless({ ...byIssuer, map: alsoStampedBy(world.tsa) }))).toBe(OK);
    expect(await code(keyless({ ...byIssuer, map: alsoStampedBy(stranger) }))).toBe(OK);
    expect(await code(keyless({ ...byIssuer, map: alsoStampedBy(world.tsa, { embed: [] }) }))).toBe('VERIFY_TIMESTAMP');
    expect(await code(keyless({ ...byIssuer, map: alsoStampedBy(world.tsa, { key: stranger.key }) }))).toBe('VERIFY_TIMESTAMP');
  });
});

describe('fine: a second entry in a log that the root does not list', () => {
  it.each<[string, KeylessChange, string]>([
    ['of Rekor v1', { map: alsoLoggedIn(makeRekor()) }, OK],
    ['of Rekor v2', { map: alsoLoggedIn(makeRekor2({ baseUrl: 'https://other.example' })) }, OK],
    ['beside Rekor v2', { log: 'v2', tsa: true, map: alsoLoggedIn(makeRekor2({ baseUrl: 'https://other.example' })) }, OK],
    ['with a broken promise', { map: alsoLoggedIn(makeRekor(), (one) => ({ ...one, promise: Buffer.from('x') })) }, OK],
    ['about something else', { map: alsoLoggedIn(makeRekor(), (one) => ({ ...one, body: Buffer.from('{}') })) }, OK],
    ['without a log id', { map: alsoLoggedIn(makeRekor(), (one) => ({ ...one, logId: Buffer.alloc(0) })) }, OK],
    ['is not counted', { require: { transparencyLog: 2 }, map: alsoLoggedIn(makeRekor()) }, 'VERIFY_LOG_INVALID'],
    ['tells no time where nothing else does', { log: 'v2', tsa: false, map: alsoLoggedIn(makeRekor()) }, 'VERIFY_LOG_INVALID'],
    ['alone', { override: { transparencyLog: makeRekor() } }, 'VERIFY_LOG_INVALID'],
    ['alone, and the root asks for none', { tsa: true, require: { transparencyLog: 0, timestamps: 1 }, override: { transparencyLog: makeRekor() } }, OK],
    ['under the id of the listed one', { map: alsoLoggedIn(makeRekor(), (one) => ({ ...one, logId: world.rekor.logId })) }, 'VERIFY_LOG_INVALID'],
    ['the listed one beside it is broken', { override: { log: { entry: (one) => ({ ...one, promise: Buffer.from('x') }) } }, map: alsoLoggedIn(makeRekor()) }, 'VERIFY_LOG_INVALID'],
  ])('%s', async (_, change, expected) => {
    expect(await code(keyless(change))).toBe(expected);
  });

  it('what is missing then is said by its id, and so is what the root lists', async () => {
    const other = makeRekor();
    const { why } = await askGatehouse(keyless({ require: { transparencyLog: 2 }, map: alsoLoggedIn(other) }));
    expect(why).toContain(other.logId.toString('hex'));
    expect(why).toContain('entries of 1 distinct logs');
  });
});

describe('fine: the same by key', () => {
  it.each<[string, KeyedChange, string]>([
    ['a second timestamp', { tsa: true, map: alsoStampedBy(stranger) }, OK],
    ['only a timestamp, and nobody asks for a time', { signer: { trustRoot: 'world' }, map: alsoStampedBy(stranger) }, OK],
    ['a second entry', { logged: true, map: alsoLoggedIn(makeRekor()) }, OK],
    ['only an entry in an unlisted log, and one is demanded', { logged: true, override: { transparencyLog: makeRekor() } }, 'POLICY_LOG_REQUIRED'],
    ['only an entry in an unlisted log, and none is demanded', { log: 'v1', signer: { trustRoot: 'world' }, override: { transparencyLog: makeRekor() } }, OK],
    ['only a timestamp, and a time is demanded', { signer: { trustRoot: 'world' }, demand: { signature: { by: ['release'], maxAge: '1h' } }, map: alsoStampedBy(stranger) }, 'POLICY_AGE_UNPROVEN'],
    ['the listed one beside it is broken', { tsa: true, override: { timestamp: { signature: removed } }, map: alsoStampedBy(stranger) }, 'VERIFY_TIMESTAMP'],
  ])('%s', async (_, change, expected) => {
    expect(await code(keyed(change))).toBe(expected);
  });

  it('what is missing then is said by name', async () => {
    const other = makeRekor();
    expect((await askGatehouse(keyed({ logged: true, override: { transparencyLog: other } }))).why).toContain(other.logId.toString('hex'));
    const demand = { signature: { by: ['release'], maxAge: '1h' } };
    expect((await askGatehouse(keyed({ signer: { trustRoot: 'world' }, demand, map: alsoStampedBy(stranger) }))).why).toContain('stranger.example');
  });
});

describe('fine: the same beside a layer', () => {
  const evidence = (proofs: Parameters<typeof simpleSigningLayer>[3]) =>
    layerEvidence(simpleSigningLayer(world, { digest: DIGEST, reference: 'registry.example/acme/app' }, { identity: { san: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1', issuer: 'https://token.actions.githubusercontent.com', claims: { runnerEnvironment: 'github-hosted' } } }, proofs));
  it.each<[string, Parameters<typeof simpleSigningLayer>[3], KeylessChange, string]>([
    ['a timestamp of an unlisted authority beside the entry', { tsa: true, override: { timestampAuthority: stranger } }, {}, OK],
    ['an entry of an unlisted log beside the timestamp', { tsa: true, override: { transparencyLog: makeRekor() } }, { require: { transparencyLog: 0, timestamps: 1 } }, OK],
    ['an entry of an unlisted log, and one is demanded', { tsa: true, override: { transparencyLog: makeRekor() } }, {}, 'VERIFY_LOG_INVALID'],
    ['a broken timestamp of the listed authority', { tsa: true, override: { timestamp: { signature: removed } } }, {}, 'VERIFY_TIMESTAMP'],
  ])('%s', async (_, proofs, change, expected) => {
    expect(await code({ ...keyless(change), evidence: evidence(proofs) })).toBe(expected);
  });
});

describe('fine: where a second opinion is required', () => {
  it('it is asked about what counts, without the extras', async () => {
    const attested: KeylessChange = { digest: DIGEST, map: alsoLoggedIn(makeRekor()) };
    const required = (change: KeylessChange) => {
      const question = keyless(change);
      const documents = question.documents.map((one) => withOpinion(one as { kind: string; spec: { sigstore: object } }));
      return code({ ...question, documents });
    };
    expect(await required({ digest: DIGEST })).toBe(OK);
    expect(await required(attested)).toBe(OK);
    // Both are right about the same bundle without its entry: nothing is agreed to that the root does not demand.
    expect(await required({ digest: DIGEST, override: { transparencyLog: makeRekor() } })).toBe('VERIFY_LOG_INVALID');
  });
});

function withOpinion(document: { kind: string; spec: { sigstore: object } }): unknown {
  return document.kind === 'TrustRoot' ? { ...document, spec: { ...document.spec, sigstore: { ...document.spec.sigstore, secondOpinion: 'require' } } } : document;
}
