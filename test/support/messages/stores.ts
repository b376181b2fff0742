/** Mistakes with stores of evidence: what they cannot say, and what is said of them in the wrong form. */
import { makeImage } from '../../world/image.ts';
import type { FixWorld } from '../../acceptance/fixes/fetch-world.ts';
import { startArchivista } from '../../world/stores/archivista.ts';
import type { FakeStore } from '../../world/stores/fake.ts';
import { startFolder } from '../../world/stores/folder.ts';
import { startGithub } from '../../world/stores/github.ts';
import { startGrafeas } from '../../world/stores/grafeas.ts';
import { startTekton } from '../../world/stores/tekton.ts';
import type { MistakeGroup } from './mistake.ts';

const HELD = { artifact: 'acme/stored', path: 'arguments[0]', policy: 'policy acme' } as const;
const open: FakeStore[] = [];

/** `verify` of an unsigned image, with this store. */
async function verified<T extends FakeStore>(
  world: FixWorld, starting: Promise<T>, flagOf: (store: T) => string, prepare: (store: T, digest: string) => void = () => undefined,
): Promise<string> {
  const store = await starting;
  open.push(store);
  const { digest } = await world.image(world.registry, 'acme/stored', { signed: false, made: makeImage({ seed: 'stored' }) });
  prepare(store, digest);
  const flags = ['--plain-http', world.registry.host, '--plain-http', '127.0.0.1', '--evidence-store', flagOf(store)];
  return (await world.command('verify', `${world.registry.host}/acme/stored@${digest}`, '-p', world.policies, ...flags)).text;
}
const archivista = ({ url }: FakeStore): string => `archivista=${url}`;
const fails = (status: number) => (store: FakeStore): void => { store.fault = () => ({ status, ...(status === 302 ? { headers: { location: 'https://login.acme.example/' } } : {}) }); };

export const STORES: MistakeGroup = {
  title: 'Stores of evidence',
  rows: [
    { row: 'S1', mistake: 'the store answers with an error', ...HELD, found: /status 500/, fixMust: /ask the operator of the store/, fixMustNot: /sign the artifact|registry/, says: (world) => verified(world, startArchivista(), archivista, fails(500)) },
    { row: 'S2', mistake: 'the store wants a token', ...HELD, found: /status 401/, fixMust: /tokenFile/, fixMustNot: /docker login|imagePullSecret/, says: (world) => verified(world, startArchivista(), archivista, fails(401)) },
    { row: 'S3', mistake: 'the address of the store leads to a login', ...HELD, found: /login\.acme\.example/, expected: /the address that is configured/, fixMust: /evidenceStores/, says: (world) => verified(world, startFolder(), ({ url }) => `folder=${url}`, fails(302)) },
    {
      row: 'S4', mistake: 'attestations that GitHub only names', ...HELD, found: /bundle_url/, expected: /a Sigstore bundle in the answer/, fixMust: /gh attestation download/,
      says: (world) => verified(world, startGithub(), ({ url }) => `github=${url}/orgs/acme`, (store, digest) => { store.attestations.set(digest, [{ bundle: null, bundle_url: 'https://x/y.sn' }]); }),
    },
    {
      row: 'S5', mistake: 'a store of a kind that there is not', artifact: { none: 'no artifact is judged' }, path: '--evidence-store', policy: { none: 'it happens before any policy is asked' },
      found: /witness=https:\/\/x\.example/, expected: /expected archivista=URL/, fixMust: /archivista=URL/,
      says: async (world) => (await world.command('verify', 'ghcr.io/acme/app:1', '-p', world.policies, '--evidence-store', 'witness=https://x.example')).text,
    },
    { row: 'S6', mistake: 'an organisation that GitHub does not show to this token', ...HELD, found: /nothing \(404\)/, expected: /nobody/, fixMust: /owner of this store.*token/, fixMustNot: /sign the artifact|registry/, says: (world) => verified(world, startGithub(), ({ url }) => `github=${url}/orgs/nobody`) },
    {
      row: 'S7', mistake: 'a Grafeas that has reached a part of its places', ...HELD, found: /part of the occurrences/, expected: /all of them/, fixMust: /ask the operator of the host/, fixMustNot: /sign the artifact/,
      says: (world) => verified(world, startGrafeas(), ({ url }) => `grafeas=${url}/projects/acme`, (store) => { store.fault = () => ({ body: '{"unreachable":["projects/acme/locations/eu"]}' }); }),
    },
    { row: 'S8', mistake: 'runs of Tekton where there is no Tekton', ...HELD, found: /no such list/, expected: /TaskRunList/, fixMust: /ask the operator of the host/, fixMustNot: /sign the artifact/, says: (world) => verified(world, startTekton(), ({ url }) => `tekton=${url}/nowhere`) },
  ],
  close: async () => {
    for (const store of open) await store.close();
  },
};
