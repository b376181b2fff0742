/** Policies from a registry: only what its signers signed, and a tag that only moves forward; the last good content stays. */
import { describe, expect, test } from 'vitest';
import type { OciSourceConfig } from '../../../src/platform/config/policy-sources/oci.ts';
import { ociSourceSchema } from '../../../src/platform/config/policy-sources/oci.ts';
import type { PolicySource } from '../../../src/feeds/policies/source.ts';
import { createVersions } from '../../../src/signed/index.ts';
import { createOciSource } from '../../../src/wiring/signed/oci-source.ts';
import { keyBundle, keylessBundle } from '../../world/bundle.ts';
import { bundleReferrer } from '../../world/cosign.ts';
import { pushReferrer } from '../../world/push.ts';
import { createWorld } from '../../world/world.ts';
import { registry, source, within } from '../fetch/support.ts';
import { ranCommandLine } from '../../support/command-line.ts';
import { policyText, signersOf, written } from './support.ts';

const NOW = Date.parse('2026-11-30T10:00:00Z');
const HOUR = 3_600_000;
const world = createWorld({ now: NOW });
const [key, stranger] = [world.key('p256'), world.key('p256')];
const CI = { issuer: 'https://login.acme.example', san: 'https://acme.example/policies' };
const doc = (kind: string, name: string, spec: object): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
const byKey = (spec: object = {}) => signersOf([doc('Signer', 'security', { identities: [{ key: { data: key.publicKeyPem } }], ...spec })]);
const byCi = () => signersOf([
  doc('TrustRoot', 'acme', { sigstore: { trustedRoot: world.trustedRoot() } }),
  doc('Signer', 'ci', { identities: [{ keyless: { issuer: CI.issuer, subject: CI.san, trustRoot: 'acme' } }] }),
]);

async function standing(more: { signers?: () => ReturnType<typeof byKey>; versions?: ReturnType<typeof createVersions>; config?: Partial<OciSourceConfig> } = {}) {
  const reg = await registry();
  // What is not there is asked for again at the next look.
  let turn = 0;
  const clock = { now: () => NOW + (turn += 1) };
  const registries = source([reg], { clock, cache: { absenceTTL: 0 } });
  const name = `${reg.host}/acme/policies`;
  const refusals: string[] = [];
  const at = { now: NOW };
  const opened: PolicySource[] = [];
  return {
    reg, registries, name, refusals, at,
    async push(text: string, { version, tag = 'v' }: { version?: number; tag?: string } = {}) {
      const pushed = await registries.pushPolicies({ name }, { files: [{ name: 'acme.yaml', bytes: Buffer.from(text) }], version, tag }, within(60_000));
      if (!pushed.ok) throw new Error(JSON.stringify(pushed.problem));
      return pushed.digest;
    },
    async sign(digest: string, by = key) {
      const manifest = reg.getManifest('acme/policies', digest);
      if (manifest === undefined) throw new Error('nothing was pushed');
      const subject = { digest, mediaType: 'application/vnd.oci.image.manifest.v1+json', manifest } as never;
      await pushReferrer(reg, 'acme/policies', bundleReferrer(subject, keyBundle(world, { key: by, digest: digest as never })));
    },
    async signByCi(digest: string) {
      const manifest = reg.getManifest('acme/policies', digest) ?? Buffer.alloc(0);
      const subject = { digest, mediaType: 'application/vnd.oci.image.manifest.v1+json', manifest } as never;
      await pushReferrer(reg, 'acme/policies', bundleReferrer(subject, keylessBundle(world, { identity: CI, digest: digest as never })));
    },
    async open(reference: string) {
      const { oci } = ociSourceSchema.parse({ oci: { ref: `${name}${reference}`, signedBy: ['x'] } });
      const made = createOciSource({ ...oci, ...more.config }, {
        registries, signers: more.signers ?? (() => byKey()), versions: more.versions ?? createVersions(false), now: () => at.now, refused: (problem) => refusals.push(problem),
      });
      opened.push(made);
      await made.refresh();
      return made;
    },
  };
}
const textsOf = (made: PolicySource): readonly string[] => (made.current()?.files ?? []).map(({ text }) => text);

describe('gatehouse policy push', () => {
  test('pushes files, prints what is to be signed, and that is what a server reads', async () => {
    const { reg, name, sign, open } = await standing();
    const file = written(policyText());
    const pushed = await ranCommandLine('policy', 'push', `${name}:v`, file, '--set-version', '4', '--plain-http', reg.host);
    expect([pushed.code, pushed.stdout]).toEqual([0, expect.stringMatching(new RegExp(`^${name}@sha256:[0-9a-f]{64}\n$`))]);
    const digest = pushed.stdout.trim().split('@')[1] ?? '';
    await sign(digest);
    expect((await open(':v')).current()?.version).toBe(`${digest} (version 4)`);
    for (const args of [[`${name}:v`, file, '--set-version', '0'], [`${name}:v`, file, file], [`${name}@${digest}`, file], [`${name}:v`, 'none.yaml']])
      expect((await ranCommandLine('policy', 'push', ...args, '--plain-http', reg.host)).code).toBe(64);
    await reg.close();
    expect((await ranCommandLine('policy', 'push', `${name}:v`, file, '--plain-http', reg.host)).code).toBe(3);
  });
});

describe('policies of a registry', () => {
  test('by digest: signed ones are there, with their name and digest; unsigned and strangers\' are not', async () => {
    const { push, sign, open, name, refusals } = await standing();
    const digest = await push(policyText());
    const unsigned = await open(`@${digest}`);
    expect([unsigned.current(), unsigned.condition().ready, refusals.at(-1)]).toEqual([undefined, false, expect.stringContaining('[FETCH_NONE_FOUND]')]);
    await sign(digest, stranger);
    await unsigned.refresh();
    expect([unsigned.current(), unsigned.condition().problem]).toEqual([undefined, expect.stringContaining('[VERIFY_SIGNER_UNTRUSTED]')]);
    await sign(digest);
    await unsigned.refresh();
    expect(unsigned.current()).toMatchObject({ version: digest, files: [{ path: `${name}/acme.yaml`, text: policyText() }] });
    expect(unsigned).toMatchObject({ judged: 'whole', name: `policies oci ${name}` });
  });

  test('by tag: what is newer and unsigned changes nothing, what is newer and signed does', async () => {
    const { push, sign, open, refusals } = await standing();
    await sign(await push(policyText('one'), { version: 1 }));
    const made = await open(':v');
    let changes = 0;
    made.changed(() => (changes += 1));
    const second = await push(policyText('two'), { version: 2 });
    await made.refresh();
    expect([textsOf(made), refusals.length, changes]).toEqual([[policyText('one')], 1, 0]);
    await sign(second);
    await made.refresh();
    expect([textsOf(made), made.current()?.version, made.condition().problem, changes]).toEqual([[policyText('two')], `${second} (version 2)`, undefined, 1]);
  });

  test('a tag that is moved back to what was signed once is refused, after a restart too where what was seen is kept', async () => {
    const versions = createVersions(false);
    const { push, sign, open } = await standing({ versions });
    await sign(await push(policyText('one'), { version: 1 }));
    await sign(await push(policyText('two'), { version: 2 }));
    const made = await open(':v');
    made.current()?.inForce?.();
    await push(policyText('one'), { version: 1 });
    await made.refresh();
    expect([textsOf(made), made.condition().problem]).toEqual([[policyText('two')], expect.stringContaining('older than version 2')]);
    expect((await open(':v')).current()).toBeUndefined();
  });

  test('a version that never came into force is no reason to refuse the one before it, and tags of one repository know nothing of each other', async () => {
    const versions = createVersions(false);
    const { push, sign, open } = await standing({ versions });
    await sign(await push(policyText('one'), { version: 1 }));
    const made = await open(':v');
    made.current()?.inForce?.();
    await sign(await push('kind: Nothing\n', { version: 2 }));
    await made.refresh();
    expect(textsOf(made)).toEqual(['kind: Nothing\n']);
    await push(policyText('one'), { version: 1 });
    await made.refresh();
    expect([textsOf(made), made.condition().problem]).toEqual([[policyText('one')], undefined]);
    await sign(await push(policyText('three'), { version: 2 }));
    await made.refresh();
    made.current()?.inForce?.();
    await push(policyText('one'), { version: 1 });
    await made.refresh();
    expect(made.condition().problem).toContain('older than version 2');
    await push(policyText('one'), { version: 1, tag: 'other' });
    const other = await open(':other');
    expect([textsOf(other), other.condition().problem]).toEqual([[policyText('one')], undefined]);
  });

  test('the same version with other content, or none at all under a tag, is refused; by digest no version is needed', async () => {
    const { push, sign, open } = await standing();
    const first = await push(policyText('one'), { version: 1 });
    await sign(first);
    const made = await open(':v');
    made.current()?.inForce?.();
    await sign(await push(policyText('two'), { version: 1 }));
    await made.refresh();
    expect([textsOf(made), made.condition().problem]).toEqual([[policyText('one')], expect.stringContaining('said something else')]);
    const bare = await push(policyText('three'));
    await sign(bare);
    await made.refresh();
    expect([textsOf(made), made.condition().problem]).toEqual([[policyText('one')], expect.stringContaining('has no version')]);
    expect(textsOf(await open(`@${bare}`))).toEqual([policyText('three')]);
  });

  test('a signer may be bound to other repositories, and two may be asked for', async () => {
    const elsewhere = await standing({ signers: () => byKey({ mayCertify: [{ image: 'ghcr.io/acme/policies' }] }) });
    const digest = await elsewhere.push(policyText());
    await elsewhere.sign(digest);
    expect((await elsewhere.open(`@${digest}`)).condition().problem).toContain('[POLICY_SIGNER_OUT_OF_SCOPE]');
    const both = await standing({ config: { threshold: 2 } });
    const second = await both.push(policyText());
    await both.sign(second);
    expect((await both.open(`@${second}`)).condition().problem).toContain('[POLICY_THRESHOLD]');
  });

  test('maxAge: by a proven time, and what was good becomes a problem when nothing newer comes', async () => {
    const { push, signByCi, open, at } = await standing({ signers: byCi, config: { maxAge: 24 * HOUR } });
    const digest = await push(policyText(), { version: 1 });
    await signByCi(digest);
    const made = await open(':v');
    expect([textsOf(made), made.condition().problem]).toEqual([[policyText()], undefined]);
    at.now = NOW + 25 * HOUR;
    await made.refresh();
    expect([textsOf(made), made.condition().problem]).toEqual([[policyText()], expect.stringContaining('[POLICY_TOO_OLD]')]);
    const keyed = await standing({ config: { maxAge: 24 * HOUR } });
    const undated = await keyed.push(policyText());
    await keyed.sign(undated);
    expect((await keyed.open(`@${undated}`)).condition().problem).toContain('[POLICY_AGE_UNPROVEN]');
  });

  test.each<[string, (manifest: { artifactType: string; layers: { mediaType: string; annotations: Record<string, string> }[] }) => void]>([
    ['another type of artifact', (manifest) => { manifest.artifactType = 'application/vnd.oci.image.config.v1+json'; }],
    ['a layer of another type', (manifest) => { for (const layer of manifest.layers) layer.mediaType = 'application/octet-stream'; }],
    ['a layer without a name', (manifest) => { for (const layer of manifest.layers) layer.annotations = {}; }],
    ['a name that leads elsewhere', (manifest) => { for (const layer of manifest.layers) layer.annotations = { 'org.opencontainers.image.title': '../../etc/x.yaml' }; }],
    ['two layers of one name', (manifest) => { manifest.layers.push(...manifest.layers); }],
    ['no layer', (manifest) => { manifest.layers = []; }],
  ])('%s is refused although it is signed', async (_, change) => {
    const { reg, push, sign, open } = await standing();
    const manifest = JSON.parse(Buffer.from(reg.getManifest('acme/policies', await push(policyText())) ?? '').toString('utf8'));
    change(manifest);
    const digest = reg.pushManifest('acme/policies', 'changed', manifest);
    await sign(digest);
    const made = await open(`@${digest}`);
    expect([made.current(), made.condition().problem]).toEqual([undefined, expect.stringMatching(/\[FETCH_(?:MEDIA_TYPE|MANIFEST_INVALID)\]/)]);
  });

  test('a registry that is down: the last good content stays, and its age grows', async () => {
    const { reg, push, sign, open } = await standing();
    await sign(await push(policyText(), { version: 1 }));
    const made = await open(':v');
    await reg.close();
    await made.refresh();
    expect([textsOf(made), made.condition()]).toEqual([[policyText()], expect.objectContaining({ ready: true, problem: expect.stringContaining('[FETCH_') })]);
  });

  test.each(['ghcr.io/acme/policies', 'nginx', 'ghcr.io/acme/policies@sha256:12', ''])('a reference without tag or digest is no configuration: %s', (ref) => {
    expect(ociSourceSchema.safeParse({ oci: { ref, signedBy: ['x'] } }).success).toBe(false);
    expect(ociSourceSchema.safeParse({ oci: { ref: 'ghcr.io/acme/policies:v1', signedBy: ['x'], maxAge: '30d' } }).success).toBe(false);
    expect(ociSourceSchema.safeParse({ oci: { ref: 'ghcr.io/acme/policies:v1', signedBy: ['x'], maxAge: '720h' } }).success).toBe(true);
  });
});
