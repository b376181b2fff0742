/** An inspector for one command, with all trust that could be of use; it admits nothing. */
import type { EvidenceBatch, EvidenceLookup, EvidenceSource, TrustReader } from '../../../domain/ports.ts';
import { inspect } from '../../../engine/inspect.ts';
import { readInputText } from '../../../platform/input-file.ts';
import { compilePolicies } from '../../../policy/index.ts';
import { mergeTrust } from '../../../select/select.ts';
import { anybody } from '../../../surfaces/cli/anybody.ts';
import { UsageError } from '../../../surfaces/cli/context.ts';
import type { LocalInspector, LocalOptions } from '../../../surfaces/cli/context.ts';
import { refusePrivateKey } from '../../../surfaces/cli/names/key-file.ts';
import { createTrustReader } from '../../../trust/index.ts';
import { readOpenPgp } from '../../../trust/open-pgp.ts';
import { readSecurityKey } from '../../../trust/security-key.ts';
import { createVerifier } from '../../../verify/index.ts';
import { withLifetime } from '../../lifetime.ts';
import { compileFor } from '../online.ts';
import { setOf } from '../policies.ts';
import { openSource } from '../source.ts';
import { openTrial, rootsIn } from './trial.ts';
import { asUsageError } from '../usage.ts';

/** Evidence is tried with the public good, the keys given, and all that the policies name. */
export async function openLocalInspector(options: LocalOptions & { readonly keys: readonly string[] }): Promise<LocalInspector> {
  const files = await Promise.all(options.keys.map(async (path) => {
    const text = await readInputText(path).catch(asUsageError);
    refusePrivateKey(path, text);
    return text;
  }));
  const own = compilePolicies([{ path: '--key', text: anybody(files) }], { trust: createTrustReader() });
  if (own.set === undefined) throw new UsageError(`--key ${options.keys.join(', ')}: ${own.problems[0]?.message ?? 'is no public key'}`);
  const compiled = options.policies.length === 0 ? undefined : await compileFor(options);
  const set = compiled === undefined ? undefined : setOf(compiled);
  const trust = mergeTrust([...own.set.policies, ...(set?.policies ?? [])]);
  const site: { readonly trust: TrustReader; readonly roots: string } = {
    trust: compiled?.trust ?? createTrustReader(), roots: await rootsIn(options.policies),
  };
  return withLifetime(async (lifetime) => {
    const source = await openSource(options, set?.literalHosts ?? new Set(), lifetime);
    const verifier = createVerifier({ workers: 1 });
    lifetime.defer(() => verifier.close());
    const trial = openTrial({ ...site, lifetime });
    return {
      async inspect(ref, signal) {
        const seen: EvidenceBatch[] = [];
        const inspection = await inspect(ref, { clock: Date, source: recorded(source, seen), resolver: source, verifier, trust }, signal);
        const { digest } = inspection.artifact;
        return {
          inspection,
          judge(policy, review) {
            if (digest === undefined) throw new Error('an artifact without a digest cannot be judged');
            // What could not be looked at is told by the inspection, and has nothing to do with what was found.
            return trial(policy, review, { digest, batch: { evidence: seen.flatMap(({ evidence }) => evidence), problems: [] } });
          },
        };
      },
      keys: new Map([...trust.keys.map(({ keyId, pem }): [string, string] => [keyId, pem]), ...files.flatMap(blocksOf)]),
      close: () => lifetime.disposeAsync(),
    };
  });
}

/** An OpenPGP block by the fingerprint of each key in it, a line of a security key by its id: what a policy names such a key by. */
function blocksOf(text: string): readonly [string, string][] {
  const block = readOpenPgp(text) ?? readSecurityKey(text);
  return block?.ok === true ? block.keys.map(({ key: { keyId, openPgp } }): [string, string] => [openPgp?.fingerprint ?? keyId, text]) : [];
}

/** The same source, which keeps what it gives. */
function recorded(source: EvidenceSource, seen: EvidenceBatch[]): EvidenceSource {
  const keep = (batch: EvidenceBatch): EvidenceBatch => {
    seen.push(batch);
    return batch;
  };
  return {
    async open(...args) {
      const lookup = await source.open(...args);
      return keeping(lookup, keep);
    },
    diagnose: (...args) => source.diagnose(...args),
    parentIndex: (...args) => source.parentIndex(...args),
  };
}

/** An inspection reads `batches` by index and goes on with `next`: each batch is then given once. */
function keeping(lookup: EvidenceLookup, keep: (batch: EvidenceBatch) => EvidenceBatch): EvidenceLookup {
  for (const batch of lookup.batches) keep(batch);
  return {
    batches: [...lookup.batches],
    fetchedAt: lookup.fetchedAt,
    async next(signal) {
      const batch = await lookup.next(signal);
      return batch === undefined ? undefined : keep(batch);
    },
  };
}
