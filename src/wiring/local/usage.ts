/** What a user named and cannot be used is wrong usage, told as such. */
import { caProblem } from '../../platform/config/ca-text.ts';
import { readInputText } from '../../platform/input-file.ts';
import { UsageError } from '../../surfaces/cli/context.ts';
import type { LocalOptions } from '../../surfaces/cli/context.ts';

/** Throws what was thrown as {@link UsageError}: a file that the user named cannot be used. */
export function asUsageError(cause: unknown): never {
  throw new UsageError(cause instanceof Error ? cause.message : String(cause));
}

/** The registries with certificate authorities of their own, as `--registry-ca` names them. Throws {@link UsageError}. */
export function registriesOf({ registryCAs }: Pick<LocalOptions, 'registryCAs'>): Promise<{ host: string; ca: string }[]> {
  return Promise.all(registryCAs.map(async ({ host, file }) => {
    const ca = await readInputText(file).catch(asUsageError);
    const problem = caProblem(ca);
    if (problem !== undefined) throw new UsageError(`--registry-ca ${file}: ${problem}`);
    return { host, ca };
  }));
}
