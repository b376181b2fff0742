/** TrustRoot of policy-controller: a TUF repository or keys, as a TrustRoot of ours. */
import type { JsonObject } from '../../text/json/fields.ts';
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';
import { nameOf } from '../session.ts';
import type { Session } from '../session.ts';

/** No end of validity is written there: what is listed counts for as long as it is listed. */
const ALWAYS_VALID = { start: '1970-01-01T00:00:00Z' };

/** Translates one, and remembers by which name it is referred to. */
export function trustRoot(root: MapReader, session: Session): void {
  const { source } = root;
  const { name } = nameOf(root, 'trust-root');
  root.without('status');
  const spec = root.map('spec');
  const text = JSON.stringify(root.raw('spec') ?? null);
  if ((session.rootTexts.get(name) ?? text) !== text)
    return refuse(source, ['metadata', 'name'], `each TrustRoot once; found two named ${name} that differ, and which of them is meant nobody says`);
  session.rootTexts.set(name, text);
  const written = ['remote', 'repository', 'sigstoreKeys'].filter((one) => spec?.has(one));
  if (spec === undefined || written.length !== 1) return refuse(source, ['spec'], `exactly one of remote, repository, sigstoreKeys; found ${written.join(' and ') || 'none'}`);
  const sigstore = spec.has('remote') ? remoteOf(spec) : spec.has('sigstoreKeys') ? keysOf(spec) : repositoryOf(spec);
  if (sigstore === undefined) return;
  if (!['tuf', 'transparencyLogs', 'timestampAuthorities'].some((key) => Object.hasOwn(sigstore, key)))
    return source.remark('unsaid', spec.at('sigstoreKeys'), {
      what: 'a root without logs and timestamp authorities', why: 'nothing says when a signature was made, and certificates are valid for minutes',
      help: 'list tLogs or timestampAuthorities; who names this root is left out until then',
    });
  session.roots.set(name, session.root(name, { sigstore }, source.place(['metadata', 'name'])));
}

function remoteOf(spec: MapReader): JsonObject | undefined {
  const remote = spec.map('remote');
  const mirror = remote?.text('mirror') ?? '';
  const root = decoded(remote, 'root');
  const targets = remote?.text('targets') ?? 'targets';
  const target = remote?.text('trustedRootTarget') ?? 'trusted_root.json';
  if (!/^https?:\/\/[^\s?#@\\]+$/.test(mirror)) return void refuse(spec.source, remote?.at('mirror') ?? [], 'the URL of a TUF repository');
  if (root === undefined) return undefined;
  const base = mirror.replace(/\/+$/, '');
  const places = { ...(targets === 'targets' ? {} : { targets: `${base}/${targets}` }), ...(target === 'trusted_root.json' ? {} : { target }) };
  return { tuf: { mirror: base, root, ...places } };
}

function repositoryOf(spec: MapReader): undefined {
  spec.map('repository')?.without('root', 'mirrorFS', 'targets', 'trustedRootTarget');
  spec.source.remark('unsaid', spec.at('repository'), {
    what: 'a whole TUF repository, packed', why: 'a packed repository cannot be asked for something newer, so there is no such form here',
    help: 'unpack it (base64 -d | tar xz), and paste its targets/…trusted_root.json as spec.sigstore.trustedRoot; who names this root is left out until then',
  });
}

function keysOf(spec: MapReader): JsonObject | undefined {
  const keys = spec.map('sigstoreKeys');
  if (keys === undefined) return undefined;
  const lists: readonly (readonly [string, string, (entry: MapReader) => JsonObject | undefined])[] = [
    ['certificateAuthorities', 'certificateAuthorities', authorityOf], ['tLogs', 'transparencyLogs', logOf],
    ['ctLogs', 'ctLogs', logOf], ['timestampAuthorities', 'timestampAuthorities', authorityOf],
  ];
  return Object.fromEntries(lists.flatMap(([theirs, ours, read]) => {
    const entries = keys.maps(theirs).flatMap((entry) => read(entry) ?? []);
    return entries.length === 0 ? [] : [[ours, entries]];
  }));
}

function authorityOf(entry: MapReader): JsonObject | undefined {
  const subject = entry.map('subject');
  subject?.without('organization', 'commonName');
  const chain = decoded(entry, 'certChain');
  const uri = entry.text('uri');
  return chain === undefined ? undefined : { chain, ...(uri === undefined || uri === '' ? {} : { uri }), validFor: ALWAYS_VALID };
}

function logOf(entry: MapReader): JsonObject | undefined {
  const [hash, publicKey] = [entry.text('hashAlgorithm'), decoded(entry, 'publicKey')];
  const baseUrl = entry.text('baseURL') ?? '';
  if (hash !== undefined && !/^sha-?256$/i.test(hash)) return void refuse(entry.source, entry.at('hashAlgorithm'), 'sha-256');
  if (baseUrl === '') return void refuse(entry.source, entry.at('baseURL'), 'the URL of the log');
  return publicKey === undefined ? undefined : { publicKey, baseUrl, validFor: ALWAYS_VALID };
}

/** Bytes as YAML of Kubernetes holds them; also as they are, which no other reading could be taken for. */
function decoded(of: MapReader | undefined, key: string): string | undefined {
  const text = of?.text(key);
  if (of === undefined || text === undefined) return void (of === undefined ? undefined : refuse(of.source, of.at(key), 'bytes in base64'));
  const bare = text.replaceAll(/\s+/g, '');
  if (text.trimStart().startsWith('-----BEGIN') || text.trimStart().startsWith('{')) return text;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(bare)) return void refuse(of.source, of.at(key), 'bytes in base64');
  return Buffer.from(bare, 'base64').toString('utf8');
}
