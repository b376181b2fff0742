/** Policies put into a registry, as a command. */
import { EXIT, UsageError } from '../context.ts';
import type { CliContext } from '../context.ts';
import { localOptions, timeoutOf } from '../options.ts';
import type { JudgeFlags } from '../options.ts';

export interface PushFlags extends Pick<JudgeFlags, 'plainHttp' | 'dockerConfig' | 'registryCa' | 'authHost' | 'timeout'> {
  readonly setVersion?: string;
}

const WHOLE = /^[1-9][0-9]{0,14}$/;

/** `gatehouse policy push`: pushes files as one artifact and prints its name with its digest, which is to be signed. */
export async function push(reference: string, files: readonly string[], flags: PushFlags, context: CliContext): Promise<number> {
  const { setVersion: version } = flags;
  if (version !== undefined && !WHOLE.test(version)) throw new UsageError(`--set-version ${version}: expected a whole number from 1 on`);
  const host = reference.includes('/') ? reference.slice(0, reference.indexOf('/')) : undefined;
  const outcome = await context.rooms.pushPolicies(reference, files, {
    ...localOptions({ ...flags, policy: [] }, host),
    version: version === undefined ? undefined : Number(version), signal: AbortSignal.timeout(timeoutOf(flags)),
  });
  if ('problem' in outcome) {
    context.stderr(`${outcome.problem}\n`);
    return EXIT.undetermined;
  }
  context.stdout(`${outcome.name}@${outcome.digest}\n`);
  return EXIT.admitted;
}
