/** Mistakes on the way to a registry: names, logins, TLS, time, and answers of something else. */
import { makeImage } from '../../world/image.ts';
import type { FixWorld } from '../../acceptance/fixes/fetch-world.ts';
import type { MistakeGroup } from './mistake.ts';

const LOGIN = '<!doctype html><title>Sign in</title>';
const POD = 'spec.containers[0].image';
const ARGUMENT = 'arguments[0]';
const HELD = { artifact: 'acme/app', policy: 'policy acme' } as const;

/** A registry of its own with a signed image, and the file of policies about it. */
async function own(world: FixWorld, options: Parameters<FixWorld['start']>[0] = {}): ReturnType<typeof owned> {
  return owned(world, await world.start(options));
}

async function owned(world: FixWorld, registry: FixWorld['registry']): Promise<{
  readonly registry: FixWorld['registry']; readonly image: string; readonly name: string; readonly documents: string;
  readonly verify: (...flags: readonly string[]) => Promise<string>; readonly pod: (config: Readonly<Record<string, unknown>>) => Promise<string>;
}> {
  const { digest } = await world.image(registry, 'acme/app', { made: makeImage({ seed: 'held' }) });
  const image = `${registry.host}/acme/app@${digest}`;
  const documents = world.documents([registry.host]);
  const policies = world.file(`own-${registry.host.replace(/\W/g, '-')}.yaml`, documents);
  return {
    registry, image, name: registry.host, documents,
    verify: async (...flags) => (await world.command('verify', image, '-p', policies, ...flags)).text,
    pod: async (config) => (await world.pod(image, await world.serve({ plainHttp: [], ...config }, documents))).text,
  };
}

const tls = ({ key, certificate }: FixWorld['certificates']['good']): { readonly tls: { readonly key: string; readonly cert: string } } => ({ tls: { key, cert: certificate } });
const USERS = { auth: { kind: 'basic', users: { alice: { password: 'secret' } } } } as const;
/** Naming it says that it may be on this machine, and nothing else. */
const named = (name: string): readonly string[] => ['--auth-host', `${name}=${name}`];

export const REGISTRIES: MistakeGroup = {
  title: 'Registries',
  rows: [
    {
      row: '12', mistake: 'the registry wants a login, and the command line has none', ...HELD, path: ARGUMENT, found: /no credential was tried/, fixMust: /docker login|--docker-config/, fixMustNot: /imagePullSecret/,
      async says(world) {
        const { verify, name } = await own(world, USERS);
        return verify('--plain-http', name, '--docker-config', world.file('none.json', '{"auths":{}}'));
      },
    },
    {
      row: '12b', mistake: 'the same, and a pod has none', ...HELD, path: POD, found: /no credential was tried/, fixMust: /imagePullSecret/,
      async says(world) {
        const { pod, name } = await own(world, USERS);
        return pod({ plainHttp: [name] });
      },
    },
    {
      row: '12c', mistake: 'the registry answers 403', ...HELD, path: POD, fixMust: /may read the repository/,
      async says(world) {
        const { pod, name, registry } = await own(world);
        registry.fault({ path: /acme\/app/, behaviour: { kind: 'status', status: 403 } });
        return pod({ plainHttp: [name] });
      },
    },
    {
      row: '13', mistake: 'a typo in the tag', artifact: 'acme/app:v11', path: POD, policy: 'policy acme', fixMust: /check name, tag and digest/,
      async says(world) {
        await world.image(world.registry, 'acme/app', { made: makeImage({ seed: 'held' }) });
        return (await world.pod(`${world.registry.host}/acme/app:v11`)).text;
      },
    },
    {
      row: '14', mistake: 'a host that nobody knows', artifact: 'registry.invalid/acme/app@', path: ARGUMENT, policy: 'policy acme', fixMust: /check the name of the registry/,
      async says(world) {
        const policies = world.file('invalid.yaml', world.documents(['registry.invalid']));
        return (await world.command('verify', `registry.invalid/acme/app@sha256:${'a'.repeat(64)}`, '-p', policies)).text;
      },
    },
    {
      row: '15', mistake: 'a private CA', ...HELD, path: ARGUMENT, fixMust: /--registry-ca 127\.0\.0\.1:\d+=FILE/,
      async says(world) {
        const { verify, name } = await own(world, tls(world.certificates.good));
        return verify(...named(name));
      },
    },
    {
      row: '16', mistake: 'the registry speaks plain HTTP', ...HELD, path: ARGUMENT, fixMust: /--plain-http 127\.0\.0\.1:\d+/, fixMustNot: /its CA|registry-ca/,
      async says(world) {
        const { verify, name } = await own(world);
        return verify(...named(name));
      },
    },
    {
      row: '16b', mistake: 'the certificate is for another host', ...HELD, path: ARGUMENT, fixMust: /by a name that the certificate is for|have had one issued/, fixMustNot: /add (?:its|the) CA/,
      async says(world) {
        const { verify, name } = await own(world, tls(world.certificates.other));
        return verify('--registry-ca', `${name}=${world.file('other-ca.pem', world.certificates.other.ca)}`);
      },
    },
    {
      row: '16c', mistake: '--plain-http to a registry that speaks TLS', ...HELD, path: ARGUMENT, fixMust: /without --plain-http/, fixMustNot: /DNS/,
      async says(world) {
        const { verify, name } = await own(world, tls(world.certificates.good));
        return verify('--plain-http', name);
      },
    },
    {
      row: '16d', mistake: 'the certificate of the registry has expired', ...HELD, path: POD, fixMust: /operator of 127\.0\.0\.1:\d+ has had it renewed/, fixMustNot: /add (?:its|the) CA/,
      async says(world) {
        const { pod, name } = await own(world, tls(world.certificates.expired));
        return pod({ registries: [{ host: name, ca: world.certificates.expired.ca }] });
      },
    },
    {
      row: '17', mistake: 'the registry does not answer in time', ...HELD, path: ARGUMENT, fixMust: /retry/,
      async says(world) {
        const { verify, name, registry } = await own(world);
        registry.fault({ path: /./, behaviour: { kind: 'hang' } });
        return verify('--plain-http', name, '--timeout', '2s');
      },
    },
    {
      row: '57', mistake: 'a login page of the network answers', artifact: 'acme/app:v1', path: POD, policy: 'policy acme', fixMust: /ask the operator of the host/,
      async says(world) {
        const { registry, name, documents } = await own(world);
        registry.fault({ path: /manifests\/v1/, behaviour: { kind: 'body', body: LOGIN, headers: { 'content-type': 'text/html' } } });
        return (await world.pod(`${name}/acme/app:v1`, await world.serve({ plainHttp: [name] }, documents))).text;
      },
    },
  ],
};
