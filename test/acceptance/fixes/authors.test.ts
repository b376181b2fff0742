// What authors of policies and users of commands get wrong, by the rows of the messages: the words say what to write, and that is accepted.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ranCommandLine } from '../../support/command-line.ts';
import { startTestServer } from '../../support/server.ts';
import type { TestServer } from '../../support/server.ts';
import { objectReview, podObject, podReview } from '../../world/review.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-authors-'));
let server = undefined as unknown as TestServer;
beforeAll(async () => {
  server = await startTestServer({});
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const GOOD = `apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata:
  name: acme
spec:
  artifacts:
    - image: ghcr.io/acme/**
  require:
    - name: signed
      signature:
        by: [alice]
---
apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: alice}
spec:
  identities:
    - keyless: {issuer: https://token.actions.githubusercontent.com, subject: https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main}
`;

async function lint(text: string): Promise<readonly [number, string]> {
  const file = join(folder, 'policy.yaml');
  writeFileSync(file, text);
  const { code, stdout, stderr } = await ranCommandLine('policy', 'lint', file);
  return [code, (stdout + stderr).replaceAll(`${folder}/`, '')];
}

describe('rows 20 and 28: mistakes of YAML say where they stand and what to write', () => {
  test('the good twin', async () => {
    expect((await lint(GOOD))[0]).toBe(0);
  });

  test.each<[string, string, string, RegExp]>([
    ['row 20: a key too far left', '      signature:', '     signature:', /policy\.yaml:10:\d+: error: spec\.require\[0\]: this line stands between the items of a list; indent it by spaces/],
    ['row 20: a key too far right', '  name: acme', '  name: acme\n   namespace: x', /policy\.yaml:4:\d+: error: metadata: a key cannot stand here; .*indented by spaces/],
    ['row 20: a key of a map that goes on less indented', '  name: acme', '    name: acme\n   namespace: x', /policy\.yaml:5:\d+: error: metadata: this line is indented otherwise.*same number of spaces/],
    ['row 28: a tab', '  require:', '\trequire:', /policy\.yaml:8:\d+: error: spec: a tab stands here as indentation; use spaces/],
    ['row 28: a tab deep inside', '        by: [alice]', '\t\t\t\tby: [alice]', /policy\.yaml:11:\d+: error: spec\.require\[0\].*: a tab stands here as indentation; use spaces/],
    ['row 20: a bracket that is not closed', 'by: [alice]', 'by: [alice', /policy\.yaml:1[12]:\d+: error: .*bracket/],
    ['row 20: a quote that is not closed', 'name: acme', 'name: "acme', /error: .*quote/],
  ])('%s', async (_, from, to, words) => {
    const [code, text] = await lint(GOOD.replace(from, to));
    expect(code).not.toBe(0);
    expect(text).toMatch(words);
    expect(text).not.toMatch(/All mapping items|Tabs are not allowed|Flow sequence/);
  });
});

describe('row 51: admit -f with something else than a review', () => {
  test.each<[string, string, RegExp]>([
    ['pod.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n', /is a Pod in YAML, and admit -f reads an AdmissionReview in JSON; to judge a manifest: gatehouse verify -f .*pod\.yaml/],
    ['deployment.json', JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' } }), /is a Deployment, and admit -f reads .* gatehouse verify -f/],
    ['nonsense.json', 'nonsense', /\[INPUT_JSON_INVALID\]/],
    ['other.json', JSON.stringify({ apiVersion: 'admission.k8s.io/v2', kind: 'AdmissionReview' }), /\[INPUT_NOT_A_REVIEW\]/],
  ])('row 51: %s', async (name, text, words) => {
    writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'policy.yaml'), GOOD);
    const { code, stderr } = await ranCommandLine('admit', '-f', join(folder, name), '-p', join(folder, 'policy.yaml'));
    expect([code, stderr.replaceAll(/\s+/g, ' ')]).toEqual([64, expect.stringMatching(words) as string]);
  });
});

describe('row 45: a flag that lacks another is called as it is written', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['--tls-key is missing', ['--tls-cert', '/nowhere/tls.crt'], /--tls-key: is missing: give the file that goes with --tls-cert/],
    ['--tls-cert is missing', ['--tls-key', '/nowhere/tls.key'], /--tls-cert: is missing: give the file that goes with --tls-key/],
    ['a port that is none', ['--port', '70000'], /--port: expected a number of at most 65535/],
    ['a host with a scheme', ['--plain-http', 'http://x'], /--plain-http: /],
    ['a level that is none', ['--log-level', 'loud'], /--log-level: expected one of/],
  ])('row 45: %s', async (_, flags, words) => {
    const { code, stderr } = await ranCommandLine('serve', '-p', folder, ...flags);
    expect([code, stderr]).toEqual([64, expect.stringMatching(words) as string]);
    expect(stderr).not.toMatch(/tls\.(?:key|cert):|plainHttp|log\.level/);
  });
});

describe('rows 26 and 27: policies of other projects', () => {
  test.each<[string, string, RegExp]>([
    ['ClusterImagePolicy', 'apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nmetadata: {name: a}\n', /ClusterImagePolicy is a kind of policy-controller; rewrite it with gatehouse policy import FILE/],
    ['TrustRoot of policy-controller', 'apiVersion: policy.sigstore.dev/v1alpha1\nkind: TrustRoot\nmetadata: {name: a}\n', /TrustRoot is a kind of policy-controller; rewrite it with gatehouse policy import/],
    ['ClusterPolicy of Kyverno', 'apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: a}\n', /ClusterPolicy is a kind of Kyverno; rewrite it with gatehouse policy import/],
    ['ImageValidatingPolicy', 'apiVersion: policies.kyverno.io/v1alpha1\nkind: ImageValidatingPolicy\nmetadata: {name: a}\n', /a kind of Kyverno; rewrite it with gatehouse policy import/],
    ['a policy of Kyverno about something else', 'apiVersion: kyverno.io/v2\nkind: CleanupPolicy\nmetadata: {name: a}\n', /CleanupPolicy is a kind of Kyverno, which is not read here/],
    ['Notation', '{"version": "1.0", "trustPolicies": []}', /trustPolicies: must not be empty: name at least one statement/],
    ['Connaisseur', 'application:\n  validators: []\n  policy: []\n', /a configuration of Connaisseur; rewrite it/],
    ['a kind of nobody', 'apiVersion: other.example/v1\nkind: Thing\nmetadata: {name: a}\n', /unknown kind "Thing"/],
  ])('row 27: %s', async (_, text, words) => {
    const [code, said] = await lint(`${GOOD}---\n${text}`);
    expect(code).not.toBe(0);
    expect(said).toMatch(words);
  });
});

describe('X4: objects that have no name yet', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['generateName', { generateName: 'web-' }, 'Pod shop/web-… not admitted'],
    ['a name', { name: 'web-1' }, 'Pod shop/web-1 not admitted'],
    ['neither', {}, 'Pod shop not admitted'],
    ['generateName that is no text', { generateName: 7 }, 'Pod shop not admitted'],
  ])('X4: %s', async (_, named, words) => {
    const object = { ...podObject({ images: ['x'] }), metadata: { namespace: 'shop', ...named }, spec: { containers: 'x' } };
    const { status } = await server.validate(objectReview(object, 'pods', { namespace: 'shop', name: String(named['name'] ?? '') }));
    expect(status?.message).toContain(words);
  });
});

describe('F14 and rows 29, 30: lists', () => {
  test('F14: the eleventh container is told after the tenth', async () => {
    const { status } = await server.validate(podReview({ images: Array.from({ length: 12 }, (_, n) => `registry.example/x/a${n}:1`) }));
    const places = [...(status?.message ?? '').matchAll(/spec\.containers\[(\d+)\]/g)].map(([, n]) => Number(n));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places.length).toBeGreaterThan(10);
  });

  test('row 29: the nearest patterns are told once', async () => {
    writeFileSync(join(folder, 'policy.yaml'), GOOD.replace('    - image: ghcr.io/acme/**', '    - image: ghcr.io/acme/a\n    - image: ghcr.io/acme/b\n    - image: ghcr.io/acme/c'));
    const { stdout } = await ranCommandLine('verify', `ghcr.io/acne/x@sha256:${'0'.repeat(64)}`, '-p', join(folder, 'policy.yaml'), '--offline');
    expect(stdout.match(/nearest/g)).toHaveLength(1);
    expect(stdout).toMatch(/expected a name that a policy's pattern matches, nearest ghcr\.io\/acme\/a, ghcr\.io\/acme\/b, ghcr\.io\/acme\/c/);
  });
});
