/** What is ordered of the issuer of receipts for a decision: one artifact as itself, several as the digest of their list. */
import type { Decision, JudgedArtifact } from '../../domain/decision/decision.ts';
import { isOfCluster } from '../../domain/decision/verified.ts';
import { artifactListText, LIST_RESOURCE } from '../../domain/gate/artifact-list.ts';
import type { ListedArtifact } from '../../domain/gate/artifact-list.ts';
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
 * Places of the artifacts of a decision that may be vouched for: everything that was found about one and about the request is
 * satisfied, by at least one policy of the cluster that enforces: what a namespace writes for itself is its own word. Never for a dry
 * run, by a warning or an exception, or for an artifact that no policy speaks about; policies in mode `audit` are never heard for it,
 * nor against it: they may be judged after the answer.
 */
export function vouchablePaths({ request, artifacts, findings }: Decision): ReadonlySet<string> {
  const vouchable = new Set<string>();
  if (request.dryRun) return vouchable;
  const places = new Set(artifacts.map(({ path }) => path));
  const open = new Set<string>();
  for (const finding of findings) {
    const { verdict, mode, path, ofRequest } = finding;
    if (mode === 'audit') continue;
    const isOfOne = ofRequest !== true && places.has(path);
    if (verdict !== 'satisfied') {
      // What is about no single artifact of the question holds for all of them.
      if (!isOfOne) return new Set();
      open.add(path);
    } else if (isOfOne && isOfCluster(finding)) vouchable.add(path);
  }
  for (const { path, digest, vouched } of artifacts)
    if (open.has(path) || digest === undefined || vouched === undefined) vouchable.delete(path);
  return vouchable;
}

/**
 * The order for artifacts of a decision: as itself where it is one, else the digest of their sorted list; `undefined` when they
 * cannot be listed (`artifactListText`). Of a list the use is that of the first; the list says that of each. Whether they may be
 * vouched for is asked before.
 */
export function orderOf(
  decision: Decision, artifacts: readonly JudgedArtifact[], { caller, uid, purpose = 'gate' }: OrderedFor,
): ReceiptOrder | undefined {
  const [first, ...others] = artifacts;
  if (first?.digest === undefined) return undefined;
  const digest = others.length === 0 ? first.digest : digestOfList(artifacts);
  if (digest === undefined) return undefined;
  const resource = others.length === 0 ? resourceOf(first) : LIST_RESOURCE;
  return {
    purpose, id: decision.id, at: decision.at,
    subjects: [{ name: resource, digest }],
    resource, usage: first.usage, caller, ...(uid === undefined ? {} : { run: uid }),
    policies: digestOfSet(artifacts.flatMap(({ vouched }) => vouched?.policies ?? [])),
    ...policySetOf(decision),
    inputs: inputsOf(artifacts),
    levels: levelsOf(artifacts),
  };
}

/** Under which set of policies it was decided, as a receipt names it. */
export function policySetOf({ policyGeneration, policySources }: Decision): Pick<ReceiptOrder, 'generation' | 'sources'> {
  return { generation: policyGeneration, ...(policySources === undefined ? {} : { sources: policySources }) };
}

/** The digest by which a receipt for several artifacts names all of them; `undefined` when they cannot be listed. */
export function digestOfList(artifacts: readonly ListedArtifact[]): string | undefined {
  const text = artifactListText(artifacts);
  return text === undefined ? undefined : `sha256:${sha256Hex(text)}`;
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
