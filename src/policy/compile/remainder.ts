/** A document whose schema was refused is no policy; what of it stands for itself is compiled all the same, for its problems alone. */
import type { PolicyProblem } from '../../domain/policy/policy.ts';
import { isObject, own, ownList } from '../../text/json/fields.ts';
import type { Kind } from '../read/catalogue.ts';
import type { PolicyDocument } from '../read/documents.ts';
import type { Path } from '../read/problems.ts';
import { Reporter } from '../read/reporter.ts';
import { API_VERSION } from '../schema/common.ts';
import { clusterPolicySchema } from '../schema/policy.ts';
import { signerSchema } from '../schema/signer.ts';
import type { Steps } from '../steps.ts';
import type { PolicyContext } from './policy.ts';
import { compilePolicySteps } from './policy.ts';
import type { SignerContext } from './signer/index.ts';
import { compileSignerSteps } from './signer/index.ts';

/** Items that are compiled of one broken document; more of them are read when the first are mended. */
const MOST_ITEMS = 100;

const NAME = 'remainder';

/** What is left of documents is compiled with. */
export type RemainderContext = PolicyContext & SignerContext;

/**
 * Reports what is wrong with the requirements and identities of broken documents beyond their schema: names, keys, conditions. Nothing of
 * it gets into a set, since a document with an error has none. Items that are broken themselves were reported by the schema.
 */
export function* remainderSteps(broken: readonly BrokenDocument[], context: RemainderContext, problems: PolicyProblem[]): Steps<void> {
  for (const { kind, document } of broken) {
    const key = kind === 'Signer' ? 'identities' : kind === 'ClusterArtifactPolicy' || kind === 'ArtifactPolicy' ? 'require' : undefined;
    // What another version means by its fields is not known.
    if (key === undefined || own(document.value, 'apiVersion') !== API_VERSION) continue;
    const items = ownList(own(document.value, 'spec'), key) ?? [];
    for (const [index, item] of items.slice(0, MOST_ITEMS).entries()) {
      const report = new Reporter(document, problems, (path) => moved(path, index));
      if (key === 'identities') yield* identitySteps(item, report, context);
      else yield* requirementSteps(item, report, context);
    }
  }
}

/** A document that its schema refused. */
export interface BrokenDocument {
  readonly kind: Kind;
  readonly document: PolicyDocument;
}

/** Each item is compiled as the only one of its list. */
function moved(path: Path, index: number): Path {
  return path.map((part, depth) => (depth === 2 && part === 0 ? index : part));
}

function* requirementSteps(item: unknown, report: Reporter, context: RemainderContext): Steps<void> {
  // Conditions about other requirements of the policy can only be judged with them.
  if (!isObject(item) || JSON.stringify(item).includes('attestations')) return;
  const read = clusterPolicySchema.safeParse(documentOf('ClusterArtifactPolicy', { artifacts: [{ image: '**' }], require: [item] }));
  if (!read.success) return;
  yield* compilePolicySteps({ policies: [{ kind: 'ClusterArtifactPolicy', name: NAME, value: read.data, report }] }, context);
}

function* identitySteps(item: unknown, report: Reporter, context: RemainderContext): Steps<void> {
  const read = signerSchema.safeParse(documentOf('Signer', { identities: [item] }));
  if (read.success) yield* compileSignerSteps({ signers: [{ name: NAME, value: read.data, report }] }, context);
}

function documentOf(kind: Kind, spec: unknown): unknown {
  return { apiVersion: API_VERSION, kind, metadata: { name: NAME }, spec };
}
