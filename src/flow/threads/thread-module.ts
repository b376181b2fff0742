/** The module of a thread: JavaScript in what is shipped, TypeScript where a program runs from its sources. */
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { setFlagsFromString } from 'node:v8';

/** Calls after which V8 would compile a function anew through which WebAssembly calls JavaScript: more than there are. */
const NEVER = 2 ** 30;

/** The module `worker` beside the one whose `import.meta.url` is given: its source beside a source, else its JavaScript. */
export function threadModule(beside: string): URL {
  return new URL(isSource(beside) ? './worker.ts' : './worker.js', beside);
}

/**
 * Keeps threads that run TypeScript from ending the process; to be called before such a thread starts. Node strips types with
 * WebAssembly, whose code all threads of a process share, and V8 13.6 frees what others still hold when one of them compiles its
 * calls of JavaScript anew (in `Runtime_TierUpWasmToJSWrapper`: a fatal error, or a segmentation fault). Without that it is safe.
 */
export function sparesSources(module: URL): void {
  if (isSource(module.href)) setFlagsFromString(`--wasm-wrapper-tiering-budget=${NEVER}`);
}

/** The environment of a thread that runs TypeScript: where Node keeps what it makes of sources, if it does so for this process. */
export function sourceEnvironment(module: URL): Readonly<Record<string, string>> {
  const folder = isSource(module.href) ? getCompileCacheDir() : undefined;
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}

function isSource(url: string): boolean {
  return url.endsWith('.ts');
}
