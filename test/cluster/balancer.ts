/** A Service in front of replicas: connections go to those that were ready a moment ago, and one that was made stays where it is. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A replica as a Service sees it. */
export interface Endpoint {
  readonly port: number;
  /** Whether its readiness probe succeeds. */
  isReady(): Promise<boolean>;
}

/** How late a Service is. */
export interface BalancerTimes {
  /** Between two probes; a single one counts. */
  readonly probeMs: number;
  /** From what a probe has found to where connections go: kubelet, endpoints controller, kube-proxy. */
  readonly spreadMs: number;
}

/** The Service. */
export interface Balancer {
  readonly port: number;
  add(endpoint: Endpoint): void;
  /** Its pod is gone. */
  remove(endpoint: Endpoint): void;
  /** Resolves once connections go to it, or no more. */
  leadsTo(endpoint: Endpoint, wanted: boolean): Promise<void>;
  /** Connections that found nobody, or were refused: what a client sees as a failure. */
  readonly failures: readonly string[];
  /** Connections that each has had, by port. */
  readonly connections: ReadonlyMap<number, number>;
  close(): Promise<void>;
}

/** Opens it on loopback; as kube-proxy it tries no second endpoint when the first does not answer. */
export async function openBalancer({ probeMs, spreadMs }: BalancerTimes): Promise<Balancer> {
  const endpoints = new Map<Endpoint, boolean>();
  const failures: string[] = [];
  const connections = new Map<number, number>();
  const sockets = new Set<Socket>();
  let [turn, open] = [0, true];
  const server = createServer({ pauseOnConnect: true }, (client) => {
    const ready = [...endpoints].filter(([, isReady]) => isReady).map(([endpoint]) => endpoint);
    const chosen = ready[(turn += 1) % ready.length];
    keep(client);
    if (chosen === undefined) {
      failures.push('nobody is ready');
      client.destroy();
      return;
    }
    connections.set(chosen.port, (connections.get(chosen.port) ?? 0) + 1);
    const replica = keep(connect({ host: '127.0.0.1', port: chosen.port }));
    replica.once('error', (error) => { if (replica.bytesRead === 0) failures.push(`${chosen.port}: ${error.message}`); });
    client.pipe(replica).pipe(client);
    for (const [one, other] of [[client, replica], [replica, client]] as const) one.once('close', () => other.destroy());
  });
  const keep = (socket: Socket): Socket => {
    sockets.add(socket.once('close', () => sockets.delete(socket)).on('error', () => undefined).setNoDelay(true));
    return socket;
  };
  const follow = async (endpoint: Endpoint): Promise<void> => {
    while (open && endpoints.has(endpoint)) {
      const found = await endpoint.isReady();
      // What was found at one moment is true of the Service only later.
      setTimeout(() => { if (endpoints.has(endpoint)) endpoints.set(endpoint, found); }, spreadMs);
      await sleep(probeMs);
    }
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port, failures, connections,
    add(endpoint) {
      endpoints.set(endpoint, false);
      void follow(endpoint);
    },
    remove: (endpoint) => void endpoints.delete(endpoint),
    async leadsTo(endpoint, wanted) {
      while ((endpoints.get(endpoint) ?? false) !== wanted) await sleep(50);
    },
    async close() {
      open = false;
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
