/** The catalogue of reasons, as a command: for codes, for whatever names codes, and for a decision of a server. */
import { isReasonCode, REASONS } from '../../../domain/decision/reasons.ts';
import type { ReasonCode } from '../../../domain/decision/reasons.ts';
import { reasonJson, reasonText } from '../../../explain/index.ts';
import { readInputFile } from '../../../platform/input-file.ts';
import { shownText } from '../../../text/shown.ts';
import { EXIT, UsageError } from '../context.ts';
import type { CliContext } from '../context.ts';
import { documentText } from '../output/document.ts';
import { explainAsked } from './asked.ts';
import { codesIn } from './document.ts';
import { nearCodes } from './near.ts';

/** What goes with the codes or ids. */
export interface ExplainFlags {
  readonly filename?: string;
  readonly server?: string;
  readonly tokenFile?: string;
  readonly ca?: string;
  readonly timeout: string;
  readonly output: 'text' | 'json' | 'yaml';
}

/**
 * `gatehouse explain [CODE…]`: what codes mean and what to do; without any, the list. `-f FILE` reads them out of a decision, an
 * AdmissionReview or the text of a denial, `--server` asks a server for decisions by their ids or references.
 */
export async function explain(named: readonly string[], flags: ExplainFlags, context: CliContext): Promise<number> {
  if (flags.server !== undefined) return explainAsked(named, { ...flags, server: flags.server }, context);
  if (flags.tokenFile !== undefined || flags.ca !== undefined) throw new UsageError('--token-file and --ca go with --server URL');
  if (flags.filename !== undefined) {
    if (named.length > 0) throw new UsageError('-f names the codes; give either a file or codes');
    return told(await codesOfFile(flags.filename, context), flags, context);
  }
  if (named.length > 0) return told([...new Set(named.map(codeOf))], flags, context);
  if (flags.output !== 'text') return told(Object.keys(REASONS).filter((name) => isReasonCode(name)), flags, context);
  context.stdout(`${Object.entries(REASONS).map(([name, { title }]) => `${name.padEnd(28)} ${title}`).join('\n')}\n`);
  return EXIT.admitted;
}

function told(codes: readonly ReasonCode[], { output }: ExplainFlags, { stdout }: CliContext): number {
  const text = output === 'text'
    ? codes.map((code) => reasonText(code).trimEnd()).join('\n\n')
    : documentText({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ReasonList', reasons: codes.map((code) => reasonJson(code)) }, output);
  stdout(`${text}\n`);
  return EXIT.admitted;
}

/** Brackets, as in a denial, are no part of a code. */
function codeOf(text: string): ReasonCode {
  const name = text.replace(/^\[|\]$/g, '').toUpperCase();
  if (isReasonCode(name)) return name;
  if (/^[0-9a-f]{10}$|^[0-9a-f-]{20,40}$/i.test(text))
    throw new UsageError(`${text}: looks like the reference or id of a decision; a server has it: --server URL --token-file FILE`);
  const near = nearCodes(text);
  const hint = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
  throw new UsageError(`${shownText(text, 100)}: no such reason code${hint} (gatehouse explain lists them all)`);
}

async function codesOfFile(file: string, context: CliContext): Promise<readonly ReasonCode[]> {
  const bytes = file === '-' ? await context.stdin() : await readInputFile(file).catch((cause: unknown) => {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  });
  const codes = codesIn(bytes);
  if (codes.length > 0) return codes;
  throw new UsageError(`${file === '-' ? 'standard input' : file}: names no reason code; expected a decision or an AdmissionReview as JSON, or the text of a denial`);
}
