/** A decision for programs: a document whose fields are only ever added to. */
import type { Decision, DecisionRequest, JudgedArtifact } from '../domain/decision/decision.ts';
import type { SourceState } from '../domain/decision/source-state.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { reason } from '../domain/decision/reasons.ts';
import { headlineOf } from './parts/headline.ts';

/** A finding in a {@link DecisionDocument}: with the catalogue's headline and remedy filled in. */
export type FindingDocument = Finding & { readonly title: string; readonly fix: string };

/** An artifact in a {@link DecisionDocument}. */
export interface ArtifactDocument {
  readonly kind: JudgedArtifact['kind'];
  readonly usage: JudgedArtifact['usage'];
  readonly path: string;
  /** As written in the request. */
  readonly reference: string;
  readonly name: string;
  readonly tag?: string;
  readonly digest?: string;
  readonly resolvedFromTag?: boolean;
  /** What holds it in a build: `step build`. */
  readonly holder?: string;
  readonly task?: string;
}

/** A decision as JSON, for `-o json`, the decisions page and archives. Fields are only ever added. */
export interface DecisionDocument {
  readonly apiVersion: 'gatehouse.dev/v1alpha1';
  readonly kind: 'Decision';
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly durationMs: number;
  readonly outcome: Decision['outcome'];
  readonly verdict: Decision['verdict'];
  readonly policyGeneration: string;
  /** The sources of the policies, each as it was in force; absent while there were none. */
  readonly policySources?: readonly SourceState[];
  /** On denials, where one is configured: the page about the object. */
  readonly page?: string;
  readonly request: DecisionRequest;
  readonly artifacts: readonly ArtifactDocument[];
  readonly findings: readonly FindingDocument[];
  readonly notes: readonly string[];
}

/**
 * The decision as a JSON document of stable shape and key order.
 *
 * Texts are as they came, not escaped: whoever shows them on a terminal or a page escapes them there.
 */
export function decisionJson(decision: Decision): DecisionDocument {
  return {
    apiVersion: 'gatehouse.dev/v1alpha1',
    kind: 'Decision',
    id: decision.id,
    time: new Date(decision.at).toISOString(),
    durationMs: decision.durationMs,
    outcome: decision.outcome,
    verdict: decision.verdict,
    policyGeneration: decision.policyGeneration,
    ...(decision.policySources === undefined ? {} : { policySources: decision.policySources }),
    ...(decision.page === undefined ? {} : { page: decision.page }),
    request: decision.request,
    artifacts: decision.artifacts.map(artifactDocument),
    findings: decision.findings.map((finding) => ({
      ...finding,
      title: headlineOf(finding),
      fix: finding.fix ?? reason(finding.code).fix,
    })),
    notes: decision.notes,
  };
}

function artifactDocument(artifact: JudgedArtifact): ArtifactDocument {
  const { kind, usage, path, raw, name, tag, digest, resolvedFromTag, holder, task } = artifact;
  return {
    kind,
    usage,
    path,
    reference: raw,
    name,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
    ...(resolvedFromTag === undefined ? {} : { resolvedFromTag }),
    ...(holder === undefined ? {} : { holder }),
    ...(task === undefined ? {} : { task }),
  };
}
