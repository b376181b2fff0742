/** Under which heading help shows a flag: one table for all commands, so that a flag stands in the same place everywhere. */
import { Option } from 'commander';
import type { Command } from 'commander';

/** Headings in the order in which help shows them, with the long names of their flags. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'What it is about:': [
    '--filename', '--artifacts', '--lockfile', '--from', '--image', '--name', '--digest', '--used-as', '--namespace', '--as', '--as-group',
    '--build-arg', '--run', '--allow-none', '--assert', '--denied', '--reason', '--admitted',
  ],
  'Who signs:': ['--key', '--bundle', '--signed-by', '--github', '--workflow', '--gitlab', '--email', '--issuer'],
  'Policies and configuration:': ['--policy', '--config', '--namespaces', '--within', '--at', '--unmatched'],
  'Evidence and registries:': ['--evidence', '--repo', '--since', '--offline', '--plain-http', '--packages', '--evidence-store', '--docker-config', '--registry-ca', '--auth-host'],
  'Addresses and certificates:': [
    '--host', '--port', '--ops-port', '--gate-port', '--tls-cert', '--tls-key', '--client-ca', '--dev-cert', '--dev-cert-name', '--keep-certificate',
  ],
  'The cluster:': ['--cluster', '--kubeconfig', '--context'],
  'Asking a server:': ['--server', '--token-file', '--ca', '--dry-run'],
  'Publish summary:': ['--vsa-out', '--vsa-key', '--vsa-verifier', '--vsa-run'],
  'Files that are written:': ['--receipt', '--artifacts-out', '--decision', '--test-output', '--summary', '--dir', '--force', '--in-place', '--next', '--after', '--set-version'],
  'Output and exit code:': ['--output', '--canonical', '--report', '--verbose', '--quiet', '--no-color', '--fail-on-warn', '--strict', '--log-level'],
  'Time:': ['--timeout', '--drain'],
  'Help:': ['--help', '--version'],
};

/** The same flag, where it is about something else than with the other commands: by command and flag. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'inspect --key': 'Policies and configuration:',
  'policy init --name': 'Files that are written:',
  'policy import --output': 'Files that are written:',
  'policy sign --output': 'Files that are written:',
  'policy record --output': 'Files that are written:',
};

const GROUP_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(GROUPS).flatMap(([heading, flags]) => flags.map((flag): [string, string] => [flag, heading])),
);
const ORDER: readonly string[] = Object.keys(GROUPS);

/** The flag for help, for the program: commands that are added later have it too. */
export function helpFlag(): Option {
  return new Option('-h, --help', 'show this help').helpGroup('Help:');
}

/** Puts every flag of the tree under its heading, and the headings in one order; a flag of which nothing is said here stays without one. */
export function withGroups(command: Command, path: readonly string[] = []): void {
  for (const option of command.options) {
    const heading = ELSEWHERE[`${path.join(' ')} ${option.long ?? ''}`] ?? GROUP_OF.get(option.long ?? '');
    if (heading !== undefined) option.helpGroup(heading);
  }
  command.configureHelp({ ...command.configureHelp(), groupItems: inOrder });
  for (const child of command.commands) withGroups(child, [...path, child.name()]);
}

/** As commander does it, but for the order of the headings. */
function inOrder<T extends Command | Option>(_: T[], shown: T[], getGroup: (item: T) => string): Map<string, T[]> {
  const groups = Map.groupBy(shown, getGroup);
  return new Map([...groups].toSorted(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b)));
}
