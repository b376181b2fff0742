/** The world in which what helps against trouble with input and registries is tried out: registries, a server, a command line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeServingCertificate } from '../../../certs/authority.ts';
import { ranCommandLine } from '../../support/command-line.ts';
import { startTestServer } from '../../support/server.ts';
import type { TestServer } from '../../support/server.ts';
import { keyBundle } from '../../world/bundle.ts';
import { bundleReferrer } from '../../world/cosign.ts';
import { makeImage } from '../../world/image.ts';
import type { Pushable } from '../../world/image.ts';
import { push, pushReferrer } from '../../world/push.ts';
import type { RegistryTarget } from '../../world/push.ts';
import { startRegistry } from '../../world/registry.ts';
import type { RegistryOptions, TestRegistry } from '../../world/registry.ts';
import { podReview } from '../../world/review.ts';
import { createWorld } from '../../world/world.ts';

/** What was answered, whichever way. */
export interface Said {
  readonly allowed: boolean;
  readonly text: string;
}

type Certificate = Awaited<ReturnType<typeof makeServingCertificate>>;

/** Everything that a case may use. */
export interface FixWorld {
  readonly registry: TestRegistry;
  readonly server: TestServer;
  readonly folder: string;
  readonly policies: string;
  readonly alice: ReturnType<ReturnType<typeof createWorld>['key']>;
  readonly certificates: { readonly good: Certificate; readonly other: Certificate; readonly expired: Certificate };
  readonly world: ReturnType<typeof createWorld>;
  /** Writes a file and gives its path. */
  file(name: string, text: string): string;
  /** A registry that is closed with the world. */
  start(options?: RegistryOptions): Promise<TestRegistry>;
  /** Pushes an image, signed by alice unless it is to have nothing; gives what was pushed. */
  image(target: RegistryTarget, repository: string, options?: { readonly signed?: boolean; readonly made?: Pushable; readonly tags?: readonly string[] }): Promise<Pushable>;
  sign(target: RegistryTarget, repository: string, made: Pushable): Promise<void>;
  /** Asks the server about a pod with this image. */
  pod(image: string, server?: TestServer): Promise<Said>;
  /** Asks the server about any review. */
  review(review: unknown, server?: TestServer): Promise<Said>;
  /** Posts bytes to the webhook; allowed is what the answer says, or that there was none. */
  post(body: string | Buffer, headers?: Readonly<Record<string, string>>): Promise<Said>;
  /** `gatehouse verify IMAGE -p POLICIES …`. */
  verify(image: string, ...flags: readonly string[]): Promise<Said>;
  /** `gatehouse ARGS…`; allowed when it ends with 0. */
  command(...args: readonly string[]): Promise<Said>;
  /** A server with this configuration besides, closed with the world. */
  serve(config: Readonly<Record<string, unknown>>, documents?: string, overrides?: Parameters<typeof startTestServer>[2]): Promise<TestServer>;
  /** Signer alice, and a policy over the hosts that demands her signature. */
  documents(hosts: readonly string[], more?: Readonly<Record<string, unknown>>): string;
  close(): Promise<void>;
}

const document = (kind: string, name: string, spec: unknown): string =>
  `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;

/** Starts it; `127.0.0.1` has every port spoken of by the policy. */
export async function startFixWorld(): Promise<FixWorld> {
  const world = createWorld({ now: Date.now() });
  const alice = world.key();
  const folder = mkdtempSync(join(tmpdir(), 'fixes-'));
  const open: { close(): Promise<void> }[] = [];
  const [now, day] = [Date.now(), 86_400_000];
  const [good, other, expired] = await Promise.all([
    makeServingCertificate({ names: ['127.0.0.1'], days: 90, now }),
    makeServingCertificate({ names: ['registry.acme.example'], days: 90, now }),
    makeServingCertificate({ names: ['127.0.0.1'], days: 1, now: now - 10 * day }),
  ]);
  const documents: FixWorld['documents'] = (hosts, more = {}) => document('Signer', 'alice', { identities: [{ key: { data: alice.publicKeyPem } }] })
    + document('ClusterArtifactPolicy', 'acme', { artifacts: hosts.map((host) => ({ image: `${host}/acme/**` })), require: [{ name: 'signed', signature: { by: ['alice'] } }], ...more });
  const file: FixWorld['file'] = (name, text) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const start: FixWorld['start'] = async (options) => {
    const started = await startRegistry(options);
    open.push(started);
    return started;
  };
  const serve: FixWorld['serve'] = async (config, text, overrides) => {
    const started = await startTestServer({ 'policies.yaml': text ?? documents([registry.host]) }, { plainHttp: [registry.host], 'cache.absenceTTL': '0s', ...config }, overrides);
    open.push(started);
    return started;
  };
  const registry = await start();
  const policies = file('policies.yaml', documents([registry.host]));
  const server = await serve({});
  const sign: FixWorld['sign'] = (target, repository, made) =>
    pushReferrer(target, repository, bundleReferrer(made, keyBundle(world, { digest: made.digest, key: alice })));
  const review: FixWorld['review'] = async (body, to = server) => {
    const { allowed, status, warnings = [] } = await to.validate(body);
    return { allowed, text: [status?.message ?? '', ...warnings].join('\n') };
  };
  const command: FixWorld['command'] = async (...args) => {
    const { code, stdout, stderr } = await ranCommandLine(...args);
    return { allowed: code === 0, text: stdout + stderr };
  };
  return {
    registry, server, folder, policies, alice, world, certificates: { good, other, expired },
    file, start, serve, documents, sign, review, command,
    async image(target, repository, { signed = true, made = makeImage(), tags = ['v1'] } = {}) {
      await push(target, repository, made, tags);
      if (signed) await sign(target, repository, made);
      return made;
    },
    pod: (image, to = server) => review(podReview({ images: [image] }), to),
    async post(body, headers = { 'content-type': 'application/json' }) {
      const { text } = await server.post('/validate?timeout=30s', body, headers);
      const read = JSON.parse(text) as { response?: { allowed: boolean; status?: { message: string } }; code?: string; fix?: string; message?: string };
      if (read.response === undefined) return { allowed: false, text: `${read.message ?? ''}\nfix: ${read.fix ?? ''} [${read.code ?? ''}]` };
      return { allowed: read.response.allowed, text: read.response.status?.message ?? '' };
    },
    verify: (image, ...flags) => command('verify', image, '-p', policies, ...flags),
    async close() {
      for (const one of open.toReversed()) await one.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
