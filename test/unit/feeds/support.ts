import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKubeApi } from '../../../src/cluster/api.ts';
import type { PolicyProblem, PolicySet } from '../../../src/domain/policy/policy.ts';
import type { TufRootSpec } from '../../../src/domain/policy/trust-root.ts';
import type { Feed } from '../../../src/feeds/feed.ts';
import { documentFile, followDocument } from '../../../src/feeds/documents.ts';
import { followNetworkPolicies } from '../../../src/feeds/network-policies.ts';
import { reflectNamespaces } from '../../../src/feeds/namespaces/cluster.ts';
import { namespacesFromFile } from '../../../src/feeds/namespaces/file.ts';
import { openReceiptKeys } from '../../../src/feeds/receipt-keys.ts';
import { openFetchedPolicies } from '../../../src/feeds/policies/fetched.ts';
import { openPolicySigners } from '../../../src/feeds/policy-signers.ts';
import { openPolicyStore } from '../../../src/feeds/policies/store.ts';
import type { FeedTime } from '../../../src/feeds/polling.ts';
import { followConfiguration } from '../../../src/feeds/configuration.ts';
import { checkConfig } from '../../../src/platform/config/config.ts';
import { openCertificate } from '../../../src/feeds/serving-certificate.ts';
import { openTokens } from '../../../src/feeds/tokens.ts';
import { createTrustRootFollower } from '../../../src/feeds/trust-roots/index.ts';
import type { RootDocument } from '../../../src/feeds/trust-roots/index.ts';
import { developmentCertificate } from '../../../src/platform/tls/development.ts';
import { MemoryApiServer } from '../cluster/support.ts';
import { FakeKube } from '../platform/support/kube-server.ts';

/** Time that passes only when the test says so; files stir nothing. */
export class ManualTime implements FeedTime {
  ms = Date.UTC(2026, 5, 1);
  readonly #due = new Set<{ readonly at: number; readonly run: () => void }>();
  readonly clock = { now: (): number => this.ms };
  readonly after = (ms: number, run: () => void): (() => void) => {
    const entry = { at: this.ms + ms, run };
    this.#due.add(entry);
    return () => void this.#due.delete(entry);
  };
  readonly stirs = new Map<string, () => void>();
  readonly watch = (path: string, stirred: () => void): (() => void) => {
    this.stirs.set(path, stirred);
    return () => void this.stirs.delete(path);
  };

  /** How many timers wait. */
  get waiting(): number {
    return this.#due.size;
  }

  pass(ms: number): void {
    this.ms += ms;
    for (const entry of [...this.#due]) {
      if (entry.at > this.ms) continue;
      this.#due.delete(entry);
      entry.run();
    }
  }
}

/** What a source holds: good or broken content, of which 1 and 2 differ. */
export type Content = 'good 1' | 'good 2' | 'broken 1' | 'broken 2';

/** One feed with a source that the test writes. */
export interface Scene {
  readonly feed: Feed<unknown>;
  /** The source now holds this; the feed has not looked yet. */
  hold(content: Content): void;
  /** The good content in force, or `nothing`. */
  value(): string;
  /** How often a refusal was told. */
  told(): number;
  readonly time: ManualTime;
  /** Ends what the scene has started besides the feed. */
  end?(): Promise<void>;
}

/** Opens a scene whose source holds this from the start; rejects where the feed does not start without good content. */
export type OpenScene = (first: Content) => Promise<Scene>;

const folder = (): string => mkdtempSync(join(tmpdir(), 'gatehouse-feed-'));

/** The names of the contents, as they lie in files: broken ones are none for any of the readers. */
function counter(): { tell: () => void; told: () => number } {
  let count = 0;
  return { tell: () => { count += 1; }, told: () => count };
}

async function policies(first: Content): Promise<Scene> {
  const [at, time, { tell, told }] = [folder(), new ManualTime(), counter()];
  const hold = (content: Content): void => writeFileSync(join(at, 'a.yaml'), content);
  hold(first);
  const feed = await openPolicyStore({
    folders: [at],
    compile(files) {
      const text = files.map((file) => file.text).join();
      if (text.startsWith('good')) return { set: { generation: text, policies: [{}] } as unknown as PolicySet, problems: [] };
      const problem: PolicyProblem = { severity: 'error', file: at, line: 1, column: 1, path: '', message: text };
      return { problems: [problem] };
    },
    events: { changed: () => undefined, refused: tell },
    settleMs: 0,
    time,
  });
  const value = (): string => {
    const state = feed.current();
    return state.ready ? state.set.generation : 'nothing';
  };
  return { feed, hold, value, told, time };
}

async function certificate(first: Content): Promise<Scene> {
  const [at, time, { tell, told }] = [folder(), new ManualTime(), counter()];
  const made = { 'good 1': await developmentCertificate(), 'good 2': await developmentCertificate() };
  const files = { cert: join(at, 'tls.crt'), key: join(at, 'tls.key') };
  const hold = (content: Content): void => {
    const pair = content === 'good 1' || content === 'good 2' ? made[content] : { cert: content, key: content };
    writeFileSync(files.cert, pair.cert);
    writeFileSync(files.key, pair.key);
  };
  hold(first);
  const feed = await openCertificate(files, { loaded: () => undefined, refused: tell }, 5000, time);
  const value = (): string => (feed.current().cert === made['good 1'].cert ? 'good 1' : 'good 2');
  return { feed, hold, value, told, time };
}

async function trustRoot(first: Content): Promise<Scene> {
  const [time, { tell, told }] = [new ManualTime(), counter()];
  const held = { content: first };
  const spec: TufRootSpec = {
    mirror: 'https://tuf.acme.example', targets: 'https://tuf.acme.example/targets', root: {}, target: 'trusted_root.json',
    refresh: 6 * 3_600_000, maxStale: 48 * 3_600_000,
  };
  const follower = createTrustRootFollower({
    clock: time.clock,
    after: time.after,
    open: () => ({
      restore: async () => undefined,
      async refresh(now) {
        if (held.content.startsWith('broken')) throw new Error(held.content);
        return { content: held.content, confirmedAt: now, versions: {} };
      },
    }),
    events: { confirmed: () => undefined, stale: () => undefined, failed: (_name, _problem, _retry, isNew) => { if (isNew) tell(); } },
    changed: () => undefined,
  });
  follower.tufRoot('acme', spec);
  await follower.primed(10_000);
  const feed = follower.feeds()[0] as Feed<RootDocument | undefined>;
  return { feed, hold: (content) => { held.content = content; }, value: () => String(feed.current()?.content ?? 'nothing'), told, time };
}

async function namespaces(first: Content): Promise<Scene> {
  const [time, { tell, told }, kube] = [new ManualTime(), counter(), await new FakeKube().start()];
  const hold = (content: Content): void => {
    kube.failWith = content === 'broken 1' ? 500 : content === 'broken 2' ? 503 : undefined;
    if (kube.failWith === undefined) kube.namespaces.set('acme', { content });
  };
  hold(first);
  const api = createKubeApi({ server: `http://127.0.0.1:${kube.port}`, options: () => Promise.resolve({}) });
  const feed = reflectNamespaces(api, { failed: tell, clock: time.clock, backoffMs: { first: 3_600_000, longest: 3_600_000 } });
  await feed.refresh();
  return { feed, hold, value: () => feed.current()?.get('acme')?.['content'] ?? 'nothing', told, time, end: () => kube.stop() };
}

async function networkPolicies(first: Content): Promise<Scene> {
  const [time, { tell, told }, server] = [new ManualTime(), counter(), new MemoryApiServer()];
  const hold = (content: Content): void => {
    const [list, path] = ['/apis/networking.k8s.io/v1/namespaces/acme/networkpolicies', '/apis/networking.k8s.io/v1/networkpolicies'];
    if (content.startsWith('broken')) server.refusals.set(path, content === 'broken 1' ? 500 : 503);
    else server.refusals.delete(path);
    // Without telling watches: what is held is found by looking.
    if (content.startsWith('good')) server.objects.set(list, [{ metadata: { name: 'a', namespace: 'acme', uid: 'u', resourceVersion: content }, spec: { content } }]);
  };
  hold(first);
  const feed = followNetworkPolicies(await server.start(), { failed: tell, clock: time.clock, backoffMs: { first: 3_600_000, longest: 3_600_000 } });
  await feed.refresh();
  const value = (): string => {
    const current = feed.current() as ReadonlyMap<string, { readonly spec: { readonly content: string } }> | undefined;
    return current?.get('acme/a')?.spec.content ?? 'nothing';
  };
  return { feed, hold, value, told, time, end: () => server.stop() };
}

async function namespaceFile(first: Content): Promise<Scene> {
  const [at, time, { tell, told }] = [join(folder(), 'ns.yaml'), new ManualTime(), counter()];
  const hold = (content: Content): void =>
    writeFileSync(at, content.startsWith('broken') ? `[${content}` : `{kind: Namespace, metadata: {name: acme, labels: {content: ${content}}}}`);
  hold(first);
  const feed = await namespacesFromFile(at, { refused: tell, clock: time.clock });
  return { feed, hold, value: () => feed.current().get('acme')?.['content'] ?? 'nothing', told, time };
}

const TOKENS = { 'good 1': 'abcdefghijklmnopqrstuvwx', 'good 2': 'ABCDEFGHIJKLMNOPQRSTUVWX' } as const;

async function tokens(first: Content): Promise<Scene> {
  const [at, time, { tell, told }] = [join(folder(), 'tokens'), new ManualTime(), counter()];
  const hold = (content: Content): void => writeFileSync(at, content === 'good 1' || content === 'good 2' ? TOKENS[content] : content);
  hold(first);
  const feed = await openTokens('path-tokens', at, { loaded: () => undefined, refused: tell }, 5000, time);
  const value = (): string => Object.entries(TOKENS).find(([, token]) => feed.current().accept(token))?.[0] ?? 'nothing';
  return { feed, hold, value, told, time };
}

async function receiptKeys(first: Content): Promise<Scene> {
  const [at, time, { tell, told }] = [folder(), new ManualTime(), counter()];
  const hold = (content: Content): void => writeFileSync(join(at, 'key.pem'), content);
  hold(first);
  let taken = 'nothing';
  const feed = await openReceiptKeys(at, {
    take([file]) {
      if (file?.text.startsWith('good') !== true) throw new Error(file?.text ?? 'no file');
      taken = file.text;
    },
    loaded: () => undefined,
    refused: tell,
  }, 5000, time);
  return { feed, hold, value: () => taken, told, time };
}

async function document(first: Content): Promise<Scene> {
  const [at, time, { tell, told }] = [join(folder(), 'keys.json'), new ManualTime(), counter()];
  const hold = (content: Content): void => writeFileSync(at, content);
  hold(first);
  const feed = followDocument<string>({
    name: 'gate-keys acme', load: documentFile(at), staleMs: 7 * 3_600_000, pauseMs: () => 5000, refused: tell, time,
    read(bytes) {
      const text = Buffer.from(bytes).toString();
      if (text.startsWith('broken')) throw new Error(text);
      return text;
    },
  });
  await feed.refresh();
  return { feed, hold, value: () => feed.current() ?? 'nothing', told, time };
}

async function fetched(first: Content): Promise<Scene> {
  const [time, { tell, told }] = [new ManualTime(), counter()];
  const held = { content: first };
  const feed = openFetchedPolicies({
    name: 'policies oci acme', refreshMs: 300_000, time, refused: tell,
    async bring() {
      if (held.content.startsWith('broken')) throw new Error(held.content);
      return { files: [{ path: 'a.yaml', text: held.content }], version: 'sha256:1' };
    },
  });
  await feed.refresh();
  return { feed, hold: (content) => void (held.content = content), value: () => feed.current()?.files[0]?.text ?? 'nothing', told, time };
}

async function policySigners(first: Content): Promise<Scene> {
  const [path, time, { tell, told }] = [join(folder(), 'signers.yaml'), new ManualTime(), counter()];
  const hold = (content: Content): void => writeFileSync(path, content);
  hold(first);
  const feed = await openPolicySigners({
    paths: [path], time, refused: tell,
    compile([file]) {
      if (file?.text.startsWith('good') !== true) throw new Error(file?.text);
      return file.text;
    },
  });
  return { feed, hold, value: feed.current, told, time };
}

/** Every feed of the product behind its real front door. */
async function configuration(first: Content): Promise<Scene> {
  const [path, time, { tell, told }] = [join(folder(), 'gatehouse.yaml'), new ManualTime(), counter()];
  const hold = (content: Content): void => writeFileSync(path, content.startsWith('good') ? `port: ${content.slice(5)}` : `port: ${content}`);
  hold(first);
  const feed = followConfiguration({
    path, check: (text) => checkConfig(text, path), takeOver: () => Promise.resolve(), refused: tell, settleMs: 0, time,
  });
  await feed.refresh();
  const value = (): string => { const now = feed.current(); return now === undefined ? 'nothing' : `good ${now.port}`; };
  return { feed, hold, value, told, time };
}

export const FEEDS: readonly { readonly name: string; readonly open: OpenScene; readonly startsBroken: boolean }[] = [
  { name: 'policies', open: policies, startsBroken: true },
  { name: 'serving-certificate', open: certificate, startsBroken: false },
  { name: 'trust-root/acme', open: trustRoot, startsBroken: true },
  { name: 'namespaces', open: namespaces, startsBroken: true },
  { name: 'network-policies', open: networkPolicies, startsBroken: true },
  { name: 'path-tokens', open: tokens, startsBroken: false },
  { name: 'receipt-keys', open: receiptKeys, startsBroken: true },
  { name: 'gate-keys acme', open: document, startsBroken: true },
  { name: 'configuration', open: configuration, startsBroken: true },
  { name: 'policies oci acme', open: fetched, startsBroken: true },
  { name: 'policy-signers', open: policySigners, startsBroken: false },
  { name: 'namespaces of a file', open: namespaceFile, startsBroken: false },
];
