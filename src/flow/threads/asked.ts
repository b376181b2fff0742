/** A thread's side of the pool: questions come in with a number, and every answer goes back with it, in order. */
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

/** Where a thread hears questions and gives its answers: its end of a message channel. */
export interface Line<Wire, Answer> {
  on(event: 'message', listener: (asked: Asked<Wire>) => void): unknown;
  postMessage(answered: Answered<Answer>): void;
}

/**
 * Answers every question in the order received, one after the other: the pool takes the first unanswered question for the
 * one under work, so none is begun before the last one is answered, whatever it waits for. Does nothing in the main thread.
 *
 * An answer that cannot be made or sent rejects in nobody's hands and ends the thread, as the pool expects of a fault.
 */
export function answerQuestions<Wire, Answer>(
  answer: (question: Wire) => Answer | Promise<Answer>,
  line: Line<Wire, Answer> | null = parentPort,
): void {
  let last: Promise<void> = Promise.resolve();
  line?.on('message', ({ id, question }) => {
    last = last.then(async () => line.postMessage({ id, answer: await answer(question) }));
  });
}
