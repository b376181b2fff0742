/** Credentials from docker's configuration and from pull secrets, read without ever quoting them. */
import type { FetchProblem } from '../../domain/ports.ts';
import type { DockerAuths, RegistryCredential } from '../../domain/artifact/registry.ts';
import { decodeBase64 } from '../../text/base64.ts';
import { isObject, own, ownText } from '../../text/json/fields.ts';
import { readJsonText } from '../../text/json/read.ts';
import type { JsonFault } from '../../text/json/read.ts';

/** Content of a docker configuration, or why it cannot be read; the problem never quotes the content. */
export type DockerConfigResult =
  { readonly ok: true; readonly auths: DockerAuths } | { readonly ok: false; readonly problem: FetchProblem };

const LONGEST = 1024 * 1024;
/** The fault never quotes the text: a key or a piece of it may be a secret. */
const WORDS: { readonly [kind in JsonFault['kind']]?: string } = {
  size: 'is larger than 1 MiB',
  depth: 'is nested too deeply',
  items: 'has too many members and items',
  'duplicate-key': 'has a key twice in an object: readers disagree on which counts',
  'forbidden-key': 'has a key named __proto__',
};
const HELPER = /^[a-z0-9][a-z0-9-]{0,63}$/;

/**
 * Reads the text of a docker `config.json`, of a `kubernetes.io/dockerconfigjson` secret, or of the older
 * `kubernetes.io/dockercfg` secret (the same entries without `auths` around them). Keys stay as written.
 * At most 1 MiB. Entries without any credential (as credential stores leave behind) are skipped, those that
 * cannot be decoded stand under `unreadable`.
 */
export function readDockerConfig(text: string): DockerConfigResult {
  const read = readJsonText(text, { maxBytes: LONGEST });
  if (!read.ok) return unreadable(WORDS[read.fault.kind] ?? 'is not JSON');
  const config = read.value;
  if (!isObject(config)) return unreadable('is not a JSON object');
  const entries = own(config, 'auths') ?? (isBareDockercfg(config) ? config : {});
  if (!isObject(entries)) return unreadable('has no object under auths');
  const auths = new Map<string, RegistryCredential>();
  const unusable = new Set<string>();
  for (const [key, entry] of Object.entries(entries)) {
    const credential = readCredential(entry);
    // One bad entry costs only itself: the others are for other registries.
    if (credential === 'invalid') unusable.add(key);
    else if (credential !== undefined) auths.set(key, credential);
  }
  const credsStore = ownText(config, 'credsStore');
  return {
    ok: true,
    auths: {
      auths,
      ...(unusable.size > 0 ? { unreadable: unusable } : {}),
      credHelpers: readHelpers(own(config, 'credHelpers')),
      ...(credsStore !== undefined && HELPER.test(credsStore) ? { credsStore } : {}),
    },
  };
}

function unreadable(cause: string): DockerConfigResult {
  return { ok: false, problem: { code: 'FETCH_CREDENTIALS', source: 'docker configuration', cause: `the docker configuration ${cause}` } };
}

function isBareDockercfg(config: object): boolean {
  const values = Object.values(config);
  return (
    values.length > 0 &&
    values.every((value) => isObject(value) && (own(value, 'auth') !== undefined || own(value, 'username') !== undefined))
  );
}

function readHelpers(value: unknown): ReadonlyMap<string, string> {
  const helpers = new Map<string, string>();
  if (!isObject(value)) return helpers;
  for (const [host, name] of Object.entries(value)) if (typeof name === 'string' && HELPER.test(name)) helpers.set(host, name);
  return helpers;
}

function readCredential(entry: unknown): RegistryCredential | undefined | 'invalid' {
  if (!isObject(entry)) return 'invalid';
  const auth = ownText(entry, 'auth');
  const decoded = auth === undefined || auth === '' ? undefined : decodeAuth(auth);
  if (decoded === 'invalid') return 'invalid';
  const username = decoded?.username ?? ownText(entry, 'username');
  const password = decoded?.password ?? ownText(entry, 'password');
  const identityToken = ownText(entry, 'identitytoken');
  const registryToken = ownText(entry, 'registrytoken');
  const credential = {
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(identityToken ? { identityToken } : {}),
    ...(registryToken ? { registryToken } : {}),
  };
  return Object.keys(credential).length === 0 ? undefined : credential;
}

/**
 * `base64(user:password)`; the password may contain colons and, as docker writes it, trailing NULs. Line ends within the base64 are
 * skipped, as kubelet does: `echo` and `base64` without `-w0` leave them.
 */
function decodeAuth(auth: string): { readonly username: string; readonly password: string } | 'invalid' {
  const text = decodeBase64(auth.replace(/[\r\n]/g, ''))?.toString('utf8');
  const colon = text?.indexOf(':') ?? -1;
  return text === undefined || colon < 0
    ? 'invalid'
    : { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
}
