/** What a user named and cannot be used is wrong usage, told as such. */
import type { RegistryConfig } from '../../domain/artifact/registry.ts';
import { caProblem } from '../../platform/config/texts/ca-text.ts';
import { readInputText } from '../../platform/input-file.ts';
import { UsageError } from '../../surfaces/cli/context.ts';
import type { LocalOptions } from '../../surfaces/cli/context.ts';

/** Throws what was thrown as {@link UsageError}: a file that the user named cannot be used. */
export function asUsageError(cause: unknown): never {
  throw new UsageError(cause instanceof Error ? cause.message : String(cause));
}

/** The registries with certificate authorities and token services of their own, as flags name them. Throws {@link UsageError}. */
export async function registriesOf(
  { registryCAs, authHosts = [] }: Pick<LocalOptions, 'registryCAs' | 'authHosts'>,
): Promise<RegistryConfig[]> {
  const authorities = await Promise.all(registryCAs.map(async ({ host, file }) => {
    const ca = await readInputText(file).catch(asUsageError);
    const problem = caProblem(ca);
    if (problem !== undefined) throw new UsageError(`--registry-ca ${file}: ${problem}`);
    return { host, ca };
  }));
  const hosts = new Set([...authorities, ...authHosts].map(({ host }) => host));
  return [...hosts].map((host) => {
    const services = authHosts.filter((one) => one.host === host).flatMap((one) => one.services);
    const ca = authorities.findLast((one) => one.host === host)?.ca;
    return { host, ...(ca === undefined ? {} : { ca }), ...(services.length === 0 ? {} : { authHosts: services }) };
  });
}
