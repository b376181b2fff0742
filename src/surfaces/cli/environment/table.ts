/** Variables of the environment that give flags their defaults. */

/** One of them. `side`: with a command that either judges here or asks a gate it counts for that way alone. */
export interface Variable {
  readonly name: string;
  readonly flag: string;
  readonly side?: 'here' | 'gate';
  readonly what: string;
}

/**
 * All there are. A flag that makes something less strict (`--plain-http`, `--auth-host`, `--registry-ca`, `--strict`, `--offline` with what
 * is given) is none of them: who reads a command line must see it there.
 */
export const VARIABLES: readonly Variable[] = [
  { name: 'GATEHOUSE_POLICY', flag: '--policy', side: 'here', what: 'folder or file with policies' },
  { name: 'GATEHOUSE_NAMESPACE', flag: '--namespace', side: 'here', what: 'namespace as which is judged' },
  { name: 'GATEHOUSE_OUTPUT', flag: '--output', what: 'format, for commands that have it' },
  { name: 'GATEHOUSE_TIMEOUT', flag: '--timeout', what: 'how long it may take, such as 30s; digits alone are seconds' },
  { name: 'GATEHOUSE_DOCKER_CONFIG', flag: '--docker-config', side: 'here', what: 'docker config.json with credentials' },
  { name: 'GATEHOUSE_SERVER', flag: '--server', side: 'gate', what: 'gate to ask' },
  { name: 'GATEHOUSE_TOKEN_FILE', flag: '--token-file', side: 'gate', what: 'token by which the gate knows who asks' },
  { name: 'GATEHOUSE_CA', flag: '--ca', side: 'gate', what: 'PEM of the CA of the gate' },
];

/** Commands whose settings come from a configuration, so that a variable must not come between. */
export const WITHOUT: ReadonlySet<string> = new Set(['serve', 'controller']);

/** Formats of any command: where a command does not have the one that is wanted, its own default stands. */
export const ANY_FORMAT: ReadonlySet<string> = new Set([
  'table', 'text', 'json', 'yaml', 'junit', 'tap', 'sarif', 'github',
]);

/** Those that scripts and tasks of ours read, and the start of the program. */
const OTHERS: ReadonlySet<string> = new Set([
  'GATEHOUSE_NODE', 'GATEHOUSE_SCRIPT', 'GATEHOUSE_ARTIFACTS', 'GATEHOUSE_USED_AS', 'GATEHOUSE_TOKEN', 'GATEHOUSE_RECEIPT',
  'GATEHOUSE_DECISION', 'GATEHOUSE_STRICT',
]);
/** Kubernetes tells every pod of the services of its namespace, ours among them. */
const OF_SERVICES = /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?$/;

/** A warning for each variable that begins with `GATEHOUSE_` and that nobody reads, with the one that may have been meant. */
export function unknownVariables(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const known = [...VARIABLES.map(({ name }) => name), ...OTHERS];
  return Object.keys(environment).filter((name) => name.startsWith('GATEHOUSE_') && !known.includes(name) && !OF_SERVICES.test(name))
    .toSorted().map((name) => {
      const near = VARIABLES.map((one) => ({ name: one.name, far: distance(name, one.name) })).toSorted((a, b) => a.far - b.far)[0];
      const meant = near !== undefined && near.far <= 3 ? `; did you mean ${near.name}?` : '';
      return `the environment has ${JSON.stringify(name)}, which is not read${meant}`;
    });
}

/** How many letters have to be put in, taken out or changed. */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > 3) return 4;
  let row = [...other, ''].map((_, index) => index);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (const [j, with_] of [...other].entries())
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (letter === with_ ? 0 : 1)));
    row = next;
  }
  return row[other.length] ?? 0;
}
