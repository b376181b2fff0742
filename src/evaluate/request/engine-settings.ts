/** Settings of engines by which what policies rely on would no longer hold: one table of keys and weak values. */
import type { EngineSettingsMatter } from '../../domain/build/matter.ts';

/** A change of one key that weakens; absent values are the engine's default. */
export interface Weakening {
  readonly key: string;
  /** What must not become of it, for people. */
  readonly why: string;
}

/** Says whether a change of a key weakens; `undefined` when it does not. Values as written, `undefined` where the key is absent. */
type Judge = (now: string | undefined, before: string | undefined) => string | undefined;

/** What the engines take for a switch that is on or off (Go's strconv.ParseBool); anything else is neither, and rejected or passed over. */
const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** A switch that must stay on; `usual` is what it is where nobody says. */
const off = (why: string, usual = 'false'): Judge => (now = usual, before = usual) =>
  (TRUE.has(before) && !TRUE.has(now) ? why : undefined);
/** A switch that must not be turned on. */
const on = (why: string, usual = 'false'): Judge => (now = usual, before = usual) =>
  (now !== before && !FALSE.has(now) && !TRUE.has(before) ? why : undefined);
const changed = (why: string): Judge => (now = '', before = '') => (now.trim() === before.trim() ? undefined : why);
const lost = (why: string): Judge => (now, before) => {
  const left = new Set(entries(now));
  return entries(before).some((entry) => !left.has(entry)) ? why : undefined;
};
const gained = (why: string): Judge => (now, before) => {
  const had = new Set(entries(before));
  return entries(now).some((entry) => !had.has(entry)) ? why : undefined;
};
/** An allow list: empty allows all, so it is weaker when it is emptied, and when it gains. */
const widened = (why: string): Judge => (now, before) => {
  if (entries(now).length === 0) return entries(before).length === 0 ? undefined : why;
  return entries(before).length === 0 ? undefined : gained(why)(now, before);
};
const signer: Judge = (now = 'x509', before = 'x509') => {
  if (now.trim() === before.trim()) return undefined;
  return now.trim() === 'none' ? 'nothing would be signed' : 'it would be signed by another signer than before';
};
/** `usual` is where Chains stores what it signs when nobody says: images with them, runs in annotations alone. */
const storage = (usual: string): Judge => (now = usual, before = usual) => {
  if (now.trim() === '') return before.trim() === '' ? undefined : 'what is signed would be stored nowhere';
  return entries(before).includes('oci') && !entries(now).includes('oci')
    ? 'what is signed would no longer be stored with the image'
    : undefined;
};
/** A value of a list whose later members are stronger; Tekton reads it in lower case. What is none of them is weaker than all. */
const lowered = (why: string, levels: readonly string[], usual: string): Judge => (now = usual, before = usual) =>
  (levels.indexOf(now.toLowerCase()) < levels.indexOf(before.toLowerCase()) ? why : undefined);
const alpha: Judge = (now, before) =>
  (before?.toLowerCase() === 'alpha' && now?.toLowerCase() !== 'alpha' ? 'hermetic execution would no longer be honoured' : undefined);
/** Only these two words switch it on, as they are; with `manual` only what asks for it is logged. */
const LOGGING: readonly string[] = ['manual', 'true'];
const logged: Judge = (now = '', before = '') =>
  (LOGGING.indexOf(now) < LOGGING.indexOf(before) ? 'signatures would no longer be logged' : undefined);

const SERVER = changed('tokens and sources would go to, or come from, another server');

/** Keys of each ConfigMap; a key that ends with `*` stands for all that begin so, and the first that matches counts. */
const TABLE: Readonly<Record<string, Readonly<Record<string, Judge>>>> = {
  'feature-flags': {
    'enable-api-fields': alpha,
    'trusted-resources-verification-no-match-policy':
      lowered('definitions without a policy would no longer be refused', ['ignore', 'warn', 'fail'], 'ignore'),
    'disable-inline-spec': lost('inline definitions would be allowed'),
    'enable-provenance-in-status': off('where definitions come from would no longer be recorded', 'true'),
    'enforce-nonfalsifiability': lowered('results could be forged', ['none', 'spire'], 'none'),
    'disable-creds-init': off('credentials of the account would be written into every step'),
    'require-git-ssh-secret-known-hosts': off('servers of repositories would not be known by their keys'),
    'set-security-context': off('the engine\'s own containers would run without a security context'),
    'set-security-context-read-only-root-filesystem': off('the engine\'s own containers could be written to'),
    'enable-tekton-oci-bundles': on('bundles could be named without a resolver'),
  },
  'config-defaults': {
    'default-service-account': changed('runs that name no account would run as another'),
    'default-pod-template': changed('every pod would be made by another template'),
    'default-forbidden-env': lost('pod templates could set variables that are forbidden now'),
    'default-resolver-type': changed('references without a resolver would be resolved by another'),
    'default-affinity-assistant-pod-template': changed('every affinity assistant would be made by another template'),
  },
  // A resolver of which nothing is said is on.
  'resolvers-feature-flags': { '*': on('a resolver would be switched on', 'true') },
  'resolver-config': {
    'allowed-namespaces': widened('definitions of further namespaces could be used'),
    'blocked-namespaces': lost('definitions of namespaces that are blocked could be used'),
    'default-service-account': changed('bundles would be pulled as another account'),
    'server-url': SERVER,
    'default-url': SERVER,
    'default-revision': changed('another revision would be fetched by default'),
    'scm-type': SERVER,
    'api-token-secret*': changed('another token would be used'),
    'default-*': changed('other definitions would be fetched by default'),
  },
  'chains-config': {
    'artifacts.taskrun.signer': signer, 'artifacts.pipelinerun.signer': signer, 'artifacts.oci.signer': signer,
    'artifacts.taskrun.storage': storage('tekton'), 'artifacts.pipelinerun.storage': storage('tekton'),
    'artifacts.oci.storage': storage('oci'),
    'artifacts.taskrun.format': changed('provenance would be written in another format'),
    'artifacts.pipelinerun.format': changed('provenance would be written in another format'),
    'artifacts.pipelinerun.enable-deep-inspection': off('results of tasks would no longer be looked at'),
    'builder.id': changed('provenance would name another builder'),
    'builddefinition.buildtype': changed('provenance would say something else of how it was built'),
    'transparency.enabled': logged,
    'transparency.url': changed('signatures would be logged elsewhere'),
    'signers.*': changed('it would be signed by something else'),
    'storage.oci.*': changed('what is signed would be stored elsewhere'),
  },
  'workflow-controller-configmap': {
    workflowRestrictions: changed('which workflows may run would change'),
    workflowDefaults: changed('every workflow would get other defaults'),
    config: changed('settings that cannot be told apart would change'),
    executor: changed('another executor would run'),
    mainContainer: changed('every container would get other settings'),
  },
};

/** Everything in a change of an engine's settings that weakens; a ConfigMap that is removed loses all that it says. */
export function weakenings({ name, data, before }: Pick<EngineSettingsMatter, 'name' | 'data' | 'before'>): readonly Weakening[] {
  const table = TABLE[name] ?? (name.endsWith('resolver-config') ? TABLE['resolver-config'] : undefined) ?? {};
  const keys = [...new Set([...Object.keys(data), ...Object.keys(before)])].toSorted();
  return keys.flatMap((key) => {
    const why = judgeOf(table, key)?.(member(data, key), member(before, key));
    return why === undefined ? [] : [{ key, why }];
  });
}

function judgeOf(table: Readonly<Record<string, Judge>>, key: string): Judge | undefined {
  if (Object.hasOwn(table, key)) return table[key];
  const pattern = Object.keys(table).find((name) => name.endsWith('*') && key.startsWith(name.slice(0, -1)));
  return pattern === undefined ? undefined : table[pattern];
}

function member(data: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(data, key) ? data[key] : undefined;
}

function entries(text: string | undefined): readonly string[] {
  return (text ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
}
