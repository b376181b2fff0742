/** Programs that tests start, started faster: what Node makes of the sources is kept from one start to the next. */
import { fileURLToPath } from 'node:url';

/** For the environment of every program that a test starts with an environment of its own. */
export const COMPILE_CACHE = { NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url)) } as const;
