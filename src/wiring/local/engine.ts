/** An engine for one command: policies from folders, no cluster behind it, and everything unmatched denied. */
import { namespacesFromFile, NO_NAMESPACES } from '../../feeds/namespaces/file.ts';
import type { PolicySet } from '../../domain/policy/policy.ts';
import type { SourceState } from '../../domain/decision/source-state.ts';
import type { NamespaceLabels, PolicyStore } from '../../domain/ports.ts';
import { buildSettings } from '../../platform/config/pipelines.ts';
import type { LocalEngine, LocalOptions } from '../../surfaces/cli/context.ts';
import { openEngine } from '../engine.ts';
import { askedInForce, judgesRevocation, openCertificates } from '../trust/certificates.ts';
import type { Certificates } from '../trust/certificates.ts';
import { withLifetime } from '../lifetime.ts';
import type { Lifetime } from '../lifetime.ts';
import { withRows } from '../../extract/table/rows.ts';
import { notesAbout } from './notes.ts';
import { factsOf, namespacesOf } from './objects.ts';
import { compileFor } from './online.ts';
import { setOf } from './policies.ts';
import { openSource } from './source.ts';
import { asUsageError } from './usage.ts';

/** The engine in this process: policies from folders, evidence from files and, unless offline, registries. */
export async function openLocalEngine(options: LocalOptions): Promise<LocalEngine> {
  const compiled = await compileFor(options);
  const set = setOf(compiled);
  const namespaces = await namespacesFor(options);
  return withLifetime(async (lifetime) => {
    const source = await openSource(options, set.literalHosts, lifetime);
    const engine = engineOver({ set, sources: compiled.sources }, source, { options, namespaces, lifetime });
    return { ...engine, close: () => lifetime.disposeAsync() };
  });
}

/** Labels of namespaces by the file of the flags; throws UsageError when it cannot be read. */
export async function namespacesFor({ namespacesFile }: Pick<LocalOptions, 'namespacesFile'>): Promise<NamespaceLabels> {
  return namespacesFile === undefined ? NO_NAMESPACES : namespacesFromFile(namespacesFile).catch(asUsageError);
}

/** What an engine lives in. */
export interface EngineSite {
  readonly options: LocalOptions;
  readonly namespaces: NamespaceLabels;
  /** Closes it, with the source. */
  readonly lifetime: Lifetime;
}

/** A set with the states of its sources. */
export interface PoliciesInForce {
  readonly set: PolicySet;
  readonly sources: readonly SourceState[] | undefined;
}

/** An engine over one set and one source of evidence, which several engines may share. */
export function engineOver(
  { set, sources }: PoliciesInForce, source: Awaited<ReturnType<typeof openSource>>,
  { options, namespaces, lifetime }: EngineSite,
): Omit<LocalEngine, 'close'> {
  const { objects = [], config } = options;
  const policies: PolicyStore = { current: () => ({ ready: true, set, ...(sources === undefined ? {} : { sources }) }) };
  const asking = askAuthorities(set, options, lifetime);
  const { admit } = openEngine(
    {
      policies,
      ...(asking === undefined ? {} : { certificates: asking.certificates }),
      source,
      namespaces: namespacesOf(objects, namespaces),
      facts: factsOf(objects),
      ...(config === undefined ? {} : { build: buildSettings(config.pipelines) }),
      recorder: { record: () => undefined },
      unmatched: config?.unmatched ?? 'deny',
      kinds: withRows(config?.extractors ?? []),
      onFault: (fault) =>
        process.stderr.write(`gatehouse: internal error: ${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}\n`),
      verification: { workers: 1 },
      examination: { threads: 1 },
    },
    lifetime,
  );
  const judge = asking?.patiently(admit) ?? admit;
  return { admit: async (review, budget) => judge(review, budget), notes: notesAbout(objects, set), asksWho: asksWho(set) };
}

/** Who asks authorities of certificates; nobody where no trust root wants it, or nothing may be asked. */
export function askAuthorities(
  set: PolicySet, options: Pick<LocalOptions, 'offline' | 'plainHttp' | 'config'>, lifetime: Lifetime,
): Certificates | undefined {
  const { offline, plainHttp, config } = options;
  if (offline || !judgesRevocation(set)) return undefined;
  const network = { plainHttp: [...plainHttp, ...(config?.plainHttp ?? [])], registries: config?.registries };
  return openCertificates({ asked: () => askedInForce({ current: () => ({ ready: true, set }) }), network: () => network }, lifetime);
}

function asksWho({ requestPolicies = [] }: PolicySet): boolean {
  return requestPolicies.some(({ requirements }) => requirements.some(({ kind }) => kind === 'requesters'));
}
