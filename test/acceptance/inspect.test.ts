import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDigest } from '../../src/domain/artifact/digest.ts';
import type { TrustReader } from '../../src/domain/ports.ts';
import { evidenceFromFile } from '../../src/fetch/index.ts';
import { createTrustReader } from '../../src/trust/index.ts';
import { ranProgram } from '../support/program.ts';
import { keyBundle, keylessBundle } from '../world/bundle.ts';
import { asDigest } from '../world/encode.ts';
import { loadOciLayout, startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { makeStatement } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';
import { inspected, pasted, refOf } from '../support/inspected.ts';
import type { Subject } from '../support/inspected.ts';
import { hasSharedData, sharedData } from '../support/shared.ts';

/** `gatehouse inspect` on real and made evidence: whatever is proven, the policy to paste lints and admits. */
const NOW = Date.UTC(2027, 0, 1);

interface Entry { readonly file: string; readonly artifact: { readonly sha256: string } | null }
const files = hasSharedData ? (JSON.parse(readFileSync(sharedData('slsa-provenance/index.json'), 'utf8')) as Entry[]).filter(({ artifact, file }) => artifact !== null && /container-based|delegator|gradle|maven|bcr|\/v2\.1\.0\//.test(file)) : [];

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('real bundles', () => {
  test('there are some', () => expect(files.length).toBeGreaterThan(25));

  test.each(files.map((entry) => [entry.file, entry] as const))('%s: the policy to paste lints and admits', async (file, { artifact }) => {
    const digest = parseDigest(`sha256:${artifact?.sha256 ?? ''}`);
    if (digest === undefined) throw new Error('no digest');
    const subject = { ref: refOf(digest, 'blob', 'app.bin'), batch: evidenceFromFile(file, readFileSync(sharedData(`slsa-provenance/${file}`))), trust: createTrustReader(), now: NOW };
    const { tree, policy } = await inspected(subject);
    expect(tree).toMatch(/✓ attestation slsa-provenance[\s\S]*by {6}https:\/\/github\.com\/[\s\S]*built {3}by https:[\s\S]*from {4}https:\/\/github\.com\/[\s\S]*log {5}index \d+/);
    if (tree.includes('may not claim it')) return expect(policy).toBeUndefined();
    expect(policy).toMatch(/provenance: \{by: \[signer-1\], builder: .*source: \{uri: "https:\/\/github\.com/);
    expect(new Set(await pasted(subject, policy ?? ''))).toEqual(new Set(['POLICY_SATISFIED']));
  });
});

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('real images in a registry', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-inspect-images-'));
  let registry: TestRegistry;
  beforeAll(async () => { registry = await startRegistry(); });
  afterAll(async () => {
    await registry.close();
    rmSync(folder, { recursive: true });
  });
  const gatehouse = (...args: string[]): ReturnType<typeof ranProgram> => ranProgram(folder, ...args);

  test.each(['v1.4.0', 'v2.0.0'])('%s: shown with builder and source; what it gives to paste admits it', async (version) => {
    const digest = loadOciLayout(registry, `slsa/${version}`, sharedData(`slsa-images/${version}/container_workflow_dispatch`));
    const reference = `${registry.host}/slsa/${version}@${digest}`;
    const [code, output] = await gatehouse('inspect', reference, '--plain-http', registry.host);
    expect([code, output]).toEqual([0, expect.stringMatching(/✓ attestation slsa-provenance[\s\S]*built {3}by .*generator_container_slsa3\.yml@refs\/tags\/v.* \(SLSA build level 3[\s\S]*from {4}https:\/\/github\.com\/slsa-framework\/example-package at refs\/[\s\S]*log {5}index \d+/)]);
    const file = join(folder, `${version}.yaml`);
    writeFileSync(file, output.slice(output.indexOf('# Accepts')));
    expect(await gatehouse('policy', 'lint', file, '--fail-on-warn')).toEqual([0, expect.anything()]);
    expect(await gatehouse('verify', reference, '-p', file, '--plain-http', registry.host)).toEqual([0, expect.stringMatching(/admit: satisfied/)]);
    writeFileSync(file, readFileSync(file, 'utf8').replace('\n  mode: warn\n', '\n  mode: enforce\n'));
    expect(await gatehouse('verify', reference, '-p', file, '--plain-http', registry.host)).toEqual([0, expect.stringMatching(/admit: satisfied/)]);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('slsa-framework/example-package', 'slsa-framework/other'));
    expect(await gatehouse('verify', reference, '-p', file, '--plain-http', registry.host, '-o', 'json')).toEqual([1, expect.stringMatching(/"verdict": "violated"[\s\S]*POLICY_PROVENANCE_SOURCE/)]);
  }, 60_000);
});

describe('the policy to paste', () => {
  const world = createWorld({ now: NOW });
  const key = world.key();
  const digest = asDigest(`sha256:${'ab'.repeat(32)}`);
  const trust: TrustReader = { ...createTrustReader(), publicGood: world.trustedRoot() };
  const builder = 'https://github.com/acme/builders/.github/workflows/image.yml@refs/tags/v2';
  const identity = { san: builder, issuer: 'https://token.actions.githubusercontent.com', claims: { runnerEnvironment: 'github-hosted', sourceRepositoryURI: 'https://github.com/acme/app', sourceRepositoryRef: 'refs/tags/v1' } };
  const provenance = (change: { readonly builder?: string; readonly repository?: string; readonly ref?: string } = {}): { predicateType: string; predicate: unknown } => ({
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: { buildType: 'https://actions.github.io/buildtypes/workflow/v1', externalParameters: { workflow: { repository: change.repository ?? 'https://github.com/acme/app', ref: change.ref ?? 'refs/tags/v1' } } },
      runDetails: { builder: { id: change.builder ?? builder } },
    },
  });
  const subjectOf = (...bundles: readonly Uint8Array[]): Subject => ({ ref: refOf(digest), batch: { evidence: bundles.flatMap((bytes, index) => evidenceFromFile(`${index}.json`, bytes).evidence), problems: [] }, trust, now: NOW, keys: [key.publicKeyPem] });
  const keyless = (said: { predicateType: string; predicate: unknown }): Uint8Array => keylessBundle(world, { identity, statement: makeStatement(digest, said) });

  test('asks for builder and repository, not only for a builder that anybody may call', async () => {
    const subject = subjectOf(keyless(provenance()));
    const { policy = '' } = await inspected(subject);
    expect(policy).toContain(`provenance: {by: [signer-1], builder: "${builder}", level: 3, source: {uri: "https://github.com/acme/app", tag: "*"}}`);
    expect(await pasted(subject, policy)).toEqual(['POLICY_SATISFIED']);
    const other = subjectOf(keylessBundle(world, { identity: { ...identity, claims: { ...identity.claims, sourceRepositoryURI: 'https://github.com/mallory/app' } }, statement: makeStatement(digest, provenance({ repository: 'https://github.com/mallory/app' })) }));
    expect(await pasted(other, policy)).toEqual(['POLICY_PROVENANCE_SOURCE']);
  });

  test('A14 never asks for a build that its signer may not claim, and the tree says so', async () => {
    const forged = keyless(provenance({ repository: 'https://github.com/mallory/app' }));
    const { policy, tree } = await inspected(subjectOf(forged));
    expect(tree).toContain('but this signer may not claim it');
    expect(policy).toBeUndefined();
    const both = subjectOf(forged, keyBundle(world, { key, digest }));
    const { policy: rest = '' } = await inspected(both);
    expect(rest).not.toMatch(/^[^#\n]*provenance/m);
    expect(rest).toMatch(/# Not asked for: slsa-provenance: its signer may not claim/);
    expect(await pasted(both, rest)).toEqual(['POLICY_SATISFIED']);
  });

  test.each([
    ['a star, which would be a pattern', { builder: 'https://evil.example/*' }],
    ['quotes and newlines', { builder: 'https://x.example/"}}\n---\nkind: Signer', repository: 'https://x.example/a"b' }],
    ['a terminal sequence', { builder: 'https://x.example/\u001b[31m' }],
    ['nothing', { builder: '' }],
    ['a very long text', { builder: `https://x.example/${'a'.repeat(3000)}`, ref: `refs/heads/${'b'.repeat(3000)}` }],
    ['a branch with a star', { ref: 'refs/heads/*' }],
    ['a tag with a slash', { ref: 'refs/tags/a/b' }],
    ['a commit', { ref: '6dcb09b5b57875f334f61aebed695e2e4193db5e' }],
  ])('of provenance with %s lints and admits', async (_, change) => {
    const subject = subjectOf(keyBundle(world, { key, statement: makeStatement(digest, provenance({ builder: 'https://build.acme.example/v1', ...change })) }));
    const { policy = '', tree } = await inspected(subject);
    expect(tree.split('\n').every((line) => !/[\u0000-\u001f\u007f]/.test(line))).toBe(true);
    expect(new Set(await pasted(subject, policy))).toEqual(new Set(['POLICY_SATISFIED']));
  });

  test('a build whose builder is not named is shown as nobody\'s, and asked for as an attestation', async () => {
    const { policy, tree } = await inspected(subjectOf(keyBundle(world, { key, statement: makeStatement(digest, provenance({ builder: '' })) })));
    expect(tree).toContain('built   by nobody');
    expect(policy).toContain('attestation: {by: [signer-1], type: "https://slsa.dev/provenance/v1"}');
  });

  test('a key whose signature is logged is asked for with its log, and once', async () => {
    const subject = subjectOf(keyBundle(world, { key, digest, log: 'v1' }));
    const { inspection, policy = '' } = await inspected(subject);
    expect(inspection.evidence.flatMap(({ verified }) => verified)).toHaveLength(1);
    expect(policy).toMatch(/trustRoot: "sigstore-public-good"\n {8}transparencyLog: required/);
    expect(await pasted(subject, policy)).toEqual(['POLICY_SATISFIED']);
    expect(await pasted(subjectOf(keyBundle(world, { key, digest })), policy)).toEqual(['POLICY_LOG_REQUIRED']);
  });

  test('is absent when nothing is proven', async () => {
    expect((await inspected({ ...subjectOf(keyBundle(world, { key: world.key(), digest })) })).policy).toBeUndefined();
  });
});
