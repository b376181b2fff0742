/** Whether a receipt counts for what it came with: its signature first, then digest, use and run, each with its own code. */
import type { z } from 'zod';
import type { ArtifactRef, Usage } from '../../../domain/artifact/artifact.ts';
import { reason } from '../../../domain/decision/reasons.ts';
import type { Finding } from '../../../domain/decision/finding.ts';
import type { ReasonCode } from '../../../domain/decision/reasons.ts';
import { LIST_RESOURCE } from '../../../domain/gate/artifact-list.ts';
import { turnsOf } from '../../../domain/gate/caller.ts';
import type { RunOfCaller } from '../../../domain/gate/caller.ts';
import type { Receipt } from '../../../domain/gate/receipt.ts';
import type { GateDeps } from '../deps.ts';
import { GateError } from '../gate-error.ts';
import { gateRoute } from '../route.ts';
import type { Asked } from '../route.ts';
import { receiptAnswer, receiptQuestion } from '../schema.ts';
import { digestOfList } from '../orders.ts';
import { refusalToday } from '../today.ts';
import { readArtifacts } from './admit.ts';

type Question = z.output<typeof receiptQuestion>;

/** Why a receipt does not count here. */
interface Problem {
  readonly code: ReasonCode;
  readonly expected?: string;
  readonly found?: string;
  readonly cause?: string;
}

/** `POST /v1/verify-receipt`. */
export const verifyReceiptRoute = gateRoute({
  method: 'POST',
  path: '/v1/verify-receipt',
  summary: 'Whether a receipt counts for these artifacts, this use and this run.',
  asker: 'caller',
  body: receiptQuestion,
  answer: receiptAnswer,
  cost: ({ artifacts }) => artifacts?.length ?? 1,
  handle,
});

async function handle(asked: Asked<Question>, deps: GateDeps): Promise<unknown> {
  const { body, caller, waiting } = asked;
  if (body.artifact !== undefined && body.artifacts !== undefined)
    throw new GateError(400, 'INPUT_QUESTION_INVALID', 'expected at most one of artifact and artifacts');
  const artifacts = body.artifact === undefined
    ? await readArtifacts(body.artifacts ?? [], deps, turnsOf(caller))
    : await readArtifacts([body.artifact], deps, turnsOf(caller), () => 'artifact');
  const { receipt: given, purpose = 'gate' } = body;
  const read = await deps.receipts.read(typeof given === 'string' ? given : JSON.stringify(given), purpose, deps.clock.now());
  if (!read.ok) return refused(read);
  const { receipt } = read;
  const run = body.run === undefined && purpose === 'gate' ? await deps.runOf(caller, waiting.over) : undefined;
  const usage = body.usedAs as Usage | undefined;
  const problem = ofDigest(receipt, artifacts) ?? ofUse(receipt, usage, artifacts) ?? ofRun(receipt, body.run, run);
  const found = problem ?? ofToday(await refusalToday(receipt, artifacts, asked, deps));
  return found === undefined
    ? { valid: true, verdict: 'satisfied', receipt: claimsOf(receipt) }
    : { ...refused(found), receipt: claimsOf(receipt) };
}

function refused({ code, expected, found, cause }: Problem): object {
  const { verdict, title, fix } = reason(code);
  return {
    valid: false, verdict, code, title, fix,
    ...(expected === undefined ? {} : { expected }), ...(found === undefined ? {} : { found }), ...(cause === undefined ? {} : { cause }),
  };
}

function ofToday(finding: Finding | undefined): Problem | undefined {
  if (finding === undefined) return undefined;
  const { code, expected, found, cause, policy } = finding;
  return {
    code, ...(expected === undefined ? {} : { expected: expected.join(', ') }), ...(found === undefined ? {} : { found: found.join(', ') }),
    cause: ['policies have changed since the receipt was given', ...(policy === undefined ? [] : [`today's ${policy} refuses it`]),
      ...(cause === undefined ? [] : [cause])].join('; '),
  };
}

/** One artifact by its digest, a list by the digest of all of it: a part of a list is another list. */
function ofDigest({ subjects, resource }: Receipt, artifacts: readonly ArtifactRef[]): Problem | undefined {
  const [first] = artifacts;
  if (first === undefined) return undefined;
  const missing = artifacts.find(({ digest }) => digest === undefined);
  if (missing !== undefined) return { code: 'INPUT_DIGEST_MISSING', found: missing.raw };
  const wanted = artifacts.length === 1 ? String(first.digest) : digestOfList(artifacts);
  const isOf = artifacts.length === 1 ? isNamed(resource, first) : resource === LIST_RESOURCE;
  if (!isOf) return { code: 'POLICY_RECEIPT_DIGEST', expected: artifacts.length === 1 ? `${first.kind} ${first.name}` : 'a list', found: resource };
  if (wanted !== undefined && subjects.some(({ digest }) => digest === wanted)) return undefined;
  const found = subjects.map(({ digest }) => digest).join(', ');
  return { code: 'POLICY_RECEIPT_DIGEST', expected: wanted ?? 'artifacts that can be listed', found };
}

/** The same bytes as something else were judged by other policies; a commit or version is one of its repository or package. */
function isNamed(resource: string, { kind, name }: ArtifactRef): boolean {
  if (kind === 'package' || kind === 'git') return resource === name;
  const isImage = resource.startsWith('oci://');
  return kind === 'image' ? isImage : !isImage && resource !== LIST_RESOURCE && !resource.startsWith('pkg:');
}

/**
 * The use that is named, beside the artifacts or by the first of them: what names none is used as its kind is, as in a question. Of a
 * list the digest says that of each.
 */
function ofUse({ usage }: Receipt, wanted: Usage | undefined, artifacts: readonly ArtifactRef[]): Problem | undefined {
  const [first, ...others] = artifacts;
  if (others.length > 0) {
    const another = wanted === undefined ? undefined : artifacts.find((one) => one.usage !== wanted);
    return another === undefined ? undefined : { code: 'POLICY_RECEIPT_USAGE', expected: String(wanted), found: another.usage };
  }
  const expected = wanted ?? first?.usage;
  return expected === undefined || expected === usage ? undefined : { code: 'POLICY_RECEIPT_USAGE', expected, found: usage };
}

/** The run that is named, or that of the caller; a receipt of no run counts for a caller of none. */
function ofRun({ run: given }: Receipt, named: string | undefined, own: RunOfCaller | undefined): Problem | undefined {
  if (named === undefined && own === undefined) return undefined;
  if (named === undefined && own?.found === 'wrong') return { code: 'POLICY_CALLER_RUN', cause: own.cause };
  if (named === undefined && own?.found === 'unknown') return { code: 'POLICY_FACT_UNKNOWN', cause: own.cause };
  const wanted = named ?? (own?.found === 'run' ? own.run.uid : undefined);
  return wanted === given ? undefined : { code: 'POLICY_RECEIPT_RUN', expected: wanted ?? 'of no run', found: given ?? 'of no run' };
}

function claimsOf(receipt: Receipt): object {
  const { id, purpose, at, expiresAt, caller, run, usage, resource, subjects, levels, keyId, generation, sources } = receipt;
  return {
    id, purpose, time: new Date(at).toISOString(), expires: new Date(expiresAt).toISOString(),
    caller, ...(run === undefined ? {} : { run }),
    usedAs: usage, resource, subjects, levels, keyId,
    ...(generation === undefined ? {} : { policyGeneration: generation }),
    ...(sources === undefined ? {} : { policySources: sources }),
  };
}
