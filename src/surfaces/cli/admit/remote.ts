/** A question answered by a gate, over HTTPS with a token; what cannot be asked now is tried again a few times and no longer. */
import type { AskedArtifact } from '../../../intake/gate-artifacts.ts';
import { ownText } from '../../../text/json/fields.ts';
import { readJsonBytes } from '../../../text/json/read.ts';
import { shownText } from '../../../text/shown.ts';
import { UsageError } from '../context.ts';
import type { CliContext, GateClient, GateReply } from '../context.ts';
import { gateAnswer, Unanswered } from './answer.ts';
import type { Answer, Judge } from './answer.ts';

/** How a gate is asked. */
export interface RemoteOptions {
  readonly url: string;
  readonly dryRun: boolean;
  readonly receipt: boolean;
  /** Goes with the one artifact that is asked about; empty where there are several. */
  readonly evidence?: readonly unknown[];
  /** For everything together, with all that is waited for. */
  readonly timeoutMs: number;
}

const MOST_TRIES = 5;
/** While a receipt is signed in the background. */
const PENDING_PAUSE = 1_000;

/** A gate as a judge. Rejects with UsageError where asking again is pointless, and with Unanswered where it is not. */
export function remoteJudge(
  client: GateClient, { url, dryRun, receipt, evidence = [], timeoutMs }: RemoteOptions, context: CliContext,
): Judge {
  const deadline = context.now() + timeoutMs;
  const pause = context.pause ?? ((ms: number) => new Promise<void>((done) => setTimeout(done, ms)));
  const send = async (method: 'GET' | 'POST', path: string, body?: string): Promise<GateReply> => {
    for (let tries = 1; ; tries += 1) {
      const left = deadline - context.now();
      if (left <= 0) throw new Unanswered(`${url}: out of time; give more with --timeout`);
      const reply = await client.send({ method, path, ...(body === undefined ? {} : { body }), timeoutMs: left });
      const wait = waitOf(reply, tries);
      if (wait === undefined || tries >= MOST_TRIES || context.now() + wait >= deadline) return reply;
      await pause(wait);
    }
  };
  return {
    async ask(artifacts) {
      const sent = artifacts.map((one) => ({ ...asSent(one), ...(evidence.length === 0 ? {} : { evidence }) }));
      const question = { artifacts: sent, receipts: receipt ? 'list' : 'none', ...(dryRun ? { dryRun } : {}) };
      let answer = read(await send('POST', '/v1/admit', JSON.stringify(question)), artifacts.length, url);
      while (receipt && answer.receiptPending === true && context.now() + PENDING_PAUSE < deadline) {
        await pause(PENDING_PAUSE);
        const later = await send('GET', `/v1/decisions/${encodeURIComponent(answer.id)}`);
        const kept = later.kind === 'answer' && later.status === 200 ? parsed(later.text) : undefined;
        if (kept === undefined || kept.id !== answer.id) break;
        answer = withReceiptOf(answer, kept);
      }
      context.stderr(`decision ${shownText(answer.id, 64)} by ${url} for ${shownText(answer.caller, 200)}\n`);
      return answer;
    },
    close: () => client.close(),
  };
}

/** The answer with what is said of its receipt by now: of a large one the gate keeps only some of the artifacts. */
function withReceiptOf(
  { receipt: _receipt, receiptPending: _pending, receiptMissing: _missing, ...answer }: Answer,
  { receipt, receiptPending, receiptMissing }: Answer,
): Answer {
  return {
    ...answer, ...(receipt === undefined ? {} : { receipt }), ...(receiptPending === undefined ? {} : { receiptPending }),
    ...(receiptMissing === undefined ? {} : { receiptMissing }),
  };
}

function asSent({ kind, uri, digest, usedAs }: AskedArtifact): object {
  const named = kind === 'blob' || kind === 'definition' ? { name: uri } : { uri };
  return { kind, ...named, ...(digest === undefined ? {} : { digest }), ...(usedAs === undefined ? {} : { usedAs }) };
}

/** Milliseconds after which the same request is worth repeating; `undefined`: it is not. */
function waitOf(reply: GateReply, tries: number): number | undefined {
  const backoff = 250 * 2 ** tries;
  if (reply.kind === 'failed') return reply.isTls ? undefined : backoff;
  if (reply.status !== 429 && (reply.status < 502 || reply.status > 504)) return undefined;
  return reply.retryAfterMs ?? backoff;
}

function read(reply: GateReply, count: number, url: string): Answer {
  if (reply.kind === 'failed') {
    const cause = shownText(reply.cause, 200);
    if (reply.isTls) throw new UsageError(`${url}: certificate is not trusted (${cause}); give the CA of the gate with --ca`);
    throw new Unanswered(`${url}: cannot be asked: ${cause}`);
  }
  if (reply.status !== 200) throw refusal(reply, url);
  const answer = parsed(reply.text);
  if (answer === undefined || answer.artifacts.length !== count)
    throw new Unanswered(`${url}: answered 200 with something that is no answer to this question; is it a gate?`);
  return answer;
}

/** Large answers are large in findings, not in depth. */
const ANSWER_LIMITS = { maxDepth: 64, maxItems: 20_000_000 };

function parsed(text: string): Answer | undefined {
  const json = readJsonBytes(Buffer.from(text, 'utf8'), ANSWER_LIMITS);
  return json.ok ? gateAnswer.safeParse(json.value).data : undefined;
}

/** In the words of the gate, where it has said some. */
function refusal({ status, text }: Extract<GateReply, { kind: 'answer' }>, url: string): Error {
  const { code, message, fix } = problemOf(text);
  const said = message === '' ? '' : `: ${message.split('; ').map((line) => shownText(line, 300)).join('\n  ')}`;
  const help = fix === '' ? '' : `\n  fix: ${shownText(fix, 300)}`;
  const line = `${url}: HTTP ${status}${said}${help}${code === '' ? '' : `  [${shownText(code, 64)}]`}`;
  return status === 429 || status >= 500 ? new Unanswered(line) : new UsageError(line);
}

function problemOf(text: string): Readonly<Record<'code' | 'message' | 'fix', string>> {
  const json = readJsonBytes(Buffer.from(text, 'utf8'), ANSWER_LIMITS);
  const problem = json.ok ? json.value : undefined;
  return { code: ownText(problem, 'code') ?? '', message: ownText(problem, 'message') ?? '', fix: ownText(problem, 'fix') ?? '' };
}
