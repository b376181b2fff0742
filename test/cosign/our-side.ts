/** How the oddities are judged by us: the policies, and where each row's image and evidence are pushed. */
import { makeImage } from '../world/image.ts';
import type { SigningKey } from '../world/keys.ts';
import { push, pushReferrer } from '../world/push.ts';
import type { TestRegistry } from '../world/registry.ts';
import type { World } from '../world/world.ts';
import { IDENTITY } from './keyless-oddities.ts';
import type { Oddity } from './oddities.ts';

const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });

/** Policies that take what the keys or the identity of the rows signed: `odd/**` logged as usual, `stamped/**` with a timestamp and no log. */
export function oddityPolicies(world: World, keys: Iterable<SigningKey>, host: string): string {
  const keyless = (trustRoot: string): unknown => ({ keyless: { issuer: IDENTITY.issuer, subject: IDENTITY.san, trustRoot } });
  const policy = (name: string): string => document('ClusterArtifactPolicy', name, { artifacts: [{ image: `${host}/${name}/**` }], require: [{ name: 'signed', signature: { by: [name] } }] });
  return [
    document('TrustRoot', 'logged', { sigstore: { trustedRoot: world.trustedRoot() } }),
    document('TrustRoot', 'stamped', { sigstore: { trustedRoot: world.trustedRoot(), require: { transparencyLog: 0, sct: 1, timestamps: 1 } } }),
    document('Signer', 'odd', { identities: [...[...keys].map(({ publicKeyPem }) => ({ key: { data: publicKeyPem } })), keyless('logged')] }),
    document('Signer', 'stamped', { identities: [keyless('stamped')] }),
    policy('odd'), policy('stamped'),
  ].join('\n---\n');
}

/** Pushes the image of a row with its evidence; gives its reference by digest. */
export async function pushOddity(registry: TestRegistry, oddity: Oddity, index: number, { world, key, stranger }: { readonly world: World; readonly key: SigningKey; readonly stranger: SigningKey }): Promise<string> {
  const path = `${oddity.root ?? 'odd'}/n${index}`;
  const image = makeImage({ seed: oddity.name });
  const repository = `${registry.host}/${path}`;
  await push(registry, path, image, ['v1']);
  for (const thing of oddity.evidence({ world, image, repository, key, stranger })) {
    if (oddity.layout === 'tag') await push(registry, path, thing);
    else await pushReferrer(registry, path, thing);
  }
  return `${repository}@${image.digest}`;
}
