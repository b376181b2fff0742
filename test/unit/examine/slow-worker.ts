import { parentPort } from 'node:worker_threads';
import type { Examination } from '../../../src/domain/policy/content-check.ts';
import type { Asked } from '../../../src/flow/threads/asked.ts';

/** Stands in for the examination worker; the question's key says how it behaves. */
parentPort?.on('message', ({ id, question: examination }: Asked<Examination>) => {
  if (examination.key.startsWith('hang')) for (;;) { /* as an expression that never ends */ }
  if (examination.key.startsWith('die')) process.exit(1);
  if (examination.key.startsWith('throw')) throw new Error('boom');
  if (examination.key.startsWith('fault')) parentPort?.postMessage({ id, answer: { ok: false, code: 'ENGINE_FAULT', cause: 'fault' } });
  else parentPort?.postMessage({ id, answer: { ok: true, objections: [] } });
});
