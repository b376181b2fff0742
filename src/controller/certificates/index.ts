/** The serving certificate of replicas: made, trusted by webhooks, and renewed by the controller. */
import { serviceNames } from '../../platform/tls/service-names.ts';
import type { KubeApi } from '../../cluster/api.ts';
import { certificateStores } from './cluster.ts';
import { createCertificateKeeper } from './keeper.ts';
import type { CertificateKeeper, KeeperOptions } from './keeper.ts';
import type { ApiWriter } from './writer.ts';

export { createCertificateKeeper } from './keeper.ts';
export type { CertificateKeeper, CertificateState, KeeperOptions } from './keeper.ts';
export { createApiClock, createApiWriter } from './writer.ts';
export type { ApiWriter } from './writer.ts';

const DAYS = 90;

/** A keeper of the certificate of Service `gatehouse` in a namespace, over the API server. Started by whoever holds the lease. */
export function keepCertificate(
  { api, writer, namespace, ...options }: { readonly api: Pick<KubeApi, 'get'>; readonly writer: ApiWriter; readonly namespace: string }
    & Pick<KeeperOptions, 'clock' | 'did' | 'failed'> & Partial<Pick<KeeperOptions, 'times'>>,
): CertificateKeeper {
  return createCertificateKeeper({
    ...certificateStores(api, writer, namespace),
    names: serviceNames('gatehouse', namespace),
    async make(names, now) {
      // Loaded when one is made, which is once in two months.
      const { makeServingCertificate } = await import('../../platform/tls/authority.ts');
      return makeServingCertificate({ names, days: DAYS, now, authority: 'gatehouse CA' });
    },
    ...options,
  });
}
