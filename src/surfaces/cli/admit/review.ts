/** The webhook's answer to a review from a file, without a server. */
import { SELF } from '../../../domain/decision/review.ts';
import { readAdmissionReview } from '../../../intake/admission-review.ts';
import { readInputFile } from '../../../platform/input-file.ts';
import { JSON_LIMITS, parseJson } from '../../../intake/json.ts';
import { exitCode, toAdmissionResponse } from '../../../respond/index.ts';
import { field, isObject } from '../../../text/json/fields.ts';
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
  if (!read.ok) throw new UsageError(noReview(flags.filename, json.ok ? json.value : bytes) ?? `${flags.filename}: ${read.message}  [${read.code}]`);
  const decision = await judgeLocally(read.review, localOptions(flags), timeoutOf(flags), context);
  context.stdout(`${JSON.stringify(toAdmissionResponse(decision, { apiVersion: read.apiVersion, uid: read.review.uid }), null, 2)}\n`);
  return exitCode(decision, { failOnWarn: flags.failOnWarn === true });
}

const MANIFEST = /^kind:[ \t]*["']?([A-Z][A-Za-z0-9]{0,62})["']?[ \t]*(?:#.*)?$/m;

/** What people give in place of a review: a manifest, which another command judges. */
function noReview(file: string, given: unknown): string | undefined {
  const text = given instanceof Uint8Array ? Buffer.from(given).toString('utf8') : undefined;
  const kind = text === undefined ? (isObject(given) ? field(given, 'kind') : undefined) : MANIFEST.exec(text)?.[1];
  const isManifest = text === undefined ? isObject(given) && field(given, 'metadata') !== undefined : /^apiVersion:/m.test(text);
  if (typeof kind !== 'string' || kind === 'AdmissionReview' || !isManifest) return undefined;
  const what = `${kind.slice(0, 64)}${text === undefined ? '' : ' in YAML'}`;
  return `${file}: is a ${what}, and admit -f reads an AdmissionReview in JSON; to judge a manifest: gatehouse verify -f ${file}  [INPUT_NOT_A_REVIEW]`;
}
