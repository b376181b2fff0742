// npm run certs -- [--out DIR | --install]: a development CA and a serving certificate for Gatehouse.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeServingCertificate, serviceNames } from './authority.ts';
import type { ServingCertificate } from './authority.ts';
import { base64, completeManifest } from './install-manifest.ts';

const HELP = `Makes a development CA and a serving certificate (RSA 2048).

  npm run certs -- --out DIR             write ca.crt, tls.crt and tls.key, and print what to do with them
  npm run --silent certs -- --install    print deploy/manifests/install.yaml with certificate and CA filled in

  --service NAME      Service in front of Gatehouse (default gatehouse)
  --namespace NAME    its namespace (default gatehouse-system)
  --name NAME         further DNS name or IP address, may be repeated (for example 127.0.0.1)
  --days N            validity, 1 to 3650 (default 365)
  --also-trust FILE   CA certificates to keep in the printed caBundle beside the new one, while rotating

The key of the CA is thrown away: to renew, make both anew. For production use cert-manager or your own PKI
(docs/operate/certificates.md).
`;

interface Options {
  readonly out: string | undefined;
  readonly install: boolean;
  readonly service: string;
  readonly namespace: string;
  readonly names: readonly string[];
  readonly days: number;
  readonly alsoTrust: string;
}

/** Runs the command; returns the exit code (0, or 64 for wrong usage). */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'string') {
    process.stderr.write(options);
    return options === HELP ? 0 : 64;
  }
  const made = await makeServingCertificate({
    names: [...serviceNames(options.service, options.namespace), ...options.names], days: options.days, now: Date.now(),
  });
  const serving = { ...made, ca: made.ca + options.alsoTrust };
  if (options.install) {
    const manifest = readFileSync(new URL('../deploy/manifests/install.yaml', import.meta.url), 'utf8');
    process.stdout.write(completeManifest(manifest, serving, { name: 'gatehouse-tls', namespace: 'gatehouse-system' }));
  } else if (options.out !== undefined) {
    process.stdout.write(write(options.out, serving, options.namespace));
  }
  return 0;
}

function readOptions(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args], strict: true, allowPositionals: false,
      options: {
        out: { type: 'string' }, install: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false },
        service: { type: 'string', default: 'gatehouse' }, namespace: { type: 'string', default: 'gatehouse-system' },
        name: { type: 'string', multiple: true, default: [] }, days: { type: 'string', default: '365' }, 'also-trust': { type: 'string' },
      },
    });
    if (values.help) return HELP;
    const days = Number(values.days);
    if (!Number.isInteger(days) || days < 1 || days > 3650) return usage(`--days: expected a whole number from 1 to 3650, found ${values.days}`);
    if (values.install === (values.out !== undefined)) return usage('expected either --out DIR or --install');
    if (values.install && (values.service !== 'gatehouse' || values.namespace !== 'gatehouse-system')) {
      return usage('--install prints the shipped manifest: its Service is gatehouse in gatehouse-system; use --out DIR for others');
    }
    const alsoTrust = values['also-trust'] === undefined ? '' : readFileSync(values['also-trust'], 'utf8');
    return { out: values.out, install: values.install, service: values.service, namespace: values.namespace, names: values.name, days, alsoTrust };
  } catch (cause) {
    return usage(cause instanceof Error ? cause.message : String(cause));
  }
}

function usage(problem: string): string {
  return `gatehouse certs: ${problem}\nTry: npm run certs -- --help\n`;
}

/** Writes the files and returns the commands that bring them into a cluster. */
function write(out: string, serving: ServingCertificate, namespace: string): string {
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'ca.crt'), serving.ca);
  writeFileSync(join(out, 'tls.crt'), serving.certificate);
  writeFileSync(join(out, 'tls.key'), serving.key, { mode: 0o600 });
  const patch = JSON.stringify([{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: base64(serving.ca) }]);
  return `wrote ca.crt, tls.crt and tls.key to ${out}

Bring them into the cluster; Gatehouse takes the new certificate into use without a restart:

  kubectl -n ${namespace} create secret tls gatehouse-tls --cert=${join(out, 'tls.crt')} --key=${join(out, 'tls.key')} --dry-run=client -o yaml | kubectl apply -f -
  kubectl patch validatingwebhookconfiguration gatehouse --type=json -p '${patch}'
`;
}

process.exitCode = await main(process.argv.slice(2));
