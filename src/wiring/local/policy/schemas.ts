/** JSON Schemas of all kinds of documents, those that policies are tested with among them. */
import { jsonSchemas } from '../../../policy/index.ts';
import { policyTestSchema } from '../../../rehearse/index.ts';
import { UsageError } from '../../../surfaces/cli/context.ts';

/** The schemas of every kind of document that some command reads. */
export const SCHEMAS = jsonSchemas([
  { kind: 'PolicyTest', text: 'What policies have to say to artifacts in a made-up world; gatehouse test runs it.', schema: policyTestSchema },
]);

/** The schema of a kind, or of all kinds; throws {@link UsageError} for a kind that there is not. */
export function schemaOf(kind: string | undefined): unknown {
  const found = kind === undefined ? SCHEMAS.combined() : SCHEMAS.of(kind);
  if (found === undefined) throw new UsageError(`no kind is called ${JSON.stringify(kind)}; known are ${SCHEMAS.kinds.join(', ')}`);
  return found;
}
