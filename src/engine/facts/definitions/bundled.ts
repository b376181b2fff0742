/** Definitions in bundles: images, whose signatures vouch for everything inside. */
import type { Artifact, ArtifactRef } from '../../../domain/artifact/artifact.ts';
import type { Digest } from '../../../domain/artifact/digest.ts';
import { imageArtifact } from '../../../domain/artifact/image-artifact.ts';
import type { DefinitionKind } from '../../../domain/build/definition.ts';
import type { QuestionOf } from '../../../domain/build/facts.ts';
import type { PullScope } from '../../../domain/decision/review.ts';
import { pullScope } from '../../../extract/scope.ts';
import { field } from '../../../text/json/fields.ts';
import { bytesDigest } from '../../../domain/artifact/revision.ts';
import type { Context } from '../../context.ts';
import { fetchAnswer, foundAnswer, nameOf, notFound, notKnown, TEKTON_KINDS } from './answer.ts';
import type { DefinitionResult } from './answer.ts';
import { readDocument } from './document.ts';
import { gathered, proveDefinition, proveImage, trustsAnybody } from './prove.ts';
import type { Proven } from './prove.ts';
import { carriedBy } from './signatures.ts';

/** A bundle's image by its digest. */
export type PinnedBundle = ArtifactRef & { readonly digest: Digest };

/** The image of a bundle as it is referred to; `undefined` when it is no reference with a digest. */
export function bundleImage(reference: string): PinnedBundle | undefined {
  const read = imageArtifact(reference, '', 'definition');
  const digest = !read.ok || read.artifact.digest === undefined ? undefined : bytesDigest(read.artifact.digest);
  return !read.ok || digest === undefined ? undefined : { ...read.artifact, digest };
}

/** Reads a definition from a bundle that is pinned by a digest, and proves its own signatures and those of the image. */
export async function findBundled(
  question: QuestionOf<'definition'>, image: PinnedBundle, entry: string, context: Context,
): Promise<DefinitionResult> {
  const { use, trust } = question;
  const { ports, deadline } = context;
  if (ports.definitions === undefined) return notKnown('definitions are not read from registries here');
  const scope = resolverScope(question, context);
  const asked = { kind: entryKind(use.kind), name: entry };
  const fetched = await deadline.race(ports.definitions.bundle(image, asked, scope, deadline.work));
  if (fetched === undefined) return notKnown(`bundle ${image.raw}: time ran out`);
  if (!fetched.ok) return fetchAnswer(fetched.problem);
  const read = readDocument(fetched.content);
  if (!read.ok) return notFound(`${asked.kind} ${entry} of bundle ${image.raw}: ${read.why}`);
  // An entry under another name than its content has is another definition for whoever looks at the annotations alone.
  if (field(read.object, 'kind') !== TEKTON_KINDS[use.kind] || nameOf(read.object) !== entry) {
    return notFound(`what bundle ${image.raw} has as ${asked.kind} ${entry} is something else`);
  }
  const { digest, evidence, problems } = carriedBy(read.object);
  const [outcomes, ofImage] = await Promise.all([
    proveDefinition(evidence, { name: entry, digest, trust }, context), proveBundle(image, scope, question, context),
  ]);
  if (outcomes === undefined) return notKnown(`signatures of ${asked.kind} ${entry}: time ran out`);
  const own = gathered(outcomes);
  return foundAnswer({
    content: read.object, digest, source: `bundle ${image.name}@${image.digest}`,
    proofs: [...own.proofs, ...ofImage.proofs], problems: [...problems, ...own.problems, ...ofImage.problems],
  }, question);
}

/** What signatures on a bundle's image prove, where anybody is trusted. */
export async function proveBundle(
  image: PinnedBundle, scope: PullScope, { trust }: Pick<QuestionOf<'definition'>, 'trust'>, context: Context,
): Promise<Proven> {
  if (!trustsAnybody(trust)) return { proofs: [], problems: [] };
  const artifact: Artifact = { ...image, resolvedFromTag: false };
  return proveImage(artifact, scope, trust, context);
}

/** Credentials as Tekton's resolver looks for them: those of an account of the run's namespace, and a secret of it. */
function resolverScope({ use }: Pick<QuestionOf<'definition'>, 'use'>, { review }: Context): PullScope {
  if (use.form !== 'remote') return pullScope(review);
  const { serviceAccount, secret } = use.params;
  return pullScope(review, { serviceAccountName: serviceAccount, imagePullSecrets: secret === undefined ? [] : [{ name: secret }] });
}

/** The kind of a definition as bundles write it in their annotations. */
export function entryKind(kind: DefinitionKind): string {
  return kind.toLowerCase();
}
