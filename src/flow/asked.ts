import { parentPort } from 'node:worker_threads';

/** One question on its way to a thread; the number tells its answer from late ones. */
export interface Asked<Wire> {
  readonly id: number;
  readonly question: Wire;
}

/** Its answer on the way back. */
export interface Answered<Answer> {
  readonly id: number;
  readonly answer: Answer;
}

/** The thread's side: answers every question in the order received. Does nothing in the main thread. */
export function answerQuestions<Wire, Answer>(answer: (question: Wire) => Answer): void {
  const port = parentPort;
  port?.on('message', ({ id, question }: Asked<Wire>) => {
    port.postMessage({ id, answer: answer(question) } satisfies Answered<Answer>);
  });
}
