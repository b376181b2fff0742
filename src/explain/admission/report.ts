/** What became of many artifacts that a command asked about: as a document for programs, and as text for a terminal. */
import { shortenMiddle } from '../../text/shown.ts';
import type { DecisionWord } from './word.ts';
import { findingLines } from './finding-lines.ts';
import type { ShownFinding } from './finding-lines.ts';

/** One artifact with its answer. */
export interface AskedArtifact {
  /** Where it was named: `package-lock.json:14`, `arguments[0]`; the first place is the one that is shown. */
  readonly at: readonly string[];
  readonly direct?: boolean;
  readonly kind: string;
  readonly uri: string;
  readonly usedAs: string;
  readonly digest?: string;
  /** The digest is what its name led to, once. */
  readonly resolved?: boolean;
  readonly decision: DecisionWord;
  readonly findings: readonly ShownFinding[];
}

/** Something that was let in and could not even be asked about, or need not be. */
export interface NotAsked {
  readonly at: string;
  readonly place: string;
  readonly why: string;
}

/** All of it; a document whose fields are only ever added to. */
export interface AdmissionReport {
  readonly decision: DecisionWord;
  readonly artifacts: readonly AskedArtifact[];
  /** What could not be asked about, which counts as denied. */
  readonly unaskable: readonly (NotAsked & { readonly code: string; readonly title: string; readonly fix: string })[];
  readonly passedOver: readonly NotAsked[];
  /** Findings about the question itself. */
  readonly findings: readonly ShownFinding[];
  readonly notes: readonly string[];
  /** Sets of policies by which it was judged, each once: of several questions one may have come after a change. Absent: not told. */
  readonly policies?: readonly JudgedBySet[];
}

/** A set of policies and its sources, as decisions name them. */
export interface JudgedBySet {
  readonly policyGeneration: string;
  readonly policySources: readonly { readonly source: string; readonly digest: string; readonly version?: string | undefined }[];
}

const WIDTH = 200;
const MARKS: Readonly<Record<DecisionWord, string>> = { admit: '✓', warn: '!', deny: '✗', undetermined: '?' };

/** The report as JSON, with its totals. Texts are as they came, not escaped. */
export function admissionJson(report: AdmissionReport): unknown {
  return { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'AdmissionReport', ...report, totals: totalsOf(report) };
}

/** The report for a terminal: a block for whatever is not admitted, then notes, totals and the decision. Texts are escaped and cut. */
export function admissionText(report: AdmissionReport): string {
  const { artifacts, unaskable, passedOver, findings, notes, decision } = report;
  const totals = totalsOf(report);
  const wrong = artifacts.filter((one) => one.decision !== 'admit');
  const blocks = [
    ...findings.filter(isWrong).flatMap(findingLines),
    ...unaskable.flatMap(({ at, place, code, why, title, fix }) => [
      `${MARKS.deny} ${at}  ${place}`, `    violated ${code}: ${title}`, `        because  ${why}`, `        fix      ${fix}`,
    ]),
    ...wrong.flatMap((one) => [
      headOf(one), ...one.findings.filter(isWrong).flatMap((finding) => findingLines({ ...finding, path: '', artifact: '' })),
    ]),
  ];
  const counted = `${totals.artifacts} artifact${totals.artifacts === 1 ? '' : 's'}: ${totals.admit} admitted, ${totals.warn} with warnings, `
    + `${totals.deny} denied, ${totals.undetermined} undetermined`;
  return [
    ...blocks, ...(blocks.length === 0 ? [] : ['']),
    ...passedOverLines(passedOver), ...notes.map((note) => `note: ${note}`),
    counted, `${MARKS[decision]} ${decision}`,
  ].map((line) => shortenMiddle(line, WIDTH)).join('\n');
}

function isWrong({ verdict }: ShownFinding): boolean {
  return verdict !== 'satisfied';
}

function headOf({ at, uri, digest, decision }: AskedArtifact): string {
  const [first = '', ...others] = at;
  const more = others.length === 0 ? '' : ` and ${others.length} more place${others.length === 1 ? '' : 's'}`;
  const bytes = digest === undefined || uri.includes(digest) ? '' : ` (${digest.length > 40 ? `${digest.slice(0, 27)}…` : digest})`;
  return `${MARKS[decision]} ${first}${more}  ${uri}${bytes}`;
}

/** A line for each reason, with how many there are and where the first one stands. */
function passedOverLines(passedOver: readonly NotAsked[]): readonly string[] {
  const byReason = new Map<string, NotAsked[]>();
  for (const one of passedOver) {
    const same = byReason.get(one.why);
    if (same === undefined) byReason.set(one.why, [one]);
    else same.push(one);
  }
  return [...byReason].map(([why, [first, ...others]]) => {
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    return `not asked about: ${first?.at ?? ''} ${first?.place ?? ''}${more}: ${why}`;
  });
}

interface Totals extends Readonly<Record<DecisionWord, number>> {
  readonly artifacts: number;
  readonly passedOver: number;
}

function totalsOf({ artifacts, unaskable, passedOver }: AdmissionReport): Totals {
  const count = (word: DecisionWord): number => artifacts.filter(({ decision }) => decision === word).length;
  return {
    artifacts: artifacts.length + unaskable.length, admit: count('admit'), warn: count('warn'), deny: count('deny') + unaskable.length,
    undetermined: count('undetermined'), passedOver: passedOver.length,
  };
}
