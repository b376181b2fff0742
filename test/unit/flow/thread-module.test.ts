import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { threadModule } from '../../../src/flow/threads/thread-module.ts';

const SRC = new URL('../../../src/', import.meta.url).href;

/** Runs a module in a process of its own; how often V8 compiled a call from WebAssembly to JavaScript anew there. */
async function recompiled(module: string): Promise<number> {
  const child = spawn(process.execPath, ['--trace-wasm-compilation-times', '--input-type=module'], { stdio: ['pipe', 'pipe', 'inherit'], env: {} });
  child.stdin.end(module);
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect(code).toBe(0);
  expect(printed).toMatch(/^Compiled function/m);
  return printed.match(/^Compiled WasmToJS wrapper/gm)?.length ?? 0;
}

/** Asks a thread of this module one question, which it need not understand, and waits for its answer. */
const throughThreads = (worker: string): string => `
  import { createThreads } from '${SRC}flow/threads/threads.ts';
  const threads = createThreads({
    name: 'test', worker: new URL('${SRC}${worker}'), threads: 1, start: 'at once', ahead: 1, budgetMs: 100_000, heapMb: 192, youngMb: 24, env: {},
    encoder: () => (question) => question, refuse: () => undefined, lost: (_, { why }) => why,
  });
  await threads.run({});
  await threads.close();`;

/** As Node has it. */
const asWorker = (worker: string): string => `
  import { Worker } from 'node:worker_threads';
  const worker = new Worker(new URL('${SRC}${worker}'), { execArgv: [] });
  worker.postMessage({ id: 0, question: {} });
  await new Promise((resolve) => worker.once('message', resolve).once('error', resolve));
  await worker.terminate();`;

test.each(['verify/worker.ts', 'examine/worker.ts'])('threads that run %s have nothing compiled anew by which V8 would end the process', async (worker) => {
  expect(await recompiled(throughThreads(worker))).toBe(0);
});

test('the twin: a thread as Node starts it has', async () => {
  expect(await recompiled(asWorker('verify/worker.ts'))).toBeGreaterThan(0);
});

test('what is compiled starts what is compiled', () => {
  expect(threadModule('file:///app/dist/verify/pool.js').href).toBe('file:///app/dist/verify/worker.js');
  expect(threadModule('file:///app/src/verify/pool.ts').href).toBe('file:///app/src/verify/worker.ts');
});
