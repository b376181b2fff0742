/** A gate that asks npm, PyPI, Go and cargo, each on loopback, with the signers that policies about packages name. */
import { startCargo } from '../world/packages/cargo.ts';
import type { CargoIndex } from '../world/packages/cargo.ts';
import { startNpm } from '../world/packages/npm.ts';
import type { NpmRegistry } from '../world/packages/npm.ts';
import { PYPI_WORKFLOW, startPypi } from '../world/packages/pypi.ts';
import type { Pypi } from '../world/packages/pypi.ts';
import { startSumDb } from '../world/packages/sumdb.ts';
import type { SumDb } from '../world/packages/sumdb.ts';
import type { World } from '../world/world.ts';
import { gateCodes, startGate } from './gate.ts';
import type { GateAnswer, GateServer } from './gate.ts';

/** The gate and the ecosystems that it asks. */
export interface PackageGate {
  readonly npm: NpmRegistry;
  readonly pypi: Pypi;
  readonly sumdb: SumDb;
  readonly cargo: CargoIndex;
  readonly gate: GateServer;
  /** Where each is asked, by the name that the configuration has for it. */
  readonly addresses: readonly (readonly [ecosystem: string, url: string])[];
  /** The decision about a package, and its reasons. */
  admit(uri: string, digest: string): Promise<readonly [GateAnswer['decision'], readonly string[]]>;
  close(): Promise<void>;
}

/** A document, with the line that parts it from the next. */
export function document(kind: string, name: string, spec: unknown): string {
  return `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
}

/** A policy about packages whose name matches. */
export function packagePolicy(name: string, pattern: string, ...require: readonly object[]): string {
  return document('ClusterArtifactPolicy', name, { artifacts: [{ package: pattern }], require: require.map((one, index) => ({ name: `r${index}`, ...one })) });
}

/**
 * Starts all of them with these documents beside the trust root `world` and the signers `go-sumdb`, `releases` (the workflow that publishes to PyPI) and
 * `npm-registry`, whose key is dated by `npmKey.trustRoot` where one is named.
 */
export async function startPackageGate(world: World, documents: readonly string[], npmKey: { readonly trustRoot?: string } = {}): Promise<PackageGate> {
  const [npm, pypi, sumdb, cargo] = await Promise.all([startNpm(world), startPypi(world), startSumDb(), startCargo()]);
  const addresses = [['npm', npm.url], ['pypi', `${pypi.url}/`], ['golang', sumdb.url], ['cargo', cargo.url]] as const;
  const gate = await startGate({
    policies: () => ({}), namespaces: { ci: { factory: 'true' } },
    config: { plainHttp: ['127.0.0.1'], packages: addresses.map(([ecosystem, url]) => ({ ecosystem, url })) },
    documents: () => document('TrustRoot', 'world', { sigstore: { trustedRoot: world.trustedRoot() } })
      + document('Signer', 'npm-registry', { identities: [{ key: { data: npm.key.publicKeyPem, ...npmKey } }] })
      + document('Signer', 'go-sumdb', { identities: [{ key: { data: sumdb.vkey } }] })
      + document('Signer', 'releases', { identities: [{ keyless: { issuer: 'https://token.actions.githubusercontent.com', subject: PYPI_WORKFLOW, trustRoot: 'world' } }] })
      + documents.join(''),
  });
  return {
    npm, pypi, sumdb, cargo, gate, addresses,
    async admit(uri, digest) {
      const answer = await gate.admit(gate.pod(), { artifacts: [{ kind: 'package', uri, digest }] });
      return [answer.decision, gateCodes(answer)];
    },
    async close() {
      await gate.close();
      await Promise.all([npm, pypi, sumdb, cargo].map((fake) => fake.close()));
    },
  };
}
