/** Every document lies with those of its kind, and every declared name is known, before any name is looked up. */
import type { PolicyProblem } from '../../domain/policy/policy.ts';
import type { PolicyDocument } from './documents.ts';
import { Reporter } from './reporter.ts';
import type { PipelinePolicyDocument } from '../pipeline/schema.ts';
import { pipelinePolicySchema } from '../pipeline/schema.ts';
import { API_VERSION } from '../schema/common.ts';
import type { ExceptionDocument } from '../schema/exception.ts';
import { exceptionSchema } from '../schema/exception.ts';
import type { PolicyDocumentValue } from '../schema/policy.ts';
import { clusterPolicySchema, namespacedPolicySchema } from '../schema/policy.ts';
import { describe, parseDocument } from '../schema/problems.ts';
import type { RevocationListDocument } from '../schema/revocation.ts';
import { revocationListSchema } from '../schema/revocation.ts';
import type { SignerDocument } from '../schema/signer.ts';
import { signerSchema } from '../schema/signer.ts';
import type { TrustRootDocument } from '../trust-root/schema.ts';
import { trustRootSchema } from '../trust-root/schema.ts';
import { foreignKind } from './foreign-kinds.ts';
import { didYouMean } from './suggest.ts';
import type { Steps } from '../steps.ts';

/** Trust root that exists without being written; named by keyless identities that name none. */
export const PUBLIC_GOOD = 'sigstore-public-good';

export const KINDS = ['Signer', 'ClusterArtifactPolicy', 'ArtifactPolicy', 'TrustRoot', 'RevocationList', 'PipelinePolicy', 'AdmissionException'] as const;
export type Kind = (typeof KINDS)[number];

/** A document whose fields are in order; names in it have not been looked up yet. */
export interface Entry<T> {
  readonly name: string;
  readonly value: T;
  readonly report: Reporter;
}

/** All documents by kind, and the names that were declared even where the document itself is broken. */
export interface Catalogue {
  readonly roots: Entry<TrustRootDocument>[];
  readonly signers: Entry<SignerDocument>[];
  readonly revocationLists: Entry<RevocationListDocument>[];
  readonly policies: (Entry<PolicyDocumentValue> & { readonly kind: 'ClusterArtifactPolicy' | 'ArtifactPolicy' })[];
  readonly pipelinePolicies: Entry<PipelinePolicyDocument>[];
  readonly exceptions: Entry<ExceptionDocument>[];
  readonly declared: ReadonlyMap<Kind, ReadonlySet<string>>;
  /** Documents of a known kind that its schema refused. */
  readonly broken: { readonly kind: Kind; readonly document: PolicyDocument }[];
}

/** Sorts documents by kind, checks each against the schema of its kind, and finds names that occur twice. */
export function* catalogueSteps(documents: readonly PolicyDocument[], problems: PolicyProblem[]): Steps<Catalogue> {
  const declared = new Map<Kind, Map<string, Reporter>>(KINDS.map((kind) => [kind, new Map()]));
  const result = {
    roots: [],
    signers: [],
    revocationLists: [],
    policies: [],
    pipelinePolicies: [],
    exceptions: [],
    broken: [],
    declared: new Map<Kind, ReadonlySet<string>>(),
  } as Catalogue & { declared: Map<Kind, ReadonlySet<string>> };
  for (const document of documents) {
    const report = new Reporter(document, problems);
    const kind = readKind(document.value, report);
    if (kind === undefined || isOfTenant(kind, document.value, report)) continue;
    declare(declared.get(kind) ?? new Map(), kind, { value: document.value, report });
    if (!file(kind, { value: document.value, report }, result)) result.broken.push({ kind, document });
    yield;
  }
  for (const [kind, names] of declared) result.declared.set(kind, new Set(names.keys()));
  return result;
}

/**
 * Whoever may write in a namespace may write nothing that lets something through (security.md I01): a resource that lies in one is left
 * out. Where the kind is as it should be, there is none; in a file a namespace is a mistake, and refused as one.
 */
function isOfTenant(kind: Kind, value: unknown, report: Reporter): boolean {
  const namespace = (value as { metadata?: { namespace?: unknown } | null }).metadata?.namespace;
  if (kind !== 'AdmissionException' || namespace === undefined || !report.file.startsWith(`${kind} `)) return false;
  const message = 'an AdmissionException is of the whole cluster: one that lies in a namespace is ignored; remove the namespace';
  report.warn(['metadata', 'namespace'], message);
  return true;
}

interface Read {
  readonly value: unknown;
  readonly report: Reporter;
}

/** False when the schema of the kind refused it. */
function file(kind: Kind, { value, report }: Read, into: Catalogue): boolean {
  switch (kind) {
    case 'Signer':
      return keep(into.signers, parseDocument(signerSchema, value, report), report);
    case 'TrustRoot':
      return keep(into.roots, parseDocument(trustRootSchema, value, report), report);
    case 'RevocationList':
      return keep(into.revocationLists, parseDocument(revocationListSchema, value, report), report);
    case 'PipelinePolicy':
      return keep(into.pipelinePolicies, parseDocument(pipelinePolicySchema, value, report), report);
    case 'AdmissionException':
      return keep(into.exceptions, parseDocument(exceptionSchema, value, report), report);
    case 'ClusterArtifactPolicy':
    case 'ArtifactPolicy': {
      const parsed =
        kind === 'ArtifactPolicy'
          ? parseDocument(namespacedPolicySchema, value, report)
          : parseDocument(clusterPolicySchema, value, report);
      if (parsed !== undefined) into.policies.push({ kind, name: parsed.metadata.name, value: parsed, report });
      return parsed !== undefined;
    }
  }
}

type Named = { readonly metadata: { readonly name: string } };

function keep<T extends Named>(list: Entry<T>[], value: T | undefined, report: Reporter): boolean {
  if (value !== undefined) list.push({ name: value.metadata.name, value, report });
  return value !== undefined;
}

function readKind(value: unknown, report: Reporter): Kind | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report.error([], `expected a policy document (apiVersion, kind, metadata, spec), found ${describe(value)}`);
    return undefined;
  }
  const { kind } = value as { kind?: unknown };
  const foreign = foreignKind(value);
  if (foreign !== undefined) {
    report.error(Object.hasOwn(value, 'kind') ? ['kind'] : [], foreign);
    return undefined;
  }
  const known = KINDS.find((candidate) => candidate === kind);
  if (known === undefined) report.error(['kind'], kindProblem(kind));
  return known;
}

function kindProblem(kind: unknown): string {
  const supported = `this version reads ${KINDS.join(', ')} of ${API_VERSION}`;
  if (kind === undefined) return `is missing: ${supported}`;
  if (kind === 'PolicyTest')
    return 'a PolicyTest is no policy: keep it in a folder of its own, and run it with gatehouse test FOLDER';
  const near = typeof kind === 'string' ? didYouMean(kind, KINDS) : '';
  return `unknown kind ${describe(kind)}${near || `; ${supported}`}`;
}

/** A name counts as declared even if its document is broken, so that references to it are not reported too. */
function declare(names: Map<string, Reporter>, kind: Kind, { value, report }: Read): void {
  const { metadata } = value as { metadata?: { name?: unknown; namespace?: unknown } | null };
  if (typeof metadata?.name !== 'string') return;
  const key = kind === 'ArtifactPolicy' ? `${String(metadata.namespace)}/${metadata.name}` : metadata.name;
  const earlier = names.get(key);
  if (earlier !== undefined)
    report.error(
      ['metadata', 'name'],
      `${kind} ${key} is already defined at ${earlier.place()}; names are unique per kind${kind === 'ArtifactPolicy' ? ' and namespace' : ''}, so rename one of them`,
    );
  else names.set(key, report);
}
