/** All that commands need from outside themselves, so that a test can put its own in its place. */
import type { ArtifactRef } from '../../domain/artifact/artifact.ts';
import type { Decision } from '../../domain/decision/decision.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import type { Forecast } from '../../domain/decision/forecast.ts';
import type { Inspection } from '../../domain/decision/inspection.ts';
import type { Expiry } from '../../domain/policy/expiry.ts';
import type { LostPolicy, PolicyProblem } from '../../domain/policy/policy.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import type { Revocation } from '../../domain/policy/revocation.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import type { ConfigFlags, ServerConfig } from '../../platform/config/config.ts';
import type { ClusterCheck, ClusterFinding } from './check/cluster-check.ts';
import type { CloneOptions } from './names/clone.ts';
import type { ImportedDocument, ImportRemark } from './policy/imported.ts';

export type { ImportedDocument, ImportRemark } from './policy/imported.ts';

/** Exit codes; stable, because scripts branch on them. */
export const EXIT = { admitted: 0, denied: 1, warned: 2, undetermined: 3, usage: 64 } as const;

/** Wrong usage, or an invalid policy or configuration: told on standard error, exit code 64. */
export class UsageError extends Error {}

/** Problems that name their own place (`file:line:column: …`), one per line; told as they are. */
export class PlacedProblems extends UsageError {}

/** What the local engine is made of, as the flags say it. */
export interface LocalOptions {
  readonly policies: readonly string[];
  readonly evidence: readonly string[];
  readonly offline: boolean;
  readonly plainHttp: readonly string[];
  /** Where ecosystems of packages are asked, besides what the configuration says; absent: nowhere. */
  readonly packages?: ServerConfig['packages'] | undefined;
  readonly registryCAs: readonly { readonly host: string; readonly file: string }[];
  /** Token services that may receive the credentials of a registry besides itself. */
  readonly authHosts?: readonly { readonly host: string; readonly services: readonly string[] }[];
  readonly dockerConfig?: string | undefined;
  readonly namespacesFile?: string | undefined;
  readonly clone?: CloneOptions | undefined;
  /** Objects that are judged together: each is part of the cluster in which the others are judged. */
  readonly objects?: readonly LocalObject[];
  /** The server's configuration: what becomes of artifacts that no policy speaks about, kinds of others, and engines of builds. */
  readonly config?: ServerConfig | undefined;
}

/** Of which cluster a forecast is, by which policies, and for when; times in milliseconds. */
export interface ForecastOptions extends LocalOptions {
  /** The policies are those of the cluster; `policies` is not looked at. */
  readonly cluster: boolean;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** Absent: all. */
  readonly namespace?: string | undefined;
  readonly now: number;
  /** How far ahead ends of trust are looked at. */
  readonly ahead: number;
  /** For each object. */
  readonly timeoutMs: number;
  readonly unmatched?: 'deny' | 'warn' | 'allow' | undefined;
  readonly progress?: ((done: number, of: number) => void) | undefined;
}

/** An object of the cluster that a command makes up, by the name under which it is looked up; of a cluster's own the namespace is empty. */
export interface LocalObject {
  readonly object: JsonObject;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** An engine in this process. */
export interface LocalEngine {
  admit(review: ReviewRequest, budget: { readonly deadline: number; readonly signal: AbortSignal }): Promise<Decision>;
  /** What the policies do not cover and will be needed, for people. */
  readonly notes: readonly string[];
  /** True when a policy says who may start runs. */
  readonly asksWho: boolean;
  close(): Promise<void>;
}

/** What comes of a policy that is tried: what is wrong with its text, or else what is found under it. */
export interface Judgement {
  readonly problems: readonly PolicyProblem[];
  readonly findings: readonly Finding[];
}

/** What was found of an artifact, and policies judged by exactly that. */
export interface Inspected {
  readonly inspection: Inspection;
  /** `review` is about the same artifact; nobody is asked. Only for one that has a digest. */
  judge(policy: string, review: ReviewRequest): Promise<Judgement>;
}

/** An inspector in this process. */
export interface LocalInspector {
  inspect(ref: ArtifactRef, signal: AbortSignal): Promise<Inspected>;
  /** PEM of every key that evidence was tried with, by id. */
  readonly keys: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/** One request to a gate. */
export interface GateRequest {
  readonly method: 'GET' | 'POST';
  /** Begins with a slash. */
  readonly path: string;
  readonly body?: string;
  readonly timeoutMs: number;
}

/** What came of it. `isTls`: the certificate is not trusted, so that nothing was sent. */
export type GateReply =
  | { readonly kind: 'answer'; readonly status: number; readonly text: string; readonly retryAfterMs?: number }
  | { readonly kind: 'failed'; readonly cause: string; readonly isTls: boolean };

/** A gate that is asked with a token. */
export interface GateClient {
  /** Its address in one spelling, for messages. */
  readonly url: string;
  /** Rejects only with {@link UsageError}, when the token cannot be read. */
  send(request: GateRequest): Promise<GateReply>;
  close(): Promise<void>;
}

/** Signs the publish summary of a decision, by the rules of the gate. */
export interface SummarySigner {
  /** The signed text, or why there is none. `run`: the uid of the run that it names. */
  sign(decision: Decision, run: string | undefined): { readonly text: string } | { readonly missing: string };
}

/** Two sets of policies that are compared, as engines over the same evidence. */
export interface Comparison {
  readonly before: Pick<LocalEngine, 'admit'>;
  readonly after: Pick<LocalEngine, 'admit'>;
  readonly changes: {
    readonly changes: readonly { readonly kind: string; readonly name: string; readonly change: 'added' | 'removed' | 'changed' }[];
    readonly looser: readonly LostPolicy[];
  };
  close(): Promise<void>;
}

/** What linting folders brought. */
export interface LintedFolders {
  /** How many policies there are; none when the set has errors. */
  readonly policies: number;
  readonly problems: readonly PolicyProblem[];
  /** Advice that is not followed, for the reason that a document says. */
  readonly suppressed: readonly PolicyProblem[];
  /** The problems as text. */
  readonly lines: readonly string[];
  /** What each rule finds, by its id. */
  readonly rules: Readonly<Record<string, string>>;
}

/** What became of one case of a policy test. */
export interface RehearsedCase {
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
  readonly test: string;
  readonly name: string;
  readonly expected: { readonly decision: string; readonly reasons?: readonly string[] | undefined };
  readonly actual: { readonly decision: string; readonly reasons: readonly string[]; readonly message: string };
  /** Lines that say what is otherwise than expected; none: it passed. */
  readonly differences: readonly string[];
  /** A fault of ours on the way: what was found is then no answer. */
  readonly fault?: string;
  readonly seconds: number;
}

/** What came of policy tests; with any problem, some of them could not be run. */
export interface Rehearsal {
  /** Tests that were found. */
  readonly tests: number;
  readonly cases: readonly RehearsedCase[];
  readonly problems: readonly PolicyProblem[];
  /** The problems as text. */
  readonly lines: readonly string[];
}

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
   */
  lint(folders: readonly string[], now: number, signedBy?: readonly string[]): Promise<LintedFolders>;
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

/** Everything outside of the command line itself. */
export interface CliContext {
  readonly rooms: CliRooms;
  readonly version: string;
  readonly now: () => number;
  /** Data. */
  stdout(text: string): void;
  /** Everything else. */
  stderr(text: string): void;
  stdin(): Promise<Uint8Array>;
  /** Standard output is a terminal on which colours are wanted. */
  readonly colours?: boolean;
  /** Variables of the process, of which defaults of flags are read; absent: none. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Shows on a terminal what is under way until the function that it gives is called; absent where nobody looks. */
  readonly progress?: ((what: string) => () => void) | undefined;
  /** Waits so many milliseconds; absent: by the clock. */
  readonly pause?: (ms: number) => Promise<void>;
}
