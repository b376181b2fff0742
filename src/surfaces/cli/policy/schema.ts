/** The JSON Schemas of policy documents, as a command. */
import { EXIT } from '../context.ts';
import type { CliContext } from '../context.ts';

/** `gatehouse policy schema [KIND]`: prints a JSON Schema (2020-12); throws {@link UsageError} for a kind that there is not. */
export async function schema(kind: string | undefined, context: CliContext): Promise<number> {
  context.stdout(`${JSON.stringify(await context.rooms.schema(kind), null, 2)}\n`);
  return EXIT.admitted;
}
