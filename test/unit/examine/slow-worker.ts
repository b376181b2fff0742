import { parentPort } from 'node:worker_threads';
import type { ToExaminer } from '../../../src/examine/worker.ts';

/** Stands in for the examination worker; the question's key says how it behaves. */
parentPort?.on('message', ({ id, examination }: ToExaminer) => {
  if (examination.key.startsWith('hang')) for (;;) { /* as an expression that never ends */ }
  if (examination.key.startsWith('die')) process.exit(1);
  if (examination.key.startsWith('throw')) throw new Error('boom');
  if (examination.key.startsWith('fault')) parentPort?.postMessage({ id, examined: { ok: false, code: 'ENGINE_FAULT', cause: 'fault' } });
  else parentPort?.postMessage({ id, examined: { ok: true, objections: [] } });
});
