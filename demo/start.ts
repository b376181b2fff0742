// `npm start`: the whole product on real input, without a cluster: an HTTPS server, a registry with images that carry
// real signatures, policies, and a guided tour of five admission requests. Stays up afterwards.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServer } from '../src/main.ts';
import { loadConfig, type ServerConfig } from '../src/platform/config/config.ts';
import { startRegistry } from '../test/world/registry.ts';
import { HOST, mintSamples } from './samples.ts';
import { reviewFor, tour } from './tour.ts';

const PORT = Number(process.env['PORT'] ?? 8443);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const registry = await startRegistry();
const samples = await mintSamples(registry, Date.now());

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-demo-'));
const signers = join(folder, 'policies');
mkdirSync(signers);
writeFileSync(join(signers, 'signers.yaml'), samples.signers);
const review = join(folder, 'review.json');
writeFileSync(review, reviewFor(samples.tour[0]?.image ?? ''));

const server = await startServer(demoConfig(), { devCert: ['localhost'], logStream: process.stderr, anyOpsPort: true }).catch((cause: unknown) => {
  const problem = cause instanceof Error ? cause.message : String(cause);
  process.stderr.write(`gatehouse: ${problem.includes('EADDRINUSE') ? `port ${PORT} is in use; PORT=0 npm start takes a free one` : problem}\n`);
  process.exit(1);
});
const certificate = join(folder, 'ca.pem');
writeFileSync(certificate, server.developmentCertificate ?? '');

say(`Gatehouse answers on https://127.0.0.1:${server.port}/validate. A tour of five admission requests:\n`);
say(await tour(samples.tour, server.port, server.developmentCertificate ?? ''));
say(`
Try your own:
   curl --cacert ${certificate} -H 'content-type: application/json' -d @${review} https://127.0.0.1:${server.port}/validate
Policies that were asked (edit them, they are reloaded):
   ${demoPolicy()}
   ${join(signers, 'signers.yaml')}
Decisions, with all evidence that was found, on the operations port (in plain for this machine alone):
   http://127.0.0.1:${server.opsPort}/decisions
Ctrl-C ends it.`);

process.once('SIGINT', () => void stop());
process.once('SIGTERM', () => void stop());

async function stop(): Promise<void> {
  await server.close();
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

function demoPolicy(): string {
  return fileURLToPath(new URL('../policies/demo/web.yaml', import.meta.url));
}

function demoConfig(): ServerConfig {
  const host = new URL(registry.url).host;
  const loaded = loadConfig(undefined, {
    host: '127.0.0.1',
    port: PORT,
    decisions: { enabled: true },
    opsPort: 0,
    drain: '0s',
    policies: [demoPolicy(), signers],
    registries: [{ host: HOST, mirror: host, plainHttp: true }],
    kubernetes: { enabled: false },
    log: { level: 'error' },
  });
  if (loaded.ok) return loaded.config;
  throw new Error(loaded.problems.map((problem) => problem.message).join('; '));
}
