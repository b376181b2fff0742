/** A reason code looked up: for the command line, and as the page that documents all of them. */
import { REASONS, reason, stageOf } from '../domain/decision/reasons.ts';
import type { ReasonCode, Stage } from '../domain/decision/reasons.ts';
import { MEANINGS } from './meanings/index.ts';

/** The page that documents every code; its headings are the codes. */
const PAGE = 'docs/reference/reasons.md';

const STAGES: Readonly<Record<Stage, string>> = {
  INPUT: 'reading the request and the object in it',
  SELECT: 'choosing the policies that speak about the artifact',
  FETCH: 'getting digest and evidence from the registry',
  VERIFY: 'verifying signatures, certificates, logs and timestamps',
  POLICY: 'comparing what was proven with what the policy requires',
  ENGINE: 'carrying out the request',
};

const VERDICTS = {
  satisfied: 'satisfied: holds, admits',
  violated: 'violated: does not hold, denies under enforce',
  undetermined: 'undetermined: could not be found out, denies under enforce, and another try may admit',
} as const;

/** What `gatehouse explain CODE` prints: headline, meaning, fix, stage, verdict and where it is documented. */
export function reasonText(code: ReasonCode): string {
  const { title, fix, ownerFix, verdict } = reason(code);
  return [
    `${code}: ${title}`,
    '',
    MEANINGS[code],
    '',
    `fix      ${fix}`,
    ...(ownerFix === undefined ? [] : [`owner    ${ownerFix}`]),
    `stage    ${stageOf(code)}, ${STAGES[stageOf(code)]}`,
    `verdict  ${VERDICTS[verdict]}`,
    `see      ${PAGE}#${code.toLowerCase()}`,
  ].join('\n');
}

/** The same for programs; fields are only ever added. */
export function reasonJson(code: ReasonCode): Readonly<Record<string, string>> {
  const { title, fix, ownerFix, verdict } = reason(code);
  return {
    code, title, meaning: MEANINGS[code], fix, ...(ownerFix === undefined ? {} : { ownerFix }), stage: stageOf(code), verdict,
    see: `${PAGE}#${code.toLowerCase()}`,
  };
}

/** The whole page `docs/reference/reasons.md`, made from the catalogue so that the two cannot disagree. */
export function reasonsPage(): string {
  const codes = Object.keys(REASONS) as ReasonCode[];
  const stages = Object.keys(STAGES) as Stage[];
  const of = (stage: Stage): ReasonCode[] => codes.filter((code) => stageOf(code) === stage);
  const contents = stages.map(
    (stage) =>
      `- [${stage}](#${stage.toLowerCase()}): ${of(stage)
        .map((code) => `[${code}](#${code.toLowerCase()})`)
        .join(', ')}`,
  );
  const sections = stages.flatMap((stage) => [`## ${stage}\n\n${sentence(`stage: ${STAGES[stage]}`)}`, ...of(stage).map(section)]);
  return `${[INTRODUCTION, contents.join('\n'), ...sections].join('\n\n')}\n`;
}

const INTRODUCTION = `# Reasons

Every finding of Gatehouse carries one of these codes. Codes are stable; scripts and dashboards may rely on them. The first part of a code
says at which stage of the road it arose. \`gatehouse explain CODE\` prints the same text.

A verdict is one of three, and they are never merged: *satisfied* (holds), *violated* (does not hold) and *undetermined* (could not be found
out). Under a policy in mode enforce both *violated* and *undetermined* deny; after *undetermined* another try may admit.`;

function section(code: ReasonCode): string {
  const { title, fix, ownerFix, verdict } = reason(code);
  const owner = ownerFix === undefined ? '' : `\n- **What the owner of the policy may do:** ${sentence(ownerFix)}`;
  return `### ${code}\n\n${sentence(title)}\n\n- **Verdict:** ${verdict}\n- **What it means:** ${MEANINGS[code]}\n- **How to fix:** ${sentence(fix)}${owner}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
