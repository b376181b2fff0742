/** `gate.provider`: clients that ask in the protocol of OPA Gatekeeper's external data, by client certificate. */
import { z } from 'zod';
import { nameOf } from '../texts/who.ts';

const file = z.string().min(1).refine((text) => !text.includes('\0'), 'expected a path, found a NUL character');

/** Keys and bounds; absent: the provider is not there. */
export const gateProviderSchema = z.strictObject({
  /** File with the authorities (PEM) whose clients are answered: that of Gatekeeper's certificates. */
  clientCA: file,
  /** Names of which the certificate must have one; absent: any certificate of an authority. */
  names: z.array(nameOf()).min(1).max(16).exactOptional(),
  /** The namespace as which images are judged; absent: none, so that only policies of the cluster speak. */
  namespace: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'expected the name of a namespace').exactOptional(),
});
