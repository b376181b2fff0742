/** A publish summary of what `gatehouse verify` has admitted, signed here and without a server. */
import { rm, writeFile } from 'node:fs/promises';
import type { Decision } from '../../domain/decision/decision.ts';
import { UsageError } from './context.ts';
import type { CliContext } from './context.ts';

/** Flags by which a summary is asked for. */
export interface SummaryFlags {
  readonly vsaOut?: string;
  readonly vsaKey?: string;
  readonly vsaVerifier?: string;
  readonly vsaRun?: string;
}

const VERIFIER = 'https://gatehouse.dev/verifier';
const VERIFIER_FORM = /^https:\/\/[a-z0-9.-]+(?::\d+)?(?:\/[A-Za-z0-9._~-]+)*$/;

/**
 * What writes the summary of a decision, and says whether it has; `undefined` where none is asked for. The same rules as at the gate:
 * none for what only warns, for exceptions, and for what no policy that enforces speaks about.
 */
export async function summariser(
  { vsaOut, vsaKey, vsaVerifier = VERIFIER, vsaRun }: SummaryFlags, context: CliContext,
): Promise<((decision: Decision) => Promise<boolean>) | undefined> {
  if (vsaOut === undefined && vsaKey === undefined && vsaRun === undefined) return undefined;
  if (vsaOut === undefined || vsaKey === undefined) throw new UsageError('--vsa-out and --vsa-key go together');
  if (!VERIFIER_FORM.test(vsaVerifier)) throw new UsageError(`--vsa-verifier ${vsaVerifier}: expected an https URI without slash at its end`);
  const signer = await context.rooms.openSigner({ key: vsaKey, verifier: vsaVerifier });
  await rm(vsaOut, { force: true });
  return async (decision) => {
    const signed = signer.sign(decision, vsaRun);
    if ('missing' in signed) context.stderr(`gatehouse: no summary: ${signed.missing}\n`);
    else await writeFile(vsaOut, signed.text);
    return 'text' in signed;
  };
}
