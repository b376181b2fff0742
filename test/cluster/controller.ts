/** The controller as a process of its own before a real API server: its rights, its way there, and what it asked for. */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { until } from '../support/patience.ts';
import type { ControlPlane } from './control-plane.ts';
import { dataFolder, freePort, start, waitFor } from './processes.ts';
import type { Running } from './processes.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OWN = 'gatehouse-system';
export const ACCOUNT = `system:serviceaccount:${OWN}:gatehouse-controller`;

const PLURALS = [
  'signers', 'clusterartifactpolicies', 'artifactpolicies', 'trustroots', 'revocationlists', 'pipelinepolicies', 'admissionexceptions',
];

/** Registers our kinds, as they are shipped. */
export async function registerKinds(cluster: ControlPlane): Promise<void> {
  await cluster.must(['apply', '--server-side', '-k', join(ROOT, 'deploy/crds')]);
  // kubectl gives up on a definition that has no conditions yet.
  const established = ['wait', '--for=condition=Established', '--timeout=30s', ...PLURALS.map((plural) => `crd/${plural}.gatehouse.dev`)];
  await until(async () => (await cluster.kubectl(established)).code === 0, 'our kinds are not served');
}

/** Gives the controller's account the rights that are shipped, and writes a kubeconfig of it. Needs the namespace. */
export async function controllerIdentity(cluster: ControlPlane): Promise<string> {
  await cluster.must(['apply', '-f', join(ROOT, 'deploy/controller/controller.yaml')]);
  const token = await cluster.must(['-n', OWN, 'create', 'token', 'gatehouse-controller', '--duration', '1h']);
  return cluster.kubeconfigFor('controller', token.trim());
}

/** A controller that runs. */
export interface ControllerProcess {
  readonly program: Running;
  readonly opsUrl: string;
  leads(): Promise<boolean>;
  /** What it wrote to its log. */
  log(): string;
}

/** Starts it with this section of the configuration and waits until it has read all resources. */
export async function startControllerProcess(
  kubeconfig: string, controller: Readonly<Record<string, unknown>> = {},
): Promise<ControllerProcess> {
  const file = join(dataFolder('controller'), 'config.yaml');
  writeFileSync(file, stringify({ host: '127.0.0.1', kubernetes: { kubeconfig }, controller }));
  const opsPort = await freePort();
  const opsUrl = `http://127.0.0.1:${opsPort}`;
  const program = start({
    name: 'controller', command: process.execPath,
    args: [join(ROOT, 'bin/gatehouse.js'), 'controller', '--config', file, '--ops-port', String(opsPort)],
  });
  await waitFor(program, 'ready', async () => (await fetch(`${opsUrl}/readyz`)).status === 200, 30_000);
  return {
    program, opsUrl,
    leads: async () => (await (await fetch(`${opsUrl}/metrics`)).text()).split('\n').includes('gatehouse_controller_leader 1'),
    log: () => readFileSync(program.log, 'utf8'),
  };
}

/** A way to the API server that can be cut. */
export interface Way {
  readonly kubeconfig: string;
  /** Ends all connections and lets none through. */
  cut(): void;
  mend(): void;
  close(): void;
}

/** Opens a way for whoever uses this kubeconfig: connections go through it as they are. */
export async function openWay(cluster: ControlPlane, kubeconfig: string): Promise<Way> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const proxy = createServer((client) => {
    if (isCut) return void client.destroy();
    const server = connect(Number(new URL(cluster.url).port), '127.0.0.1');
    client.pipe(server).pipe(client);
    for (const [one, other] of [[client, server], [server, client]] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy()).on('close', () => { sockets.delete(one); other.destroy(); });
    }
  });
  const port = await freePort();
  await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
  const file = join(dataFolder('way'), 'kubeconfig');
  writeFileSync(file, readFileSync(kubeconfig, 'utf8').replaceAll(cluster.url, `https://127.0.0.1:${port}`), { mode: 0o600 });
  return {
    kubeconfig: file,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => { isCut = false; },
    close: () => void proxy.close(),
  };
}

/** What the API server was asked for, as its audit log says. */
export interface Audit {
  readonly flags: readonly string[];
  /** Requests of a user since a moment, as `verb resource`. Watches count once, when they begin. */
  of(user: string, sinceMs: number): readonly string[];
}

/** Has every request written down, without its content. */
export function auditLog(): Audit {
  const folder = dataFolder('audit');
  const [policy, log] = [join(folder, 'policy.yaml'), join(folder, 'audit.log')];
  writeFileSync(policy, stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['ResponseStarted', 'ResponseComplete', 'Panic'], rules: [{ level: 'Metadata' }] }));
  return {
    flags: ['--audit-policy-file', policy, '--audit-log-path', log, '--audit-log-mode', 'blocking'],
    of(user, sinceMs) {
      const lines = readFileSync(log, 'utf8').split('\n').filter((line) => line.includes(user));
      return lines.map((line) => JSON.parse(line) as { user: { username: string }; requestReceivedTimestamp: string; verb: string; objectRef?: { resource: string; subresource?: string } })
        .filter((one) => one.user.username === user && Date.parse(one.requestReceivedTimestamp) >= sinceMs)
        .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource ?? ''}${objectRef?.subresource === undefined ? '' : `/${objectRef.subresource}`}`);
    },
  };
}
