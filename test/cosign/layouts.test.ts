import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COSIGN } from '../cluster/tools.ts';
import { codes } from '../support/server.ts';
import { makeIndex } from '../world/image.ts';
import { push } from '../world/push.ts';
import { attachReferrer, pushImage } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { LAYOUTS, attest, sign, version } from './cosign.ts';
import type { CosignKey, Layout } from './cosign.ts';
import { KEY_TYPES, TYPES, attestPath, openScene } from './scene.ts';
import type { Scene, Shelf } from './scene.ts';

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const layouts = Object.keys(LAYOUTS) as Layout[];

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

function key(name: string): CosignKey {
  const found = scene.keys.get(name);
  if (found === undefined) throw new Error(`no key ${name}`);
  return found;
}

async function ask(image: string): Promise<{ allowed: boolean; codes: string[] }> {
  const answer = await scene.server.validate(podReview({ images: [image] }));
  return { allowed: answer.allowed, codes: codes(answer) };
}

const ADMITTED = { allowed: true, codes: ['POLICY_SATISFIED'] };
const denied = (...reasons: string[]) => ({ allowed: false, codes: reasons });

function imageIn(shelf: Shelf, repository: string): { digest: string; pushed: string; trusted: string; stranger: string } {
  const digest = pushImage(shelf.registry, repository, 'v1', repository);
  return { digest, pushed: `${shelf.registry.host}/${repository}@${digest}`, trusted: `${shelf.trusted}/${repository}@${digest}`, stranger: `${shelf.stranger}/${repository}@${digest}` };
}

/** The only bundle attached in a repository. */
function bundleIn({ registry }: Shelf, repository: string): { payloadType: string } & { text: string } {
  const { blobs } = registry.store.repository(repository);
  const found = [...blobs.values()].map((bytes) => Buffer.from(bytes).toString('utf8')).find((text) => text.includes('dsseEnvelope'));
  if (found === undefined) throw new Error('no bundle');
  return { text: found, payloadType: (JSON.parse(found) as { dsseEnvelope: { payloadType: string } }).dsseEnvelope.payloadType };
}

it('the program is the version this suite is about', async () => {
  expect(await version()).toBe(COSIGN);
});

describe.each(['api', 'tags'] as const)('a registry with %s', (name) => {
  const shelf = (): Shelf => scene.shelves[name];

  describe.each(layouts)('cosign sign, layout %s', (layout) => {
    const repository = `sign-cosign/${layout}`;

    it('is admitted; the same image under a policy that trusts somebody else is not', async () => {
      const image = imageIn(shelf(), repository);
      expect(await ask(image.trusted)).toEqual(denied('FETCH_NONE_FOUND'));
      await sign(image.pushed, key('cosign'), { layout });
      expect(await ask(image.trusted)).toEqual(ADMITTED);
      expect(await ask(image.stranger)).toEqual(denied('VERIFY_SIGNER_UNTRUSTED'));
    });

    it('a second signer beside the first', async () => {
      const image = imageIn(shelf(), `two/${layout}`);
      await sign(image.pushed, key('rsa-2048'), { layout });
      expect(await ask(image.trusted)).toEqual(denied('POLICY_THRESHOLD'));
      await sign(image.pushed, key('p384'), { layout });
      expect(await ask(image.trusted)).toEqual(ADMITTED);
      await sign(image.pushed, key('cosign'), { layout });
      expect(await ask(image.trusted)).toEqual(ADMITTED);
    });

    it('an index: the index is signed, its children are not, unless cosign signs them too', async () => {
      const path = `sign-cosign/index-${layout}`;
      const index = makeIndex({ seed: path });
      await push(shelf().registry, path, index, ['v1']);
      const [child] = index.children;
      await sign(`${shelf().registry.host}/${path}@${index.digest}`, key('cosign'), { layout });
      expect(await ask(`${shelf().trusted}/${path}@${index.digest}`)).toEqual(ADMITTED);
      expect(await ask(`${shelf().trusted}/${path}@${child?.digest}`)).toEqual(denied('FETCH_NONE_FOUND'));
      await sign(`${shelf().registry.host}/${path}@${index.digest}`, key('cosign'), { layout, extra: ['--recursive'] });
      expect(await ask(`${shelf().trusted}/${path}@${child?.digest}`)).toEqual(ADMITTED);
    });
  });

  describe.each(['bundle', 'legacy'] as const)('cosign attest, layout %s', (layout) => {
    it.each(Object.keys(TYPES))('%s: proves its own type, no other, and is no signature', async (type) => {
      const path = attestPath(type);
      const image = imageIn(shelf(), `${path}/${layout}`);
      const predicate = type === 'vuln' ? { scanner: { uri: 'pkg:x', version: '1', result: [] }, metadata: { scanStartedOn: '2026-01-01T00:00:00Z', scanFinishedOn: '2026-01-01T00:00:00Z' } } : { name: 'app' };
      await attest(image.pushed, key('cosign'), { type, predicate }, { layout });
      expect(await ask(image.trusted)).toEqual(ADMITTED);
      expect(await ask(image.stranger)).toEqual(denied('VERIFY_SIGNER_UNTRUSTED'));
      const other = attestPath(type === 'vuln' ? 'custom' : 'vuln');
      const elsewhere = imageIn(shelf(), `${other}/${layout}-from-${path}`);
      await attest(elsewhere.pushed, key('cosign'), { type, predicate }, { layout });
      expect(await ask(elsewhere.trusted)).toEqual(denied('POLICY_TYPE_MISSING'));
      const unsigned = imageIn(shelf(), `sign-cosign/${layout}-from-${path}`);
      await attest(unsigned.pushed, key('cosign'), { type, predicate }, { layout });
      expect(await ask(unsigned.trusted)).toEqual(denied('FETCH_NONE_FOUND'));
    });

    it('a signature is no attestation', async () => {
      const image = imageIn(shelf(), `${attestPath('custom')}/signed-${layout}`);
      await sign(image.pushed, key('cosign'), { layout });
      expect((await ask(image.trusted)).allowed).toBe(false);
    });
  });

  describe.each(['bundle', 'legacy'] as const)('COSIGN_REPOSITORY, layout %s', (layout) => {
    it('is found where evidenceSources says, and only for the images it is said for', async () => {
      const repository = `${shelf().registry.host}/signatures/acme`;
      const [image, twin] = [imageIn(shelf(), `sign-cosign/elsewhere/${layout}`), imageIn(shelf(), `sign-cosign/here/${layout}`)];
      for (const { pushed } of [image, twin]) await sign(pushed, key('cosign'), { layout, repository });
      expect(await ask(image.trusted)).toEqual(ADMITTED);
      expect(await ask(twin.trusted)).toEqual(denied('FETCH_NONE_FOUND'));
    });
  });

  it('a legacy signature is not good for another digest', async () => {
    const [image, other] = [imageIn(shelf(), 'sign-cosign/moved-legacy'), pushImage(shelf().registry, 'sign-cosign/moved-legacy', 'v2', 'other')];
    await sign(image.pushed, key('cosign'), { layout: 'legacy' });
    const { store } = shelf().registry;
    const signature = store.getManifest('sign-cosign/moved-legacy', `${image.digest.replace(':', '-')}.sig`);
    shelf().registry.pushManifest('sign-cosign/moved-legacy', `${other.replace(':', '-')}.sig`, Buffer.from(signature?.bytes ?? ''));
    expect(await ask(`${shelf().trusted}/sign-cosign/moved-legacy@${other}`)).toEqual(denied('VERIFY_SUBJECT_MISMATCH'));
  });

  it('a bundle is not good for another digest, nor with another payload type', async () => {
    const repository = 'sign-cosign/moved-bundle';
    const image = imageIn(shelf(), repository);
    await sign(image.pushed, key('cosign'));
    const { text, payloadType } = bundleIn(shelf(), repository);
    expect(payloadType).toBe('application/vnd.in-toto+json');
    const other = pushImage(shelf().registry, repository, 'v2', 'other');
    attachReferrer(shelf().registry, repository, other, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, content: text }] });
    expect(await ask(`${shelf().trusted}/${repository}@${other}`)).toEqual(denied('VERIFY_SUBJECT_MISMATCH'));
    for (const [path, type, code] of [['text', 'text/plain', 'VERIFY_PAYLOAD_TYPE'], ['case', 'application/vnd.in-toto+JSON', 'VERIFY_PAYLOAD_TYPE']] as const) {
      const twin = imageIn(shelf(), `${repository}-${path}`);
      await sign(twin.pushed, key('cosign'));
      const mine = bundleIn(shelf(), `${repository}-${path}`);
      const { trusted, digest } = imageIn(shelf(), `${repository}-${path}/twin`);
      expect(digest).not.toBe(twin.digest);
      const changed = JSON.stringify(JSON.parse(mine.text), (name, value: unknown) => (name === 'payloadType' ? type : value));
      attachReferrer(shelf().registry, `${repository}-${path}/twin`, digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, content: changed }] });
      expect(await ask(trusted)).toEqual(denied(code));
    }
  });
});

describe.each(KEY_TYPES)('a key of type %s', (type) => {
  it.each(['bundle', 'legacy'] as const)('signs, layout %s', async (layout) => {
    const image = imageIn(scene.shelves.api, `sign-${type}/${layout}`);
    await sign(image.pushed, key(type), { layout });
    expect(await ask(image.trusted)).toEqual(ADMITTED);
    expect(await ask(image.stranger)).toEqual(denied('VERIFY_SIGNER_UNTRUSTED'));
  });
});

describe('an imported Ed25519 key', () => {
  // cosign 3.1.3 signs with Ed25519ph then: another algorithm with the same key (RFC 8032 §5.1).
  it.each(['bundle', 'legacy'] as const)('Ed25519ph: signs prehashed, which is admitted, layout %s', async (layout) => {
    const image = imageIn(scene.shelves.api, `sign-ed25519/${layout}`);
    await sign(image.pushed, key('ed25519'), { layout });
    expect(await ask(image.trusted)).toEqual(ADMITTED);
    expect(await ask(image.stranger)).toEqual(denied('VERIFY_SIGNER_UNTRUSTED'));
  });
});
