/** What the certificate commands ask the cluster, through the kubectl that the person at the keyboard uses anyway. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs kubectl with the caller's own kubeconfig; gives what it printed, `undefined` for "not found", and throws on all else. */
export type Kubectl = (args: readonly string[]) => string | undefined;

/** The serving certificate as the cluster holds it. The private key is never read. */
export interface HeldSecret {
  readonly certificate: string;
  /** Its authority, where the Secret names it (`npm run certs`, cert-manager); empty otherwise. */
  readonly ca: string;
  readonly resourceVersion: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The gate as the cluster holds it: the authorities that the API server trusts, by object and webhook, in the order of the objects. */
export interface HeldGate {
  readonly bundles: readonly string[];
  /** How many of them are in which object. */
  readonly objects: readonly { readonly kind: string; readonly name: string; readonly webhooks: number }[];
}

/** Name of the Secret that the Deployment mounts, and of its namespace. */
export const SECRET = { name: 'gatehouse-tls', namespace: 'gatehouse-system' } as const;
/**
 * The webhook configurations: of pods, and where they are installed of pipelines, of our own resources and the one that changes pods. All trust the same
 * authorities.
 */
export const GATES = [
  { kind: 'validatingwebhookconfiguration', name: 'gatehouse' },
  { kind: 'validatingwebhookconfiguration', name: 'gatehouse-pipelines' },
  { kind: 'mutatingwebhookconfiguration', name: 'gatehouse-mutate' },
  { kind: 'validatingwebhookconfiguration', name: 'gatehouse-resources' },
] as const;

/** kubectl from PATH. Its own messages become the text of the error. */
export const systemKubectl: Kubectl = (args) => {
  const run = spawnSync('kubectl', [...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 });
  if (run.error !== undefined) throw new Error(`kubectl cannot be run: ${run.error.message}`);
  if (run.status === 0) return run.stdout;
  if (/\(NotFound\)/.test(run.stderr)) return undefined;
  throw new Error(`kubectl ${args.slice(0, 4).join(' ')}: ${run.stderr.trim()}`);
};

/** The Secret with the serving certificate, without its key; `undefined` when there is none. */
export function heldSecret(kubectl: Kubectl): HeldSecret | undefined {
  // By a template: the key stays in the cluster.
  const template = '{.metadata.resourceVersion}{"\\n"}{.data.tls\\.crt}{"\\n"}{.data.ca\\.crt}{"\\n"}{.metadata.annotations}';
  const text = kubectl(['-n', SECRET.namespace, 'get', 'secret', SECRET.name, '-o', `jsonpath=${template}`]);
  if (text === undefined) return undefined;
  const [resourceVersion = '', certificate = '', ca = '', annotations = ''] = text.split('\n');
  return {
    resourceVersion, certificate: decode(certificate), ca: decode(ca),
    annotations: annotations.trim() === '' ? {} : JSON.parse(annotations) as Record<string, string>,
  };
}

/** The authorities of the webhook configurations that are there; `undefined` when there is no gate. */
export function heldGate(kubectl: Kubectl): HeldGate | undefined {
  const held = GATES.flatMap(({ kind, name }) => {
    const text = kubectl(['get', kind, name, '-o', 'json']);
    if (text === undefined) return [];
    const { webhooks = [] } = JSON.parse(text) as { webhooks?: readonly { clientConfig: { caBundle?: string } }[] };
    return [{ kind, name, bundles: webhooks.map(({ clientConfig }) => decode(clientConfig.caBundle ?? '')) }];
  });
  if (held.length === 0) return undefined;
  return { bundles: held.flatMap(({ bundles }) => bundles), objects: held.map(({ kind, name, bundles }) => ({ kind, name, webhooks: bundles.length })) };
}

/** Replaces the authorities of every webhook, only while they are as they were read: two who rotate do not undo each other. */
export function setBundles(kubectl: Kubectl, before: HeldGate, bundle: string): void {
  let first = 0;
  for (const { kind, name, webhooks } of before.objects) {
    const patch = before.bundles.slice(first, first + webhooks).flatMap((held, index) => {
      const path = `/webhooks/${index}/clientConfig/caBundle`;
      return [...(held === '' ? [] : [{ op: 'test', path, value: encode(held) }]), { op: 'add', path, value: encode(bundle) }];
    });
    first += webhooks;
    required(kubectl(['patch', kind, name, '--type=json', '-p', JSON.stringify(patch)]));
  }
}

/**
 * Merges a patch into the Secret, which has to be the one that was read still. The key goes through a file that only this
 * user can read and that is gone afterwards: an argument could be read by everybody on this machine.
 */
export function setSecret(kubectl: Kubectl, before: HeldSecret, patch: { readonly annotations: object; readonly data: object }): void {
  const { annotations, data } = patch;
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-rotate-'));
  try {
    const file = join(folder, 'patch.json');
    writeFileSync(file, JSON.stringify({ metadata: { resourceVersion: before.resourceVersion, annotations }, data }), { mode: 0o600 });
    required(kubectl(['-n', SECRET.namespace, 'patch', 'secret', SECRET.name, '--type=merge', `--patch-file=${file}`]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function required(answer: string | undefined): void {
  if (answer === undefined) throw new Error('the object went away meanwhile');
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
