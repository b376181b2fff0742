/** The catalogue of reasons, as a command. */
import { isReasonCode, REASONS } from '../../domain/decision/reasons.ts';
import { reasonText } from '../../explain/index.ts';
import { EXIT, UsageError } from './context.ts';
import type { CliContext } from './context.ts';

/** `gatehouse explain CODE`: what a code of a denial means and what to do; without a code, all there are. */
export function explain(code: string | undefined, context: CliContext): number {
  if (code === undefined) {
    context.stdout(`${Object.entries(REASONS).map(([name, { title }]) => `${name.padEnd(28)} ${title}`).join('\n')}\n`);
    return EXIT.admitted;
  }
  const name = code.toUpperCase();
  if (!isReasonCode(name)) throw new UsageError(`${code}: no such reason code; gatehouse explain lists them all`);
  context.stdout(`${reasonText(name).trimEnd()}\n`);
  return EXIT.admitted;
}
