/** Asking a cluster whether the installation in it works, with the rights of whoever asks. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createKubeApi, findKubeAccess } from '../../cluster/api.ts';
import type { KubeAccess } from '../../cluster/service-account.ts';
import { createTextReader } from '../../controller/certificates/writer.ts';
import { judgeInstallation, readInstallation, tryGate } from '../../controller/installation/index.ts';
import { VERSION } from '../../platform/version.ts';
import { UsageError } from '../../surfaces/cli/context.ts';
import type { CliRooms } from '../../surfaces/cli/context.ts';
import { asUsageError } from './usage.ts';

const TIME_MS = 60_000;

/** Reads the installation where that is wanted, and tries the gate. Throws {@link UsageError} where no API server answers. */
export const checkCluster: CliRooms['checkCluster'] = async ({ kubeconfig, isInstallation, probe }, now) => {
  const access = await accessFor(kubeconfig);
  const api = createKubeApi(access);
  const signal = AbortSignal.timeout(TIME_MS);
  try {
    const read = isInstallation ? await readInstallation(api, createTextReader(access), signal) : undefined;
    const installation = read === undefined ? [] : judgeInstallation(read, VERSION, now);
    return [...installation, ...(await tryGate(api, probe, signal))];
  } catch (cause) {
    throw new UsageError(`${access.server} does not answer: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
};

/** As kubectl finds it: the flag, KUBECONFIG, the file at home; or the account of the pod that this is. */
async function accessFor(flag: string | undefined): Promise<KubeAccess> {
  const home = join(homedir(), '.kube', 'config');
  const named = flag ?? (process.env['KUBECONFIG'] ?? '').split(delimiter).find((file) => file !== '');
  const isPod = process.env['KUBERNETES_SERVICE_HOST'] !== undefined;
  const file = named ?? (!isPod && existsSync(home) ? home : undefined);
  const access = await findKubeAccess(file, isPod ? process.env : false).catch(asUsageError);
  if (access !== undefined) return access;
  throw new UsageError(`no cluster to ask: expected --kubeconfig FILE, KUBECONFIG or ${home}, found none of them`);
}
