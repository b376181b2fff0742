/** What this room must know of one kind of trust root. */
import type { z } from 'zod';
import type { RootWindows } from '../../domain/policy/expiry.ts';
import type { TrustReader } from '../../domain/ports.ts';
import type { TrustRootKind, TrustRootOf } from '../../domain/policy/trust-root.ts';
import type { Reporter } from '../read/reporter.ts';

/** What a trust root is compiled with. */
export interface CompileTools {
  readonly trust: TrustReader;
  readonly report: Reporter;
}

/**
 * All that this room knows of one kind of trust root, side by side. `Written` is what a document writes under
 * `spec.<kind>`, as the schema reads it.
 */
export interface TrustRootPart<K extends TrustRootKind, Written> {
  readonly schema: z.ZodType<Written>;
  /** The root, or `undefined` when it is broken; every problem is reported where it stands in the document. */
  compile(name: string, written: Written, tools: CompileTools): TrustRootOf<K> | undefined;
  /** Until when its authorities can prove anything new. */
  windows(root: TrustRootOf<K>, trust: TrustReader): RootWindows;
  /** True when it lists a log that could hold a key's signature. */
  listsLogs(root: TrustRootOf<K>): boolean;
  /** True when it lists nobody who tells a time: under it nothing has a provable age. */
  datesNothing(root: TrustRootOf<K>): boolean;
}
