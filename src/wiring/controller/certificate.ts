/** The serving certificate of the replicas is kept while this controller leads. */
import { createApiClock, createApiWriter, keepCertificate } from '../../controller/certificates/index.ts';
import type { ApiWriter } from '../../controller/certificates/index.ts';
import { NotLeading } from '../../controller/cluster/fenced.ts';
import type { LeaderTask } from '../../controller/tasks.ts';
import type { KubeApi } from '../../cluster/api.ts';
import type { KubeAccess } from '../../cluster/service-account.ts';
import { pause } from '../../flow/pause.ts';
import type { Telemetry } from '../../platform/telemetry.ts';

/** With what it is kept. */
export interface CertificateTask {
  readonly api: KubeApi;
  readonly access: KubeAccess;
  readonly namespace: string;
  leads(): boolean;
}

/** Looks four times a minute, as long as it leads. */
export function certificateTask({ api, access, namespace, leads }: CertificateTask, { logger, metrics }: Telemetry): LeaderTask {
  const writer = createApiWriter(access);
  const fenced: ApiWriter = { send: (write) => (leads() ? writer.send(write) : Promise.reject(new NotLeading())) };
  const keeper = keepCertificate({
    api, writer: fenced, namespace, clock: createApiClock(access),
    did: (what) => logger.info({ what }, 'serving certificate'),
    failed: (problem) => logger.error({ problem }, 'serving certificate cannot be kept'),
  });
  metrics.gauge('controller_certificate_expiry_timestamp_seconds', 'When the certificate that is kept ends, in seconds since 1970', () => {
    const state = keeper.current();
    return state === undefined ? undefined : state.notAfter / 1000;
  });
  return {
    name: 'certificate',
    async run(signal) {
      while (!signal.aborted) {
        await keeper.step();
        await pause(LOOK_MS, signal);
      }
    },
  };
}

/** Until then a gate that was installed just now refuses everything. */
const LOOK_MS = 15_000;
