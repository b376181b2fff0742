/** The section `gate`: the port that build tasks ask, who may ask, and what is signed; off unless it has a port. */
import { z } from 'zod';
import { duration, size } from '../units.ts';
import { gateCallersSchema } from './callers.ts';
import { gateProviderSchema } from './provider.ts';
import { receiptsSchema } from './receipts.ts';

/** Keys, bounds and defaults. */
export const gateSchema = z.strictObject({
  /** 0: there is no gate. */
  port: z.int().min(0).max(65_535).default(0),
  /** For whom tokens must have been issued. */
  audience: z.string().min(1).max(256).default('gatehouse'),
  bodyBytes: size('16MiB', '64KiB', '64MiB'),
  /** Questions that may wait for something at once: a share of its own beside `limits.maxInFlight`. */
  maxInFlight: z.int().min(1).max(100_000).default(64),
  /** Of each caller: questions under way, and artifacts in a minute. */
  callerInFlight: z.int().min(1).max(10_000).default(8),
  callerPerMinute: z.int().min(1).max(1_000_000).default(20_000),
  budget: duration('30s', '1s', '5m'),
  callers: gateCallersSchema,
  receipts: receiptsSchema,
  provider: gateProviderSchema.exactOptional(),
}).prefault({});

/** The section as checked. */
export type GateConfig = z.output<typeof gateSchema>;
