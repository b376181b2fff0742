/** The question itself: may this caller use these artifacts in its run? */
import type { Presented } from '../../../domain/artifact/artifact.ts';
import type { ArtifactRef, Usage } from '../../../domain/artifact/artifact.ts';
import { callerName, turnsOf } from '../../../domain/gate/caller.ts';
import { nextTurn } from '../../../flow/next-turn.ts';
import { readAsked } from '../../../intake/gate-artifacts.ts';
import { sha256Hex } from '../../../text/sha256.ts';
import { answerOf } from '../answer.ts';
import type { GateDeps } from '../deps.ts';
import { GateError } from '../gate-error.ts';
import { questionReview } from '../review.ts';
import { gateRoute } from '../route.ts';
import type { Asked } from '../route.ts';
import { admitAnswer, admitQuestion } from '../schema.ts';
import type { z } from 'zod';

type Question = z.output<typeof admitQuestion>;
type Named = Question['artifacts'][number];

/** `POST /v1/admit`. */
export const admitRoute = gateRoute({
  method: 'POST',
  path: '/v1/admit',
  summary: 'Whether this caller may use these artifacts in its run.',
  asker: 'caller',
  body: admitQuestion,
  answer: admitAnswer,
  cost: ({ artifacts }) => artifacts.length,
  handle,
});

async function handle({ body, caller, request, keeping, waiting }: Asked<Question>, deps: GateDeps): Promise<unknown> {
  const artifacts = await readArtifacts(body.artifacts, deps, turnsOf(caller));
  const deadline = deps.clock.now() + deps.budget;
  const run = await deps.runOf(caller, waiting.over);
  const dryRun = body.dryRun === true;
  const wanted = dryRun ? 'none' : (body.receipts ?? 'list');
  const review = questionReview({ asks: 'admit', caller, run, bindsReceipt: wanted !== 'none' }, artifacts, { dryRun, uid: request.id });
  const decision = await deps.admit(review, { deadline, signal: waiting.left, keeping });
  const document = await answerOf(decision, { caller: callerName(caller), run, wanted, issuer: deps.issuer });
  const text = JSON.stringify(document);
  if (!dryRun) deps.kept.keep({ caller: callerName(caller), namespace: caller.namespace }, document, text);
  return text;
}

/**
 * All of the artifacts, or every problem there is. Thousands are read with turns for others in between; `lane` takes them, `placeOf`
 * says where in the question each stands.
 */
export async function readArtifacts(
  asked: readonly Named[], deps: Pick<GateDeps, 'readEvidence'>, lane = '', placeOf = (index: number): string => `artifacts[${index}]`,
): Promise<readonly ArtifactRef[]> {
  const refs: ArtifactRef[] = [];
  const problems: string[] = [];
  for (const [index, one] of asked.entries()) {
    if (index % BETWEEN_TURNS === BETWEEN_TURNS - 1) await nextTurn(lane);
    const path = placeOf(index);
    const uri = one.uri ?? one.name;
    if (uri === undefined || (one.uri !== undefined && one.name !== undefined)) {
      problems.push(`${path}: expected exactly one of uri and name`);
      continue;
    }
    const presented = one.evidence === undefined ? undefined : readPresented(one.evidence, path, deps);
    const read = readAsked({ kind: one.kind, uri, digest: one.digest, usedAs: one.usedAs as Usage | undefined }, path, presented);
    if (read.ok) refs.push(read.artifact);
    else problems.push(`${read.problem.path}: ${read.problem.message}`);
  }
  if (problems.length > 0) throw new GateError(400, 'INPUT_ARTIFACT_INVALID', shortened(problems));
  return refs;
}

const BETWEEN_TURNS = 250;
const MOST_TOLD = 20;

function shortened(problems: readonly string[]): string {
  const told = problems.slice(0, MOST_TOLD).join('; ');
  return problems.length > MOST_TOLD ? `${told}; and ${problems.length - MOST_TOLD} more` : told;
}

function readPresented(evidence: readonly unknown[], path: string, deps: Pick<GateDeps, 'readEvidence'>): Presented {
  const texts = evidence.map((one) => JSON.stringify(one));
  const batches = texts.map((text, index) => deps.readEvidence(`${path}.evidence[${index}]`, Buffer.from(text)));
  return {
    evidence: batches.flatMap((batch) => batch.evidence),
    problems: batches.flatMap((batch) => batch.problems),
    digest: sha256Hex(texts.join('\n')),
  };
}
