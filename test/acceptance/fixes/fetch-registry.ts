/** What a registry answers, or does not have, each with what becomes of it when the line is obeyed. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { legacySignatures, simpleSigningLayer } from '../../world/cosign.ts';
import { commitOf, gitId, signedCommit } from '../../world/git/object.ts';
import { sshLine, sshSignature } from '../../world/git/ssh.ts';
import { makeImage, makeIndex } from '../../world/image.ts';
import { startCargo } from '../../world/packages/cargo.ts';
import { push } from '../../world/push.ts';
import type { Behaviour, TestRegistry } from '../../world/registry.ts';
import type { FetchCode, ObeyCase, ObeyCases } from './fetch.ts';
import type { FixWorld } from './fetch-world.ts';
import type { TLS_FIXES } from './fetch-tls.ts';

type RegistryCode = Exclude<Extract<FetchCode, `FETCH_${string}`>, keyof typeof TLS_FIXES>;

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const LOGIN = '<!doctype html><title>Sign in</title>';
const USERS = { alice: { password: 'secret' } };

/** While the behaviour lasts nobody is admitted; when whoever is named has ended it, everybody is. */
function whileItLasts(fix: RegExp, path: RegExp, behaviour: Behaviour, says?: RegExp, tag = false): ObeyCase {
  const run: ObeyCase['run'] = async (world) => {
    const made = await world.image(world.registry, 'acme/lasting');
    const image = `${world.registry.host}/acme/lasting${tag ? ':v1' : `@${made.digest}`}`;
    const server = await world.serve({});
    const off = world.registry.fault({ path, behaviour });
    const refused = await world.pod(image, server);
    off();
    return { refused, obey: async () => world.pod(image, await world.serve({})) };
  };
  return { fix, run, ...(says === undefined ? {} : { says }) };
}

/** A tag that holds something else, and is pushed anew. */
function pushedAnew(fix: RegExp, content: object, type: string, says?: RegExp): ObeyCases {
  const run: ObeyCase['run'] = async (world) => {
    const { host } = world.registry;
    world.registry.pushManifest('acme/anew', 'v1', content, type);
    const refused = await world.pod(`${host}/acme/anew:v1`);
    return { refused, obey: async () => {
      await world.image(world.registry, 'acme/anew');
      return world.pod(`${host}/acme/anew:v1`);
    } };
  };
  return { 'a tag': { fix, run, ...(says === undefined ? {} : { says }) } };
}

/** A registry that asks for a login, and a file of docker with one. */
async function closed(world: FixWorld, kind: 'basic' | 'bearer' = 'basic'): Promise<{
  readonly registry: TestRegistry; readonly image: string; readonly documents: string; readonly policies: string; readonly config: string;
}> {
  const registry = await world.start({ auth: { kind, users: USERS } });
  const { digest } = await world.image(registry, 'acme/closed');
  const documents = world.documents([registry.host]);
  const auth = Buffer.from('alice:secret').toString('base64');
  return {
    registry, image: `${registry.host}/acme/closed@${digest}`, documents,
    policies: world.file(`closed-${registry.host.replace(/\W/g, '-')}.yaml`, documents),
    config: world.file(`docker-${registry.host.replace(/\W/g, '-')}.json`, JSON.stringify({ auths: { [registry.host]: { auth } } })),
  };
}

export const REGISTRY_FIXES: Readonly<Record<RegistryCode, ObeyCases>> = {
  FETCH_NONE_FOUND: {
    'row 1: signed now': {
      fix: /sign/,
      async run(world) {
        const made = await world.image(world.registry, 'acme/unsigned', { signed: false });
        const image = `${world.registry.host}/acme/unsigned@${made.digest}`;
        return { refused: await world.pod(image), obey: async () => {
          await world.sign(world.registry, 'acme/unsigned', made);
          return world.pod(image);
        } };
      },
    },
    'F8: copied without its signatures, and signed here': {
      fix: /copy the signatures as well \(oras copy --recursive.*\), or sign the image here/,
      says: /holds the image itself: a copy of it was left here without its signatures/,
      async run(world) {
        const made = await world.image(world.registry, 'acme/copied', { signed: false });
        world.registry.pushManifest('acme/copied', made.digest.replace(':', '-'), made.manifest, made.mediaType);
        const image = `${world.registry.host}/acme/copied@${made.digest}`;
        return { refused: await world.pod(image), obey: async () => {
          await world.sign(world.registry, 'acme/copied', made);
          return world.pod(image);
        } };
      },
    },
    'F8: an index that is copied so, and whose entries are no referrers': {
      fix: /copy the signatures as well/,
      async run(world) {
        const made = makeIndex();
        await world.image(world.registry, 'acme/copied-index', { signed: false, made });
        world.registry.pushManifest('acme/copied-index', made.digest.replace(':', '-'), made.manifest, made.mediaType);
        const image = `${world.registry.host}/acme/copied-index@${made.digest}`;
        return { refused: await world.pod(image), obey: async () => {
          await push(world.registry, 'acme/copied-index', legacySignatures(made.digest, [simpleSigningLayer(world.world, { digest: made.digest, reference: 'x' }, { key: world.alice })]));
          return world.pod(image);
        } };
      },
    },
    'F18, row 41: an index whose images alone are signed': {
      fix: /sign the index as well \(cosign sign --recursive.*\), or use the signed image by its own digest/,
      says: /an image that this index lists has evidence \(linux\/amd64, sha256:/,
      async run(world) {
        const made = makeIndex();
        await world.image(world.registry, 'acme/children', { signed: false, made });
        for (const child of made.children) await world.sign(world.registry, 'acme/children', child);
        const image = `${world.registry.host}/acme/children@${made.digest}`;
        return { refused: await world.pod(image), obey: async () => {
          await world.sign(world.registry, 'acme/children', made);
          return world.pod(image);
        } };
      },
    },
    'row 40: a platform image whose index is signed': {
      fix: /use the digest of the index/,
      async run(world) {
        const made = makeIndex();
        await world.image(world.registry, 'acme/parent', { made });
        const [child] = made.children;
        return {
          refused: await world.pod(`${world.registry.host}/acme/parent:v1@${child?.digest ?? ''}`),
          obey: () => world.pod(`${world.registry.host}/acme/parent:v1@${made.digest}`),
        };
      },
    },
  },
  FETCH_NOT_FOUND: {
    'row 13: a typo in the tag': {
      fix: /check name, tag and digest/, says: /no tag v11/,
      async run(world) {
        await world.image(world.registry, 'acme/typo');
        return { refused: await world.pod(`${world.registry.host}/acme/typo:v11`), obey: () => world.pod(`${world.registry.host}/acme/typo:v1`) };
      },
    },
    'row 13: pushed now': {
      fix: /push the artifact first/,
      async run(world) {
        const made = makeImage();
        const image = `${world.registry.host}/acme/later@${made.digest}`;
        return { refused: await world.pod(image), obey: async () => {
          await world.image(world.registry, 'acme/later', { made });
          return world.pod(image);
        } };
      },
    },
  },
  FETCH_UNAUTHORIZED: {
    'row 12: nothing was tried, and the command line is given a login': {
      fix: /after docker login 127\.0\.0\.1:\d+, or with --docker-config FILE/, says: /no credential was tried: there is none for 127\.0\.0\.1/,
      async run(world) {
        const { registry, image, policies, config } = await closed(world);
        const none = world.file('none.json', '{"auths":{}}');
        const base = ['verify', image, '-p', policies, '--plain-http', registry.host, '--docker-config'];
        return { refused: await world.command(...base, none), obey: () => world.command(...base, config) };
      },
    },
    'row 12: the wrong one was tried': {
      fix: /as somebody who may read the repository/, says: /1 credential was sent to .*, in vain \(1 of the docker configuration\)/,
      async run(world) {
        const { registry, image, policies, config } = await closed(world);
        const auth = Buffer.from('alice:old').toString('base64');
        const wrong = world.file('wrong.json', JSON.stringify({ auths: { [registry.host]: { auth } } }));
        const base = ['verify', image, '-p', policies, '--plain-http', registry.host, '--docker-config'];
        return { refused: await world.command(...base, wrong), obey: () => world.command(...base, config) };
      },
    },
    'row 12: a pod is told of an imagePullSecret; the server has the login': {
      fix: /after giving the pod an imagePullSecret that may read the repository/, says: /no credential was tried/,
      async run(world) {
        const { registry, image, documents, config } = await closed(world);
        const settings = { plainHttp: [registry.host] };
        const refused = await world.pod(image, await world.serve(settings, documents));
        return { refused, obey: async () => world.pod(image, await world.serve({ ...settings, dockerConfig: config }, documents)) };
      },
    },
    'F11: a token service that nobody named, on the command line': {
      fix: /with --auth-host 127\.0\.0\.1:\d+=127\.0\.0\.1:\d+/, says: /not sent to the token service 127\.0\.0\.1:\d+/,
      async run(world) {
        const { registry, image, policies, config, service } = await withTokenService(world);
        const base = ['verify', image, '-p', policies, '--plain-http', registry.host, '--plain-http', service, '--docker-config', config];
        return { refused: await world.command(...base), obey: () => world.command(...base, '--auth-host', `${registry.host}=${service}`) };
      },
    },
    'F11: the same, which an administrator names': {
      fix: /an administrator of Gatehouse has named 127\.0\.0\.1:\d+ under registries\[\]\.authHosts of 127\.0\.0\.1:\d+/,
      async run(world) {
        const { registry, image, documents, config, service } = await withTokenService(world);
        const settings = { plainHttp: [registry.host, service], dockerConfig: config };
        const refused = await world.pod(image, await world.serve(settings, documents));
        const named = { ...settings, registries: [{ host: registry.host, authHosts: [service], plainHttp: true }] };
        return { refused, obey: async () => world.pod(image, await world.serve(named, documents)) };
      },
    },
    'F11: a challenge that cannot be read: nothing was sent, and another login does not help': {
      fix: /ask the operator of 127\.0\.0\.1:\d+ how one logs in there/, says: /1 credential was not sent: .* names no way to log in that can be read/,
      async run(world) {
        const { registry, image, documents, config } = await closed(world);
        const off = registry.fault({ path: /./, behaviour: { kind: 'status', status: 401, headers: { 'www-authenticate': 'Negotiate' } } });
        const settings = { plainHttp: [registry.host], dockerConfig: config };
        const refused = await world.pod(image, await world.serve(settings, documents));
        off();
        return { refused, obey: async () => world.pod(image, await world.serve(settings, documents)) };
      },
    },
    'F9: tags are refused beside an image that is read': {
      fix: /after the image is signed; if it is, ask the operator of the registry/,
      says: /status 403 for tag sha256-.* the same credentials read the image itself; .* probably unsigned/,
      async run(world) {
        const made = await world.image(world.registry, 'acme/hidden', { signed: false });
        const image = `${world.registry.host}/acme/hidden@${made.digest}`;
        world.registry.fault({ path: /acme\/hidden\/manifests\/sha256-/, behaviour: { kind: 'status', status: 403 } });
        return { refused: await world.pod(image), obey: async () => {
          await world.sign(world.registry, 'acme/hidden', made);
          return world.pod(image);
        } };
      },
    },
    'F9: a signature of a stranger that was found is told beside that': {
      fix: /after the image is signed/, says: /a signature by .*, which does not count/,
      async run(world) {
        const made = await world.image(world.registry, 'acme/stranger', { signed: false });
        const stranger = simpleSigningLayer(world.world, { digest: made.digest, reference: 'x' }, { key: world.world.key() });
        await push(world.registry, 'acme/stranger', legacySignatures(made.digest, [stranger]));
        world.registry.fault({ path: /acme\/stranger\/manifests\/sha256-[0-9a-f]+(?:\.att)?$/, behaviour: { kind: 'status', status: 403 } });
        const image = `${world.registry.host}/acme/stranger@${made.digest}`;
        return { refused: await world.pod(image), obey: async () => {
          await world.sign(world.registry, 'acme/stranger', made);
          return world.pod(image);
        } };
      },
    },
  },
  FETCH_RATE_LIMITED: {
    'later': whileItLasts(/retry later; when it lasts, ask an administrator of Gatehouse/, /acme\/lasting/, { kind: 'status', status: 429, headers: { 'retry-after': '600' } }),
  },
  FETCH_SERVER_ERROR: {
    'when it is mended': whileItLasts(/when it lasts, ask the operator of the registry/, /acme\/lasting/, { kind: 'status', status: 500 }, /asked for/),
  },
  FETCH_RESPONSE_INVALID: {
    'row 57: a captive portal, by tag': whileItLasts(
      /ask the operator of the host what answers the question that is named: a login page, a proxy/, /acme\/lasting\/manifests\/v1/,
      { kind: 'body', body: LOGIN, headers: { 'content-type': 'text/html' } }, /bytes of something else \(text\/html\).* was asked for the manifest v1/, true,
    ),
  },
  FETCH_TOO_LARGE: {
    'an answer that does not end': whileItLasts(/ask the operator of the host what answers/, /acme\/lasting\/manifests\/v1/, { kind: 'endless' }, /was asked for the manifest v1/, true),
  },
  FETCH_MANIFEST_INVALID: pushedAnew(/build, push and sign it again with current tools/, { schemaVersion: 2, mediaType: MANIFEST, layers: 'x' }, MANIFEST),
  FETCH_MEDIA_TYPE: pushedAnew(
    /push the image in OCI or Docker schema 2 format: build it again/, { schemaVersion: 1, fsLayers: [] }, 'application/vnd.docker.distribution.manifest.v1+json',
  ),
  FETCH_INDEX_TOO_LARGE: pushedAnew(
    /an index of manifests, at most 1000 of them, not an index of indexes/,
    { schemaVersion: 2, mediaType: INDEX, manifests: [{ mediaType: INDEX, digest: `sha256:${'1'.repeat(64)}`, size: 2 }] }, INDEX,
  ),
  FETCH_DIGEST_MISMATCH: {
    'an operator serves the right bytes again': whileItLasts(
      /ask the operator of the registry or its mirror/, /acme\/lasting\/manifests\/sha256:/,
      { kind: 'body', body: makeImage().manifest, headers: { 'content-type': MANIFEST } },
    ),
  },
  FETCH_TOO_MANY: {
    'superfluous signatures are removed': {
      fix: /remove superfluous signatures and attestations/,
      async run(world) {
        const made = await world.image(world.registry, 'acme/many', { signed: false });
        const layer = simpleSigningLayer(world.world, { digest: made.digest, reference: 'x' }, { key: world.alice });
        const signatures = (layers: readonly (typeof layer)[]): Promise<void> => push(world.registry, 'acme/many', legacySignatures(made.digest, layers));
        await signatures(Array.from({ length: 1100 }, () => layer));
        const image = `${world.registry.host}/acme/many@${made.digest}`;
        const refused = await world.pod(image);
        return { refused, obey: async () => {
          await signatures([layer]);
          return world.pod(image);
        } };
      },
    },
  },
  FETCH_NOT_GIVEN: {
    'the raw object is handed over': {
      fix: /--evidence FILE, which git cat-file commit ID > FILE writes/,
      says: /the raw object of commit [0-9a-f]{40}/,
      async run(world) {
        const payload = commitOf();
        const raw = signedCommit(payload, sshSignature({ key: world.alice, payload }));
        const policies = world.file('commits.yaml', [
          { kind: 'Signer', metadata: { name: 'developer' }, spec: { identities: [{ key: { data: sshLine(world.alice) } }] } },
          { kind: 'ClusterArtifactPolicy', metadata: { name: 'commits' }, spec: { artifacts: [{ git: 'https://github.com/acme/*' }], require: [{ name: 'r', source: { by: ['developer'] } }] } },
        ].map((one) => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', ...one })).join('\n---\n'));
        const base = ['verify', `git:https://github.com/acme/app@${gitId('commit', raw)}`, '-p', policies];
        return { refused: await world.command(...base), obey: () => world.command(...base, '--evidence', world.file('commit.raw', raw.toString())) };
      },
    },
  },
  FETCH_NOT_CONFIGURED: {
    'the command line names the index': {
      fix: /with --packages ECOSYSTEM=URL/,
      async run(world) {
        const cargo = await startCargo();
        const digest = cargo.publish('alone', '1.0.0');
        const policy = JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name: 'crates' }, spec: { artifacts: [{ package: 'pkg:cargo/*' }], require: [{ name: 'r', registry: { checksum: 'accepted' } }] } });
        const policies = world.file('crates.yaml', policy);
        const base = ['verify', 'pkg:cargo/alone@1.0.0', '--digest', digest, '-p', policies, '--plain-http', '127.0.0.1'];
        const refused = await world.command(...base);
        return { refused, obey: async () => {
          const said = await world.command(...base, '--packages', `cargo=${cargo.url}`);
          await cargo.close();
          return said;
        } };
      },
    },
  },
  FETCH_CREDENTIALS: {
    'the docker configuration is corrected': {
      fix: /after correcting the docker configuration \(--docker-config\)/, says: /127\.0\.0\.1/,
      async run(world) {
        const { registry, image, policies, config } = await closed(world);
        const broken = world.file('broken.json', JSON.stringify({ auths: { [registry.host]: { auth: '%%%' } } }));
        const base = ['verify', image, '-p', policies, '--plain-http', registry.host, '--docker-config'];
        return { refused: await world.command(...base, broken), obey: () => world.command(...base, config) };
      },
    },
  },
};

/** A registry whose tokens are issued by another host. */
async function withTokenService(world: FixWorld): Promise<Awaited<ReturnType<typeof closed>> & { readonly service: string }> {
  const found = { target: '' };
  // The service hands on to the registry's own tokens, as gitlab.com does for registry.gitlab.com.
  const service = createServer((request, response) => {
    fetch(`${found.target}${request.url ?? ''}`, { headers: { authorization: request.headers.authorization ?? '' } })
      .then(async (answer) => response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text()))
      .catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  service.unref();
  const name = `127.0.0.1:${(service.address() as AddressInfo).port}`;
  const registry = await world.start({ auth: { kind: 'bearer', users: USERS, realm: `http://${name}/token` } });
  found.target = registry.url;
  const { digest } = await world.image(registry, 'acme/closed');
  const documents = world.documents([registry.host]);
  const auth = Buffer.from('alice:secret').toString('base64');
  return {
    registry, service: name, image: `${registry.host}/acme/closed@${digest}`, documents,
    policies: world.file(`tokens-${registry.host.replace(/\W/g, '-')}.yaml`, documents),
    config: world.file(`tokens-${registry.host.replace(/\W/g, '-')}.json`, JSON.stringify({ auths: { [registry.host]: { auth } } })),
  };
}

