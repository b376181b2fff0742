/** `gate.receipts`: by which keys receipts are signed, and how long they hold. */
import { z } from 'zod';
import { duration } from '../units.ts';

const file = z.string().min(1).refine((text) => !text.includes('\0'), 'expected a path, found a NUL character');

/** Keys, bounds and defaults. */
export const receiptsSchema = z.strictObject({
  /** Begins the id of the verifier in every summary: `<verifier>/gate`, `<verifier>/publish`. */
  verifier: z.string().max(256).regex(/^https:\/\/[a-z0-9.-]+(?::\d+)?(?:\/[A-Za-z0-9._~-]+)*$/, 'expected an https URI without slash at its end')
    .default('https://gatehouse.dev/verifier'),
  /** File or folder with private keys, PEM; the last by name signs, the public halves of the others are still shown. */
  keys: file.optional(),
  /** How long a new key is shown before it signs in place of another one: so long other replicas may take to see it. */
  settle: duration('5m', '0s', '24h'),
  /** How long a receipt of the gate holds. */
  lasts: duration('6h', '1m', '168h'),
}).prefault({});
