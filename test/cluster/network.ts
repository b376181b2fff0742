/** The way from an API server to a Service where there is no cluster network: a proxy that the server is told to use for the cluster. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { dataFolder } from './processes.ts';

/** A network in which the API server reaches what `route` knows. */
export interface ClusterNetwork {
  /** Flags of kube-apiserver. */
  readonly flags: readonly string[];
  close(): void;
}

/**
 * Starts it. `route` gives the loopback port behind `CLUSTER-IP:PORT` of a Service; nobody answers where it knows none. The names and the
 * certificates that the API server asks for are those of a real cluster, since only the connection takes another way.
 */
export async function startNetwork(route: (address: string) => number | undefined): Promise<ClusterNetwork> {
  const folder = dataFolder('network');
  const [socket, file] = [join(folder, 'proxy'), join(folder, 'egress.yaml')];
  const proxy = createServer((_request, response) => response.writeHead(405).end());
  proxy.on('connect', (request, client, head) => {
    const port = route(request.url ?? '');
    if (port === undefined) return void client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    const server = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      server.write(head);
      server.pipe(client).pipe(server);
    });
    for (const [one, other] of [[client, server], [server, client]] as const) {
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => proxy.listen(socket, resolve));
  writeFileSync(file, stringify({
    apiVersion: 'apiserver.k8s.io/v1beta1', kind: 'EgressSelectorConfiguration',
    egressSelections: [{ name: 'cluster', connection: { proxyProtocol: 'HTTPConnect', transport: { uds: { udsName: socket } } } }],
  }));
  return { flags: ['--egress-selector-config-file', file], close: () => void proxy.close() };
}
