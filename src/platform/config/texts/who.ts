/** Names of users, groups and certificates in the configuration: compared exactly, so that what nobody can be called is refused. */
import { z } from 'zod';

/** A name of at most so many characters. White space around it is a slip of the pen: nobody would have it, and nobody be told. */
export function nameOf(most = 253) {
  return z.string().min(1).max(most).refine((text) => text.trim() === text, {
    error: ({ input }) => `expected a name without white space around it, found ${JSON.stringify(input)}`,
  });
}
