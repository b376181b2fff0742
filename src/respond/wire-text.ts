/** The last hand on every text that leaves: engines act by words in an error, and no text of ours may hold such words by accident. */

/**
 * Words by which controllers take an error for a passing one and try again for ever, or for somebody else's: Tekton of a pod
 * (quota, PodSecurity, OpenShift's constraints, its own validation), of a resolution and of a dry-run (deadline, etcd).
 */
const SIGNALS: readonly (readonly string[])[] = [
  ['exceeded', 'quota'],
  ['violates', 'PodSecurity'],
  ['security', 'context', 'constraint'],
  ['TaskRun', 'validation', 'failed'],
  ['context', 'deadline', 'exceeded'],
  ['etcdserver:', 'leader', 'changed'],
];

/**
 * Words by which Argo Workflows takes any error for a fault of the network or of etcd and tries again. A refusal for good must not hold
 * them; one that is only undetermined may, since another try is what it asks for.
 */
const PASSING_FAULTS: readonly (readonly string[])[] = [
  ['etcdserver:', 'request', 'timed', 'out'],
  ['etcdserver:', 'too', 'many', 'requests'],
  ['Connection', 'closed', 'by', 'foreign', 'host'],
  ['TLS', 'handshake', 'timeout'],
  ['i/o', 'timeout'],
  ['connection', 'timed', 'out'],
  ['connection', 'reset', 'by', 'peer'],
  ['client', 'connection', 'lost'],
  ['server', 'sent', 'GOAWAY'],
  ['connection', 'refused'],
  ['invalid', 'connection'],
  ['upper:', 'no', 'more', 'rows', 'in'],
];

/**
 * The text with every such word group broken by `_` (`exceeded_quota`), whatever its case and wherever its parts came from: a name, a
 * registry's error, two values side by side, the end of one line and the start of the next. Never longer than it was, in bytes too.
 * To be applied to a whole text, after everything was put together.
 */
export function wireText(text: string): string {
  return broken(text, SIGNALS_FOUND);
}

/** As {@link wireText}, for the text of a refusal that no other try will change. */
export function finalText(text: string): string {
  return broken(wireText(text), FAULTS_FOUND);
}

const SIGNALS_FOUND: readonly RegExp[] = SIGNALS.map(pattern);
const FAULTS_FOUND: readonly RegExp[] = PASSING_FAULTS.map(pattern);

/** The last gap of a group is caught by itself; each gap is read once, since a word stands before it. */
function pattern(words: readonly string[]): RegExp {
  return new RegExp(`(${words.slice(0, -1).join('\\s+')})(\\s+)(?=${words.at(-1)})`, 'gi');
}

/** One group after the other: where two of them share a word, the second finds what the first has left. */
function broken(text: string, groups: readonly RegExp[]): string {
  // Every group has a gap, so that text without one (most of what an admission says) holds none of them.
  if (!/\s/.test(text)) return text;
  return groups.reduce((rest, group) => rest.replace(group, (_whole, head: string, gap: string) => `${head}${gap.slice(0, -1)}_`), text);
}
