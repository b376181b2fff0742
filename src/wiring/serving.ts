/** What the server serves with, certificate and policies, and how every change of them is told. */
import { openPolicyStore } from '../feeds/policies/store.ts';
import type { CompilePolicies, FolderPolicyStore, PolicyEvents } from '../feeds/policies/store.ts';
import type { Composing } from '../feeds/policies/composed/offer.ts';
import type { ComposedPolicyStore } from '../feeds/policies/composed/store.ts';
import type { ClusterSource } from '../feeds/policies/sources/cluster.ts';
import { reportPolicySources } from './policies/metrics.ts';
import { openPolicySources } from './policy-sources.ts';
import { lostPolicies } from '../policy/index.ts';
import { countPolicies } from '../domain/policy/policy.ts';
import type { PolicyProblem } from '../domain/policy/policy.ts';
import { fixedFeed } from '../feeds/feed.ts';
import { developmentCertificate } from '../platform/tls/development.ts';
import { openCertificate } from '../feeds/serving-certificate.ts';
import type { CertificateFiles, ServingCertificate } from '../feeds/serving-certificate.ts';
import type { PolicySignatures } from './signed/index.ts';
import type { Telemetry } from '../platform/telemetry.ts';
import type { Configuration } from './live/configuration.ts';

/** The certificate to serve with; `development` is its PEM when it was made in memory. */
export type Certificate = ServingCertificate & { readonly development?: string };

/** Opens the serving certificate from its files, or makes one when `development` names are given. Throws when there is neither. */
export async function openTls(
  files: CertificateFiles | undefined,
  development: readonly string[] | undefined,
  { logger, metrics }: Telemetry,
  pollMs?: number,
): Promise<Certificate> {
  if (development !== undefined) {
    const made = await developmentCertificate(development);
    logger.warn('serving with a certificate made for development');
    return { ...fixedFeed('serving-certificate', made.options), development: made.cert, attach: () => undefined };
  }
  if (files === undefined)
    throw new Error(
      'no serving certificate: set tls.cert and tls.key in the configuration, or --tls-cert and --tls-key; --dev-cert makes one for a trial',
    );
  return openCertificate(
    files,
    {
      loaded({ notAfter, serial }) {
        metrics.certificate(notAfter);
        const line = { serial, notAfter: new Date(notAfter).toISOString() };
        if (notAfter <= Date.now()) logger.error(line, 'serving certificate has expired');
        else logger.info(line, 'serving certificate loaded');
      },
      refused(problem) {
        metrics.certificateRefused();
        logger.error({ problem }, 'new serving certificate refused, the old one stays in use');
      },
    },
    pollMs,
  );
}

/** Lines that one set of policies may write: thousands of warnings at once would hold up whoever waits for an answer. */
const MOST_LINES = 100;

/** What compiles policies: whole sets, and what is composed of several sources. */
export interface Compilers {
  readonly compile: CompilePolicies;
  readonly composing: Composing;
}

/** Opens the policy folders, or all sources of policies, and reports every change of the set to log and metrics. */
export async function openPolicies(
  configuration: Configuration,
  { compile, composing }: Compilers,
  telemetry: Telemetry,
  pollMs?: number,
  signatures?: Pick<PolicySignatures, 'inForce' | 'sources'>,
  cluster?: ClusterSource,
): Promise<FolderPolicyStore & Partial<ComposedPolicyStore>> {
  const config = configuration.current();
  const allowed = { get allowNoPolicies() { return configuration.current().allowNoPolicies; } };
  const { logger, metrics } = telemetry;
  const each = <T>(all: readonly T[], tell: (one: T) => void): void => {
    for (const one of all.slice(0, MOST_LINES)) tell(one);
    if (all.length > MOST_LINES) logger.warn({ more: all.length - MOST_LINES }, 'and more of the same, which are not told');
  };
  const events: PolicyEvents = {
    changed(set, problems, lost) {
      signatures?.inForce(set);
      metrics.policies({ ready: true, generation: set.generation, count: countPolicies(set) });
      each(problems, (problem: PolicyProblem) => logger.warn({ problem }, 'policy warning'));
      metrics.policiesLost(lost);
      each(lost, (one) => logger.warn(one, 'a policy that was enforced is lost, or demands less than before'));
      logger[countPolicies(set) === 0 ? 'warn' : 'info'](
        { generation: set.generation, policies: countPolicies(set), lost: new Set(lost.map(({ policy }) => policy)).size },
        'policies loaded',
      );
    },
    refused(problems, ready) {
      metrics.policies({ ready });
      metrics.policiesRefused();
      const said = ready ? 'new policies refused, the old ones stay in force' : 'policies refused, nothing can be admitted';
      each(problems, (problem) => logger[problem.severity === 'error' ? 'error' : 'warn']({ problem }, said));
      // Whoever starts with an empty folder reads the first line, and it says what is missing.
      if (!ready && problems[0]?.severity === 'warning') logger.warn(`not ready: ${problems[0].message}`);
    },
  };
  const store = config.policySources.length > 0
    ? await openPolicySources(config, { composing, telemetry, events, pollMs, allowed, signatures, cluster })
    : await openPolicyStore({
      folders: config.policies, compile, lost: lostPolicies, events,
      get allowNoPolicies() { return allowed.allowNoPolicies; },
      ...(pollMs === undefined ? {} : { pollMs }),
    });
  reportPolicySources(metrics, store);
  return store;
}
