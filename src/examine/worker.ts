import { parentPort } from 'node:worker_threads';
import type { Examination, Examined } from '../domain/policy/content-check.ts';
import { createConditionRunner } from './cel/run.ts';
import { runExamination } from './run.ts';

/** One question to an examination thread. */
export interface ToExaminer {
  readonly id: number;
  readonly examination: Examination;
}

/** Its answer. */
export interface FromExaminer {
  readonly id: number;
  readonly examined: Examined;
}

/**
 * Entry of an examination thread. It answers every question in the order received, and knows nothing but what the
 * question brings and which expressions it has planned.
 */
const port = parentPort;
const conditions = createConditionRunner();

port?.on('message', ({ id, examination }: ToExaminer) => {
  port.postMessage({ id, examined: runExamination(examination, conditions) } satisfies FromExaminer);
});
