import { parentPort } from 'node:worker_threads';
import { runVerificationJob } from './run.ts';
import { serve } from './serve.ts';

/**
 * Entry of a verification thread. It answers every question in the order received, knows nothing but what the
 * questions bring, and touches neither files nor network. What the main thread has told it to forget, it forgets.
 */
if (parentPort !== null) serve(parentPort, runVerificationJob);
