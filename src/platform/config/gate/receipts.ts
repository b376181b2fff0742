/** `gate.receipts`: by which keys receipts are signed, and how long they hold. */
import { z } from 'zod';
import { duration } from '../units.ts';

const file = z.string().min(1).refine((text) => !text.includes('\0'), 'expected a path, found a NUL character');

const url = z.string().max(1024).regex(/^https?:\/\/[a-z0-9.[\]:-]+(?:\/[A-Za-z0-9._~%-]+)*$/, 'expected an https URL without slash at its end');
const text = z.string().min(1).max(1024);

const keyless = z.strictObject({
  fulcio: url,
  /** Absent: no log. */
  rekor: url.optional(),
  tsa: url.optional(),
  /** Read for every signature. */
  identityTokenFile: file,
  /** File with the `trusted_root.json` by which what was signed is read back. */
  trustRoot: file,
  /** Whom its certificates name: nobody else's count as ours. */
  issuer: text,
  subject: text,
}).refine(({ rekor, tsa }) => rekor !== undefined || tsa !== undefined, 'expected rekor or tsa: without either nothing says when it was signed');

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
  /** Present: an identity signs in place of a key, in the background; keys then only verify. */
  keyless: keyless.optional(),
}).prefault({});
