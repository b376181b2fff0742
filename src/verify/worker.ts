/**
 * Entry of a verification thread. It answers every question in the order received, knows nothing but what the
 * questions bring, and touches neither files nor network. What the main thread has told it to forget, it forgets.
 */
import { answerQuestions } from '../flow/threads/asked.ts';
import { runVerificationJob } from './run.ts';
import { createAnswering } from './serve.ts';

answerQuestions(createAnswering(runVerificationJob));
