/** The line of log that a decision leaves, made in one piece for the sake of the collector. */
import type { DestinationStream, Logger } from 'pino';
import type { Decision } from '../../domain/decision/decision.ts';
import { referenceFacts } from '../../domain/decision/reference.ts';
import { shortHash } from '../../text/short-hash.ts';
import { clip, distinct, json, sourcesJson } from './pieces.ts';

/** Writes the line of a decision. */
export type DecisionLog = (decision: Decision) => void;

/**
 * Makes the writer of decision lines, in the form and to the place of the log's other lines.
 *
 * Formatted here, in one piece: a line that is put together of many keeps all of them alive until it is written,
 * and the collector copies what is alive.
 */
export function createDecisionLog(logger: Logger, stream: DestinationStream, time: () => string): DecisionLog {
  let [admitted, otherwise] = [false, false];
  const look = (): void => { [admitted, otherwise] = [logger.isLevelEnabled('info'), logger.isLevelEnabled('warn')]; };
  look();
  logger.on('level-change', look);
  return (decision) => {
    const level = decision.outcome === 'admit' ? 'info' : 'warn';
    if (level === 'info' ? !admitted : !otherwise) return;
    stream.write(`{"level":"${level}"${time()},${membersOf(decision)},"msg":"decision"}\n`);
  };
}

/** What was asked, what came out and why, as members of a JSON object. Nothing of the object is in it, and no credential can be. */
function membersOf(decision: Decision): string {
  const { id, request, outcome, verdict, findings, artifacts, durationMs, policyGeneration } = decision;
  const [only] = findings;
  const codes =
    findings.length === 1 && only !== undefined ? `["${only.code}"]` : JSON.stringify(distinct(findings.map(({ code }) => code)));
  const policies =
    findings.length === 1 && only?.policy !== undefined
      ? `[${json(only.policy)}]`
      : JSON.stringify(distinct(findings.flatMap(({ policy }) => policy ?? [])));
  const images = artifacts
    .slice(0, 64)
    .map((artifact) => json(clip(`${artifact.name}@${artifact.digest ?? 'unresolved'}`)))
    .join();
  // By it the text that a user holds leads here; admissions have none.
  const reference = outcome === 'deny' ? `,"reference":"${shortHash(referenceFacts(decision))}"` : '';
  return (
    `"id":"${id}"${reference},"uid":${json(clip(request.uid))},"surface":"${request.surface}","proof":"${request.proof}"` +
    `,"outcome":"${outcome}","verdict":"${verdict}","codes":${codes},"policies":${policies},"artifacts":[${images}]` +
    `,"operation":"${request.operation}","group":${json(clip(request.group))},"kind":${json(clip(request.kind))},"namespace":${json(clip(request.namespace))},"name":${json(clip(request.name))}` +
    `,"user":${json(clip(request.user))},"dryRun":${request.dryRun},"durationMs":${durationMs},"policyGeneration":${json(policyGeneration)}${sourcesOf(decision)}${exceptionsOf(decision)}`
  );
}

function sourcesOf({ policySources }: Decision): string {
  return policySources === undefined ? '' : `,"policySources":${sourcesJson(policySources)}`;
}

/** By which exceptions something got in; most decisions have none, and no member for it. */
function exceptionsOf({ findings }: Decision): string {
  if (!findings.some(({ exceptions }) => exceptions !== undefined)) return '';
  return `,"exceptions":${JSON.stringify(distinct(findings.flatMap(({ exceptions = [] }) => exceptions.map(({ name }) => name))))}`;
}
