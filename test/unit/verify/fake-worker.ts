import { existsSync, writeFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { Answered, Asked } from '../../../src/flow/threads/asked.ts';
import type { ToWorker } from '../../../src/verify/messages.ts';
import type { RawOutcome } from '../../../src/verify/proof.ts';

/**
 * A verification thread for tests of the pool. What it does is written in the evidence: `hang` never answers,
 * `crash` throws, `exit` ends the thread, `memory` eats its heap, `short` answers nothing for the piece,
 * `slow-once FILE` never answers unless the file is there, and puts it there,
 * `once FILE` ends the thread unless the file is there, and puts it there, anything
 * else is an outcome with that text as problem, after as many milliseconds as the text has after a colon.
 */
const port = parentPort;

port?.on('message', ({ id, question }: Asked<ToWorker>) => {
  const texts = question.job.evidence.map((piece) => Buffer.from(piece.bytes).toString());
  if (texts.includes('hang')) for (;;);
  if (texts.includes('crash')) throw new Error('crashed on purpose');
  if (texts.includes('exit')) process.exit(3);
  const marker = texts.find((text) => text.startsWith('once '))?.slice(5);
  if (marker !== undefined && !existsSync(marker)) {
    writeFileSync(marker, '');
    process.exit(3);
  }
  const slow = texts.find((text) => text.startsWith('slow-once '))?.slice(10);
  if (slow !== undefined && !existsSync(slow)) {
    writeFileSync(slow, '');
    for (;;);
  }
  if (texts.includes('memory')) eat();
  const outcomes: readonly RawOutcome[] = texts.includes('short') ? [] : question.job.evidence.map((piece, index) => ({
    evidenceDigest: piece.digest,
    source: piece.source,
    proofs: [],
    problems: [{ code: texts[index]?.startsWith('fault') === true ? 'ENGINE_FAULT' : 'VERIFY_MALFORMED', source: piece.source, cause: texts[index] ?? '' } as const],
    cacheable: texts[index]?.startsWith('fault') !== true,
  }));
  const answer: Answered<readonly RawOutcome[]> = { id, answer: outcomes };
  const delay = texts[0]?.split(':')[1];
  if (delay === undefined) port.postMessage(answer);
  else setTimeout(() => port.postMessage(answer), Number(delay));
});

function eat(): void {
  const eaten: unknown[] = [];
  for (;;) eaten.push(new Array(10_000).fill({ }));
}
