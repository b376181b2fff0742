import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ranCommandLine } from '../../support/command-line.ts';
import type { Ran } from '../../support/command-line.ts';
import { keyBundle, keylessBundle } from '../../world/bundle.ts';
import { bundleReferrer } from '../../world/cosign.ts';
import { makeImage } from '../../world/image.ts';
import { push, pushReferrer } from '../../world/push.ts';
import { startRegistry } from '../../world/registry.ts';
import type { TestRegistry } from '../../world/registry.ts';
import { makeStatement, slsaProvenanceV1, spdxDocument, vulnScan } from '../../world/statement.ts';
import { createWorld } from '../../world/world.ts';

const world = createWorld({ now: Date.now() });
const [key, stranger] = [world.key(), world.key()];
const image = makeImage();
const bare = makeImage({});
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-inspect-'));
const at = (name: string): string => join(folder, name);
const identity = { san: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1', issuer: 'https://token.actions.githubusercontent.com' };
let registry: TestRegistry;
let reference = '';
let attested = '';

beforeAll(async () => {
  registry = await startRegistry();
  reference = `${registry.host}/acme/app:v1`;
  await push(registry, 'acme/app', image, ['v1']);
  await push(registry, 'acme/app', bare, ['bare']);
  const statement = makeStatement(image.digest, slsaProvenanceV1());
  const bundles = [
    keyBundle(world, { digest: image.digest, key }),
    keylessBundle(world, { statement, identity }),
    keyBundle(world, { digest: image.digest, key: stranger }),
    keylessBundle(world, { statement, identity, override: { signature: (signature) => { const broken = Buffer.from(signature); broken[10] = (broken[10] ?? 0) ^ 1; return broken; } } }),
  ];
  for (const bundle of bundles) await pushReferrer(registry, 'acme/app', bundleReferrer(image, bundle), { fallbackTag: true });
  await push(registry, 'acme/attested', image, ['v1']);
  for (const predicate of [vulnScan({ at: Date.now(), severities: ['medium'] }), spdxDocument({ at: Date.now() }), { predicateType: 'https://in-toto.io/attestation/test-result/v0.1', predicate: { result: 'FAILED', configuration: [] } }])
    await pushReferrer(registry, 'acme/attested', bundleReferrer(image, keyBundle(world, { key, statement: makeStatement(image.digest, predicate) })), { fallbackTag: true });
  attested = `${registry.host}/acme/attested:v1`;
  writeFileSync(at('key.pem'), key.publicKeyPem);
  writeFileSync(at('no-key.pem'), 'hello');
  writeFileSync(at('root.yaml'), ['apiVersion: gatehouse.dev/v1alpha1', 'kind: TrustRoot', 'metadata: {name: acme}', `spec: {sigstore: {trustedRoot: ${JSON.stringify(world.trustedRoot())}}}`].join('\n'));
  writeFileSync(at('other.yaml'), `apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: other}
spec: {identities: [{keyless: {issuer: "https://accounts.google.com", subject: nobody@acme.example, trustRoot: acme}}]}
---
apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: other}
spec: {artifacts: [{image: "ghcr.io/acme/other"}], require: [{name: signed, signature: {by: [other]}}]}
`);
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

const gatehouse = (...args: string[]): Promise<Ran> => ranCommandLine(...args, '--plain-http', registry.host);

describe('gatehouse verify with conditions', () => {
  const policy = (cel: string): string => `apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: release}
spec: {identities: [{keyless: {issuer: ${JSON.stringify(identity.issuer)}, subject: ${JSON.stringify(identity.san)}, trustRoot: acme}}]}
---
apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: built}
spec:
  artifacts: [{image: "${registry.host}/acme/*"}]
  require:
    - name: built by our builder
      attestation:
        type: https://slsa.dev/provenance/v1
        by: [release]
        where:
          - cel: ${JSON.stringify(cel)}
            message: built by somebody else
`;

  test.each<[string, number, RegExp]>([
    ['predicate.runDetails.builder.id.startsWith("https://tekton.dev/chains/") && signer.claims.size() >= 0 && times.exists(t, t.source == "log")', 0, /admit: satisfied/],
    ['predicate.runDetails.builder.id == "https://evil.example"', 1, /POLICY_CONDITION .*built by somebody else/],
    ['predicate.runDetails.builder.name == "x"', 1, /POLICY_CONDITION_ERROR/],
    ['predicate.runDetails.builder.nam', 1, /POLICY_CONDITION_ERROR/],
    ['predicat.runDetails == 1', 64, /built.yaml:17:19: error: spec.require\[0\].attestation.where\[0\].cel: unknown variable predicat/],
  ])('%s: exit code %i', async (cel, expected, message) => {
    writeFileSync(at('built.yaml'), policy(cel));
    const { code, stdout, stderr } = await gatehouse('verify', reference, '-p', at('built.yaml'), '-p', at('root.yaml'));
    expect([code, stdout + stderr]).toEqual([expected, expect.stringMatching(message)]);
  });
});

describe('gatehouse inspect', () => {
  test('all evidence: by whom, when, and why not; and a policy that admits what is proven', async () => {
    const { code, stdout, stderr } = await gatehouse('inspect', reference, '--key', at('key.pem'), '-p', at('root.yaml'), '-p', at('other.yaml'));
    expect(code).toBe(0);
    const tree = stderr;
    expect(tree).toContain(image.digest);
    expect(tree.match(/✓/g)).toHaveLength(2);
    expect(tree.match(/✗/g)?.length).toBeGreaterThanOrEqual(2);
    expect(tree).toContain(`by      ${identity.san} (issuer ${identity.issuer}), under acme`);
    expect(tree).toMatch(/✓ attestation slsa-provenance/);
    expect(tree).toMatch(/at {6}20\d\d-.*\(transparency log\)/);
    expect(tree).toMatch(/log {5}index \d+ of/);
    expect(tree).toContain(`by      key ${key.keyId}`);
    expect(tree).toContain('[VERIFY_SIGNATURE_INVALID]');
    expect(tree).toContain('[VERIFY_SIGNER_UNTRUSTED]');

    // What `inspect IMAGE > policy.yaml` leaves, and nothing else.
    writeFileSync(at('pasted.yaml'), stdout);
    expect(stdout).toContain('subjectGlob: "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/*"');
    expect((await gatehouse('verify', reference, '-p', at('pasted.yaml'), '-p', at('root.yaml'))).stdout).toContain('admit: satisfied');
  });

  test('YAML is the same document as JSON, and its policy is the one of the table', async () => {
    const [json, yaml, table] = await Promise.all(['json', 'yaml', 'table'].map((format) => gatehouse('inspect', reference, '-o', format, '--key', at('key.pem'))));
    expect(parse(yaml?.stdout ?? '')).toEqual(JSON.parse(json?.stdout ?? ''));
    expect(`${(parse(yaml?.stdout ?? '') as { policy: string }).policy}\n`).toBe(table?.stdout);
    expect([json?.stderr, yaml?.stderr]).toEqual(['', '']);
  });

  test('the strongest of what holds: a scan as strict as it is, an SBOM, and no tests that failed', async () => {
    const { code, stdout, stderr } = await gatehouse('inspect', attested, '--key', at('key.pem'));
    expect([code, stderr]).toEqual([0, expect.stringMatching(/\nnot asked for: test-result by signer-1 \(testResult with accept: .*POLICY_TEST_RESULT/)]);
    expect(stdout).toMatch(/ {4}# Does not hold: vulnerability with deny: medium: POLICY_VULNERABLE: CVE-2025-1000 \(medium\)\n[^-]*- \{name: scanned \d, vulnerability: \{by: \[signer-1\], deny: high\}\}\n/);
    expect(stdout).toMatch(/- \{name: listed \d, sbom: \{by: \[signer-1\], formats: \[spdx\]\}\}\n/);
    writeFileSync(at('strongest.yaml'), stdout.replace('\n  mode: warn\n', '\n  mode: enforce\n'));
    expect(await gatehouse('verify', attested, '-p', at('strongest.yaml'))).toMatchObject({ code: 0, stdout: expect.stringContaining('admit: satisfied') });
    expect((await gatehouse('inspect', attested, '-p', at('strongest.yaml'))).stdout, 'its own policy lends its keys, and not its names').toBe(stdout);
    writeFileSync(at('stricter.yaml'), stdout.replace('\n  mode: warn\n', '\n  mode: enforce\n').replace('deny: high', 'deny: medium'));
    expect(await gatehouse('verify', attested, '-p', at('stricter.yaml'))).toMatchObject({ code: 1, stdout: expect.stringContaining('POLICY_VULNERABLE') });
  });

  test('what is wrong comes with what helps at a command line, in the tree and as JSON', async () => {
    const stranger = await gatehouse('inspect', reference);
    expect(stranger.stderr).toMatch(/\[VERIFY_SIGNER_UNTRUSTED\][^✗✓]*fix {5}.*--key FILE/);
    expect((await gatehouse('inspect', reference, '-o', 'json')).stdout).toContain('--key FILE');
    const missing = await gatehouse('inspect', `${registry.host}/acme/app:nowhere`);
    expect(missing.stderr).toMatch(/\[FETCH_NOT_FOUND\][^]*fix {5}check the name/);
    const forbidden = await ranCommandLine('inspect', reference);
    expect([forbidden.code, forbidden.stderr]).toEqual([3, expect.stringMatching(new RegExp(`\\[FETCH_HOST_FORBIDDEN\\][^]*fix {5}.*--plain-http ${registry.host}`))]);
    // Nobody is sent for the key of what is in order.
    expect((await gatehouse('inspect', `${registry.host}/acme/app:bare`)).stderr).not.toContain('fix');
  });

  test('JSON has the same', async () => {
    const { code, stdout } = await gatehouse('inspect', reference, '-o', 'json', '--key', at('key.pem'));
    expect(code).toBe(0);
    const document = JSON.parse(stdout) as { evidence: { verified: unknown[]; problems: { code: string }[] }[]; policy: string };
    expect(document).toMatchObject({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Inspection', artifact: { digest: image.digest } });
    expect(document.evidence).toHaveLength(4);
    expect(document.evidence.filter(({ verified }) => verified.length > 0), 'without the root only the key').toHaveLength(1);
    expect(document.policy).toContain('BEGIN PUBLIC KEY');
  });

  test('nothing there, and nothing that could be looked at', async () => {
    const [none, missing] = await Promise.all([gatehouse('inspect', `${registry.host}/acme/app:bare`), gatehouse('inspect', `${registry.host}/acme/app:nowhere`)]);
    expect(none).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining('no evidence found') });
    expect(missing).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining('[FETCH_NOT_FOUND]') });
  });

  test.each([[['--key', 'no-key.pem'], /--key/], [['--key', 'absent.pem'], /absent/], [['-o', 'junit'], /json, yaml/]])('64: %s', async ([flag = '', value = ''], message) => {
    const { code, stderr } = await gatehouse('inspect', reference, flag, flag === '--key' ? at(value) : value);
    expect([code, stderr]).toEqual([64, expect.stringMatching(message)]);
  });
});
