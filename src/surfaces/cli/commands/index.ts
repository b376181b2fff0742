/** All commands, in the order in which help lists them. */
import { addAdmit } from './admit.ts';
import { addApply } from './apply.ts';
import { addAttest } from './attest.ts';
import { addCheck } from './check.ts';
import type { AddCommand } from './command.ts';
import { addCompletion } from './completion.ts';
import { addController } from './controller.ts';
import { addDefinition } from './definition.ts';
import { addExplain } from './explain.ts';
import { addForecast } from './forecast.ts';
import { addInspect } from './inspect.ts';
import { addPolicy } from './policy/policy.ts';
import { addServe } from './serve.ts';
import { addTest } from './test.ts';
import { addVerify } from './verify.ts';

/** A further command is a file of this folder and its line here. */
export const COMMANDS: readonly AddCommand[] = [
  addServe, addController, addVerify, addApply, addAdmit, addAttest, addInspect, addExplain, addCheck, addForecast, addPolicy, addTest,
  addDefinition, addCompletion,
];
