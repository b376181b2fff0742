/** A publish summary of what `gatehouse verify` has admitted, signed here and without a server. */
import { rm, writeFile } from 'node:fs/promises';
import type { Decision } from '../../domain/decision/decision.ts';
import { orderOf, vouchablePaths } from '../gate/orders.ts';
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
    const missing = (why: string): false => {
      context.stderr(`gatehouse: no summary: ${why}\n`);
      return false;
    };
    const vouchable = vouchablePaths(decision);
    if (decision.artifacts.length === 0 || !decision.artifacts.every(({ path }) => vouchable.has(path)))
      return missing('not every requirement is satisfied under policies that enforce');
    const order = orderOf(decision, decision.artifacts, { caller: 'gatehouse verify', uid: vsaRun, purpose: 'publish' });
    const issued = order === undefined ? undefined : signer.issue({ ...order, usage: 'publish' });
    if (issued?.state !== 'signed') return missing(issued?.state === 'none' ? issued.why : 'the artifact has no digest');
    await writeFile(vsaOut, issued.text);
    return true;
  };
}
