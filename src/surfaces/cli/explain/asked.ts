/** Decisions of a server, asked for by their ids or the references in the texts of denials. */
import { z } from 'zod';
import { findingLines } from '../../../explain/index.ts';
import { readJsonBytes } from '../../../text/json/read.ts';
import { shownText } from '../../../text/shown.ts';
import { EXIT, UsageError } from '../context.ts';
import type { CliContext, GateReply } from '../context.ts';
import { timeoutOf } from '../options.ts';
import { documentText } from '../output/document.ts';

/** Whom to ask, and by what right. */
export interface AskFlags {
  readonly server: string;
  readonly filename?: string;
  readonly tokenFile?: string;
  readonly ca?: string;
  readonly timeout: string;
  readonly output: 'text' | 'json' | 'yaml';
}

/** Of the server's document what is shown; a newer server may say more, and know codes that this program does not. */
const shown = z.looseObject({
  kind: z.literal('Decision'), id: z.string(), time: z.string(), outcome: z.enum(['admit', 'warn', 'deny']), verdict: z.string(),
  request: z.looseObject({ kind: z.string(), namespace: z.string(), name: z.string() }),
  findings: z.array(z.looseObject({
    code: z.string(), verdict: z.string(), mode: z.string(), path: z.string(), artifact: z.string(), title: z.string(), fix: z.string(),
    policy: z.string().optional(), requirement: z.string().optional(), cause: z.string().optional(),
    expected: z.array(z.string()).optional(), found: z.array(z.string()).optional(),
  })),
});
const refusal = z.looseObject({ message: z.string() });

/** Prints each decision with all of its findings: 0 when all could be asked for, 3 when the server cannot be asked now, 64 when it has none. */
export async function explainAsked(ids: readonly string[], flags: AskFlags, context: CliContext): Promise<number> {
  if (flags.filename !== undefined) throw new UsageError('-f reads a file, and --server asks a server; give one of them');
  if (ids.length === 0) throw new UsageError('--server: give the id of a decision, or the reference in the text of a denial');
  const wrong = ids.find((id) => !/^[A-Za-z0-9_-]{1,128}$/.test(id));
  if (wrong !== undefined) throw new UsageError(`${shownText(wrong, 100)}: is neither the id nor the reference of a decision`);
  const timeoutMs = timeoutOf(flags);
  const client = await context.rooms.openGate({ url: flags.server, tokenFile: flags.tokenFile, ca: flags.ca, loopback: true });
  try {
    const decisions: z.output<typeof shown>[] = [];
    for (const id of ids) {
      const reply = await client.send({ method: 'GET', path: `/decisions/${id}`, timeoutMs });
      const decision = decisionOf(reply, id, client.url);
      if (decision === undefined) {
        context.stderr(`gatehouse: ${client.url}: ${whyNot(reply)}\n`);
        return EXIT.undetermined;
      }
      if (flags.output === 'text') context.stdout(`${decisionText(decision)}\n`);
      decisions.push(decision);
    }
    if (flags.output !== 'text') context.stdout(`${documentText(listOf(decisions), flags.output)}\n`);
    return EXIT.admitted;
  } finally {
    await client.close();
  }
}

/** As `verify` has it: one by itself, several in a list. */
function listOf(decisions: readonly z.output<typeof shown>[]): unknown {
  if (decisions.length === 1) return decisions[0];
  return { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'DecisionList', notes: [], objects: decisions };
}

/** The decision; `undefined` when asking again may help. Throws {@link UsageError} for what will stay as it is. */
function decisionOf(reply: GateReply, id: string, url: string): z.output<typeof shown> | undefined {
  if (reply.kind === 'failed') {
    if (reply.isTls) throw new UsageError(`${url}: ${shownText(reply.cause, 300)} (--ca FILE names the CA of the server)`);
    return undefined;
  }
  if (reply.status === 429 || reply.status >= 500) return undefined;
  const read = readJsonBytes(Buffer.from(reply.text));
  const decision = shown.safeParse(read.ok ? read.value : undefined);
  if (reply.status === 200 && decision.success) return decision.data;
  const said = refusal.safeParse(read.ok ? read.value : undefined);
  const why = said.success ? said.data.message : reply.status === 404 ? 'no such decision, or decisions are not shown there' : 'is no answer of the decisions page';
  throw new UsageError(`${url}: ${id}: ${shownText(why, 300)} (status ${reply.status})`);
}

const WORDS = { admit: '✓ admitted', warn: '! admitted with warnings', deny: '✗ denied' } as const;

function decisionText({ outcome, request, time, id, verdict, findings }: z.output<typeof shown>): string {
  const name = [request.namespace, request.name].filter((part) => part !== '').join('/');
  const wrong = findings.filter((finding) => finding.verdict !== 'satisfied');
  const codes = [...new Set(wrong.map(({ code }) => code))].filter((code) => /^[A-Z0-9_]+$/.test(code));
  return [
    `${WORDS[outcome]}: ${shownText(`${request.kind} ${name}`, 300)}, ${shownText(verdict, 40)}, at ${shownText(time, 40)} (${shownText(id, 128)})`,
    ...[...wrong, ...findings.filter((finding) => !wrong.includes(finding))].flatMap((finding) => findingLines(finding)),
    ...(codes.length === 0 ? [] : [`what the codes mean: gatehouse explain ${codes.join(' ')}`]),
  ].join('\n');
}

function whyNot(reply: GateReply): string {
  return reply.kind === 'failed' ? shownText(reply.cause, 300) : `status ${reply.status}, try again`;
}
