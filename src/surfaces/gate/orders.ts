/** What is ordered of the issuer of receipts for a decision: one artifact as itself, several as the digest of their list. */
import type { Decision, JudgedArtifact } from '../../domain/decision/decision.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import { artifactListText, LIST_RESOURCE } from '../../domain/gate/artifact-list.ts';
import type { VouchedInput } from '../../domain/gate/vouched.ts';
import type { ReceiptOrder, ReceiptPurpose } from '../../domain/gate/receipt.ts';
import { digestOfSet, sha256Hex } from '../../text/sha256.ts';

/** For whom, and what for. */
export interface OrderedFor {
  readonly caller: string;
  /** Uid of the run. */
  readonly uid: string | undefined;
  /** Default: `gate`. */
  readonly purpose?: ReceiptPurpose;
}

/**
 * True when these artifacts of the decision may be vouched for: everything that was found about each of them and about the request
 * is satisfied, by at least one policy that enforces. Never for a dry run, by a warning or an exception, or for an artifact that no
 * policy speaks about; policies in mode `audit` are never heard for it, nor against it: they may be judged after the answer.
 */
export function isVouchable(decision: Decision, artifacts: readonly JudgedArtifact[]): boolean {
  if (decision.request.dryRun || artifacts.length === 0) return false;
  const paths = new Set(artifacts.map(({ path }) => path));
  const enforced = new Set<string>();
  for (const finding of decision.findings) {
    const isOfOne = finding.ofRequest !== true && paths.has(finding.path);
    // Everything that is not about another artifact of the question holds for this one as well.
    if (!isOfOne && isAboutArtifact(finding, decision)) continue;
    if (finding.mode === 'audit') continue;
    if (finding.verdict !== 'satisfied') return false;
    if (isOfOne && finding.mode === 'enforce' && finding.policy !== undefined) enforced.add(finding.path);
  }
  return artifacts.every(({ path, digest, vouched }) => enforced.has(path) && digest !== undefined && vouched !== undefined);
}

function isAboutArtifact({ path, ofRequest }: Finding, { artifacts }: Decision): boolean {
  return ofRequest !== true && artifacts.some((artifact) => artifact.path === path);
}

/**
 * The order for artifacts of a decision: as itself where it is one, else the digest of their sorted list; `undefined` when they
 * cannot be listed (`artifactListText`), or are not all for the same use. Whether they may be vouched for is asked before.
 */
export function orderOf(
  decision: Decision, artifacts: readonly JudgedArtifact[], { caller, uid, purpose = 'gate' }: OrderedFor,
): ReceiptOrder | undefined {
  const [first, ...others] = artifacts;
  if (first?.digest === undefined) return undefined;
  const list = others.length === 0 ? undefined : artifactListText(artifacts);
  if (others.length > 0 && list === undefined) return undefined;
  const resource = list === undefined ? resourceOf(first) : LIST_RESOURCE;
  return {
    purpose, id: decision.id, at: decision.at,
    subjects: [{ name: resource, digest: list === undefined ? first.digest : `sha256:${sha256Hex(list)}` }],
    resource, usage: first.usage, caller, ...(uid === undefined ? {} : { run: uid }),
    policies: digestOfSet(artifacts.flatMap(({ vouched }) => vouched?.policies ?? [])),
    inputs: inputsOf(artifacts),
    levels: levelsOf(artifacts),
  };
}

/** The name as verifiers of others know it. */
function resourceOf({ kind, name }: JudgedArtifact): string {
  return kind === 'image' ? `oci://${name}` : name;
}

function inputsOf(artifacts: readonly JudgedArtifact[]): readonly VouchedInput[] {
  const inputs = new Map<string, VouchedInput>();
  for (const { vouched } of artifacts) for (const input of vouched?.inputs ?? []) inputs.set(input.digest, input);
  return [...inputs.values()];
}

/** Of several, only what was verified of every one of them. */
function levelsOf([first, ...others]: readonly JudgedArtifact[]): readonly string[] {
  const levels = first?.vouched?.levels ?? [];
  return levels.filter((level) => others.every(({ vouched }) => vouched?.levels.includes(level) === true));
}
