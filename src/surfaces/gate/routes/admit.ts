/** The question itself: may this caller use these artifacts in its run? */
import type { Presented } from '../../../domain/artifact/artifact.ts';
import type { ArtifactRef, Usage } from '../../../domain/artifact/artifact.ts';
import { callerName } from '../../../domain/gate/caller.ts';
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

/** `POST /v1/admit`. */
export const admitRoute = gateRoute({
  method: 'POST',
  path: '/v1/admit',
  summary: 'Whether this caller may use these artifacts in its run.',
  asker: 'caller',
  body: admitQuestion,
  answer: admitAnswer,
  handle,
});

async function handle({ body, caller, request }: Asked<Question>, deps: GateDeps): Promise<unknown> {
  const artifacts = readArtifacts(body, deps);
  const signal = AbortSignal.timeout(deps.budget);
  const deadline = deps.clock.now() + deps.budget;
  const run = await deps.runOf(caller, signal);
  const review = questionReview({ asks: 'admit', caller, run }, artifacts, { dryRun: body.dryRun === true, uid: request.id });
  const decision = await deps.admit(review, { deadline, signal });
  const wanted = body.dryRun === true ? 'none' : (body.receipts ?? 'list');
  return answerOf(decision, { caller: callerName(caller), run, wanted, issuer: deps.issuer });
}

/** All of the artifacts, or every problem there is. */
function readArtifacts({ artifacts }: Question, deps: GateDeps): readonly ArtifactRef[] {
  const refs: ArtifactRef[] = [];
  const problems: string[] = [];
  artifacts.forEach((asked, index) => {
    const path = `artifacts[${index}]`;
    const uri = asked.uri ?? asked.name;
    if (uri === undefined || (asked.uri !== undefined && asked.name !== undefined)) {
      problems.push(`${path}: expected exactly one of uri and name`);
      return;
    }
    const presented = asked.evidence === undefined ? undefined : readPresented(asked.evidence, path, deps);
    const read = readAsked({ kind: asked.kind, uri, digest: asked.digest, usedAs: asked.usedAs as Usage | undefined }, path, presented);
    if (read.ok) refs.push(read.artifact);
    else problems.push(`${read.problem.path}: ${read.problem.message}`);
  });
  if (problems.length > 0) throw new GateError(400, 'INPUT_ARTIFACT_INVALID', shortened(problems));
  return refs;
}

const MOST_TOLD = 20;

function shortened(problems: readonly string[]): string {
  const told = problems.slice(0, MOST_TOLD).join('\n');
  return problems.length > MOST_TOLD ? `${told}\nand ${problems.length - MOST_TOLD} more` : told;
}

function readPresented(evidence: readonly unknown[], path: string, deps: GateDeps): Presented {
  const texts = evidence.map((one) => JSON.stringify(one));
  const batches = texts.map((text, index) => deps.readEvidence(`${path}.evidence[${index}]`, Buffer.from(text)));
  return {
    evidence: batches.flatMap((batch) => batch.evidence),
    problems: batches.flatMap((batch) => batch.problems),
    digest: sha256Hex(texts.join('\n')),
  };
}
