/** Keys and bundles of the issuers whose tokens count at the gate: where each comes from, and how often it is looked at. */
import { following, readKeySet, readTrustBundle } from '../../authn/index.ts';
import type { DocumentFetcher, IssuerKeys, TrustBundle } from '../../authn/index.ts';
import { documentFile } from '../../feeds/documents.ts';
import type { DocumentOptions, FollowedDocument } from '../../feeds/documents.ts';
import type { ServerConfig } from '../../platform/config/config.ts';
import { isObject, ownText } from '../../text/json/fields.ts';
import { readJsonBytes } from '../../text/json/read.ts';
import type { Cluster } from '../cluster.ts';

/** Follows a document until the gate ends. */
export type Follow = <T>(options: Omit<DocumentOptions<T>, 'staleMs' | 'refused'>) => FollowedDocument<T>;
/** Brings what issuers publish. */
export type Fetcher = Pick<DocumentFetcher, 'keySet' | 'bundle'>;
/** The section `gate.callers`. */
export type CallersConfig = ServerConfig['gate']['callers'];

const MINUTE = 60_000;
const FILE_PAUSE_MS = 5_000;
const PAUSES = { ci: 15 * MINUTE, kubernetes: 5 * MINUTE, bundle: 5 * MINUTE };
const KEYS = { accept: 'application/json, application/jwk-set+json', maxBytes: 1024 * 1024 };

/** Entries by issuer: keys are followed once for all of them. */
export function ciSystems(all: CallersConfig['ci'], fetcher: Fetcher, follow: Follow) {
  return [...Map.groupBy(all, ({ issuer }) => issuer)].map(([issuer, entries]) => {
    const { kind = 'generic', run = [], jwksFile } = entries[0] ?? {};
    const load = jwksFile === undefined ? (signal: AbortSignal) => fetcher.keySet(issuer, signal) : documentFile(jwksFile);
    const keys = follow<IssuerKeys>({
      name: `gate-keys ${issuer}`,
      load,
      read: (bytes) => ({ issuer, keys: readKeySet(jsonOf(bytes), 'sig') }),
      pauseMs: () => (jwksFile === undefined ? PAUSES.ci : FILE_PAUSE_MS),
      ...(jwksFile === undefined ? {} : { watch: [jwksFile] }),
    });
    return { issuer, kind, run, keys, entries };
  });
}

/** The bundle of a trust domain, from its file or its endpoint. */
export function followBundle(
  name: string, file: string | undefined, url: string, fetcher: Fetcher, follow: Follow,
): FollowedDocument<TrustBundle> {
  return follow<TrustBundle>({
    name: `gate-bundle ${name}`,
    load: file === undefined ? (signal) => fetcher.bundle(url, signal) : documentFile(file),
    read(bytes, inForce) {
      const bundle = readTrustBundle(jsonOf(bytes));
      // A file is put there by whoever runs us; an endpoint may answer from a copy of before.
      return file === undefined ? following(bundle, inForce) : bundle;
    },
    pauseMs: (bundle) => (file === undefined ? bundle?.refreshMs ?? PAUSES.bundle : FILE_PAUSE_MS),
    ...(file === undefined ? {} : { watch: [file] }),
  });
}

/** Keys of the cluster's issuer, from a file or from the API server; `undefined` when there is neither. */
export function clusterKeys(
  { kubernetesIssuer: issuer, kubernetesJwksFile: file }: CallersConfig, api: Cluster['reviews'], follow: Follow,
): FollowedDocument<IssuerKeys> | undefined {
  const name = 'gate-keys kubernetes';
  if (issuer !== undefined && file !== undefined) {
    const read = (bytes: Uint8Array): IssuerKeys => ({ issuer, keys: readKeySet(jsonOf(bytes), 'sig') });
    return follow({ name, load: documentFile(file), read, pauseMs: () => FILE_PAUSE_MS, watch: [file] });
  }
  if (api === undefined) return undefined;
  return follow<IssuerKeys>({
    name,
    async load(signal) {
      const within = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
      const get = async (path: string): Promise<unknown> => {
        const { status, body } = await api.get(path, within, KEYS);
        if (status !== 200) throw new Error(`the API server answers ${status} to GET ${path}`);
        return body;
      };
      const [discovery, keys] = await Promise.all([get('/.well-known/openid-configuration'), get('/openid/v1/jwks')]);
      return Buffer.from(JSON.stringify({ issuer: ownText(discovery, 'issuer'), keys }));
    },
    read(bytes) {
      const document = jsonOf(bytes);
      const named = ownText(document, 'issuer');
      if (named === undefined || named === '') throw new Error('the API server does not say which issuer it is');
      return { issuer: named, keys: readKeySet(isObject(document) ? document['keys'] : undefined, 'sig') };
    },
    pauseMs: () => PAUSES.kubernetes,
  });
}

function jsonOf(bytes: Uint8Array): unknown {
  const read = readJsonBytes(bytes, { maxDepth: 32, maxItems: 50_000 });
  if (!read.ok) throw new Error(`expected JSON that can be read in one way only, found a fault of ${read.fault.kind}`);
  return read.value;
}
