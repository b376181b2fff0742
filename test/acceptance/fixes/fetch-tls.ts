/** Trouble on the way to a registry: TLS, names, time, addresses. */
import type { FetchCode, ObeyCases } from './fetch.ts';
import type { FixWorld, Said } from './fetch-world.ts';

type TlsCode = Extract<FetchCode, 'FETCH_TLS' | 'FETCH_UNREACHABLE' | 'FETCH_TIMEOUT' | 'FETCH_HOST_FORBIDDEN' | 'FETCH_REDIRECT'>;

/** A registry of its own with a signed image, and ways to ask about it. */
async function host(world: FixWorld, tls?: { readonly key: string; readonly certificate: string }): Promise<{
  readonly name: string; readonly image: string; readonly folder: string; readonly registry: Awaited<ReturnType<FixWorld['start']>>;
  readonly verify: (...flags: readonly string[]) => Promise<Said>;
  readonly pod: (config: Readonly<Record<string, unknown>>) => Promise<Said>;
}> {
  const registry = await world.start(tls === undefined ? {} : { tls: { key: tls.key, cert: tls.certificate } });
  const { digest } = await world.image(registry, 'acme/app');
  const [name, image] = [registry.host, `${registry.host}/acme/app@${digest}`];
  const documents = world.documents([name]);
  const policies = world.file(`policies-${name.replace(/\W/g, '-')}.yaml`, documents);
  return {
    name, image, folder: policies, registry,
    verify: (...flags) => world.command('verify', image, '-p', policies, ...flags),
    pod: async (config) => world.pod(image, await world.serve({ plainHttp: [], ...config }, documents)),
  };
}

/** Naming it says that it may be on this machine, and nothing else. */
const named = (name: string): readonly string[] => ['--auth-host', `${name}=${name}`];

export const TLS_FIXES: Readonly<Record<TlsCode, ObeyCases>> = {
  FETCH_TLS: {
    'row 15: a private CA, on the command line': {
      fix: /with --registry-ca 127\.0\.0\.1:\d+=FILE, the PEM of the CA/, says: /found a certificate .*(?:issuer is not known|private CA|signed by itself)/,
      async run(world) {
        const { good } = world.certificates;
        const { name, verify } = await host(world, good);
        const ca = world.file('ca.pem', good.ca);
        return { refused: await verify(...named(name)), obey: () => verify('--registry-ca', `${name}=${ca}`) };
      },
    },
    'row 15: a private CA, which an administrator adds': {
      fix: /an administrator of Gatehouse has added the CA that issued it \(registries\[\]\.ca of 127\.0\.0\.1:\d+\)/,
      async run(world) {
        const { good } = world.certificates;
        const { name, pod } = await host(world, good);
        return { refused: await pod({ registries: [{ host: name }] }), obey: () => pod({ registries: [{ host: name, ca: good.ca }] }) };
      },
    },
    'row 16: plain HTTP, on the command line': {
      fix: /with --plain-http 127\.0\.0\.1:\d+/, says: /expected TLS found an answer in plain HTTP cause .*the registry does not speak TLS/,
      async run(world) {
        const { name, verify } = await host(world);
        return { refused: await verify(...named(name)), obey: () => verify('--plain-http', name) };
      },
    },
    'row 16: plain HTTP, which an administrator allows': {
      fix: /an administrator of Gatehouse has allowed plain HTTP for it by name \(plainHttp: \[127\.0\.0\.1:\d+\]\)/,
      async run(world) {
        const { name, pod } = await host(world);
        return { refused: await pod({ registries: [{ host: name }] }), obey: () => pod({ plainHttp: [name] }) };
      },
    },
    'row 16b: the certificate of another host': {
      fix: /by a name that the certificate is for, or after its operator has had one issued for 127\.0\.0\.1; a CA does not help/,
      says: /expected a certificate for 127\.0\.0\.1 found one for registry\.acme\.example/,
      async run(world) {
        const { good, other } = world.certificates;
        const wrong = await host(world, other);
        const right = await host(world, good);
        const trusting = (name: string, ca: string): readonly string[] => ['--registry-ca', `${name}=${world.file(`${name.replace(/\W/g, '-')}.pem`, ca)}`];
        return {
          refused: await wrong.verify(...trusting(wrong.name, other.ca)),
          obey: () => right.verify(...trusting(right.name, good.ca)),
        };
      },
    },
    'an expired certificate, which its operator renews': {
      fix: /after the operator of 127\.0\.0\.1:\d+ has had it renewed/, says: /found a certificate that has expired/,
      async run(world) {
        const { good, expired } = world.certificates;
        const [old, renewed] = [await host(world, expired), await host(world, good)];
        return {
          refused: await old.pod({ registries: [{ host: old.name, ca: expired.ca }] }),
          obey: () => renewed.pod({ registries: [{ host: renewed.name, ca: good.ca }] }),
        };
      },
    },
  },
  FETCH_UNREACHABLE: {
    'row 16c: plain HTTP to a registry that speaks TLS, on the command line': {
      fix: /without --plain-http 127\.0\.0\.1:\d+, if it speaks TLS; a private CA is named by --registry-ca 127\.0\.0\.1:\d+=FILE/,
      says: /asked in plain HTTP, which is allowed for it; registries that speak TLS answer so/,
      async run(world) {
        const { good } = world.certificates;
        const { name, verify } = await host(world, good);
        const ca = world.file('ca-16c.pem', good.ca);
        return { refused: await verify('--plain-http', name), obey: () => verify('--registry-ca', `${name}=${ca}`) };
      },
    },
    'row 16c: the same, which an administrator takes out': {
      fix: /ask an administrator of Gatehouse to take 127\.0\.0\.1:\d+ out of plainHttp/,
      async run(world) {
        const { good } = world.certificates;
        const { name, pod } = await host(world, good);
        return { refused: await pod({ plainHttp: [name] }), obey: () => pod({ registries: [{ host: name, ca: good.ca }] }) };
      },
    },
    'row 14: nobody listens, or no such name': {
      fix: /check the name of the registry, and network, DNS and proxy/, says: /found .*connection refused/,
      async run(world) {
        const there = await host(world);
        const policies = world.file('nobody.yaml', world.documents(['127.0.0.1:1', there.name]));
        const ask = (image: string, name: string): Promise<Said> => world.command('verify', image, '-p', policies, '--plain-http', name);
        return { refused: await ask(there.image.replace(there.name, '127.0.0.1:1'), '127.0.0.1:1'), obey: () => ask(there.image, there.name) };
      },
    },
  },
  FETCH_TIMEOUT: {
    'row 17: a registry that answers late': {
      fix: /when it lasts, ask the operator of the registry/, says: /no complete answer after|time given/,
      async run(world) {
        const { registry, name, pod } = await host(world);
        const off = registry.fault({ path: /./, behaviour: { kind: 'hang' } });
        const refused = await pod({ plainHttp: [name] });
        off();
        return { refused, obey: () => pod({ plainHttp: [name] }) };
      },
    },
  },
  FETCH_HOST_FORBIDDEN: {
    'on the command line': {
      fix: /with --registry-ca 127\.0\.0\.1:\d+=FILE, or --plain-http 127\.0\.0\.1:\d+ where it speaks no TLS/,
      async run(world) {
        const { name, verify } = await host(world);
        return { refused: await verify(), obey: () => verify('--plain-http', name) };
      },
    },
    'which an administrator names': {
      fix: /an administrator of Gatehouse has named 127\.0\.0\.1:\d+ under registries/,
      async run(world) {
        const { good } = world.certificates;
        const { name, pod } = await host(world, good);
        return { refused: await pod({}), obey: () => pod({ registries: [{ host: name, ca: good.ca }] }) };
      },
    },
  },
  FETCH_REDIRECT: {
    'which its operator corrects': {
      fix: /ask the operator of the registry where it leads/,
      async run(world) {
        const { registry, name, verify } = await host(world);
        const off = registry.fault({ path: /manifests|referrers/, behaviour: { kind: 'redirect', location: 'ftp://elsewhere' } });
        const refused = await verify('--plain-http', name);
        off();
        return { refused, obey: () => verify('--plain-http', name) };
      },
    },
  },
};
