/** What follows from how callers can show who they are: what may be switched on, and what is on without a word. */

/** The keys that this is about. */
export interface CallerKeys {
  readonly tls?: { readonly clientCA?: string | undefined; readonly clientNames?: readonly string[] | undefined } | undefined;
  readonly callers: {
    readonly pathTokens?: string | undefined;
    readonly bearerTokens?: string | undefined;
    readonly pullSecretsByPathToken: boolean;
  };
  readonly operations: { readonly tls: boolean };
  readonly kubernetes: { readonly enabled: 'auto' | boolean; readonly pullSecrets?: boolean | undefined };
  readonly decisions: {
    readonly enabled: boolean;
    readonly tokenFile?: string | undefined;
    readonly clusterTokens: boolean;
    readonly url?: string | undefined;
  };
}

/** A key that contradicts others, and what to do about it. */
export interface Contradiction {
  readonly path: readonly string[];
  readonly message: string;
}

/** Whether there is any way for the API server to show that it is the one that asks. */
export function isProvable({ tls, callers }: Pick<CallerKeys, 'tls' | 'callers'>): boolean {
  return tls?.clientCA !== undefined || callers.bearerTokens !== undefined || callers.pathTokens !== undefined;
}

/** Whether anybody can show enough to have pull secrets used. */
export function canUsePullSecrets({ tls, callers }: Pick<CallerKeys, 'tls' | 'callers'>): boolean {
  const byPathToken = callers.pathTokens !== undefined && callers.pullSecretsByPathToken;
  return tls?.clientCA !== undefined || callers.bearerTokens !== undefined || byPathToken;
}

/** Whether pull secrets are read: as written, and without a word where anybody can show enough to have them used. */
export function readsPullSecrets(config: Pick<CallerKeys, 'tls' | 'callers' | 'kubernetes'>): boolean {
  return config.kubernetes.pullSecrets ?? canUsePullSecrets(config);
}

/**
 * What must not stand together. A setting that would quietly do nothing, or quietly trust everybody who reaches a port, is
 * refused with the way out: the operator wrote it down in the belief that it holds.
 */
export function contradictions(config: CallerKeys): readonly Contradiction[] {
  return [...ofCallers(config), ...ofDecisions(config)];
}

function* ofCallers(config: CallerKeys): Generator<Contradiction> {
  const { tls, callers, kubernetes } = config;
  if (kubernetes.pullSecrets === true && !isProvable(config)) {
    yield {
      path: ['kubernetes', 'pullSecrets'],
      message:
        'with this, anybody who reaches the port could have the pull secrets of any namespace used: let the API server show itself, ' +
        'by a client certificate (tls.clientCA) or, where it cannot be configured, by a token in the path (callers.pathTokens with ' +
        'callers.pullSecretsByPathToken: true); see docs/operate/callers.md',
    };
  }
  if (tls?.clientNames !== undefined && tls.clientCA === undefined)
    yield { path: ['tls', 'clientNames'], message: 'says nothing without tls.clientCA, whose certificates it is about' };
  if (callers.pullSecretsByPathToken && callers.pathTokens === undefined)
    yield { path: ['callers', 'pullSecretsByPathToken'], message: 'says nothing without callers.pathTokens' };
}

function* ofDecisions({ decisions, operations, kubernetes }: CallerKeys): Generator<Contradiction> {
  if (!decisions.enabled) {
    if (decisions.url !== undefined)
      yield { path: ['decisions', 'url'], message: 'leads to pages that are not shown: set decisions.enabled: true, or leave it out' };
    return;
  }
  const byToken = decisions.tokenFile !== undefined || decisions.clusterTokens;
  if (byToken && !operations.tls) {
    yield {
      path: ['decisions', decisions.clusterTokens ? 'clusterTokens' : 'tokenFile'],
      message: 'bearer tokens are taken over TLS only: set operations.tls: true; in plain, decisions are shown on loopback alone',
    };
  }
  if (!byToken && operations.tls) {
    yield {
      path: ['decisions', 'enabled'],
      message: 'expected a way to say who may read them: decisions.tokenFile or decisions.clusterTokens: true',
    };
  }
  if (decisions.clusterTokens && kubernetes.enabled === false)
    yield { path: ['decisions', 'clusterTokens'], message: 'needs an API server to ask, and kubernetes.enabled is false' };
}
