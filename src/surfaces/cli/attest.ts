/** The publish summary of what a run has built, asked of a gate by a later task of it; provenance that is not there yet is waited for. */
import { rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { readJsonBytes } from '../../text/json/read.ts';
import { shownText } from '../../text/shown.ts';
import { EXIT, UsageError } from './context.ts';
import type { CliContext, GateClient, GateReply } from './context.ts';
import { timeoutOf } from './options.ts';
import { documentText } from './output/document.ts';

export interface AttestFlags {
  readonly server: string;
  readonly tokenFile: string;
  readonly ca?: string;
  readonly dryRun?: true;
  readonly summary?: string;
  readonly timeout: string;
  readonly output: 'text' | 'json' | 'yaml';
}

const publication = z.looseObject({
  id: z.string(), decision: z.enum(['admit', 'warn', 'deny', 'undetermined']), run: z.string().optional(), message: z.string(),
  summary: z.string().optional(), summaryMissing: z.string().optional(), pushed: z.boolean(), referrer: z.string().optional(),
  problem: z.looseObject({ code: z.string(), message: z.string() }).optional(),
});
type Publication = z.output<typeof publication>;
const refusal = z.looseObject({ code: z.string(), message: z.string() });

const TRIES_OF_FAILURE = 5;
const [PAUSE_MS, LONGEST_PAUSE_MS] = [2000, 30_000];

/** `gatehouse attest IMAGE@DIGEST --server URL --token-file F`: 0 only when the summary was given and lies beside the image. */
export async function attest(artifact: string, flags: AttestFlags, context: CliContext): Promise<number> {
  if (!artifact.includes('@sha')) throw new UsageError(`${artifact}: expected an image with its digest, NAME@sha256:…`);
  const deadline = context.now() + timeoutOf(flags);
  // What was written for another question must not lie there when this one is refused.
  if (flags.summary !== undefined) await rm(flags.summary, { force: true });
  const client = await context.rooms.openGate({ url: flags.server, tokenFile: flags.tokenFile, ca: flags.ca });
  const stop = context.progress?.(`asking for the publish summary of ${shownText(artifact, 200)}`);
  try {
    return await told(await ask(client, artifact, flags, deadline, context), flags, context);
  } finally {
    stop?.();
    await client.close();
  }
}

/** Asks until there is an answer, or no more time; what only comes later is asked for again. */
async function ask(client: GateClient, uri: string, { dryRun }: AttestFlags, deadline: number, context: CliContext): Promise<GateReply> {
  const body = JSON.stringify({ artifact: { kind: 'image', uri }, ...(dryRun === true ? { dryRun } : {}) });
  const pause = context.pause ?? ((ms: number) => new Promise<void>((done) => setTimeout(done, ms)));
  for (let failures = 0; ; ) {
    const reply = await client.send({ method: 'POST', path: '/v1/publish', body, timeoutMs: Math.max(1, deadline - context.now()) });
    const isPending = reply.kind === 'answer' && reply.status === 409;
    if (!isPending && !isTransient(reply)) return reply;
    failures += isPending ? 0 : 1;
    const wanted = reply.kind === 'answer' ? reply.retryAfterMs : undefined;
    const wait = Math.min(wanted ?? PAUSE_MS, LONGEST_PAUSE_MS);
    if (failures >= TRIES_OF_FAILURE || context.now() + wait >= deadline) return reply;
    await pause(wait);
  }
}

function isTransient(reply: GateReply): boolean {
  if (reply.kind === 'failed') return !reply.isTls;
  return reply.status === 429 || (reply.status >= 502 && reply.status <= 504);
}

async function told(reply: GateReply, { server, summary, output }: AttestFlags, context: CliContext): Promise<number> {
  if (reply.kind === 'failed') {
    context.stderr(`gatehouse: ${server}: ${reply.isTls ? 'certificate is not trusted' : 'cannot be asked'}: ${shownText(reply.cause, 200)}\n`);
    return reply.isTls ? EXIT.usage : EXIT.undetermined;
  }
  const json = readJsonBytes(Buffer.from(reply.text, 'utf8'));
  const answer = json.ok && reply.status === 200 ? publication.safeParse(json.value).data : undefined;
  if (answer === undefined) return refused(reply.status, json.ok ? refusal.safeParse(json.value).data : undefined, server, context);
  context.stdout(`${output === 'text' ? textOf(answer) : documentText(answer, output)}\n`);
  if (summary !== undefined && answer.summary !== undefined) await writeFile(summary, answer.summary);
  return exitOf(answer);
}

function refused(status: number, said: z.output<typeof refusal> | undefined, server: string, { stderr }: CliContext): number {
  const { code, message } = said ?? { code: '', message: 'it answers something that is no publication; is it a gate?' };
  stderr(`gatehouse: ${server}: HTTP ${status}: ${shownText(message, 1000)}${code === '' ? '' : `  [${shownText(code, 64)}]`}\n`);
  return status === 409 || status === 429 || status >= 500 || said === undefined ? EXIT.undetermined : EXIT.usage;
}

function textOf({ decision, message, run = '', pushed, referrer, problem, summary, summaryMissing }: Publication): string {
  if (decision !== 'admit') return message.split('\n').map((line) => shownText(line, 1000)).join('\n');
  if (summaryMissing !== undefined) return `no summary: ${shownText(summaryMissing, 1000)}`;
  if (summary === undefined) return `run ${shownText(run, 100)} may publish it; nothing was signed`;
  if (!pushed) return `summary of run ${shownText(run, 100)}, not pushed: ${shownText(problem?.message ?? 'it has no registry', 1000)}`;
  return `summary of run ${shownText(run, 100)} lies beside it${referrer === undefined ? '' : `: referrer ${shownText(referrer, 100)}`}`;
}

/** A summary that nobody can find proves nothing yet. A dry run leaves none. */
function exitOf({ decision, summary, summaryMissing, pushed }: Publication): number {
  if (decision === 'deny') return EXIT.denied;
  if (decision !== 'admit' || summaryMissing !== undefined) return EXIT.undetermined;
  return summary === undefined || pushed ? EXIT.admitted : EXIT.undetermined;
}
