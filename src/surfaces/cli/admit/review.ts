/** The webhook's answer to a review from a file, without a server. */
import { SELF } from '../../../domain/decision/review.ts';
import { readAdmissionReview } from '../../../intake/admission-review.ts';
import { readInputFile } from '../../../platform/input-file.ts';
import { JSON_LIMITS, parseJson } from '../../../intake/json.ts';
import { exitCode, toAdmissionResponse } from '../../../respond/index.ts';
import { UsageError } from '../context.ts';
import type { CliContext } from '../context.ts';
import { judgeLocally } from '../judge.ts';
import { localOptions, timeoutOf } from '../options.ts';
import type { JudgeFlags } from '../options.ts';

export interface ReviewFlags extends JudgeFlags {
  readonly filename: string;
}

/** `gatehouse admit -f`: the answer that the webhook would give to an AdmissionReview. */
export async function answerReview(flags: ReviewFlags, context: CliContext): Promise<number> {
  const bytes = flags.filename === '-' ? await context.stdin() : await readInputFile(flags.filename).catch((cause: Error) => {
    throw new UsageError(cause.message);
  });
  const json = parseJson(bytes, JSON_LIMITS);
  const read = json.ok ? readAdmissionReview(json.value, SELF) : json;
  if (!read.ok) throw new UsageError(`${flags.filename}: ${read.message}  [${read.code}]`);
  const decision = await judgeLocally(read.review, localOptions(flags), timeoutOf(flags), context);
  context.stdout(`${JSON.stringify(toAdmissionResponse(decision, { apiVersion: read.apiVersion, uid: read.review.uid }), null, 2)}\n`);
  return exitCode(decision, { failOnWarn: flags.failOnWarn === true });
}
