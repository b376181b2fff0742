/** What the server serves with, certificate and policies, and how every change of them is told. */
import { openPolicyStore } from '../feeds/policies/store.ts';
import type { CompilePolicies, FolderPolicyStore } from '../feeds/policies/store.ts';
import { fixedFeed } from '../feeds/feed.ts';
import { developmentCertificate } from '../platform/tls/development.ts';
import { openCertificate } from '../feeds/serving-certificate.ts';
import type { CertificateFiles, ServingCertificate } from '../feeds/serving-certificate.ts';
import type { Telemetry } from '../platform/telemetry.ts';

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

/** Opens the policy folders and reports every change of the set to log and metrics. */
export function openPolicies(
  folders: readonly string[],
  compile: CompilePolicies,
  { logger, metrics }: Telemetry,
  pollMs?: number,
): Promise<FolderPolicyStore> {
  return openPolicyStore({
    folders,
    compile,
    ...(pollMs === undefined ? {} : { pollMs }),
    events: {
      changed(set, problems) {
        metrics.policies({ ready: true, generation: set.generation, count: set.policies.length });
        for (const problem of problems) logger.warn({ problem }, 'policy warning');
        logger[set.policies.length === 0 ? 'warn' : 'info'](
          { generation: set.generation, policies: set.policies.length },
          'policies loaded',
        );
      },
      refused(problems, ready) {
        metrics.policies({ ready });
        metrics.policiesRefused();
        for (const problem of problems)
          logger.error(
            { problem },
            ready ? 'new policies refused, the old ones stay in force' : 'policies refused, nothing can be admitted',
          );
      },
    },
  });
}
