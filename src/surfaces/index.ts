/** All ways in on the main port, a line each. */
import type { HttpSurface } from './http/deps.ts';
import { imagereview } from './imagereview/index.ts';
import { mutate } from './mutate/index.ts';
import type { MutateOptions } from './mutate/index.ts';
import { webhook } from './webhook/index.ts';

export type { MutateOptions, MutationKind } from './mutate/index.ts';

/** The surfaces of the main port; the one that changes objects only where it is asked for. A new one is one folder and one line here. */
export function httpSurfaces(mutation?: MutateOptions): readonly HttpSurface[] {
  return [webhook, ...(mutation === undefined ? [] : [mutate(mutation)]), imagereview];
}
