import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { codes, startTestServer } from '../../support/server.ts';
import type { TestServer } from '../../support/server.ts';
import { keyBundle } from '../../world/bundle.ts';
import { attestationLayer, bundleReferrer, legacyAttestations, legacySignatures, simpleSigningLayer } from '../../world/cosign.ts';
import { makeImage } from '../../world/image.ts';
import type { Pushable } from '../../world/image.ts';
import { push, pushReferrer } from '../../world/push.ts';
import { startRegistry } from '../../world/registry.ts';
import type { TestRegistry } from '../../world/registry.ts';
import { podReview } from '../../world/review.ts';
import { makeStatement } from '../../world/statement.ts';
import { createWorld } from '../../world/world.ts';

const WANTED = 'https://acme.example/scan/v1';
const OTHER = 'https://acme.example/other/v1';
const CANARY = 'canary-7f3a';

const world = createWorld({ now: Date.UTC(2026, 2, 1) });
const [release, stranger] = [world.key(), world.key()];

let server: TestServer;
let registry: TestRegistry;
let signatures: TestRegistry;
let trap: TestRegistry;
let priv: TestRegistry;

const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });

beforeAll(async () => {
  [registry, signatures, trap] = [await startRegistry(), await startRegistry(), await startRegistry()];
  priv = await startRegistry({ auth: { kind: 'bearer', users: { [CANARY]: { password: `${CANARY}-password` } } } });
  const policy = (path: string, requirement: object): string => document('ClusterArtifactPolicy', path.replaceAll('/', '-'), { artifacts: [{ image: `${registry.host}/${path}/**` }], require: [{ name: 'proven', ...requirement }] });
  const { mkdtempSync, writeFileSync } = await import('node:fs');
  const { tmpdir } = await import('node:os');
  const dockerConfig = `${mkdtempSync(`${tmpdir()}/gatehouse-docker-`)}/config.json`;
  writeFileSync(dockerConfig, JSON.stringify({ auths: { [priv.host]: { auth: Buffer.from(`${CANARY}:${CANARY}-wrong`).toString('base64') } } }));
  server = await startTestServer({
    'policies.yaml': [
      document('Signer', 'release', { identities: [{ key: { data: release.publicKeyPem } }] }),
      policy('signed', { signature: { by: ['release'] } }),
      policy('bound', { signature: { by: ['release'], bindRepository: true } }),
      policy('scanned', { attestation: { type: WANTED, by: ['release'] } }),
      document('ClusterArtifactPolicy', 'private', { artifacts: [{ image: `${priv.host}/**` }], require: [{ name: 'proven', signature: { by: ['release'] } }] }),
    ].join('\n---\n'),
  }, {
    plainHttp: [registry.host, signatures.host, trap.host, priv.host],
    evidenceSources: [{ image: `${registry.host}/signed/elsewhere/**`, repository: `${signatures.host}/acme/signatures` }],
    'cache.absenceTTL': '0s',
    dockerConfig,
  });
});
afterAll(async () => {
  await server.close();
  await Promise.all([registry, signatures, trap, priv].map((r) => r.close()));
});
afterEach(() => {
  for (const r of [registry, signatures, trap, priv]) {
    r.clearFaults();
    r.clearLog();
  }
});

async function image(repository: string): Promise<Pushable> {
  const made = makeImage({ seed: repository });
  await push(registry, repository, made);
  return made;
}

async function ask(repository: string, digest: string): Promise<{ allowed: boolean; codes: string[]; message: string; status: number | undefined }> {
  const answer = await server.validate(podReview({ images: [`${registry.host}/${repository}@${digest}`] }));
  return { allowed: answer.allowed, codes: codes(answer), message: answer.status?.message ?? '', status: answer.status?.code };
}

const signature = (digest: Pushable['digest'], reference: string, key = release) => simpleSigningLayer(world, { digest, reference }, { key });
const statement = (digest: Pushable['digest'], predicateType: string, predicate: unknown = {}) => makeStatement(digest, { predicateType, predicate });

describe('good evidence admits, wherever it is and whatever else is there', () => {
  const bundle = (made: Pushable, key = release): Pushable => bundleReferrer(made, keyBundle(world, { digest: made.digest, key }));
  const legacy = (made: Pushable, key = release): Pushable => legacySignatures(made.digest, [signature(made.digest, 'x', key)]);

  it.each([
    ['a stray bundle does not hide a legacy signature', bundle, legacy],
    ['a stray legacy signature does not hide a bundle', legacy, bundle],
  ] as const)('%s', async (title, junk, good) => {
    const repository = `signed/${title.replaceAll(' ', '-')}`;
    const made = await image(repository);
    const put = (thing: Pushable): Promise<void> => (thing.subject === undefined ? push(registry, repository, thing) : pushReferrer(registry, repository, thing));
    await put(junk(made, stranger));
    expect(await ask(repository, made.digest)).toMatchObject({ allowed: false, codes: ['VERIFY_SIGNER_UNTRUSTED'] });
    await put(good(made));
    expect(await ask(repository, made.digest)).toMatchObject({ allowed: true });
    await put(junk(made, stranger));
    expect(await ask(repository, made.digest)).toMatchObject({ allowed: true });
  });

  it('a place that fails makes nothing undetermined that is proven elsewhere', async () => {
    const made = await image('signed/partly');
    await push(registry, 'signed/partly', legacy(made));
    registry.fault({ path: /\/referrers\//, behaviour: { kind: 'status', status: 500 } });
    expect(await ask('signed/partly', made.digest)).toMatchObject({ allowed: true });
  });

  it('a place that fails makes undetermined what is not proven elsewhere, not "unsigned"', async () => {
    const made = await image('signed/unknown');
    registry.fault({ path: /\/referrers\/.*|\.att$/, behaviour: { kind: 'status', status: 500 } });
    expect(await ask('signed/unknown', made.digest)).toMatchObject({ allowed: false, codes: ['FETCH_SERVER_ERROR'], status: 503 });
    registry.clearFaults();
    expect(await ask('signed/unknown', made.digest)).toMatchObject({ allowed: false, codes: ['FETCH_NONE_FOUND'], status: 403 });
  });

  it('evidenceSources: a signature kept elsewhere counts for the images it is said for', async () => {
    const [made, twin] = [await image('signed/elsewhere/app'), await image('signed/here/app')];
    for (const thing of [made, twin]) await push(signatures, 'acme/signatures', legacy(thing));
    expect(await ask('signed/elsewhere/app', made.digest)).toMatchObject({ allowed: true });
    expect(await ask('signed/here/app', twin.digest)).toMatchObject({ allowed: false, codes: ['FETCH_NONE_FOUND'] });
    signatures.fault({ path: /./, behaviour: { kind: 'status', status: 503 } });
    const unsigned = await image('signed/elsewhere/unsigned');
    const answer = await ask('signed/elsewhere/unsigned', unsigned.digest);
    expect(answer).toMatchObject({ allowed: false, codes: ['FETCH_SERVER_ERROR'] });
  });

  it('G01 E14 more signatures than the limit are told as such', async () => {
    const made = await image('signed/flooded');
    const layers = Array.from({ length: 1_001 }, (_, n) => ({ mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json', digest: `sha256:${createHash('sha256').update(String(n)).digest('hex')}`, size: 10 }));
    registry.pushManifest('signed/flooded', `${made.digest.replace(':', '-')}.sig`, { schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', layers });
    expect(await ask('signed/flooded', made.digest)).toMatchObject({ allowed: false, codes: ['FETCH_TOO_MANY'] });
    await pushReferrer(registry, 'signed/flooded', bundle(made));
    expect(await ask('signed/flooded', made.digest)).toMatchObject({ allowed: true });
  });
});

describe('what is not signed proves nothing', () => {
  it('E15 the envelope says what type an attestation has, not the annotation or the artifact type beside it', async () => {
    const made = await image('scanned/annotated');
    const lying = attestationLayer(world, statement(made.digest, OTHER), { key: release });
    await push(registry, 'scanned/annotated', legacyAttestations(made.digest, [{ ...lying, annotations: { ...lying.annotations, predicateType: WANTED } }]));
    await pushReferrer(registry, 'scanned/annotated', bundleReferrer(made, keyBundle(world, { statement: statement(made.digest, OTHER), key: release }), { predicateType: WANTED }));
    expect(await ask('scanned/annotated', made.digest)).toMatchObject({ allowed: false, codes: ['POLICY_TYPE_MISSING'] });
    const honest = attestationLayer(world, statement(made.digest, WANTED), { key: release });
    await push(registry, 'scanned/annotated', legacyAttestations(made.digest, [{ ...honest, annotations: { ...honest.annotations, predicateType: OTHER } }]));
    expect(await ask('scanned/annotated', made.digest)).toMatchObject({ allowed: true });
  });

  it('E16 a signature copied from another repository counts where the policy does not bind it, and not where it does', async () => {
    const copied = `${registry.host}/signed/original`;
    for (const [path, allowed] of [['signed', true], ['bound', false]] as const) {
      const repository = `${path}/copied`;
      const made = await image(repository);
      await push(registry, repository, legacySignatures(made.digest, [signature(made.digest, copied)]));
      expect(await ask(repository, made.digest)).toMatchObject(allowed ? { allowed } : { allowed, codes: ['POLICY_REPOSITORY'] });
    }
    const made = await image('bound/own');
    await push(registry, 'bound/own', legacySignatures(made.digest, [signature(made.digest, `${registry.host}/bound/own`)]));
    expect(await ask('bound/own', made.digest)).toMatchObject({ allowed: true });
  });

  it('E18 neither configuration nor layers of an image are read, so nothing false in them counts', async () => {
    const made = await image('signed/configured');
    await push(registry, 'signed/configured', legacySignatures(made.digest, [signature(made.digest, 'x')]));
    registry.fault({ path: new RegExp(made.blobs.map(({ digest }) => digest).join('|')), behaviour: { kind: 'body', body: '{"config":{"Labels":{"signed":"yes"}}}' } });
    expect(await ask('signed/configured', made.digest)).toMatchObject({ allowed: true });
    expect(registry.requests().filter(({ path }) => made.blobs.some(({ digest }) => path.includes(digest)))).toEqual([]);
  });

  it('E18 a signature whose payload is not the one its digest names is refused', async () => {
    const made = await image('signed/swapped');
    const layer = signature(made.digest, 'x');
    await push(registry, 'signed/swapped', legacySignatures(made.digest, [layer]));
    registry.fault({ path: /\/blobs\//, behaviour: { kind: 'body', body: Buffer.from(layer.bytes.toString('utf8').replace('null', '{}\u0020\u0020')) } });
    expect(await ask('signed/swapped', made.digest)).toMatchObject({ allowed: false, codes: ['FETCH_DIGEST_MISMATCH'] });
  });
});

describe('nothing that is read leads anywhere', () => {
  it('F11 E17 URLs in log entries, predicates, descriptors and annotations are not followed', async () => {
    const made = await image('scanned/urls');
    const url = `${trap.url}/v2/x`;
    const layer = attestationLayer(world, statement(made.digest, WANTED, { publicKey: { url }, results: [{ uri: url }] }), { key: release });
    const entry = { SignedEntryTimestamp: '', Payload: { body: Buffer.from(JSON.stringify({ apiVersion: '0.0.1', kind: 'rekord', spec: { signature: { url, publicKey: { url } }, data: { url } } })).toString('base64'), integratedTime: 1, logIndex: 1, logID: 'c0' } };
    await push(registry, 'scanned/urls', legacyAttestations(made.digest, [{ ...layer, annotations: { ...layer.annotations, url, 'dev.sigstore.cosign/bundle': JSON.stringify(entry) } }]));
    await pushReferrer(registry, 'scanned/urls', bundleReferrer(made, keyBundle(world, { statement: statement(made.digest, WANTED, { url }), key: release, map: (bundle) => ({ ...bundle, verificationMaterial: { ...bundle.verificationMaterial, publicKey: { hint: url } } }) })));
    await ask('scanned/urls', made.digest);
    expect(registry.requests().length).toBeGreaterThan(0);
    expect(registry.log.every(({ path }) => path.startsWith('/v2/scanned/urls/'))).toBe(true);
    expect([trap.log, trap.connections()]).toEqual([[], 0]);
  });

  it('F10 F16 no credential of ours reaches anybody but its registry, and none is in any answer, page, metric or log line', async () => {
    const made = makeImage({ seed: 'private' });
    await push(priv, 'acme/app', made);
    priv.fault({ path: /\/blobs\//, behaviour: { kind: 'redirect', location: `${trap.url}/x` } });
    const answer = await server.validate(podReview({ images: [`${priv.host}/acme/app@${made.digest}`, `${registry.host}/signed/x@${made.digest}`] }));
    expect(codes(answer)).toContain('FETCH_UNAUTHORIZED');
    expect(priv.log.some(({ headers }) => headers.authorization !== undefined)).toBe(true);
    expect([...registry.log, ...signatures.log, ...trap.log].some(({ headers }) => headers.authorization !== undefined)).toBe(false);
    const { opsPort } = server.running;
    const told = [
      JSON.stringify(answer),
      JSON.stringify(server.log),
      (await server.ops('/decisions')).text,
      (await server.ops(`/decisions/${answer.auditAnnotations['decision-id'] ?? ''}`)).text,
      await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text(),
    ].join('\n');
    expect(told).toContain(made.digest);
    expect(told).not.toContain(CANARY);
    expect(told).not.toContain(Buffer.from(CANARY).toString('base64').slice(0, 12));
  });
});
