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

const off = (why: string, strong = 'true'): Judge => (now, before) => (before === strong && now !== strong ? why : undefined);
const on = (why: string): Judge => (now, before) => (now === 'true' && before !== 'true' ? why : undefined);
const changed = (why: string): Judge => (now, before) => ((now ?? '') === (before ?? '') ? undefined : why);
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
const signer: Judge = (now, before) => {
  if (now === 'none') return 'nothing would be signed';
  return before !== undefined && before !== now ? 'it would be signed by another signer than before' : undefined;
};
/** Absent is Chains' own default, in which runs are stored in annotations alone. */
const storage: Judge = (now, before) => {
  if (now === '') return 'what is signed would be stored nowhere';
  return entries(before).includes('oci') && !entries(now).includes('oci')
    ? 'what is signed would no longer be stored with the image'
    : undefined;
};
const levels = ['stable', 'beta', 'alpha'];
const alpha: Judge = (now = 'beta', before = 'beta') =>
  levels.indexOf(now) < levels.indexOf(before) && before === 'alpha' ? 'hermetic execution would no longer be honoured' : undefined;
const noMatch: Judge = (now = 'ignore', before = 'ignore') =>
  ['ignore', 'warn', 'fail'].indexOf(now) < ['ignore', 'warn', 'fail'].indexOf(before)
    ? 'definitions without a policy would no longer be refused'
    : undefined;

const SERVER = changed('tokens and sources would go to, or come from, another server');

/** Keys of each ConfigMap; a key that ends with `*` stands for all that begin so, and the first that matches counts. */
const TABLE: Readonly<Record<string, Readonly<Record<string, Judge>>>> = {
  'feature-flags': {
    'enable-api-fields': alpha,
    'trusted-resources-verification-no-match-policy': noMatch,
    'disable-inline-spec': lost('inline definitions would be allowed'),
    'enable-provenance-in-status': (now = 'true', before = 'true') =>
      before === 'true' && now !== 'true' ? 'where definitions come from would no longer be recorded' : undefined,
    'enforce-nonfalsifiability': (now = 'none', before = 'none') =>
      before !== 'none' && now !== before ? 'results could be forged' : undefined,
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
  'resolvers-feature-flags': { '*': on('a resolver would be switched on') },
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
    'artifacts.taskrun.storage': storage, 'artifacts.pipelinerun.storage': storage, 'artifacts.oci.storage': storage,
    'artifacts.taskrun.format': changed('provenance would be written in another format'),
    'artifacts.pipelinerun.format': changed('provenance would be written in another format'),
    'artifacts.pipelinerun.enable-deep-inspection': off('results of tasks would no longer be looked at'),
    'builder.id': changed('provenance would name another builder'),
    'transparency.enabled': (now = 'false', before = 'false') =>
      before !== 'false' && now === 'false' ? 'signatures would no longer be logged' : undefined,
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
  return Object.hasOwn(data, key) ? data[key]?.trim() : undefined;
}

function entries(text: string | undefined): readonly string[] {
  return (text ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
}
