/** What has to be waited for, waited for in turn: the ports of one request, where everything but memory asks for a place first. */
import type { ClusterFacts, EvidenceBatch, EvidenceLookup, EvidenceSource } from '../../domain/ports.ts';
import type { AdmitPorts } from '../ports.ts';

/** Takes the request's place, once: resolves when it has one, rejects with {@link Overload} when it gets none. */
export type TakeTurn = () => Promise<void>;

/** A request got no place in time. It is not judged further; every policy that waits for it is undetermined. */
export class Overload extends Error {
  constructor() {
    super('no place in time');
  }
}

/**
 * The ports of a request that may have to wait. What is remembered is given at once and without a place; everything that
 * would ask a registry, an API server or a thread takes the request's place before it asks.
 */
export function waitingPorts(ports: AdmitPorts, turn: TakeTurn): AdmitPorts {
  const { resolver, verifier, examiner, namespaces, definitions } = ports;
  return {
    ...ports,
    source: waitingSource(ports.source, turn),
    resolver: { resolve: (...asked) => turn().then(() => resolver.resolve(...asked)) },
    verifier: { known: (job) => verifier.known(job), verify: (...asked) => turn().then(() => verifier.verify(...asked)) },
    ...(examiner === undefined ? {} : {
      examiner: { known: (key) => examiner.known(key), examine: (...asked) => turn().then(() => examiner.examine(...asked)) },
    }),
    ...(ports.facts === undefined ? {} : { facts: waitingFacts(ports.facts, turn) }),
    ...(definitions === undefined ? {} : { definitions: { bundle: (...asked) => turn().then(() => definitions.bundle(...asked)) } }),
    namespaces: { labels: (namespace, signal) => knownLabels(ports, namespace) ?? turn().then(() => namespaces.labels(namespace, signal)) },
  };
}

/** What is followed is given from memory by the port itself, but nobody can see that from here: every question takes the place. */
function waitingFacts(facts: ClusterFacts, turn: TakeTurn): ClusterFacts {
  return {
    object: (...asked) => turn().then(() => facts.object(...asked)),
    networkPolicies: (...asked) => turn().then(() => facts.networkPolicies(...asked)),
    otherNetworkPolicies: (...asked) => turn().then(() => facts.otherNetworkPolicies(...asked)),
    pods: (...asked) => turn().then(() => facts.pods(...asked)),
    resolutions: (...asked) => turn().then(() => facts.resolutions(...asked)),
  };
}

/** Labels that nobody has to be asked for; a source that does not say what it knows is one that only looks into its memory. */
function knownLabels({ namespaces }: AdmitPorts, namespace: string): ReturnType<AdmitPorts['namespaces']['labels']> | undefined {
  if (namespaces.known === undefined) return namespaces.labels(namespace, NEVER);
  const known = namespaces.known(namespace);
  return known === undefined ? undefined : Promise.resolve(known);
}

const NEVER = new AbortController().signal;

function waitingSource(source: EvidenceSource, turn: TakeTurn): EvidenceSource {
  const { layers, index, knownIndex } = source;
  return {
    open(...asked) {
      const lookup = source.open(...asked);
      if (!(lookup instanceof Promise)) return new WaitingLookup(lookup, turn);
      // Credentials are being read, once for all who ask: whoever waits for them takes its place meanwhile.
      return Promise.all([lookup, turn()]).then(([opened]) => new WaitingLookup(opened, turn));
    },
    diagnose: (...asked) => turn().then(() => source.diagnose(...asked)),
    parentIndex: (...asked) => turn().then(() => source.parentIndex(...asked)),
    ...(knownIndex === undefined ? {} : { knownIndex: (...asked) => knownIndex.apply(source, asked) }),
    ...(index === undefined ? {} : { index: (...asked) => turn().then(() => index.apply(source, asked)) }),
    ...(layers === undefined ? {} : { layers: (...asked) => turn().then(() => layers.apply(source, asked)) }),
  };
}

class WaitingLookup implements EvidenceLookup {
  readonly #lookup: EvidenceLookup;
  readonly #turn: TakeTurn;

  constructor(lookup: EvidenceLookup, turn: TakeTurn) {
    this.#lookup = lookup;
    this.#turn = turn;
  }

  get batches(): readonly EvidenceBatch[] {
    return this.#lookup.batches;
  }

  get fetchedAt(): number {
    return this.#lookup.fetchedAt;
  }

  next(signal: AbortSignal): Promise<EvidenceBatch | undefined> {
    return this.#turn().then(() => this.#lookup.next(signal));
  }
}
