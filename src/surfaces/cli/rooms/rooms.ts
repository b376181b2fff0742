/** The rooms that commands may need, behind one door: none is loaded before it is asked for. Types alone. */
import type { Forecast } from '../../../domain/decision/forecast.ts';
import type { Expiry } from '../../../domain/policy/expiry.ts';
import type { Revocation } from '../../../domain/policy/revocation.ts';
import type { ConfigFlags, ServerConfig } from '../../../platform/config/config.ts';
import type { ClusterCheck, ClusterFinding } from '../check/cluster-check.ts';
import type { LocalOptions, ForecastOptions, LocalEngine, LocalInspector, Comparison } from './local.ts';
import type { GateClient, SummarySigner } from './gate.ts';
import type { ImportedDocument, ImportRemark } from '../policy/imported.ts';
import type { LintedConfig, LintedFolders, Rehearsal } from './results.ts';

/** The rooms a command may need, loaded when it does; only `wiring/local` can name them. */
export interface CliRooms {
  serve(
    config: ServerConfig,
    options: { readonly devCert?: readonly string[]; readonly configuration?: { readonly path: string; readonly flags: ConfigFlags } },
  ): Promise<void>;
  /** Writes to the cluster until it is told to stop; throws {@link UsageError} when there is no API server. */
  control(config: ServerConfig): Promise<void>;
  /**
   * Compiles the folders and gives advice at the time `now`, in milliseconds; throws {@link UsageError} when they cannot be read.
   * `signedBy`: files with the Signers of whom one must have signed each document; without any, nobody has to.
   * `config`: what the server is configured with, held against the policies.
   */
  lint(folders: readonly string[], now: number, signedBy?: readonly string[], config?: LintedConfig): Promise<LintedFolders>;
  /** The JSON Schema of a kind, or one of all kinds; throws {@link UsageError} for a kind that there is not. */
  schema(kind: string | undefined): Promise<unknown>;
  /** Compiles the folders and reckons what ends when; throws {@link UsageError} when they cannot be used. Times in milliseconds. */
  check(
    folders: readonly string[],
    now: number,
    ahead: number,
  ): Promise<{ readonly policies: number; readonly expiries: readonly Expiry[]; readonly revocations: readonly Revocation[] }>;
  /** Looks whether the installation in a cluster works; throws {@link UsageError} where no API server answers. */
  checkCluster(check: ClusterCheck, now: number): Promise<readonly ClusterFinding[]>;
  /** The bytes to sign of the one definition in a file; throws {@link UsageError} for what is none, or has no one meaning. */
  canonical(definition: Uint8Array): Promise<string>;
  /** Runs the cases that are wanted of policy tests in files and folders; throws {@link UsageError} when they cannot be read. */
  rehearse(paths: readonly string[], wanted: (test: string, name: string) => boolean): Promise<Rehearsal>;
  /** Policies of other projects in files, folders and standard input (`-`) as documents of ours; throws {@link UsageError} when they cannot be read. */
  importPolicies(
    paths: readonly string[],
    stdin: () => Promise<Uint8Array>,
    from?: 'allowed-signers',
  ): Promise<{
    readonly documents: readonly ImportedDocument[];
    readonly remarks: readonly ImportRemark[];
    /** The remarks as text. */
    readonly lines: readonly string[];
    /** How many documents were of a kind that is read. */
    readonly read: number;
  }>;
  /** Writes files into a folder; throws {@link UsageError} where others are in their place and `isOver` does not say to overwrite them. */
  writeFolder(folder: string, files: readonly { readonly name: string; readonly text: string }[], isOver: boolean): Promise<void>;
  /** Signs every document of these files, or gives the bytes to sign elsewhere; throws {@link UsageError} for what cannot be signed. */
  signPolicies(
    paths: readonly string[], by: { readonly key?: string | undefined; readonly bundle?: string | undefined; readonly next: boolean },
  ): Promise<{
    readonly files: readonly { readonly path: string; readonly text: string }[];
    readonly signed: readonly {
      readonly path: string; readonly name: string; readonly version: number; readonly state: 'signed' | 'unchanged';
    }[];
    /** The bytes to sign, where neither key nor bundle is given. */
    readonly canonical: readonly string[];
  }>;
  /** A record of the versions of documents in these files; throws {@link UsageError} for what cannot be recorded. */
  recordVersions(
    paths: readonly string[], by: { readonly key: string; readonly after?: string | undefined }, now: number,
  ): Promise<{ readonly text: string; readonly documents: ReadonlyMap<string, { readonly version: number }> }>;
  /** Puts files into a registry as one artifact; throws {@link UsageError} for files and names that cannot be used. */
  pushPolicies(
    reference: string, paths: readonly string[],
    options: Pick<LocalOptions, 'plainHttp' | 'registryCAs' | 'authHosts' | 'dockerConfig'> & {
      readonly version: number | undefined; readonly signal: AbortSignal;
    },
  ): Promise<{ readonly name: string; readonly digest: string } | { readonly problem: string }>;
  /** Throws {@link UsageError} when policies or files cannot be used. */
  openEngine(options: LocalOptions): Promise<LocalEngine>;
  /**
   * A gate or a page of decisions to ask, over HTTPS; throws {@link UsageError} for an address or files that cannot be used.
   * `loopback`: plain HTTP to this machine will do, and then no token is sent.
   */
  openGate(options: {
    readonly url: string; readonly tokenFile?: string | undefined; readonly ca?: string | undefined; readonly loopback?: boolean;
  }): Promise<GateClient>;
  /** Signs publish summaries with a key of one's own; throws {@link UsageError} for a file that is no key. */
  openSigner(options: { readonly key: string; readonly verifier: string }): Promise<SummarySigner>;
  /** Opens two sets over one source of evidence; throws {@link UsageError} when either cannot be used. `options.policies` is not looked at. */
  openComparison(before: readonly string[], after: readonly string[], options: LocalOptions): Promise<Comparison>;
  /** What enforcing would break; throws {@link UsageError} for policies or a cluster that cannot be used. */
  forecast(options: ForecastOptions): Promise<Forecast>;
  /** An engine without a policy: `keys` are files with public keys, tried beside those of the policies. */
  openInspector(options: LocalOptions & { readonly keys: readonly string[] }): Promise<LocalInspector>;
}
