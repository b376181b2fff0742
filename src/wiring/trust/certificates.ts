/** Revoked certificates: what authorities publish is followed over the network, in the one way that server and commands share. */
import type { CertificateRevocation, CertificateStatuses, RevocationReader } from '../../domain/certificate-status.ts';
import type { PolicySet } from '../../domain/policy/policy.ts';
import type { PolicyStore } from '../../domain/ports.ts';
import type { Admit } from '../../engine/admit.ts';
import { createCertificateFeed } from '../../feeds/certificates/index.ts';
import type { CertificateFeed } from '../../feeds/certificates/index.ts';
import { reportCertificates } from '../../feeds/certificates/report.ts';
import { createRevocationFetcher } from '../../fetch/index.ts';
import type { RevocationFetcher, TufMirrorOptions } from '../../fetch/index.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { outbound } from '../environment.ts';
import type { Lifetime } from '../lifetime.ts';

/** With what authorities are asked. */
export interface CertificateParts {
  readonly policies: PolicyStore;
  /** What of the configuration says who may be reached, as it is at the moment. */
  network(): Pick<TufMirrorOptions, 'plainHttp' | 'registries'>;
  /** Where ages and failures are told; a command has none. */
  readonly telemetry?: Pick<Telemetry, 'logger' | 'metrics'>;
}

/** What is known of revoked certificates. */
export interface Certificates {
  readonly certificates: CertificateStatuses;
  /** Fetches the lists that the trust roots in force name, from now on: for when another set is in force. */
  followListed(): void;
  /** The same judgement, once more when something was fetched for it for the first time: for whoever has time. */
  patiently(admit: Admit): Admit;
}

/** How long a command waits for what was asked for the first time. */
const FIRST_MS = 10_000;

/** Opens it; nothing is connected to until a certificate under a root that has revocation judged is met. It ends with the lifetime. */
export function openCertificates({ policies, network, telemetry }: CertificateParts, lifetime: Lifetime): Certificates {
  const opened: { feed?: CertificateFeed } = {};
  const events = telemetry === undefined ? SILENT : reportCertificates(telemetry, () => opened.feed);
  const fetch = createFetch(network, () => hostsOf(listedBy(policies)), lifetime);
  const feed = (opened.feed = createCertificateFeed({ clock: Date, reader: readerOnce(), fetch, events }));
  lifetime.defer(() => feed.close());
  return {
    certificates: feed,
    followListed: () => feed.pin(listedBy(policies)),
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
  const roots = [...policies, ...requestPolicies].flatMap(({ trust }) => trust.roots);
  return roots.flatMap((root) => ('revocation' in root && root.revocation !== undefined ? [root.revocation] : []));
}

const SILENT = { fetched: () => undefined, failed: () => undefined };

/** Lists that the trust roots in force name. */
function listedBy(policies: PolicyStore): readonly string[] {
  const state = policies.current();
  if (!state.ready) return [];
  return [...new Set(askedBy(state.set).flatMap(({ lists }) => lists))];
}

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
