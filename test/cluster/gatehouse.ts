import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments, stringify } from 'yaml';
import { makeServingCertificate } from '../../certs/authority.ts';
import type { ServingCertificate } from '../../certs/authority.ts';
import type { ControlPlane } from './control-plane.ts';
import { dataFolder, freePort, start, waitFor } from './processes.ts';
import type { Running } from './processes.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MANIFEST = join(ROOT, 'deploy/manifests/install.yaml');
const SETTINGS = join(ROOT, 'deploy/manifests/settings.yaml');

/** Gatehouse as a process of its own, as `gatehouse serve` starts it. */
export interface Gatehouse {
  readonly program: Running;
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
  readonly opsUrl: string;
  readonly caFile: string;
  readonly ca: string;
  /** Replaces the policies as a kubelet replaces a mounted ConfigMap: all files at once, by one rename. */
  setPolicies(files: Readonly<Record<string, string>>): void;
  /** Writes the configuration anew, with these keys laid over it. */
  setConfig(changes: Readonly<Record<string, unknown>>): void;
  /** Replaces certificate and key, as a kubelet does when the Secret has changed; taken into use within 30 s. */
  setCertificate(serving: Omit<ServingCertificate, 'ca'>): void;
  stop(): Promise<number | null>;
}

/** Configuration (as the file has it) and policy files by name. */
export interface GatehouseOptions {
  readonly config: Readonly<Record<string, unknown>>;
  readonly policies: Readonly<Record<string, string>>;
  /** Waits only until it lives, for one that cannot be ready. */
  readonly unready?: true;
  /** To start another at the place of one that was stopped. */
  readonly port?: number;
  /** Its certificate; without it one is made for 127.0.0.1. */
  readonly serving?: ServingCertificate;
}

/** Starts Gatehouse with a certificate for 127.0.0.1 and waits until it is ready (or lives, if it cannot be ready). */
export async function startGatehouse(options: GatehouseOptions): Promise<Gatehouse> {
  const dir = dataFolder('gatehouse');
  const serving = options.serving ?? await makeServingCertificate({ names: ['127.0.0.1', 'localhost'], days: 1, now: Date.now() });
  const file = (name: string, content: string): string => {
    writeFileSync(join(dir, name), content, { mode: 0o600 });
    return join(dir, name);
  };
  const policies = join(dir, 'policies');
  mountLikeConfigMap(policies, options.policies);
  const [port, opsPort] = [options.port ?? (await freePort()), await freePort()];
  const program = start({
    name: 'gatehouse', command: process.execPath,
    args: [
      join(ROOT, 'bin/gatehouse.js'), 'serve', '--config', file('config.yaml', stringify({ host: '127.0.0.1', ...options.config })), '-p', policies,
      '--port', String(port), '--ops-port', String(opsPort),
      '--tls-cert', file('tls.crt', serving.certificate), '--tls-key', file('tls.key', serving.key),
    ],
  });
  const secure = (options.config['operations'] as { tls?: boolean } | undefined)?.tls === true;
  const opsUrl = `${secure ? 'https' : 'http'}://127.0.0.1:${opsPort}`;
  const path = options.unready === true ? '/livez' : '/readyz';
  await waitFor(program, path, () => isReady(`${opsUrl}${path}`, serving.ca), 30_000);
  return {
    program, url: `https://127.0.0.1:${port}`, opsUrl, ca: serving.ca, caFile: file('ca.crt', serving.ca),
    setPolicies: (files) => mountLikeConfigMap(policies, files),
    setConfig: (changes) => void file('config.yaml', stringify({ host: '127.0.0.1', ...options.config, ...changes })),
    setCertificate: ({ certificate, key }) => { file('tls.crt', certificate); file('tls.key', key); },
    stop: () => program.stop(),
  };
}

/** A document of the shipped manifests, by kind and name. */
export function shippedDocument(kind: string, name = 'gatehouse'): Record<string, unknown> {
  const found = [MANIFEST, SETTINGS].flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')))
    .map((document) => document.toJS() as Record<string, unknown>)
    .find((document) => document['kind'] === kind && (document['metadata'] as { name: string }).name === name);
  if (found === undefined) throw new Error(`neither install.yaml nor settings.yaml has a ${kind} ${name}`);
  return found;
}

/** Files of a ConfigMap of the shipped settings. */
export function shippedFiles(configMap: string): Readonly<Record<string, string>> {
  return shippedDocument('ConfigMap', configMap)['data'] as Record<string, string>;
}

/** Registers the shipped webhook configuration; only the address is another, because there is no cluster network. */
export async function registerWebhook(cluster: ControlPlane, gatehouse: Gatehouse): Promise<void> {
  const shipped = shippedDocument('ValidatingWebhookConfiguration') as { webhooks: Record<string, unknown>[] };
  const clientConfig = { url: `${gatehouse.url}/validate`, caBundle: Buffer.from(gatehouse.ca).toString('base64') };
  await cluster.must(['apply', '-f', '-'], { ...shipped, webhooks: shipped.webhooks.map((webhook) => ({ ...webhook, clientConfig })) });
}

/**
 * A kubeconfig that has no more rights than the shipped service account: a token of that very account, which the
 * shipped roles are bound to. Needs `install.yaml`'s Namespace, ServiceAccount and RBAC, which it applies.
 */
export async function shippedIdentity(cluster: ControlPlane): Promise<string> {
  await cluster.must(['apply', '-l', 'app.kubernetes.io/component!=gate', '-f', MANIFEST]);
  const token = await cluster.must(['-n', 'gatehouse-system', 'create', 'token', 'gatehouse', '--duration', '1h']);
  return cluster.kubeconfigFor('gatehouse', token.trim());
}

function isReady(url: string, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const answered = (response: IncomingMessage): void => void response.resume().on('end', () => resolve(response.statusCode === 200));
    const call = url.startsWith('https:') ? httpsGet(url, { ca, agent: false }, answered) : httpGet(url, { agent: false }, answered);
    call.once('error', () => resolve(false));
  });
}

let generation = 0;

function mountLikeConfigMap(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  generation += 1;
  const next = `..generation_${generation}`;
  mkdirSync(join(folder, next));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, next, name), content);
  symlinkSync(next, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  for (const name of readdirSync(folder)) {
    if (name.startsWith('..generation_') && name !== next) rmSync(join(folder, name), { recursive: true });
    if (!name.startsWith('..') && !Object.hasOwn(files, name)) unlinkSync(join(folder, name));
  }
  for (const name of Object.keys(files)) {
    if (!readdirSync(folder).includes(name)) symlinkSync(join('..data', name), join(folder, name));
  }
}
