/** The section `mutate`: the webhook that writes into objects what was judged; off unless it is enabled. */
import { z } from 'zod';

/** Keys, bounds and defaults. */
export const mutateSchema = z.strictObject({
  enabled: z.boolean().default(false),
  /** Whose tags become the digests that were judged; `templates` means pods as well. */
  pinTags: z.enum(['none', 'pods', 'templates'], 'expected none, pods or templates').default('pods'),
  /** Whether `gatehouse.dev/verified` is set where it is true, and removed where it is not. */
  label: z.boolean().default(true),
}).prefault({});
