/** Jobs: where kinds that run to an end describe their pods. */
import { templateKind } from './kind.ts';
import type { KindReaders } from './kind.ts';

/** Kinds that run pods to an end. */
export const BATCH_KINDS: KindReaders = {
  'batch/jobs': templateKind('Job'),
  'batch/cronjobs': { kind: 'CronJob', podSpec: ['spec', 'jobTemplate', 'spec', 'template', 'spec'], isPod: false },
};
