/** What the operator says of the engines of this cluster: whom they run as, and who looks after them. */

/** Accounts of an engine, as the API server names them: `system:serviceaccount:tekton-pipelines:tekton-pipelines-controller`. */
export interface EngineAccounts {
  /** May make what runs for a run (TaskRuns, pods) and write what is executed. */
  readonly controllers: ReadonlySet<string>;
  /** May write resolved data. */
  readonly resolvers: ReadonlySet<string>;
  /** May write the annotations of Tekton Chains. */
  readonly chains: ReadonlySet<string>;
}

/** Everything that rules about builds know of the cluster's set-up; absent accounts are nobody's. */
export interface BuildSettings {
  readonly tekton: EngineAccounts & { readonly namespaces: ReadonlySet<string> };
  readonly argo: EngineAccounts;
  readonly shipwright: EngineAccounts;
  readonly administrators: { readonly users: ReadonlySet<string>; readonly groups: ReadonlySet<string> };
  /** Namespaces whose pods are not sent to Gatehouse by the operator's rules: nothing deferred there is judged later. */
  readonly ungatedNamespaces: ReadonlySet<string>;
}

const account = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`;

/** What the engines' own installations use. */
export const DEFAULT_BUILD_SETTINGS: BuildSettings = {
  tekton: {
    namespaces: new Set(['tekton-pipelines', 'tekton-pipelines-resolvers', 'tekton-chains']),
    controllers: new Set([account('tekton-pipelines', 'tekton-pipelines-controller')]),
    resolvers: new Set([account('tekton-pipelines-resolvers', 'tekton-pipelines-resolvers')]),
    chains: new Set([account('tekton-chains', 'tekton-chains-controller')]),
  },
  argo: { controllers: new Set([account('argo', 'argo')]), resolvers: new Set(), chains: new Set() },
  shipwright: {
    controllers: new Set([account('shipwright-build', 'shipwright-build-controller')]),
    resolvers: new Set(),
    chains: new Set(),
  },
  administrators: { users: new Set(), groups: new Set(['system:masters']) },
  ungatedNamespaces: new Set(['kube-system', 'kube-node-lease', 'gatehouse-system']),
};
