/** Gatehouse installed by the very commands of the documentation, and the commands of its pages to run one by one. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ControlPlane, KubectlResult } from './control-plane.ts';
import { cleanEnvironment, dataFolder } from './processes.ts';
import { toolPaths } from './tools.ts';

/** The repository, in which the documented commands are run. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The account of Gatehouse's pods. */
export const OWN = 'gatehouse-system';

/** Runs a command line as a person would, in the repository (or another checkout), with kubectl and the right Node on the path. */
export function shell(command: string, kubeconfig: string, env: Readonly<Record<string, string>> = {}, cwd = ROOT): Promise<KubectlResult> {
  const path = [dirname(toolPaths().kubectl), dirname(process.execPath), process.env.PATH].join(delimiter);
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', `set -o pipefail; ${command}`], { cwd, env: { ...cleanEnvironment(), PATH: path, KUBECONFIG: kubeconfig, ...env } });
    const out = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => { out.stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { out.stderr += text; });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, ...out }));
  });
}

/** Commands of a page: the lines of its `sh` fences, continued lines joined, without comments. */
export function commandsOf(page: string, heading?: string): readonly string[] {
  let text = readFileSync(join(ROOT, page), 'utf8');
  if (heading !== undefined) {
    const start = text.indexOf(`${heading}\n`);
    if (start < 0) throw new Error(`${page} has no ${heading}`);
    const level = /^#+/.exec(heading)?.[0].length ?? 1;
    const rest = text.slice(start + heading.length);
    text = rest.slice(0, rest.search(new RegExp(`^#{1,${level}} `, 'm')) >>> 0);
  }
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap((fence) => {
    const lines = (fence[1] ?? '').replaceAll(/\\\n\s*/g, '').replaceAll(/ +#.*$/gm, '').split('\n');
    const commands: string[] = [];
    // A quoted text may go over several lines.
    for (const line of lines) {
      const open = (commands.at(-1) ?? '').split("'").length % 2 === 0;
      if (open) commands[commands.length - 1] += `\n${line}`;
      else if (line.trim() !== '') commands.push(line);
    }
    return commands;
  });
}

/** Installs as documented: server, settings, certificate, gate and guard. There are no nodes, so nothing is waited for. */
export async function installAsDocumented(cluster: ControlPlane, more: { readonly names?: readonly string[] } = {}): Promise<void> {
  const names = (more.names ?? []).map((name) => ` --name ${name}`).join('');
  const commands = [...commandsOf('docs/operate/install.md', '## 1. The server'), ...commandsOf('docs/operate/install.md', '## 2. The gate')];
  for (const command of commands.filter((line) => !line.includes('rollout status'))) {
    const run = await shell(command.replace('-- --secret', `-- --secret${names}`), cluster.kubeconfig);
    if (run.code !== 0 || run.stderr !== '') throw new Error(`${command}\n${run.stdout}${run.stderr}`);
  }
}

/** A person with a token of a service account of that name, and the ClusterRoles it is bound to; gives its kubeconfig. */
export async function person(cluster: ControlPlane, name: string, ...roles: readonly string[]): Promise<string> {
  await cluster.must(['create', 'serviceaccount', name]);
  for (const role of roles) await cluster.must(['create', 'clusterrolebinding', `${name}-${role}`, `--clusterrole=${role}`, `--serviceaccount=default:${name}`]);
  return cluster.kubeconfigFor(name, (await cluster.must(['create', 'token', name, '--duration', '1h'])).trim());
}

/** Flags of an API server that keeps an audit log, and the file it writes. */
export function auditing(): { readonly flags: readonly string[]; readonly file: string } {
  const dir = dataFolder('audit');
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'Metadata', omitStages: ['RequestReceived'], verbs: ['create', 'update', 'patch', 'delete'] }] };
  writeFileSync(join(dir, 'policy.json'), JSON.stringify(policy));
  const file = join(dir, 'audit.log');
  return { file, flags: ['--audit-policy-file', join(dir, 'policy.json'), '--audit-log-path', file] };
}
