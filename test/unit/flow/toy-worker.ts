import { existsSync, writeFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { answerQuestions } from '../../../src/flow/threads/asked.ts';

/** A message as the encoder of these tests makes it. */
export interface ToyWire {
  readonly text: string;
  readonly sent: number;
}

/**
 * A thread for tests of the pool. The question says what it does: `hang` never answers, `throw` throws, `exit` ends the
 * thread, `memory` eats its heap, `once FILE` does so unless the file is there, and puts it there; anything else is answered with the text, the number under which the encoder sent it, and which thread it was.
 */
answerQuestions(({ text, sent }: ToyWire): string => {
  if (text === 'hang') for (;;);
  if (text === 'throw') throw new Error('thrown on purpose');
  if (text === 'exit') process.exit(3);
  if (text.startsWith('once ') && !existsSync(text.slice(5))) {
    writeFileSync(text.slice(5), '');
    process.exit(3);
  }
  if (text === 'memory') for (const eaten: unknown[] = []; ;) eaten.push(new Array(10_000).fill({}));
  if (text === 'env') return JSON.stringify(process.env);
  return `${text} ${sent} ${threadId}`;
});
