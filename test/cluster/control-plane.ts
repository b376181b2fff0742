import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { makeServingCertificate } from '../../certs/authority.ts';
import { accepts, cleanEnvironment, dataFolder, freePort, start, waitFor } from './processes.ts';
import type { Running } from './processes.ts';
import { toolPaths } from './tools.ts';
import type { Tools } from './tools.ts';

/** What `kubectl` said. */
export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  /** Errors as the user sees them, and lines that begin with `Warning:`. */
  readonly stderr: string;
}

/** A kube-apiserver with its etcd. There are no nodes: objects are admitted and stored, and nothing runs. */
export interface ControlPlane {
  readonly url: string;
  readonly caFile: string;
  /** Kubeconfig of a cluster admin. */
  readonly kubeconfig: string;
  /** Runs kubectl as cluster admin; a non-zero exit code is returned, not thrown. */
  kubectl(args: readonly string[], stdin?: string | object): Promise<KubectlResult>;
  /** Runs kubectl and throws when it fails; returns what it printed. */
  must(args: readonly string[], stdin?: string | object): Promise<string>;
  /** Writes a kubeconfig that proves itself with this bearer token, and returns its path. */
  kubeconfigFor(name: string, token: string): string;
  stop(): Promise<void>;
}

/** What the control plane should have beyond its defaults. */
export interface ControlPlaneOptions {
  /**
   * Files of an AdmissionConfiguration, by name; `admission.yaml` is handed to the server, and FOLDER in them is where they lie,
   * beside `ca.crt` and the other files of the server.
   */
  readonly admissionFiles?: Readonly<Record<string, string>>;
  /** Also run the controllers, so that workloads make pods. */
  readonly controllers?: boolean;
  /** Further flags of kube-apiserver. */
  readonly flags?: readonly string[];
}

/** Starts etcd and kube-apiserver on loopback, and waits until the server is ready (about 4 s). */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const tools = toolPaths();
  const dir = dataFolder('control-plane');
  const running: Running[] = [];
  const stop = async (): Promise<void> => {
    // In reverse: whoever depends on another goes first.
    for (const program of running.splice(0).reverse()) await program.stop();
  };
  try {
    const etcdUrl = await startEtcd(tools, dir, running);
    const server = await startApiserver(tools, dir, etcdUrl, options, running);
    if (options.controllers === true) running.push(startControllers(tools, dir, server.kubeconfig));
    return { ...server, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startEtcd(tools: Tools, dir: string, running: Running[]): Promise<string> {
  const port = await freePort();
  const peer = `http://127.0.0.1:${await freePort()}`;
  const url = `http://127.0.0.1:${port}`;
  const etcd = start({
    name: 'etcd', command: tools.etcd,
    args: [
      '--unsafe-no-fsync', '--data-dir', join(dir, 'etcd'), '--log-level', 'warn',
      // As kubeadm starts it: of a kind of which nothing happens the API server learns by this alone that what it knows is the newest,
      // and sends no bookmark before.
      '--watch-progress-notify-interval', '5s',
      '--listen-client-urls', url, '--advertise-client-urls', url,
      '--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`,
    ],
  });
  running.push(etcd);
  await waitFor(etcd, 'listening', () => accepts(port));
  return url;
}

async function startApiserver(
  tools: Tools, dir: string, etcdUrl: string, options: ControlPlaneOptions, running: Running[],
): Promise<Omit<ControlPlane, 'stop'>> {
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const token = randomBytes(16).toString('hex');
  const files = await writeServerFiles(dir, token);
  const server = start({
    name: 'kube-apiserver', command: tools.apiserver,
    args: [
      '--etcd-servers', etcdUrl, '--bind-address', '127.0.0.1', '--secure-port', String(port),
      '--advertise-address', '127.0.0.1', '--endpoint-reconciler-type', 'none',
      '--tls-cert-file', files.certificate, '--tls-private-key-file', files.key,
      '--service-account-issuer', 'https://kubernetes.default.svc',
      '--service-account-key-file', files.serviceAccountKey, '--service-account-signing-key-file', files.serviceAccountKey,
      '--service-cluster-ip-range', '10.96.0.0/16', '--token-auth-file', files.tokens,
      '--authorization-mode', 'RBAC,Node', '--disable-admission-plugins', 'ServiceAccount',
      ...admissionArguments(dir, options.admissionFiles), ...(options.flags ?? []),
    ],
  });
  running.push(server);
  await waitFor(server, 'ready', () => ready(url, files.caText));
  const kubeconfigFor = (name: string, bearer: string): string => writeKubeconfig(join(dir, `${name}.kubeconfig`), { url, ca: files.ca, token: bearer });
  const kubeconfig = kubeconfigFor('admin', token);
  const env = cleanEnvironment();
  const kubectl = (args: readonly string[], stdin?: string | object): Promise<KubectlResult> => runKubectl(tools.kubectl, env, ['--kubeconfig', kubeconfig, ...args], stdin);
  return {
    url, caFile: files.ca, kubeconfig, kubectl, kubeconfigFor,
    must: async (args, stdin) => {
      const result = await kubectl(args, stdin);
      if (result.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.stderr}`);
      return result.stdout;
    },
  };
}

function startControllers(tools: Tools, dir: string, kubeconfig: string): Running {
  return start({
    name: 'kube-controller-manager', command: tools.controllerManager,
    args: [
      // As kubeadm starts it: every controller is a user of its own, with the rights of its own.
      '--kubeconfig', kubeconfig, '--leader-elect=false', '--secure-port', '0', '--use-service-account-credentials',
      '--service-account-private-key-file', join(dir, 'service-account.key'),
    ],
  });
}

interface ServerFiles {
  readonly ca: string;
  readonly caText: string;
  readonly certificate: string;
  readonly key: string;
  readonly serviceAccountKey: string;
  readonly tokens: string;
}

async function writeServerFiles(dir: string, token: string): Promise<ServerFiles> {
  const serving = await makeServingCertificate({ names: ['localhost', '127.0.0.1'], days: 1, now: Date.now() });
  const serviceAccount = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const write = (name: string, content: string): string => {
    writeFileSync(join(dir, name), content, { mode: 0o600 });
    return join(dir, name);
  };
  return {
    ca: write('ca.crt', serving.ca), caText: serving.ca,
    certificate: write('apiserver.crt', serving.certificate), key: write('apiserver.key', serving.key),
    serviceAccountKey: write('service-account.key', serviceAccount.privateKey),
    tokens: write('tokens.csv', `${token},admin,admin,system:masters\n`),
  };
}

function admissionArguments(dir: string, files: ControlPlaneOptions['admissionFiles']): readonly string[] {
  if (files === undefined) return [];
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text.replaceAll('FOLDER', dir), { mode: 0o600 });
  return ['--admission-control-config-file', join(dir, 'admission.yaml')];
}

function writeKubeconfig(file: string, to: { readonly url: string; readonly ca: string; readonly token: string }): string {
  writeFileSync(file, stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: to.url, 'certificate-authority': to.ca } }],
    users: [{ name: 'test', user: to.token === '' ? {} : { token: to.token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  }), { mode: 0o600 });
  return file;
}

function ready(url: string, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = httpsRequest(`${url}/readyz`, { ca, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('error', () => resolve(false));
    request.end();
  });
}

function runKubectl(command: string, env: NodeJS.ProcessEnv, args: readonly string[], stdin?: string | object): Promise<KubectlResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env });
    const out = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => { out.stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { out.stderr += text; });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, ...out }));
    child.stdin.end(typeof stdin === 'object' ? JSON.stringify(stdin) : stdin);
  });
}
