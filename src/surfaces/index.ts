/** All ways in on the main port, a line each. */
import type { HttpSurface } from './http/deps.ts';
import { imagereview } from './imagereview/index.ts';
import { webhook } from './webhook/index.ts';

/** The surfaces of the main port. A new one is one folder and one line here. */
export function httpSurfaces(): readonly HttpSurface[] {
  return [webhook, imagereview];
}
