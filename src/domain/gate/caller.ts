/** Who asks the gate, as proven by a token: never by anything that a body says. */

/** A caller that has proven who it is. */
export type GateCaller = ServiceAccountCaller | SpiffeCaller | CiCaller;

/** A service account of a cluster, by a token projected into a pod (or asked for with TokenRequest: then without pod). */
export interface ServiceAccountCaller {
  readonly kind: 'serviceAccount';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The pod that the token is bound to, as the issuer says. */
  readonly pod?: { readonly name: string; readonly uid: string };
}

/** A workload with a SPIFFE JWT-SVID. */
export interface SpiffeCaller {
  readonly kind: 'spiffe';
  /** `spiffe://trust-domain/path`. */
  readonly id: string;
  readonly trustDomain: string;
  /** The namespace as which it is judged, from the configuration; empty: none. */
  readonly namespace: string;
}

/** A job of a CI system outside of the cluster, with an OIDC token of a configured issuer. */
export interface CiCaller {
  readonly kind: 'ci';
  readonly issuer: string;
  readonly subject: string;
  /** Claims of the token that are texts or numbers, as texts; everything else is left out. */
  readonly claims: Readonly<Record<string, string>>;
  /** What run of which system it is, unique: `github:<repository_id>/<run_id>/<run_attempt>`. */
  readonly run: string;
  /** The namespace as which it is judged, from the configuration; empty: none. */
  readonly namespace: string;
}

/** One text for one caller: by it records and receipts know it. The pod is not part of it. */
export function callerName(caller: GateCaller): string {
  switch (caller.kind) {
    case 'serviceAccount': return `system:serviceaccount:${caller.namespace}:${caller.name}`;
    case 'spiffe': return caller.id;
    case 'ci': return `${caller.issuer} ${caller.subject}`;
  }
}

/**
 * One text for all callers that share a budget: the caller itself; of GitHub and GitLab the repository or project. Their subjects name
 * branches and environments, of which whoever may push makes as many as it likes.
 */
export function budgetName(caller: GateCaller): string {
  if (caller.kind !== 'ci') return callerName(caller);
  const claim = caller.run.startsWith('github:') ? 'repository_id' : caller.run.startsWith('gitlab:') ? 'project_id' : undefined;
  const value = claim === undefined || !Object.hasOwn(caller.claims, claim) ? undefined : caller.claims[claim];
  return value === undefined ? callerName(caller) : `${caller.issuer} ${claim}=${value}`;
}

/** Whose turns of the event loop a caller takes: its namespace's, in which whoever has it makes as many accounts as it likes; else its own. */
export function turnsOf(caller: GateCaller): string {
  return caller.namespace === '' ? callerName(caller) : caller.namespace;
}

/** The build that a caller belongs to, looked up live by its pod; of a CI system what its token says. */
export interface GateRun {
  /** The outermost run: receipts are bound to its uid. */
  readonly kind: 'PipelineRun' | 'TaskRun' | 'Workflow' | 'ci';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The TaskRun whose pod asks; absent where the engine has none. */
  readonly task?: { readonly name: string; readonly uid: string };
  readonly pod?: { readonly name: string; readonly uid: string; readonly labels?: Readonly<Record<string, string>> };
}

/** What is known of the run of a caller. `none`: it belongs to none, which is no fault of its own. */
export type RunOfCaller =
  | { readonly found: 'run'; readonly run: GateRun }
  | { readonly found: 'none' }
  /** It claims one that is not its own, or one that is not there. */
  | { readonly found: 'wrong'; readonly cause: string }
  | { readonly found: 'unknown'; readonly cause: string };
