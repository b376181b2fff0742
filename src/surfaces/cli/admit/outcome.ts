/** What all answers come to: one report, the receipt of it, and the list for which that holds. */
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactListText } from '../../../domain/gate/artifact-list.ts';
import { worstWord } from '../../../explain/index.ts';
import type { AdmissionReport } from '../../../explain/index.ts';
import type { CliContext } from '../context.ts';
import type { Answer } from './answer.ts';
import type { Gathered, GatheredAll } from './gather.ts';

/** One report of answers to all that was gathered, in its order. */
export function reportOf(
  answers: readonly Answer[], { artifacts: asked, unaskable, passedOver }: GatheredAll,
): AdmissionReport {
  const answered = answers.flatMap(({ artifacts }) => artifacts);
  const artifacts = asked.map(({ asked: { kind, uri }, usage, at, direct }, index) => {
    // As many as were asked about, which was checked; what is not there admits nothing.
    const { decision = 'undetermined', digest, resolved, findings = [] } = answered[index] ?? {};
    return {
      at, ...(direct === undefined ? {} : { direct }), kind, uri, usedAs: usage, ...(digest === undefined ? {} : { digest }),
      ...(resolved === true ? { resolved } : {}), decision, findings: findings.map((one) => ({ ...one, path: at[0] ?? '' })),
    };
  });
  const words = [...answers, ...artifacts].map(({ decision }) => decision);
  return {
    decision: worstWord(unaskable.length === 0 ? words : [...words, 'deny']), artifacts, unaskable, passedOver,
    findings: uniqueBy(answers.flatMap(({ findings }) => findings), (one) => JSON.stringify(one)),
    notes: [...new Set(answers.flatMap(({ notes }) => notes))],
    ...policiesOf(answers),
  };
}

/** A gate may answer one question before a change of policies and the next one after it. */
function policiesOf(answers: readonly Answer[]): Pick<AdmissionReport, 'policies'> {
  const told = answers.flatMap(({ policyGeneration = '', policySources = [] }) =>
    (policyGeneration === '' ? [] : [{ policyGeneration, policySources }]));
  return told.length === 0 ? {} : { policies: uniqueBy(told, (one) => JSON.stringify(one)) };
}

function uniqueBy<T>(all: readonly T[], key: (one: T) => string): readonly T[] {
  return [...new Map(all.map((one) => [key(one), one])).values()];
}

/** Where they are written; absent: nowhere. */
export interface OutcomeFiles {
  readonly receipt?: string;
  readonly artifactsOut?: string;
}

/** With the file in which the list is to lie: in a folder, such as the workspace of a step, it has the name that pipelines know. */
export async function withListFile<Flags extends OutcomeFiles>(flags: Flags): Promise<Flags> {
  const { artifactsOut } = flags;
  if (artifactsOut === undefined || !(await stat(artifactsOut).then((found) => found.isDirectory(), () => false))) return flags;
  return { ...flags, artifactsOut: join(artifactsOut, 'gatehouse-artifacts.txt') };
}

/** Only for what was admitted as a whole: what a later step finds there, it may use. */
export async function writeFiles(
  report: AdmissionReport, answers: readonly Answer[], asked: readonly Gathered[],
  { receipt, artifactsOut }: OutcomeFiles, context: CliContext,
): Promise<void> {
  const [first] = answers;
  if (receipt !== undefined && report.decision === 'admit') {
    if (first?.receipt !== undefined) await writeFile(receipt, first.receipt);
    else context.stderr(`gatehouse: no receipt: ${first?.receiptMissing ?? 'the gate has signed none for this answer'}\n`);
  }
  if (artifactsOut === undefined || report.decision !== 'admit') return;
  const digests = report.artifacts.map(({ digest }) => digest);
  const list = artifactListText(asked.map(({ asked: { kind }, name, usage }, index) => ({ kind, name, digest: digests[index], usage })));
  if (list !== undefined) await writeFile(artifactsOut, list);
  else context.stderr('gatehouse: no list: an artifact has no digest, or a name that cannot be listed\n');
}
