/** Where an examination thread begins: it takes questions and answers them, and keeps nothing but planned expressions. */
import type { Examination, Examined } from '../domain/policy/content-check.ts';
import { answerQuestions } from '../flow/threads/asked.ts';
import { createConditionRunner } from './cel/run.ts';
import { runExamination } from './run.ts';

/**
 * Entry of an examination thread. It answers every question in the order received, and knows nothing but what the
 * question brings and which expressions it has planned.
 */
const conditions = createConditionRunner();

answerQuestions((examination: Examination): Examined => runExamination(examination, conditions));
