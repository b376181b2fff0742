/** The CEL library, loaded only where there is a condition. */
import { createRequire } from 'node:module';
import { once } from '../../text/once.ts';

/** The CEL library as conditions use it. */
export type CelEngine = typeof import('@bufbuild/cel') & Pick<typeof import('@bufbuild/cel/ext'), 'strings'>;

const load = createRequire(import.meta.url);

/**
 * The CEL library, loaded into this thread when the first condition is read: it takes tens of megabytes, and most
 * servers have no condition. Loaded synchronously, because policies are compiled in one go.
 */
export const celEngine: () => CelEngine = once(() => ({
  ...(load('@bufbuild/cel') as typeof import('@bufbuild/cel')),
  strings: (load('@bufbuild/cel/ext') as typeof import('@bufbuild/cel/ext')).strings,
}));
