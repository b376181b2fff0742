/** Revoked certificates: what authorities publish is followed over the network, in the one way that server and commands share. */
import { join } from 'node:path';
import type { CertificateRevocation, CertificateStatuses, RevocationReader } from '../../domain/certificate-status.ts';
import type { Expiry } from '../../domain/policy/expiry.ts';
import type { PolicySet } from '../../domain/policy/policy.ts';
import type { TrustRoot } from '../../domain/policy/trust-root.ts';
import type { PolicyStore } from '../../domain/ports.ts';
import type { Admit } from '../../engine/admit.ts';
import { createCertificateFeed } from '../../feeds/certificates/index.ts';
import type { CertificateFeed, CertificateFeedEvents } from '../../feeds/certificates/index.ts';
import type { ListStore } from '../../feeds/certificates/remembered.ts';
import { reportCertificates } from '../../feeds/certificates/report.ts';
import { createFileStore } from '../../feeds/trust-roots/index.ts';
import { createRevocationFetcher } from '../../fetch/index.ts';
import type { RevocationFetcher, OutwardOptions } from '../../fetch/index.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { sha256Hex } from '../../text/sha256.ts';
import { outbound } from '../environment.ts';
import type { Lifetime } from '../lifetime.ts';

/** With what authorities are asked. */
export interface CertificateParts {
  /** How the trust roots that matter have revocation judged, as it is at the moment. */
  asked(): readonly CertificateRevocation[];
  /** What of the configuration says who may be reached, as it is at the moment. */
  network(): Pick<OutwardOptions, 'plainHttp' | 'registries'>;
  /** Where ages and failures are told; a command has none. */
  readonly telemetry?: Pick<Telemetry, 'logger' | 'metrics'>;
  /** Told instead of them. */
  readonly events?: CertificateFeedEvents;
  /** Folder in which lists that trust roots name survive a restart. */
  readonly folder?: string | undefined;
}

/** What is known of revoked certificates. */
export interface Certificates {
  readonly certificates: CertificateStatuses;
  /** Fetches the lists that the trust roots in force name, from now on: for when another set is in force. */
  followListed(): void;
  /** Counts how often authorities have said that somebody else is revoked than before. */
  changes(): number;
  /** When lists end that nobody seems to renew, as ends of trust; `ahead` in milliseconds. */
  ends(now: number, ahead: number): readonly Expiry[];
  /** Waits for what was asked for the first time, so long at most; true when there was anything. */
  settled(ms: number): Promise<boolean>;
  /** The same judgement, once more when something was fetched for it for the first time: for whoever has time. */
  patiently(admit: Admit): Admit;
}

/** How long a command waits for what was asked for the first time. */
const FIRST_MS = 10_000;

/** Opens it; nothing is connected to until a certificate under a root that has revocation judged is met. It ends with the lifetime. */
export function openCertificates(
  { asked, network, telemetry, events: told = SILENT, folder }: CertificateParts, lifetime: Lifetime,
): Certificates {
  const opened: { feed?: CertificateFeed } = {};
  const events = telemetry === undefined ? told : reportCertificates(telemetry, () => opened.feed);
  const listed = (): readonly string[] => [...new Set(asked().flatMap(({ lists }) => lists))];
  const fetch = createFetch(network, () => hostsOf(listed()), lifetime);
  const feed = (opened.feed = createCertificateFeed({
    clock: Date, reader: readerOnce(), fetch, events, store: storeIn(folder, telemetry),
  }));
  lifetime.defer(() => feed.close());
  return {
    certificates: feed,
    followListed: () => feed.pin(listed()),
    ends: (now, ahead) => feed.ends().flatMap(({ url: name, at }): Expiry[] =>
      (at < now || at - now >= ahead ? [] : [{ kind: 'revocation-list', name, item: '', at, state: 'expiring' }])),
    changes: () => feed.changes(),
    settled: (ms) => feed.settled(ms),
    patiently: (admit) => async (review, budget) => {
      const first = await admit(review, budget);
      return (await feed.settled(Math.max(0, Math.min(FIRST_MS, budget.deadline - Date.now() - 1000)))) ? admit(review, budget) : first;
    },
  };
}

/** True when some trust root has revocation judged: else nothing of this is needed. */
export function judgesRevocation(set: Pick<PolicySet, 'policies' | 'requestPolicies'>): boolean {
  return askedBy(set).length > 0;
}

/** How the trust roots of a set, of whatever policies, have revocation judged. */
function askedBy({ policies, requestPolicies = [] }: Pick<PolicySet, 'policies' | 'requestPolicies'>): readonly CertificateRevocation[] {
  return askedByRoots([...policies, ...requestPolicies].flatMap(({ trust }) => trust.roots));
}

/** The same of trust roots. */
export function askedByRoots(roots: readonly TrustRoot[]): readonly CertificateRevocation[] {
  return roots.flatMap((root) => ('revocation' in root && root.revocation !== undefined ? [root.revocation] : []));
}

/** The same of the policies that are in force at the moment. */
export function askedInForce(policies: PolicyStore): readonly CertificateRevocation[] {
  const state = policies.current();
  return state.ready ? askedBy(state.set) : [];
}

/** The folder for lists of a kind below that of the configuration, where it has one. */
export function listsIn(cacheDir: string | undefined, name: 'revocation' | 'revocation-policies'): string | undefined {
  return cacheDir === undefined ? undefined : join(cacheDir, name);
}

/** Under names made of the URLs. */
function storeIn(folder: string | undefined, telemetry: CertificateParts['telemetry']): ListStore | undefined {
  if (folder === undefined) return undefined;
  const files = createFileStore(folder, (problem) =>
    telemetry?.logger.warn({ problem }, 'trust.cacheDir cannot be written, lists of revoked certificates are kept in memory only'));
  const nameOf = (url: string): string => `${sha256Hex(new TextEncoder().encode(url)).slice(0, 40)}.lists`;
  return { read: (url) => files.read(nameOf(url)), write: (url, bytes) => files.write(nameOf(url), bytes) };
}

const SILENT = { fetched: () => undefined, failed: () => undefined };

function hostsOf(urls: readonly string[]): ReadonlySet<string> {
  return new Set(urls.flatMap((url) => URL.parse(url)?.host ?? []));
}

/** What reads lists and answers: loaded and made with the first question. */
function readerOnce(): () => Promise<RevocationReader> {
  const loaded: { reader?: Promise<RevocationReader> } = {};
  return () => (loaded.reader ??= import('../../trust/revocation/reader.ts').then((made) => made.createRevocationReader()));
}

/** The client is made with the first question, and anew when the configuration says something else about the network. */
function createFetch(
  network: CertificateParts['network'], named: () => ReadonlySet<string>, lifetime: Lifetime,
): RevocationFetcher['fetch'] {
  let made: { readonly by: string; readonly fetcher: RevocationFetcher } | undefined;
  lifetime.defer(() => made?.fetcher.close());
  return (url, options, signal) => {
    const { plainHttp, registries } = network();
    const by = JSON.stringify([plainHttp, registries]);
    if (made?.by !== by) {
      // Lets what is under way end.
      void made?.fetcher.close().catch(() => undefined);
      made = { by, fetcher: createRevocationFetcher({ ...outbound(), plainHttp, registries, named }) };
    }
    return made.fetcher.fetch(url, options, signal);
  };
}
