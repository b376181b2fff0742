/** npm run certs: a development CA, a serving certificate, the manifest with its CA, and rotation (`--help`). */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeServingCertificate, serviceNames } from './authority.ts';
import type { ServingCertificate } from './authority.ts';
import { base64, bundleInUse, completeManifest, tlsSecret } from './install-manifest.ts';
import { systemKubectl } from './kubectl.ts';
import { HELP, readOptions, UsageError } from './options.ts';
import type { Options } from './options.ts';
import { finishRotation, rotate } from './rotate.ts';

/** How long API servers get to learn a CA: they follow webhook configurations, which takes seconds. */
const SPREAD_MS = 30_000;
/** How long replicas get to serve a new certificate: kubelets look every one to two minutes, Gatehouse every 30 s. */
const SETTLE_MS = 300_000;

/** Runs the command; returns the exit code: 0, 64 for wrong usage, 1 when the cluster is not as it must be. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options === undefined) process.stderr.write(HELP);
    else await run(options);
    return 0;
  } catch (cause) {
    const usage = cause instanceof UsageError;
    const message = cause instanceof Error ? cause.message : String(cause);
    process.stderr.write(`gatehouse certs: ${message}\n${usage ? 'Try: npm run certs -- --help\n' : ''}`);
    return usage ? 64 : 1;
  }
}

async function run(options: Options): Promise<void> {
  const make = (names: readonly string[]): Promise<ServingCertificate> =>
    makeServingCertificate({ names, days: options.days, now: Date.now() });
  const names = [...serviceNames(options.service, options.namespace), ...options.names];
  const tools = { kubectl: systemKubectl, make, sleep, now: Date.now, say: (line: string) => void process.stdout.write(`${line}\n`) };
  if (options.mode === 'secret') process.stdout.write(tlsSecret(await make(names)));
  else if (options.mode === 'install') process.stdout.write(installation(options.ca === '' ? bundleInUse(systemKubectl) : options.ca, options));
  else if (options.mode === 'rotate') await rotate(tools, options.waitMs ?? SPREAD_MS, options.names);
  else if (options.mode === 'finish') finishRotation(tools, options.waitMs ?? SETTLE_MS);
  else process.stdout.write(write(options.out, await make(names), options.namespace));
}

/** All that is applied: the shipped manifest with its CA, its guard, and where they are wanted the other gates with theirs. */
function installation(bundle: string, { pipelines, mutate, resources }: Pick<Options, 'pipelines' | 'mutate' | 'resources'>): string {
  const read = (name: string): string => readFileSync(new URL(`../deploy/${name}.yaml`, import.meta.url), 'utf8');
  const gate = (webhook: string, guard: string): string => `${completeManifest(read(webhook), bundle)}---\n${read(guard)}`;
  return [
    gate('manifests/install', 'manifests/guard'),
    ...(pipelines ? [gate('pipelines/webhook', 'pipelines/guard')] : []),
    ...(mutate ? [gate('mutate/webhook', 'mutate/guard')] : []),
    ...(resources ? [gate('resources/webhook', 'resources/four-eyes'), ...['administrators', 'roles', 'rbac'].map((name) => read(`resources/${name}`))] : []),
  ].join('---\n');
}

/** Writes the files and returns the commands that bring them into a cluster that has none yet. */
function write(out: string, serving: ServingCertificate, namespace: string): string {
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'ca.crt'), serving.ca);
  writeFileSync(join(out, 'tls.crt'), serving.certificate);
  writeFileSync(join(out, 'tls.key'), serving.key, { mode: 0o600 });
  return `wrote ca.crt, tls.crt and tls.key to ${out}

For a cluster that has no certificate yet; where one is served already, the caBundle has to trust the new CA first
(docs/operate/certificates.md, Rotation):

  kubectl -n ${namespace} create secret generic gatehouse-tls --type=kubernetes.io/tls \\
    --from-file=tls.crt=${join(out, 'tls.crt')} --from-file=tls.key=${join(out, 'tls.key')} --from-file=ca.crt=${join(out, 'ca.crt')}
  caBundle of the webhook configuration: ${base64(serving.ca)}
`;
}

process.exitCode = await main(process.argv.slice(2));
