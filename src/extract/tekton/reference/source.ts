/** Where a resolver would get a definition from, in the canonical form of its kind: nothing is asked for. */
import type { DefinitionSource } from '../../../domain/build/definition.ts';
import { parseImageReference } from '../../../domain/artifact/image-reference.ts';
import { parseRevision } from '../../../domain/artifact/revision.ts';
import { parseSourceUri } from '../../../domain/artifact/source-uri.ts';

/** Parameters of a resolver with their values put in. */
type Params = Readonly<Record<string, string>>;

/** Makes a source of the parameters of one resolver. */
const READERS: Readonly<Record<string, (params: Params) => DefinitionSource>> = {
  bundles: bundle,
  git,
  hub: (params) => ({
    from: 'hub',
    catalog: get(params, 'catalog'),
    name: get(params, 'name'),
    version: get(params, 'version'),
    ...(get(params, 'url') === '' ? {} : { url: get(params, 'url') }),
  }),
  http,
  cluster: (params) => ({
    from: 'cluster',
    namespace: get(params, 'namespace'),
    resource: `${get(params, 'kind').toLowerCase()}s`,
    name: get(params, 'name'),
  }),
};

/** The source that a resolver's parameters name; `unknown`, with the reason, where they name none that is certain. */
export function readSource(resolver: string, params: Params): DefinitionSource {
  const read = Object.hasOwn(READERS, resolver) ? READERS[resolver] : undefined;
  if (read !== undefined) return read(params);
  return unknown(resolver === '' ? 'the resolver that the engine is set to use' : 'a resolver that is not known');
}

function bundle(params: Params): DefinitionSource {
  const reference = get(params, 'bundle');
  const parsed = parseImageReference(reference);
  if (!parsed.ok) return unknown(`bundle: ${parsed.problem}`);
  const { name, digest } = parsed.reference;
  return { from: 'bundle', reference, name, ...(digest === undefined ? {} : { digest }), entry: get(params, 'name') };
}

function git(params: Params): DefinitionSource {
  const url = repository(params);
  if (url === undefined) return unknown('no repository that could be understood in one way only');
  const revision = get(params, 'revision');
  return { from: 'git', url, revision, file: get(params, 'pathInRepo'), pinned: parseRevision(revision) !== undefined };
}

/** Servers of the providers that have one; for others the resolver's own setting decides, which an object does not show. */
const SERVERS: Readonly<Record<string, string>> = { github: 'github.com', gitlab: 'gitlab.com', bitbucketcloud: 'bitbucket.org' };

function repository(params: Params): string | undefined {
  const url = get(params, 'url');
  if (url !== '') return get(params, 'repo') === '' ? canonicalRepository(url) : undefined;
  const server = get(params, 'serverURL');
  const provider = get(params, 'scmType');
  const host = server === '' ? (Object.hasOwn(SERVERS, provider) ? SERVERS[provider] : undefined) : server.replace(/^https:\/\//, '');
  if (host === undefined || get(params, 'org') === '' || get(params, 'repo') === '') return undefined;
  return canonicalRepository(`https://${host.replace(/\/$/, '')}/${get(params, 'org')}/${get(params, 'repo')}`);
}

/**
 * One spelling for a repository: `https://host/path`, also for `ssh://git@host/path` and `git@host:path`, which is the same one on
 * that host. `undefined` for other users, for ports of ssh, for a ref in the URL and for all that leaves a doubt (security.md K07).
 */
export function canonicalRepository(url: string): string | undefined {
  if (url.length > 2048) return undefined;
  const short = /^git@([^:/@\s]+):([^:@\s]+)$/.exec(url);
  const location = parseSourceUri(short === null ? url : `ssh://git@${short[1] ?? ''}/${short[2] ?? ''}`);
  if (location === undefined || location.ref !== undefined) return undefined;
  if (!location.repository.startsWith('ssh://')) return location.repository;
  const plain = location.repository.slice('ssh://'.length);
  return plain.slice(0, plain.indexOf('/')).includes(':') ? undefined : `https://${plain}`;
}

function http(params: Params): DefinitionSource {
  const url = get(params, 'url');
  if (!/^https?:\/\/[^/@\s]+(?:\/|$)/.test(url)) return unknown('no URL without a user name');
  const digest = get(params, 'digest');
  return { from: 'http', url, ...(/^sha256:[0-9a-f]{64}$/.test(digest) ? { digest } : {}) };
}

function get(params: Params, name: string): string {
  return Object.hasOwn(params, name) ? (params[name] ?? '') : '';
}

function unknown(why: string): DefinitionSource {
  return { from: 'unknown', why };
}
