/** Signed policies put together: who signs, what was in force before, and what is told of it. */
import type { PolicySet } from '../../domain/policy/policy.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { PolicySource } from '../../feeds/policies/source.ts';
import { openPolicySigners } from '../../feeds/policy-signers.ts';
import type { PolicySignaturesConfig } from '../../platform/config/policy-signatures.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { compileSignersAlone } from '../../policy/index.ts';
import { beginPass, createVersions, documentName, POLICY_PAYLOAD_TYPE, REFUSED_BECAUSE } from '../../signed/index.ts';
import type { GuardPass, PolicySigners, RefusedBecause, SeenVersions, SignatureRefusal } from '../../signed/index.ts';
import { createTrustReader } from '../../trust/index.ts';
import { createPolicyProver } from '../../verify/index.ts';
import type { Lifetime } from '../lifetime.ts';
import type { CertificateParts } from '../trust/certificates.ts';
import { openSignerCertificates } from './signer-certificates.ts';
import { openRecord } from './record.ts';
import type { RecordCluster, RecordKeeper } from './record.ts';
import { openRemoteSources } from './sources.ts';
import type { RemoteConfig, RemoteParts, RemoteSource } from './sources.ts';

/** Why a document may not be used, for the compiler. */
export type RefusesDocument = (value: unknown) => string | undefined;

/** Signatures of policies as the server asks for them. */
export interface PolicySignatures {
  /** Runs a compilation that hands every document to `refuses`; what it let through counts once the set that came of it is in force. */
  during<T extends { readonly set?: PolicySet | undefined }>(run: (refuses: RefusesDocument | undefined) => Promise<T>): Promise<T>;
  /** Why a document would be refused now, where signatures are required; nothing comes of it. */
  refusal(value: unknown): string | undefined;
  /** This set is in force: nothing that is older than its documents comes back. */
  inForce(set: PolicySet): void;
  /** Calls whenever the same documents may be judged otherwise: other signers, or a record that is back. */
  follow(changed: () => Promise<void>): void;
  /** Opens the sources of policies over the network, whose artifacts have versions themselves. */
  sources(entries: readonly RemoteSource[], config: RemoteConfig): Promise<readonly PolicySource[]>;
  readonly feeds: readonly Feed<unknown>[];
}

/** Policies need no signature; what is known of artifacts ends with the process. */
function notAsked(parts: Omit<RemoteParts, 'versions'>): PolicySignatures {
  const versions = createVersions(false);
  return {
    during: (run) => run(undefined), refusal: () => undefined, inForce: () => undefined, follow: () => undefined, feeds: [],
    sources: (entries, config) => openRemoteSources(entries, config, { ...parts, versions }),
  };
}

/** Where the record lies, and what of the configuration says whom authorities of signers' certificates may be asked at. */
export interface SignatureSite extends Pick<CertificateParts, 'network' | 'folder'> {
  readonly cluster: RecordCluster;
}

/** Opens signatures of policies as they are configured. Rejects for signers and keys that cannot be used. */
export async function openPolicySignatures(
  config: PolicySignaturesConfig | undefined,
  telemetry: Telemetry,
  lifetime: Lifetime,
  { cluster, network, folder }: SignatureSite,
  pollMs?: number,
): Promise<PolicySignatures> {
  if (config === undefined) return notAsked({ ...telemetry, lifetime, pollMs });
  const { threshold, record, except, require: isRequired } = config;
  const { logger, metrics } = telemetry;
  let changed = (): Promise<void> => Promise.resolve();
  const signers = await openPolicySigners({
    paths: config.signers, pollMs,
    compile: (files): PolicySigners => enoughSigners({ ...compileSignersAlone(files, createTrustReader()), threshold }),
    refused: (problem) => logger.error({ problem }, 'new signers of policies refused, those in force stay'),
  });
  lifetime.defer(() => signers.close());
  const versions = createVersions(record !== undefined);
  /** Something was refused because the record was lost: nothing else is judged otherwise once it is back. */
  let isMissed = false;
  const regained = (): void => {
    if (isMissed) void changed();
    isMissed = false;
  };
  const around = { logger, cluster, regained, pollMs };
  const keeper: RecordKeeper | undefined = record === undefined ? undefined : await openRecord(record, versions, around);
  if (keeper === undefined) logger.warn('policySignatures.record is not set: after a restart an older signed version of a policy is used again');
  else lifetime.defer(() => keeper.feed.close());
  const passes = new WeakMap<PolicySet, GuardPass>();
  let inForce: SeenVersions | undefined;
  const refusals = countRefusals();
  metrics.total('policy_signature_refusals_total', 'Documents that are not used for their signatures, or would not be if these were required, each once', ['because'], () =>
    REFUSED_BECAUSE.map((because) => ({ labels: { because }, value: refusals.of(because) })));
  metrics.gauge('policy_record_lost', '1 while the record of versions of signed policies is lost', () => (versions.state().kind === 'lost' ? 1 : 0));
  signers.changed(() => void changed());
  const raised = (seen: SeenVersions): boolean => {
    const isNew = versions.raise(seen);
    if (isNew) void keeper?.write();
    return isNew;
  };
  const prove = await createPolicyProver(POLICY_PAYLOAD_TYPE);
  const certificates = openSignerCertificates({
    trust: () => signers.current().trust, network, folder, logger, changed: () => void changed(),
  }, lifetime);
  signers.changed(() => certificates.followListed());
  const guarded = { signers: signers.current, prove, versions, except: new Set(except), now: Date.now, certificates: certificates.known };
  const stays = (name: string, refusal: SignatureRefusal): void => {
    if (refusals.take(name, refusal))
      logger.warn({ document: name, problem: refusal.message }, 'a document would be refused now, and stays in force until it is replaced or this process ends');
  };
  return {
    refusal: (value) => (isRequired ? beginPass(guarded).refuses(value)?.message : undefined),
    async during(run) {
      const pass = beginPass({ ...guarded, inForce, stays });
      const outcome = await run((value) => {
        const refusal = pass.refuses(value);
        if (refusal === undefined) return undefined;
        isMissed ||= refusal.because === 'recordLost';
        const isNew = refusals.take(documentName(value) ?? '', refusal);
        if (isRequired) return refusal.message;
        if (isNew) logger.warn({ problem: refusal.message }, 'a document of policies would be refused if signatures were required');
        return undefined;
      });
      if (outcome.set !== undefined) passes.set(outcome.set, pass);
      return outcome;
    },
    inForce(set) {
      const pass = passes.get(set);
      if (pass === undefined) return;
      inForce = pass.passed;
      raised(pass.passed);
    },
    follow(call) {
      changed = call;
    },
    sources(entries, remote) {
      return openRemoteSources(entries, remote, { ...telemetry, lifetime, pollMs, versions: { ...versions, raise: raised } });
    },
    feeds: [signers, ...(keeper === undefined ? [] : [keeper.feed])],
  };
}

/** Most refusals that are remembered, so that each is counted once however often it is compiled. */
const MOST_REMEMBERED = 10_000;

function countRefusals(): { take(name: string, refusal: SignatureRefusal): boolean; of(because: RefusedBecause): number } {
  const counts = new Map<RefusedBecause, number>();
  const told = new Set<string>();
  return {
    of: (because) => counts.get(because) ?? 0,
    take(name, { because, message }) {
      const key = `${because} ${name} ${message}`;
      if (told.has(key)) return false;
      if (told.size >= MOST_REMEMBERED) told.clear();
      told.add(key);
      counts.set(because, (counts.get(because) ?? 0) + 1);
      return true;
    },
  };
}

/** The signers as they are; throws when fewer of them may sign policies than must. */
export function enoughSigners(signers: PolicySigners): PolicySigners {
  const able = signers.signers.filter(({ maySign }) => maySign !== undefined);
  if (able.length >= signers.threshold) return signers;
  throw new Error(`expected ${signers.threshold} or more signers who may sign policies, found ${able.length}: write mayCertify: [{policy: "**"}] or narrower patterns`);
}
