/** Policies of a command, compiled with what trust roots publish now, unless it is to ask nobody. */
import { createFileStore } from '../../feeds/trust-roots/index.ts';
import type { PublishedRoot } from '../../domain/policy/trust-root.ts';
import type { TrustReader } from '../../domain/ports.ts';
import type { LocalOptions } from '../../surfaces/cli/context.ts';
import { createTrustReader } from '../../trust/index.ts';
import { withLifetime } from '../lifetime.ts';
import { openEndpoints } from '../trust/bundles.ts';
import { openMirror, openTuf } from '../trust/tuf.ts';
import { compileFolders } from './policies.ts';
import type { Compiled } from './policies.ts';
import { registriesOf } from './usage.ts';

/** How long a command waits for the TUF repositories that trust roots name. */
const ROOTS_WITHIN = 10_000;

/** The same, and what reads the trust roots as they were read for it. */
export type CompiledWithTrust = Compiled & { readonly trust: TrustReader };

/** Compiles by a reader of trust roots; default: the folders of the options. */
type Compile = (trust: TrustReader) => Promise<Compiled>;

/** Compiles with what TUF repositories publish at this moment; nothing of it is kept for the next run. */
async function compileOnline(options: LocalOptions, compile: Compile): Promise<CompiledWithTrust> {
  const registries = await registriesOf(options);
  return withLifetime(async (lifetime) => {
    const mirror = openMirror({ plainHttp: options.plainHttp, registries });
    lifetime.defer(() => mirror.close());
    const endpoints = openEndpoints({ plainHttp: options.plainHttp, registries });
    lifetime.defer(() => endpoints.close());
    const follower = openTuf(
      {
        mirror: () => mirror,
        endpoints: () => endpoints,
        store: () => createFileStore(undefined, () => undefined),
        events: {
          confirmed: () => undefined,
          stale: () => undefined,
          failed: (root, problem) => void process.stderr.write(`gatehouse: trust root ${root}: ${problem}\n`),
        },
        changed: () => undefined,
      },
      lifetime,
    );
    const published = new Map<string, PublishedRoot>();
    const kept = (name: string, root: PublishedRoot): PublishedRoot => {
      published.set(name, root);
      return root;
    };
    const trust: TrustReader = {
      ...createTrustReader(),
      tufRoot: (name, spec) => kept(name, follower.tufRoot(name, spec)),
      spiffeBundle: (name, spec) => kept(name, follower.spiffeBundle(name, spec)),
    };
    const compiled = await compile(trust);
    const primed = (await follower.primed(ROOTS_WITHIN)) ? await compile(trust) : compiled;
    await lifetime.disposeAsync();
    // Nobody is followed any more; what was published is still known.
    const reader = createTrustReader();
    return {
      ...primed,
      trust: {
        ...trust,
        tufRoot: (name, spec) => published.get(name) ?? reader.tufRoot(name, spec),
        spiffeBundle: (name, spec) => published.get(name) ?? reader.spiffeBundle(name, spec),
      },
    };
  });
}

/** Compiles the folders, or what `compile` does, as the flags say: with what is published now, or asking nobody. */
export async function compileFor(
  options: LocalOptions, compile: Compile = (trust) => compileFolders(options.policies, trust),
): Promise<CompiledWithTrust> {
  if (!options.offline) return compileOnline(options, compile);
  const trust = createTrustReader();
  return { ...(await compile(trust)), trust };
}
