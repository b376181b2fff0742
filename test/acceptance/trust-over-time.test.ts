import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codes, startTestServer } from '../support/server.ts';
import type { AdmissionAnswer, TestServer } from '../support/server.ts';
import { keyBundle, keylessBundle } from '../world/bundle.ts';
import type { Proofs } from '../world/evidence.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import type { SigningKey } from '../world/keys.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';
import { until } from '../support/patience.ts';

const NOW = Date.now();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const world = createWorld({ now: NOW });
const identity = { san: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1', issuer: 'https://token.actions.githubusercontent.com' };
let registry: TestRegistry;
beforeAll(async () => { registry = await startRegistry(); });
afterAll(() => registry.close());

const iso = (at: number): string => new Date(at).toISOString();

function document(kind: string, name: string, spec: unknown): string {
  return `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
}

const ROOT = document('TrustRoot', 'world', { sigstore: { trustedRoot: world.trustedRoot() } });

function keyed(key: SigningKey, more: Record<string, unknown> = { trustRoot: 'world' }): unknown {
  return { key: { data: key.publicKeyPem, ...more } };
}

const KEYLESS = { issuer: identity.issuer, subject: identity.san, trustRoot: 'world' };

function policyFor(repository: string, signer: string): string {
  return document('ClusterArtifactPolicy', repository.replace('/', '-'), { artifacts: [{ image: `${registry.host}/${repository}` }], require: [{ name: 'signed', signature: { by: [signer] } }] });
}

/** Pushes an image with one bundle and gives its reference by digest. */
async function pushSigned(repository: string, by: SigningKey | 'keyless', proofs: Proofs = {}): Promise<string> {
  const image = makeImage();
  await push(registry, repository, image);
  const bundle = by === 'keyless' ? keylessBundle(world, { digest: image.digest, identity, ...proofs }) : keyBundle(world, { digest: image.digest, key: by, ...proofs });
  await pushReferrer(registry, repository, bundleReferrer(image, bundle));
  return `${registry.host}/${repository}@${image.digest}`;
}

function serve(files: Record<string, string>): Promise<TestServer> {
  return startTestServer(files, { plainHttp: [registry.host] });
}

const ask = (server: TestServer, image: string): Promise<AdmissionAnswer> => server.validate(podReview({ images: [image] }));

/** Puts a policy file in place and waits until the server decides by it. */
async function replace(server: TestServer, name: string, text: string): Promise<void> {
  const loaded = (): number => server.log.filter((line) => line['msg'] === 'policies loaded').length;
  const before = loaded();
  const draft = join(server.policyFolder, `.${name}.draft`);
  writeFileSync(draft, text);
  renameSync(draft, join(server.policyFolder, name));
  await until(() => loaded() > before, 'the new set was not loaded');
}

interface Shot {
  readonly image: string;
  readonly from: number;
  readonly to: number;
  readonly answer?: AdmissionAnswer;
  readonly failure?: unknown;
}

/** Requests that go on until stopped. */
interface Load {
  stop(): Promise<readonly Shot[]>;
  /** Resolves when every image was asked about, and answered, `times` more; a busy machine takes its time. */
  answered(times: number): Promise<void>;
}

/** Asks about the images in turn, so many times a second, unless very many are without an answer: a busy machine is not to be drowned. */
function load(server: TestServer, images: readonly string[], perSecond: number): Load {
  const shots: Promise<Shot>[] = [];
  let unanswered = 0;
  const fire = (): void => {
    if (unanswered >= 50) return;
    const image = images[shots.length % images.length] ?? '';
    const from = performance.now();
    unanswered += 1;
    shots.push(ask(server, image).finally(() => { unanswered -= 1; }).then((answer) => ({ image, from, to: performance.now(), answer }), (failure: unknown) => ({ image, from, to: performance.now(), failure })));
  };
  const timer = setInterval(fire, 1000 / perSecond);
  return {
    stop() { clearInterval(timer); return Promise.all(shots); },
    async answered(times) {
      const wanted = shots.length + times * images.length;
      while (shots.length < wanted) await sleep(1000 / perSecond);
      await Promise.all(shots);
    },
  };
}

/** The answers about an image to requests that began and ended inside a stretch of time. */
function within(shots: readonly Shot[], image: string, [from, to]: readonly [number, number]): string[] {
  return shots.filter((shot) => shot.image === image && shot.from >= from && shot.to <= to)
    .map(({ answer, failure }) => (answer === undefined ? `failed ${String(failure)}` : answer.allowed ? 'admitted' : `denied ${codes(answer).join()}`));
}

describe('B12 B21 windows and revocations, from policy file to answer', () => {
  const keys = { ended: world.key(), lost: world.key(), undated: world.key() };
  const KEY_END = NOW - 5 * DAY;
  let server: TestServer;
  beforeAll(async () => {
    const compromisedAt = iso(KEY_END);
    server = await serve({
      'all.yaml': [
        ROOT,
        document('Signer', 'ended', { identities: [keyed(keys.ended, { trustRoot: 'world', notAfter: iso(KEY_END) })] }),
        document('Signer', 'lost', { identities: [keyed(keys.lost)], revocations: [{ key: keys.lost.keyId, compromisedAt, reason: 'laptop lost' }] }),
        document('Signer', 'undated', { identities: [keyed(keys.undated, {})] }),
        document('Signer', 'retired', { identities: [{ keyless: KEYLESS }], validity: { notAfter: iso(KEY_END) } }),
        document('Signer', 'taken-over', { identities: [{ keyless: KEYLESS }], revocations: [{ identity: { issuer: identity.issuer, subject: identity.san }, compromisedAt, reason: 'workflow taken over' }] }),
        document('Signer', 'short-lived', { identities: [{ keyless: { ...KEYLESS, maxCertificateLifetime: '15m' } }] }),
        document('RevocationList', 'incidents', { revocations: [{ key: keys.undated.keyId, compromisedAt, reason: 'found in a log' }] }),
        ...['ended', 'lost', 'undated', 'retired', 'taken-over', 'short-lived'].map((name) => policyFor(`row/${name}`, name)),
      ].join(''),
    });
  });
  afterAll(() => server.close());

  const [before, after] = [KEY_END - DAY, KEY_END + DAY];
  const year = { override: { certificate: { notBefore: NOW - HOUR, notAfter: NOW + 365 * DAY } } };
  test.each([
    { name: 'B12 key ended, logged before the end', signer: 'ended', by: 'ended', proofs: { log: 'v1', at: before }, answer: 'POLICY_SATISFIED' },
    { name: 'B12 key ended, stamped before the end', signer: 'ended', by: 'ended', proofs: { tsa: true, at: before }, answer: 'POLICY_SATISFIED' },
    { name: 'B12 key ended, logged after the end', signer: 'ended', by: 'ended', proofs: { log: 'v1', at: after }, answer: 'POLICY_KEY_WINDOW' },
    { name: 'B12 key ended, stamped after the end', signer: 'ended', by: 'ended', proofs: { tsa: true, at: after }, answer: 'POLICY_KEY_WINDOW' },
    { name: 'B12 key ended, no timestamp', signer: 'ended', by: 'ended', proofs: {}, answer: 'POLICY_KEY_WINDOW' },
    { name: 'B21 key lost, logged before', signer: 'lost', by: 'lost', proofs: { log: 'v1', at: before }, answer: 'POLICY_SATISFIED' },
    { name: 'B21 key lost, logged after', signer: 'lost', by: 'lost', proofs: { log: 'v1', at: after }, answer: 'POLICY_REVOKED' },
    { name: 'B21 key lost, entry of a log that tells no time', signer: 'lost', by: 'lost', proofs: { log: 'v2', at: before }, answer: 'POLICY_REVOKED' },
    { name: 'B21 key lost, no proven time', signer: 'lost', by: 'lost', proofs: {}, answer: 'POLICY_REVOKED' },
    { name: 'B21 key on a list, logged before, but its signer names no root', signer: 'undated', by: 'undated', proofs: { log: 'v1', at: before }, answer: 'POLICY_REVOKED' },
    { name: 'signer retired, signed before', signer: 'retired', by: 'keyless', proofs: { at: before }, answer: 'POLICY_SATISFIED' },
    { name: 'signer retired, signed after', signer: 'retired', by: 'keyless', proofs: { at: after }, answer: 'POLICY_SIGNER_WINDOW' },
    { name: 'B21 identity taken over, signed before', signer: 'taken-over', by: 'keyless', proofs: { at: before }, answer: 'POLICY_SATISFIED' },
    { name: 'B21 identity taken over, signed after', signer: 'taken-over', by: 'keyless', proofs: { at: after }, answer: 'POLICY_REVOKED' },
    { name: 'certificate of ten minutes', signer: 'short-lived', by: 'keyless', proofs: {}, answer: 'POLICY_SATISFIED' },
    { name: 'certificate of a year', signer: 'short-lived', by: 'keyless', proofs: year, answer: 'POLICY_CERTIFICATE_LIFETIME' },
  ] as const)('$name: $answer', async ({ signer, by, proofs, answer }) => {
    const image = await pushSigned(`row/${signer}`, by === 'keyless' ? 'keyless' : keys[by], proofs);
    const given = await ask(server, image);
    expect(codes(given)).toEqual([answer]);
    expect(given.allowed).toBe(answer === 'POLICY_SATISFIED');
  });

  test('the denial names key, document, reason, date of compromise and the time that was proven', async () => {
    const given = await ask(server, await pushSigned('row/lost', keys.lost, { log: 'v1', at: after }));
    for (const part of [keys.lost.keyId, 'Signer lost', 'laptop lost', iso(KEY_END).slice(0, 10), iso(after).slice(0, 10), '[POLICY_REVOKED]']) expect(given.status?.message).toContain(part);
  });

  test('warnings ahead of the end: gauge and log', async () => {
    const soon = NOW + 10 * DAY;
    await replace(server, 'soon.yaml', document('Signer', 'soon', { identities: [keyed(world.key(), { notAfter: iso(soon) })], validity: { notAfter: iso(NOW + 60 * DAY) } }));
    const ready = await fetch(`http://127.0.0.1:${server.running.opsPort}/readyz`);
    expect([ready.status, ((await ready.json()) as { conditions: { name: string; ok: boolean; reason?: string }[] }).conditions.find(({ name }) => name === 'trust')]).toEqual([200, { name: 'trust', ok: true, reason: expect.stringMatching(/expired.*gatehouse check/) }]);
    const text = await (await fetch(`http://127.0.0.1:${server.running.opsPort}/metrics`)).text();
    const seconds = Number(/^gatehouse_trust_expiry_seconds\{kind="key",name="soon"\} (\S+)$/m.exec(text)?.[1]);
    expect(Math.abs(seconds - (soon - Date.now()) / 1000)).toBeLessThan(30);
    expect(text).toContain('gatehouse_trust_expiry_seconds{kind="signer",name="retired"} -');
    expect(server.log.filter((line) => line['msg'] === 'trust has ended, nothing new can be proven with it').map((line) => [line['kind'], line['name']])).toEqual(expect.arrayContaining([['key', 'ended'], ['signer', 'retired']]));
  });
});

describe('under load', () => {
  test('I09 B21 a revocation file acts on what was admitted from memory a moment ago', async () => {
    const [key, other] = [world.key(), world.key()];
    const server = await serve({ 'set.yaml': [ROOT, document('Signer', 'release', { identities: [keyed(key), keyed(other)] }), policyFor('load/revoked', 'release')].join('') });
    try {
      const images = { young: await pushSigned('load/revoked', key, { log: 'v1' }), old: await pushSigned('load/revoked', key, { log: 'v1', at: NOW - 9 * DAY }), other: await pushSigned('load/revoked', other) };
      // Cold verification takes as long as the machine is busy; what is watched here are answers from memory.
      for (const image of Object.values(images)) expect((await ask(server, image)).allowed).toBe(true);
      const asking = load(server, Object.values(images), 40);
      await asking.answered(13);
      const changed = performance.now();
      await replace(server, 'incident.yaml', document('RevocationList', 'incident', { revocations: [{ key: key.keyId, compromisedAt: iso(NOW - 5 * DAY), reason: 'laptop lost' }] }));
      const inForce = performance.now();
      const next = await ask(server, images.young);
      expect(codes(next)).toEqual(['POLICY_REVOKED']);
      const fetchesBefore = registry.requests().length;
      expect((await ask(server, images.old)).allowed).toBe(true);
      expect(registry.requests().length - fetchesBefore, 'what stays good is still answered from memory').toBeLessThan(10);
      await asking.answered(13);
      const shots = await asking.stop();

      const outcome = (image: string, from: number, to: number): string[] => [...new Set(within(shots, image, [from, to]))];
      expect(outcome(images.young, 0, changed)).toEqual(['admitted']);
      expect(outcome(images.young, inForce, Infinity)).toEqual(['denied POLICY_REVOKED']);
      expect(outcome(images.old, 0, Infinity)).toEqual(['admitted']);
      expect(outcome(images.other, 0, Infinity)).toEqual(['admitted']);
      expect(within(shots, images.young, [inForce, Infinity]).length).toBeGreaterThan(5);
    } finally {
      await server.close();
    }
  });

  test('a key is rotated without a gap: old, old and new, new', async () => {
    const [old, fresh] = [world.key(), world.key()];
    const signer = (...keys: SigningKey[]): string => document('Signer', 'release', { identities: keys.map((key) => keyed(key, {})) });
    const server = await serve({ 'rest.yaml': policyFor('load/rotated', 'release'), 'signer.yaml': signer(old) });
    try {
      const images = { old: await pushSigned('load/rotated', old), fresh: await pushSigned('load/rotated', fresh) };
      for (const image of Object.values(images)) await ask(server, image);
      const marks: number[] = [0];
      const mark = (): unknown => marks.push(performance.now());
      const asking = load(server, Object.values(images), 20);
      for (const keys of [[old, fresh], [fresh]]) {
        await asking.answered(12);
        mark();
        await replace(server, 'signer.yaml', signer(...keys));
        mark();
      }
      await asking.answered(12);
      mark();
      const shots = await asking.stop();

      const stages = [[0, 1], [2, 3], [4, 5]].map(([from = 0, to = 0]) => [marks[from] ?? 0, marks[to] ?? 0] as const);
      const answers = (image: string): string[][] => stages.map((stage) => [...new Set(within(shots, image, stage))]);
      expect(answers(images.old)).toEqual([['admitted'], ['admitted'], ['denied VERIFY_SIGNER_UNTRUSTED']]);
      expect(answers(images.fresh)).toEqual([['denied VERIFY_SIGNER_UNTRUSTED'], ['admitted'], ['admitted']]);
      expect(shots.filter((shot) => shot.failure !== undefined)).toEqual([]);
      const known = new Set(['admitted', 'denied VERIFY_SIGNER_UNTRUSTED']);
      for (const image of Object.values(images)) expect(within(shots, image, [0, Infinity]).filter((answer) => !known.has(answer)), 'every answer is the one of the set before or after').toEqual([]);
      expect(shots.length).toBeGreaterThan(60);
    } finally {
      await server.close();
    }
  });
});
