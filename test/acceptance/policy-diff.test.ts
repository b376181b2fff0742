/** `gatehouse policy diff`: two sets over the same objects, AdmissionReviews and evidence, through the command line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ranCommandLine } from '../support/command-line.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { createWorld } from '../world/world.ts';

const world = createWorld({ now: Date.now() });
const [key, other] = [world.key(), world.key()];
const [signed, unsigned] = [makeImage(), makeImage()];
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-diff-'));
const at = (name: string): string => join(folder, name);
let registry: TestRegistry;

const HEAD = 'gatehouse.dev/v1alpha1';
const signerOf = (name: string, of: typeof key): string =>
  JSON.stringify({ apiVersion: HEAD, kind: 'Signer', metadata: { name }, spec: { identities: [{ key: { data: of.publicKeyPem } }] } });
const policyOf = (spec: object, name = 'acme'): string =>
  JSON.stringify({
    apiVersion: HEAD, kind: 'ClusterArtifactPolicy', metadata: { name },
    spec: { artifacts: [{ image: `${registry.host}/acme/**` }], require: [{ name: 'signed', signature: { by: ['release'] } }], ...spec },
  });
const podOf = (name: string, image: string): object =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'web' }, spec: { containers: [{ name: 'c', image: `${registry.host}/acme/app:${image}` }] } });
const reviewOf = (name: string, image: string): object => ({
  apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview',
  request: {
    uid: name, kind: { group: '', version: 'v1', kind: 'Pod' }, resource: { group: '', version: 'v1', resource: 'pods' }, name, namespace: 'web',
    operation: 'CREATE', userInfo: { username: 'ann', groups: [] }, object: podOf(name, image), oldObject: null, dryRun: false,
  },
});

beforeAll(async () => {
  registry = await startRegistry();
  for (const [image, tag] of [[signed, 'v1'], [unsigned, 'raw']] as const) await push(registry, 'acme/app', image, [tag]);
  await pushReferrer(registry, 'acme/app', bundleReferrer(signed, keyBundle(world, { digest: signed.digest, key })), { fallbackTag: true });
  const set = (name: string, ...texts: string[]): void => writeFileSync(at(name), texts.join('\n---\n'));
  set('old.yaml', signerOf('release', key), policyOf({}));
  set('warn.yaml', signerOf('release', key), policyOf({ mode: 'warn' }));
  set('rotated.yaml', signerOf('release', other), policyOf({}));
  set('more.yaml', signerOf('release', key), policyOf({}), policyOf({ requireDigest: true, mode: 'audit' }, 'pinned'));
  set('broken.yaml', policyOf({ mod: 1 }));
  set('pods.yaml', JSON.stringify(podOf('good', 'v1')), JSON.stringify(podOf('bad', 'raw')));
  writeFileSync(at('reviews.jsonl'), [reviewOf('good', 'v1'), reviewOf('bad', 'raw')].map((one) => JSON.stringify(one)).join('\n'));
  writeFileSync(at('review.yaml'), JSON.stringify(reviewOf('good', 'v1')));
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

const diff = (old: string, now: string, ...more: string[]) =>
  ranCommandLine('policy', 'diff', at(old), at(now), '--plain-http', registry.host, ...more);

interface Report {
  readonly changes: readonly { kind: string; name: string; change: string }[];
  readonly looser: readonly { what: string }[];
  readonly compared: readonly { line: number; object: string; before: string; after: string; effect: string; findings: readonly { change: string; code: string; policy: string }[] }[];
}
const report = async (...args: Parameters<typeof diff>): Promise<Report & { code: number }> => {
  const { code, stdout, stderr } = await diff(...args, '-o', 'json');
  expect(stderr).toBe('');
  return { ...(JSON.parse(stdout) as Report), code };
};

describe('policy diff: the sets alone', () => {
  it('the same set differs in nothing, and is 0 with --fail-on-warn', async () => {
    expect(await report('old.yaml', 'old.yaml', '--fail-on-warn')).toMatchObject({ code: 0, changes: [], looser: [] });
    expect((await diff('old.yaml', 'old.yaml')).stdout).toBe('the sets say the same\n');
  });

  it('a milder mode is looser: 0, and 2 with --fail-on-warn; the other way round it is 0', async () => {
    expect(await report('old.yaml', 'warn.yaml')).toMatchObject({ code: 0, changes: [{ kind: 'ClusterArtifactPolicy', name: 'acme', change: 'changed' }], looser: [{ what: 'mode' }] });
    expect((await diff('old.yaml', 'warn.yaml', '--fail-on-warn')).code).toBe(2);
    expect((await diff('warn.yaml', 'old.yaml', '--fail-on-warn')).code).toBe(0);
  });

  it('policies that came and went, and signers whose key is another', async () => {
    expect((await report('old.yaml', 'more.yaml')).changes).toEqual([{ kind: 'ClusterArtifactPolicy', name: 'pinned', change: 'added' }]);
    expect((await report('more.yaml', 'old.yaml')).changes).toEqual([{ kind: 'ClusterArtifactPolicy', name: 'pinned', change: 'removed' }]);
    expect((await report('old.yaml', 'rotated.yaml')).changes.map(({ kind, change }) => `${kind} ${change}`)).toEqual(['ClusterArtifactPolicy changed', 'Signer changed']);
  });

  it('a set that does not compile is wrong usage, at its place', async () => {
    const { code, stderr } = await diff('old.yaml', 'broken.yaml');
    expect([code, stderr]).toEqual([64, expect.stringMatching(/broken\.yaml:1:\d+: error: spec\.mod/)]);
  });
});

describe('policy diff: judged by both', () => {
  it('what was let in and would be refused is 1, with the policy and the reason', async () => {
    const { code, compared } = await report('old.yaml', 'rotated.yaml', '-f', at('pods.yaml'));
    expect(code).toBe(1);
    expect(compared.map(({ object, before, after, effect }) => [object, before, after, effect])).toEqual([['Pod web/good', 'admit', 'deny', 'stricter'], ['Pod web/bad', 'deny', 'deny', 'same']]);
    expect(compared[0]?.findings).toEqual([expect.objectContaining({ change: 'came', code: 'VERIFY_SIGNER_UNTRUSTED', policy: 'acme' })]);
    expect(compared[1]?.findings).toEqual([]);
  });

  it('what was refused and would be let in is looser, and no 1', async () => {
    const { code, compared } = await report('old.yaml', 'warn.yaml', '-f', at('pods.yaml'), '--fail-on-warn');
    expect(code).toBe(2);
    expect(compared.map(({ before, after, effect }) => [before, after, effect])).toEqual([['admit', 'admit', 'same'], ['deny', 'warn', 'looser']]);
  });

  it('a line says in which mode a finding is, and by which exception it only warns: else what came and what went would read the same', async () => {
    const now = Date.now();
    const night = (name: string): string => JSON.stringify({
      apiVersion: HEAD, kind: 'AdmissionException', metadata: { name },
      spec: {
        artifacts: [{ image: `${registry.host}/acme/app` }], policies: [{ name: 'acme' }], namespaces: ['web'], reason: 'signer is down', approvedBy: 'carol',
        notBefore: new Date(now - 3_600_000).toISOString(), expiresAt: new Date(now + 3_600_000).toISOString(),
      },
    });
    const set = (name: string, ...more: string[]): void => writeFileSync(at(name), [signerOf('release', key), policyOf({}), ...more].join('\n---\n'));
    set('night.yaml', night('night-1'));
    set('nights.yaml', night('night-1'), night('night-2'));
    const lines = async (old: string, after: string): Promise<readonly string[]> =>
      [...(await diff(old, after, '-f', at('pods.yaml'))).stdout.matchAll(/^ {4}([+-] violated.*? )FETCH_NONE_FOUND/gm)].map(([, line = '']) => line.trim());
    expect(await lines('old.yaml', 'night.yaml')).toEqual(['+ violated (warn, AdmissionException night-1)', '- violated']);
    expect(await lines('night.yaml', 'nights.yaml')).toEqual(['+ violated (warn, AdmissionException night-1, AdmissionException night-2)', '- violated (warn, AdmissionException night-1)']);
    expect(await lines('old.yaml', 'warn.yaml')).toEqual(['+ violated (warn)', '- violated']);
    expect(await lines('night.yaml', 'night.yaml')).toEqual([]);
  });

  it('AdmissionReviews, one or a log of them, are judged as they were asked', async () => {
    const lines = await report('old.yaml', 'rotated.yaml', '-f', at('reviews.jsonl'));
    expect(lines.compared.map(({ line, object, after }) => [line, object, after])).toEqual([[1, 'Pod web/good', 'deny'], [2, 'Pod web/bad', 'deny']]);
    expect((await report('old.yaml', 'rotated.yaml', '-f', at('review.yaml'))).compared).toMatchObject([{ object: 'Pod web/good', before: 'admit', after: 'deny' }]);
    writeFileSync(at('bad.log'), '{"kind":"AdmissionReview"}\nno JSON\n');
    const bad = await diff('old.yaml', 'warn.yaml', '-f', at('bad.log'));
    expect([bad.code, bad.stderr]).toEqual([64, expect.stringContaining('bad.log:1: ')]);
  });

  it('a list of revocations is a document as others are, and what it revokes no more is looser', async () => {
    const list = (...digits: string[]): string => JSON.stringify({
      apiVersion: HEAD, kind: 'RevocationList', metadata: { name: 'incidents' },
      spec: { revocations: digits.map((digit) => ({ digest: `sha256:${digit.repeat(64)}`, reason: 'r' })) },
    });
    for (const [name, digits] of [['two', ['a', 'b']], ['one', ['a']]] as const)
      writeFileSync(at(`${name}-revoked.yaml`), [signerOf('release', key), policyOf({}), list(...digits)].join('\n---\n'));
    const mild = await report('two-revoked.yaml', 'one-revoked.yaml', '--fail-on-warn');
    expect([mild.code, mild.looser.map(({ what }) => what)]).toEqual([2, ['revocations']]);
    expect(mild.changes).toContainEqual({ kind: 'RevocationList', name: 'incidents', change: 'changed' });
    expect((await report('one-revoked.yaml', 'two-revoked.yaml', '--fail-on-warn')).code).toBe(0);
    expect((await report('old.yaml', 'two-revoked.yaml')).changes).toContainEqual({ kind: 'RevocationList', name: 'incidents', change: 'added' });
  });

  it('what is only warned of now is told apart from what was denied', async () => {
    const { stdout } = await diff('old.yaml', 'warn.yaml', '-f', at('pods.yaml'));
    expect(stdout).toMatch(/\+ violated \(warn\) FETCH_NONE_FOUND, policy acme \/ signed/);
    expect(stdout).toMatch(/- violated FETCH_NONE_FOUND, policy acme \/ signed/);
  });

  it('evidence is fetched once for both sets', async () => {
    const count = (): number => registry.requests().length;
    const [start] = [count()];
    await diff('old.yaml', 'old.yaml', '-f', at('pods.yaml'));
    const both = count() - start;
    expect(both).toBeGreaterThan(0);
    await ranCommandLine('apply', '-p', at('old.yaml'), '-f', at('pods.yaml'), '--plain-http', registry.host);
    expect(both).toBe(count() - start - both);
  });

  it('the other forms: a table, YAML, and commands of GitHub for what would be refused', async () => {
    const table = (await diff('old.yaml', 'rotated.yaml', '-f', at('pods.yaml'))).stdout;
    expect(table).toMatch(/^~ ClusterArtifactPolicy acme \(changed\)\n~ Signer release \(changed\)\nlooser: Signer release \(signer\): identities have besides key sha256:[0-9a-f]{64}\nPod web\/good \(.*pods\.yaml:1\): admit → deny\n {4}\+ violated VERIFY_SIGNER_UNTRUSTED, policy acme \/ signed: /);
    expect(table).toContain('2 judged: 1 would be refused that were let in, 0 let in that were refused\n');
    expect((await diff('old.yaml', 'rotated.yaml', '-f', at('pods.yaml'), '-o', 'yaml')).stdout).toContain('kind: PolicyDiff\n');
    const github = (await diff('old.yaml', 'rotated.yaml', '-f', at('pods.yaml'), '-o', 'github')).stdout;
    expect(github).toMatch(/^::error file=.*pods\.yaml,line=1,title=Pod web\/good%3A admit → deny::\+ violated VERIFY_SIGNER_UNTRUSTED.*\n$/);
  });
});
