/** One receipt for many: its subject is the digest of their sorted list, so what stands beside it must be the whole list. */
import type { ArtifactKind, ArtifactRef, Usage } from '../../../domain/artifact/artifact.ts';
import { imageArtifact } from '../../../domain/artifact/image-artifact.ts';
import { parsePackageUrl } from '../../../domain/artifact/package-url.ts';
import { parseSourceUri } from '../../../domain/artifact/source-uri.ts';
import { artifactListText, LIST_RESOURCE } from '../../../domain/gate/artifact-list.ts';
import type { Receipt } from '../../../domain/gate/receipt.ts';
import { USUAL_USE } from '../../../domain/gate/usual-use.ts';
import { sha256Hex } from '../../../text/sha256.ts';
import type { TaskInput } from './inputs.ts';

/** True for a receipt over a list; whether it fits one is for {@link listOf} to say. */
export function isList({ resource }: Pick<Receipt, 'resource'>): boolean {
  return resource === LIST_RESOURCE;
}

/**
 * The inputs as the artifacts of the receipt's list, one for each; or why they are not that list: one more, one less, another digest,
 * name or use. What they were asked about as stands in the list alone: it is the use of its first for all, or the usual one of each.
 */
function listOf({ subjects: [subject, ...others], usage }: Pick<Receipt, 'subjects' | 'usage'>, together: readonly TaskInput[]): Listed {
  const named = together.map(({ uri, digest, problem }): Omit<ArtifactRef, 'usage'> | undefined => {
    const found = problem === undefined && digest !== undefined ? namedBy(uri, digest) : undefined;
    return found === undefined || digest === undefined ? undefined : { ...found, path: '', raw: uri, digest };
  });
  if (!named.every((one) => one !== undefined))
    return { cause: 'the receipt is for a list, and an artifact beside it has no address that a list can hold' };
  const uses: readonly ((kind: ArtifactKind) => Usage)[] = [() => usage, (kind) => USUAL_USE[kind]];
  for (const useOf of others.length > 0 ? [] : uses) {
    const artifacts = named.map((one): ArtifactRef => ({ ...one, usage: useOf(one.kind) }));
    const text = artifactListText(artifacts);
    if (text !== undefined && subject?.digest === `sha256:${sha256Hex(text)}`)
      return { artifacts: new Map(together.map((input, index) => [input, artifacts[index]!])) };
  }
  return { cause: `the receipt is for a list, and the ${together.length} artifacts beside it are not that list` };
}

/** The artifacts of a list by the inputs that they are, or why those are another one. */
export type Listed = { readonly artifacts: ReadonlyMap<TaskInput, ArtifactRef> } | { readonly cause: string };

/** Compares a receipt for a list with all inputs beside which its text stands: once, however many these are. */
export type ListOf = (text: string, receipt: Receipt) => Listed;

/** Makes the comparison for the inputs of one task. */
export function createListOf(inputs: readonly TaskInput[]): ListOf {
  const known = new Map<string, Listed>();
  return (text, receipt) => {
    const found = known.get(text) ?? listOf(receipt, inputs.filter(({ receipts }) => receipts.includes(text)));
    known.set(text, found);
    return found;
  };
}

interface Named {
  readonly kind: ArtifactKind;
  /** Canonical, as `readAsked` of a question makes it. */
  readonly name: string;
}

function namedBy(uri: string, digest: string): Named | undefined {
  if (uri.startsWith('pkg:')) {
    const read = parsePackageUrl(uri);
    return read.ok ? { kind: 'package', name: read.value.name } : undefined;
  }
  if (digest.startsWith('gitCommit:')) {
    const source = parseSourceUri(uri);
    return source === undefined ? undefined : { kind: 'git', name: source.repository };
  }
  const image = imageArtifact(uri.replace(/^(?:oci|docker):\/\//, ''), '', 'dependency');
  return image.ok ? { kind: 'image', name: image.artifact.name } : undefined;
}
