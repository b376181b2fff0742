/** One receipt for many: its subject is the digest of their sorted list, so what stands beside it must be the whole list. */
import type { ArtifactKind, ArtifactRef, Usage } from '../../../domain/artifact/artifact.ts';
import { imageArtifact } from '../../../domain/artifact/image-artifact.ts';
import { parsePackageUrl } from '../../../domain/artifact/package-url.ts';
import { parseSourceUri } from '../../../domain/artifact/source-uri.ts';
import { artifactListText, LIST_RESOURCE } from '../../../domain/gate/artifact-list.ts';
import type { Receipt } from '../../../domain/gate/receipt.ts';
import { sha256Hex } from '../../../text/sha256.ts';
import type { TaskInput } from './inputs.ts';

/** True for a receipt over a list; whether it fits one is for {@link listProblem} to say. */
export function isList({ resource }: Pick<Receipt, 'resource'>): boolean {
  return resource === LIST_RESOURCE;
}

/** Why these inputs are not the list of the receipt: one more, one less, another digest, name or use. `undefined` when they are. */
export function listProblem({ subjects, usage }: Receipt, together: readonly TaskInput[]): { readonly cause: string } | undefined {
  const artifacts = listedOf(together, usage);
  const text = artifacts === undefined ? undefined : artifactListText(artifacts);
  if (text === undefined) return { cause: 'the receipt is for a list, and an artifact beside it has no address that a list can hold' };
  const [subject, ...others] = subjects;
  if (others.length === 0 && subject?.digest === `sha256:${sha256Hex(text)}`) return undefined;
  return { cause: `the receipt is for a list, and the ${together.length} artifacts beside it are not that list` };
}

/** The inputs as the gate was asked about them; `undefined` where one cannot be named. */
export function listedOf(inputs: readonly TaskInput[], usage: Usage): readonly ArtifactRef[] | undefined {
  const artifacts = inputs.map(({ uri, digest, problem }): ArtifactRef | undefined => {
    const named = problem === undefined && digest !== undefined ? namedBy(uri, digest) : undefined;
    return named === undefined || digest === undefined ? undefined : { ...named, usage, path: '', raw: uri, digest };
  });
  return artifacts.every((artifact) => artifact !== undefined) ? artifacts : undefined;
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
