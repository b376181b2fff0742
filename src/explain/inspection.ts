/** What was proven of an artifact, as a tree for people and a document for programs. */
import type { VerifiedEvidence } from '../domain/evidence.ts';
import type { InspectedBuild, InspectedEvidence, Inspection } from '../domain/decision/inspection.ts';
import type { JudgedArtifact } from '../domain/decision/decision.ts';
import { distinguishedNameText, holderText } from '../text/names/distinguished-name.ts';
import { describeType } from '../domain/policy/predicate-types.ts';
import { reason } from '../domain/decision/reasons.ts';
import { shortenMiddle } from '../text/shown.ts';
import { headlineOf } from './parts/headline.ts';

/** Identities and sources are shown whole, because people copy them; only what nobody would copy is cut. */
const WIDEST = 600;

/**
 * An inspection as a tree for a terminal: every piece of evidence, by whom and when it is proven to be signed, or
 * why it proves nothing. Everything that came from outside is escaped.
 */
export function inspectionTree(inspection: Inspection): string {
  const branches = [
    ...inspection.evidence.flatMap(branchesOf),
    ...inspection.problems.map((problem) => [
      `! ${headlineOf(problem)}  [${problem.code}]`,
      `at      ${problem.source}`,
      ...some('found  ', problem.found),
      ...some('cause  ', problem.cause),
      ...some('fix    ', problem.fix),
    ]),
  ];
  const body =
    branches.length === 0 ? ['└─ no evidence found'] : branches.flatMap((lines, index) => draw(lines, index === branches.length - 1));
  return [title(inspection.artifact), ...body].join('\n');
}

function title({ raw, digest }: JudgedArtifact): string {
  const text = shortenMiddle(raw, WIDEST);
  return digest === undefined || raw.includes(digest) ? text : `${text} (${digest})`;
}

function draw(lines: readonly string[], last: boolean): string[] {
  return lines.map((line, index) => `${index === 0 ? (last ? '└─ ' : '├─ ') : last ? '     ' : '│    '}${shortenMiddle(line, WIDEST)}`);
}

function branchesOf(piece: InspectedEvidence): string[][] {
  const proven = piece.verified.map((proof) => [
    `✓ ${what(proof)}`,
    `found   ${piece.source}`,
    `by      ${who(proof)}`,
    ...built(piece.builds.get(proof)),
    ...when(proof),
  ]);
  const failed = piece.problems.map((problem) => [
    `✗ ${problem.claimedType === undefined ? 'evidence' : `claims to be ${describeType(problem.claimedType)}`}: ${reason(problem.code).title}  [${problem.code}]`,
    `found   ${piece.source}`, ...some('seen   ', problem.found), ...some('wanted ', problem.expected), ...some('cause  ', problem.cause),
    ...some('fix    ', problem.fix),
  ]);
  // Of one signature that is proven by several paths of its certificate people read the same.
  const told = [...new Map(proven.map((lines) => [lines.join('\n'), lines])).values()];
  return [...told, ...failed];
}

function some(label: string, text: string | undefined): string[] {
  return text === undefined ? [] : [`${label} ${text}`];
}

function what(proof: VerifiedEvidence): string {
  return proof.kind === 'signature' || proof.statement === undefined
    ? 'signature'
    : `attestation ${describeType(proof.statement.predicateType)}`;
}

function who({ signer }: VerifiedEvidence): string {
  const under = signer.trustRoot === undefined ? '' : `, under ${signer.trustRoot}`;
  switch (signer.kind) {
    case 'key':
      return `key ${signer.keyId}${under}`;
    case 'certificate':
      return `${signer.subject.value} (issuer ${signer.issuer})${under}`;
    case 'x509':
      return `${holderText(signer)} (issued by ${distinguishedNameText(signer.issuer)})${under}`;
    case 'spiffe':
      return `${signer.id}${under}`;
  }
}

function built(build: InspectedBuild | undefined): string[] {
  if (build === undefined) return [];
  const { builder, level, because, plausible, sources } = build;
  return [
    builder === ''
      ? `built   by nobody: ${because}`
      : `built   by ${builder} (SLSA build level ${level}: ${because})${plausible ? '' : '; but this signer may not claim it'}`,
    ...sources.map(({ uri, repository, ref }) => `from    ${repository ?? uri}${ref === undefined ? '' : ` at ${ref}`}`),
  ];
}

function when(proof: VerifiedEvidence): string[] {
  const times = proof.times.map(
    ({ at, source, by }) => `at      ${new Date(at).toISOString()} (${source === 'log' ? 'transparency log' : `${source === 'authority' ? 'signing authority' : 'timestamp by'} ${by}`})`,
  );
  const entries = proof.logEntries.map(({ logIndex, leafHash, logId, operator }) =>
    `log     ${logIndex === undefined ? `leaf ${leafHash}` : `index ${logIndex}`} of ${operator ?? `log ${logId}`}`);
  return [...(times.length === 0 ? ['at      no time is proven'] : times), ...entries];
}

/** What was written from an inspection: a policy, what it does not ask for, and why there is none although something is proven. */
export interface WrittenFrom {
  readonly policy?: string;
  readonly leftOut: readonly string[];
  readonly undetermined?: string;
}

/** An inspection as a document for programs; fields are only ever added. */
export function inspectionJson(inspection: Inspection, written: WrittenFrom): Readonly<Record<string, unknown>> {
  const { artifact, evidence, problems } = inspection;
  return {
    apiVersion: 'gatehouse.dev/v1alpha1',
    kind: 'Inspection',
    artifact: {
      kind: artifact.kind,
      name: artifact.name,
      reference: artifact.raw,
      ...(artifact.digest === undefined ? {} : { digest: artifact.digest }),
    },
    evidence: evidence.map((piece) => ({
      source: piece.source, digest: piece.evidenceDigest,
      verified: piece.verified.map((proof) => ({
        kind: proof.kind, format: proof.format, signer: proof.signer,
        ...(proof.statement === undefined ? {} : { predicateType: proof.statement.predicateType }),
        ...(piece.builds.has(proof) ? { build: piece.builds.get(proof) } : {}),
        times: proof.times.map(({ source, at, by }) => ({ source, at: new Date(at).toISOString(), by })), logEntries: proof.logEntries,
      })),
      problems: piece.problems,
    })),
    problems,
    ...(written.policy === undefined ? {} : { policy: written.policy }),
    notAskedFor: written.leftOut,
    ...(written.undetermined === undefined ? {} : { undetermined: written.undetermined }),
  };
}
