/** The flags that several commands share, and what the engine is to make of them. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { PLAIN_DURATION, readDuration } from '../../text/duration.ts';
import { evidenceStoresSchema } from '../../platform/config/stores/evidence-stores.ts';
import { packagesSchema } from '../../platform/config/packages.ts';
import { hasNoTlsPort, isRegistryHost } from '../../platform/config/registry-host.ts';
import { UsageError } from './context.ts';
import { outputOption } from './output/formats.ts';
import type { LocalOptions } from './context.ts';

/** The options of every command that judges something here. */
export interface JudgeFlags {
  readonly policy: string[];
  readonly evidence?: string[];
  readonly offline?: true;
  readonly plainHttp?: string[];
  readonly packages?: string[];
  readonly evidenceStore?: string[];
  readonly dockerConfig?: string;
  readonly registryCa?: string[];
  readonly authHost?: string[];
  readonly namespaces?: string;
  readonly timeout: string;
  readonly failOnWarn?: true;
}

/** Adds those options to a command. */
export function withJudgeOptions(command: Command): Command {
  return withPlaceOptions(
    command.addOption(repeated('-p, --policy <dir>', 'folder or file with policies; may be repeated').makeOptionMandatory()),
  );
}

/** The same without the policies, for a command that may also ask somebody else. */
export function withPlaceOptions(command: Command): Command {
  return withSourceOptions(command)
    .option('--namespaces <file>', 'Namespace objects, for policies with a namespace selector')
    .option('--fail-on-warn', 'exit with 2 when there are warnings only');
}

/** The options of every command that looks for evidence. */
export function withSourceOptions(command: Command): Command {
  return command
    .addOption(
      repeated(
        '--evidence <file>',
        'file with evidence (Sigstore bundle, DSSE envelope, attestations of npm), used besides what the registry has; may be repeated',
      ),
    )
    .option('--offline', 'ask no registry: only the evidence given counts')
    .addOption(
      repeated('--plain-http <host[:port]>', 'registry that is asked over plain HTTP, and may be on this machine; may be repeated'),
    )
    .addOption(
      repeated('--packages <ecosystem=url>', 'where packages of npm, pypi, golang or cargo are asked for; may be repeated'),
    )
    .addOption(
      repeated('--evidence-store <kind=url>', 'store of evidence that is asked besides: archivista, folder, tekton, grafeas (projects/NAME at the end), github (orgs/NAME); may be repeated'),
    )
    .option('--docker-config <file>', 'docker config.json with credentials')
    .addOption(
      repeated('--registry-ca <[host=]file>', 'PEM of a CA for a registry; without HOST= for the registry of the image; may be repeated'),
    )
    .addOption(
      repeated('--auth-host <host=service>', 'token service that may receive the credentials for a registry; may be repeated'),
    )
    .option('--timeout <duration>', 'how long it may take', '30s');
}

/** The options of commands that judge manifests. */
export function withManifestOptions(command: Command): Command {
  return command
    .option('--as <user>', 'who would apply the objects; without it rules about requesters are not judged')
    .addOption(repeated('--as-group <group>', 'a group of that user; may be repeated'))
    .option('--config <file>', 'configuration of the server: unmatched, extractors and pipelines')
    .addOption(repeated('--build-arg <name=value>', 'argument with which a Dockerfile is built; may be repeated'))
    .option('-v, --verbose', 'also show the rules that hold, and every image');
}

/** The options of commands whose report is for people or for tools. */
export function withReportOptions(command: Command): Command {
  return command
    .addOption(outputOption())
    .option('-q, --quiet', 'no table and no progress: the exit code says it; other formats and errors stay')
    .option('--no-color', 'no colours on a terminal, as with NO_COLOR');
}

/** An option that collects its values; commander's own lists would swallow the arguments after them. */
export function repeated(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, previous: string[] | undefined) => [...(previous ?? []), value]);
}

/** The flags as options of the engine; `imageHost` is the registry of the image on the command line, if there is one. */
export function localOptions(flags: JudgeFlags, imageHost?: string): LocalOptions {
  return {
    policies: flags.policy,
    evidence: flags.evidence ?? [],
    offline: flags.offline === true,
    plainHttp: (flags.plainHttp ?? []).map((host) => {
      if (!isRegistryHost(host) || !hasNoTlsPort(host))
        throw new UsageError(`--plain-http ${host}: expected HOST or HOST:PORT in lower case, without scheme and path, not on port 443`);
      return host;
    }),
    packages: packagesOf(flags.packages ?? []),
    evidenceStores: storesOf(flags.evidenceStore ?? []),
    dockerConfig: flags.dockerConfig,
    namespacesFile: flags.namespaces,
    registryCAs: (flags.registryCa ?? []).map((text) => {
      const split = text.indexOf('=');
      const host = split > 0 ? text.slice(0, split) : imageHost;
      if (host === undefined) throw new UsageError(`--registry-ca ${text}: expected HOST=FILE, because not one image names the registry`);
      return { host, file: text.slice(split + 1) };
    }),
    authHosts: (flags.authHost ?? []).map((text) => {
      const [host = '', services = ''] = text.split('=', 2);
      const named = services.split(',').map((service) => service.trim());
      if (![host, ...named].every(isRegistryHost)) throw new UsageError(`--auth-host ${text}: expected HOST=SERVICE, each HOST or HOST:PORT`);
      return { host, services: named };
    }),
  };
}

/** The addresses of ecosystems, held to the same form as in the configuration. */
function packagesOf(texts: readonly string[]): LocalOptions['packages'] {
  const written = texts.map((text) => {
    const split = Math.max(0, text.indexOf('='));
    return { ecosystem: text.slice(0, split), url: text.slice(split + 1) };
  });
  const read = packagesSchema.safeParse(written);
  if (read.success) return read.data;
  throw new UsageError(`--packages ${texts.join(', ')}: ${read.error.issues[0]?.message ?? 'expected ECOSYSTEM=URL'}`);
}

/** The stores, held to the same form as in the configuration; whose evidence it is stands at the end of the address, as in their APIs. */
function storesOf(texts: readonly string[]): LocalOptions['evidenceStores'] {
  const written = texts.map((text): unknown => {
    const split = Math.max(0, text.indexOf('='));
    const [kind, address] = [text.slice(0, split), text.slice(split + 1)];
    const [, url = '', parent = '', rest = ''] = /^(.*?)\/(projects|orgs|users|repos)\/(.+)$/.exec(address) ?? [];
    if (kind === 'grafeas' && parent === 'projects') return { grafeas: { url, project: rest } };
    const whose = { orgs: 'owner', users: 'user', repos: 'repository' }[parent];
    if (kind === 'github' && whose !== undefined) return { github: { api: url, [whose]: rest } };
    return { [kind]: kind === 'github' ? { api: address } : { url: address } };
  });
  const read = evidenceStoresSchema.safeParse(written);
  if (read.success) return read.data;
  const expected = 'expected archivista=URL, folder=URL, tekton=URL, grafeas=URL/projects/PROJECT or github=URL/orgs/NAME (users/NAME, repos/OWNER/NAME)';
  throw new UsageError(`--evidence-store ${texts.join(', ')}: ${expected}; ${read.error.issues[0]?.message ?? ''}`);
}

/** The `--timeout` in milliseconds. */
export function timeoutOf(flags: Pick<JudgeFlags, 'timeout'>): number {
  const ms = readDuration(flags.timeout, PLAIN_DURATION);
  if (ms === undefined || ms === 0) throw new UsageError(`--timeout ${flags.timeout}: expected a duration such as 30s or 2m`);
  return ms;
}

/** Where the objects of commits are read, when a clone is named; it is for commits alone. */
export function cloneOf(
  commits: readonly (string | undefined)[], { repo, since }: { readonly repo?: string; readonly since?: string },
): LocalOptions['clone'] {
  const ids = commits.filter((id) => id !== undefined);
  if (since !== undefined && repo === undefined) throw new UsageError('--since: only with --repo');
  if (repo === undefined) return undefined;
  if (ids.length < commits.length) throw new UsageError('--repo: only for commits (git:URL@COMMIT), each by its whole id');
  if (since !== undefined && !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(since)) throw new UsageError(`--since ${since}: expected a whole commit id`);
  return { folder: repo, commits: ids, since };
}
