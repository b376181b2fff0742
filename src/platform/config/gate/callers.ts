/** `gate.callers`: whose tokens count at the gate. */
import { z } from 'zod';

/** Keys, bounds and defaults; what is absent proves nobody. */
export const gateCallersSchema = z.strictObject({
  /** Tokens of service accounts of the cluster, which the API server is asked about. */
  kubernetes: z.boolean().default(true),
}).prefault({});
