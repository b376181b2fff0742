/** An inspector for one command, with all trust that could be of use; it admits nothing. */
import { inspect } from '../../engine/inspect.ts';
import { readInputText } from '../../platform/input-file.ts';
import { compilePolicies } from '../../policy/index.ts';
import { mergeTrust } from '../../select/select.ts';
import { anybody } from '../../surfaces/cli/anybody.ts';
import { UsageError } from '../../surfaces/cli/context.ts';
import type { LocalInspector, LocalOptions } from '../../surfaces/cli/context.ts';
import { refusePrivateKey } from '../../surfaces/cli/names/key-file.ts';
import { createTrustReader } from '../../trust/index.ts';
import { createVerifier } from '../../verify/index.ts';
import { withLifetime } from '../lifetime.ts';
import { compileFor } from './online.ts';
import { setOf } from './policies.ts';
import { openSource } from './source.ts';
import { asUsageError } from './usage.ts';

/** Evidence is tried with the public good, the keys given, and all that the policies name. */
export async function openLocalInspector(options: LocalOptions & { readonly keys: readonly string[] }): Promise<LocalInspector> {
  const files = await Promise.all(options.keys.map(async (path) => {
    const text = await readInputText(path).catch(asUsageError);
    refusePrivateKey(path, text);
    return text;
  }));
  const own = compilePolicies([{ path: '--key', text: anybody(files) }], { trust: createTrustReader() });
  if (own.set === undefined) throw new UsageError(`--key ${options.keys.join(', ')}: ${own.problems[0]?.message ?? 'is no public key'}`);
  const set = options.policies.length === 0 ? undefined : setOf(await compileFor(options));
  const trust = mergeTrust([...own.set.policies, ...(set?.policies ?? [])]);
  return withLifetime(async (lifetime) => {
    const source = await openSource(options, set?.literalHosts ?? new Set(), lifetime);
    const verifier = createVerifier({ workers: 1 });
    lifetime.defer(() => verifier.close());
    return {
      inspect: (ref, signal) => inspect(ref, { clock: Date, source, resolver: source, verifier, trust }, signal),
      keys: new Map(trust.keys.map(({ keyId, pem }) => [keyId, pem])),
      close: () => lifetime.disposeAsync(),
    };
  });
}
