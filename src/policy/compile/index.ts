/** From files to one policy set: the order in which trust roots, revocations, signers and policies are compiled. */
import type { PolicyProblem, PolicySet } from '../../domain/policy/policy.ts';
import type { RequestPolicy } from '../../domain/policy/request-policy.ts';
import type { Revocation, RevocationBook } from '../../domain/policy/revocation.ts';
import type { Unusable, UnusableDocument } from '../../domain/unusable-document.ts';
import type { TrustReader } from '../../domain/ports.ts';
import { catalogueSteps } from '../read/catalogue.ts';
import { compileExceptions } from './exceptions.ts';
import { compilePolicySteps } from './policy.ts';
import { standInSteps } from '../stand-in.ts';
import type { StandIns } from '../stand-in.ts';
import { compileRevocationLists } from './revocations.ts';
import { compileSignerSteps } from './signer/index.ts';
import { withTrustPolicies } from '../notation/documents.ts';
import { compilePipelineSteps } from '../pipeline/compile.ts';
import type { DraftRequestPolicy } from '../pipeline/compile.ts';
import { compileTrustRoots } from '../trust-root/compile.ts';
import type { PolicyDocument, PolicyText } from '../read/documents.ts';
import { readDocumentSteps } from '../read/documents.ts';
import { lintPolicySteps } from '../lint/index.ts';
import { lintSuppressions } from '../lint/suppressed.ts';
import { makePolicySetSteps } from './policy-set.ts';
import { remainderSteps } from './remainder.ts';
import type { Steps } from '../steps.ts';
import { finished } from '../steps.ts';
import { Reporter } from '../read/reporter.ts';
import { compareText, sortProblems } from '../read/problems.ts';
import type { CompiledSigner } from './signer/compiled-signer.ts';
import { hashDocuments, withContent } from './content.ts';
import type { HashedDocument } from './content.ts';
import { makeRevocationBook } from './revocation-book.ts';
import { takeInventory } from '../expiries.ts';

/** What compiling brought. `set` is present exactly when no problem is an error. */
export interface CompiledPolicies {
  readonly set?: PolicySet;
  /** All of them, in the order of files, lines and columns. */
  readonly problems: readonly PolicyProblem[];
  /** Advice that a document says it does not follow, with the reason; never an error. */
  readonly suppressed: readonly PolicyProblem[];
  /** How many documents each file holds, objects of the cluster aside, which are one each. */
  readonly documents: ReadonlyMap<string, number>;
}

/** What compiling takes besides the files. */
export interface CompileTools {
  readonly trust: TrustReader;
  /** Puts something else in the place of a document once it is read; places of problems stay those of the file. Absent: nothing. */
  readonly replaced?: (document: PolicyDocument) => PolicyDocument;
  /** Documents that cannot be used, in whose place something stands (ADR 0043). Absent: none; then a set has no broken policy. */
  readonly standIns?: readonly UnusableDocument[] | undefined;
  /** Signers and trust roots that are left out since they cannot be used. */
  readonly unusable?: Unusable | undefined;
  /** Documents that were read already, beside those of the files and before them. */
  readonly documents?: readonly PolicyDocument[];
  /** Why a document may not be used although it is well formed: nobody has signed it. Absent: all may. */
  readonly refuses?: ((value: unknown) => string | undefined) | undefined;
  /** Set, in epoch milliseconds, where somebody lints: what ends soon is told then, who is relied on by nobody, and notes. */
  readonly now?: number | undefined;
}

/**
 * Compiles policy files into one consistent set: reads the documents, checks each against its kind, looks up every
 * name, and gives advice (DESIGN §3, §8). All problems are found in one run. Never throws for what the files contain.
 *
 * Checked: that the set means what is written and nothing written is ignored; that keys and trust roots are well
 * formed, by `tools.trust`. Not checked: whether the keys and identities are the right ones.
 */
export function compilePolicies(files: readonly PolicyText[], tools: CompileTools): CompiledPolicies {
  return finished(compilePolicySetSteps(files, tools));
}

/** As {@link compilePolicies}, in small steps: for a server that has to answer meanwhile. */
export function* compilePolicySetSteps(
  files: readonly PolicyText[],
  { trust, now, documents: given = [], replaced = (document) => document, refuses, standIns = [], unusable }: CompileTools,
): Steps<CompiledPolicies> {
  const problems: PolicyProblem[] = [];
  const found: PolicyDocument[] = [...given];
  const counts = new Map<string, number>();
  for (const file of files) {
    const read = yield* readDocumentSteps(file);
    for (const problem of read.problems) problems.push(problem);
    if (file.resource !== true) counts.set(file.path, read.documents.length);
    for (const document of read.documents) {
      found.push(replaced(document));
      if (refuses === undefined) continue;
      const why = refuses(document.value);
      if (why !== undefined) new Reporter(document, problems).error(['metadata', 'name'], why);
      yield;
    }
  }
  const documents = withTrustPolicies(found, problems);
  const unread = problems.some(({ severity }) => severity === 'error');
  const entries = yield* catalogueSteps(documents, problems);
  const roots = compileTrustRoots(entries, trust);
  yield;
  const declaredRoots = entries.declared.get('TrustRoot') ?? new Set<string>();
  const listed = compileRevocationLists(entries, new Set([...roots.keys(), ...declaredRoots, ...unusableRoots(unusable)]));
  yield;
  const lists = listed.length === 0 ? undefined : makeRevocationBook(listed);
  const signers = yield* compileSignerSteps(entries, { trust, roots, declaredRoots, lists, unusable });
  const declaredSigners = entries.declared.get('Signer') ?? new Set<string>();
  const drafts = yield* compilePolicySteps(entries, { trust, signers, declaredSigners, lists, unusable });
  const pipelines = yield* compilePipelineSteps(entries.pipelinePolicies, { trust, signers, declaredSigners, lists, unusable });
  const substitutes = yield* standInSteps(standIns, pipelines.length > 0, trust);
  const { exceptions, pending } = compileExceptions(entries.exceptions, {
    policies: drafts.map(({ policy }) => policy),
    declared: new Set([
      ...(entries.declared.get('ClusterArtifactPolicy') ?? []), ...(entries.declared.get('ArtifactPolicy') ?? []),
      ...substitutes.policies.map(({ policy: { namespace, name } }) => (namespace === undefined ? name : `${namespace}/${name}`)),
    ]),
    pipelines: new Set([...(entries.declared.get('PipelinePolicy') ?? []), ...substitutes.requestPolicies.map(({ name }) => name)]),
  });
  yield;
  yield* remainderSteps(entries.broken, { trust, roots, declaredRoots, signers, declaredSigners, lists, unusable }, problems);
  const inventory = takeInventory(signers, { listed, exceptions }, trust);
  const close = now === undefined ? undefined
    : { now, documents: unread ? undefined : documents, exceptions: entries.exceptions };
  yield* lintPolicySteps({
    signers: entries.signers, lists: entries.revocationLists, listed, compiled: signers, drafts, pipelines,
    roots: entries.roots, inventory, trust, close,
  });
  if (close !== undefined) lintSuppressions(documents, problems, problems.every(({ severity }) => severity !== 'error'));
  const { told: sorted, suppressed } = apart(sortProblems(problems));
  yield;
  if (sorted.some((problem) => problem.severity === 'error')) return { problems: sorted, suppressed, documents: counts };
  const hashed = yield* hashDocuments(documents, trust);
  const materials = [...drafts, ...pipelines].map(({ policy }) => policy.trust.id);
  const generation = generationOf(hashed, [...materials, ...standIns.map(({ reason, ...one }) => trust.hash(one))], trust);
  const policies = [...(yield* withContent(drafts, hashed, trust)), ...substitutes.policies.map(({ policy }) => policy)];
  const requestPolicies = requestPoliciesOf(pipelines, substitutes);
  const set = yield* makePolicySetSteps([...drafts, ...substitutes.policies], policies, requestPolicies, generation);
  const revocations = receiptBook(listed, signers);
  return {
    set: {
      ...set,
      ...(revocations === undefined ? {} : { revocations }),
      ...(pending.length === 0 ? {} : { pending }),
      ...(exceptions.length === 0 ? {} : { exceptions, disowned: digestsOf(inventory.revocations) }),
      inventory,
    },
    problems: sorted,
    suppressed,
    documents: counts,
  };
}

function requestPoliciesOf(pipelines: readonly DraftRequestPolicy[], { requestPolicies }: StandIns): readonly RequestPolicy[] {
  return [...pipelines.map(({ policy }) => policy), ...requestPolicies];
}

/** A list that names one of them revokes what nobody proves at present: it is no mistake of the list. */
function unusableRoots(unusable: Unusable | undefined): readonly string[] {
  return [...(unusable?.keys() ?? [])].flatMap((key) => (key.startsWith('TrustRoot ') ? [key.slice('TrustRoot '.length)] : []));
}

/** Advice that is not followed for a reason is no problem, and yet kept for reports. */
function apart(all: readonly PolicyProblem[]): { readonly told: readonly PolicyProblem[]; readonly suppressed: readonly PolicyProblem[] } {
  return { told: all.filter((one) => one.suppressed === undefined), suppressed: all.filter((one) => one.suppressed !== undefined) };
}

/** A hash over the content of all documents and the trust that they take: equal files have an equal generation. */
function generationOf(documents: readonly HashedDocument[], materials: readonly string[], trust: TrustReader): string {
  return trust.hash({ documents: documents.map(({ hash }) => hash), materials: materials.toSorted(compareText) });
}

function digestsOf(revocations: readonly Revocation[]): ReadonlySet<string> {
  return new Set(revocations.flatMap(({ what }) => (what.kind === 'digest' ? [what.digest] : [])));
}

/** What receipts are held against: all lists, and the keys and receipts that any signer has disowned. */
function receiptBook(listed: readonly Revocation[], signers: ReadonlyMap<string, CompiledSigner>): RevocationBook | undefined {
  const disowned = [...signers.values()]
    .flatMap(({ revocations }) => revocations)
    .filter(({ what: { kind } }) => kind === 'key' || kind === 'receipt');
  return listed.length + disowned.length === 0 ? undefined : makeRevocationBook([...listed, ...disowned]);
}
