// npm run client-certificate -- --out DIR: a client CA and the certificate by which the API server shows itself to Gatehouse.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeClientCertificate } from './authority.ts';

const HELP = `Makes a client CA and one client certificate of it, by which the API server shows Gatehouse that it is the one that asks.

  npm run client-certificate -- --out DIR    write client-ca.crt, client.crt and client.key, and print what to do with them

  --name NAME    common name of the certificate (default kube-apiserver; \`tls.clientNames\` compares it)
  --days N       validity, 1 to 3650 (default 365)

The key of the CA is thrown away: nobody else can ever be certified. To renew, make both anew, and let Gatehouse trust both CAs
meanwhile (docs/operate/callers.md).
`;

/** Runs the command; returns the exit code (0, or 64 for wrong usage). */
async function main(args: readonly string[]): Promise<number> {
  try {
    const { values } = parseArgs({
      args: [...args], strict: true, allowPositionals: false,
      options: { out: { type: 'string' }, name: { type: 'string', default: 'kube-apiserver' }, days: { type: 'string', default: '365' }, help: { type: 'boolean', short: 'h', default: false } },
    });
    if (values.help) {
      process.stderr.write(HELP);
      return 0;
    }
    const days = Number(values.days);
    if (values.out === undefined) throw new Error('expected --out DIR');
    if (!Number.isInteger(days) || days < 1 || days > 3650) throw new Error(`--days: expected a whole number from 1 to 3650, found ${values.days}`);
    process.stdout.write(await write(values.out, values.name, days));
    return 0;
  } catch (cause) {
    process.stderr.write(`gatehouse client-certificate: ${cause instanceof Error ? cause.message : String(cause)}\nTry: npm run client-certificate -- --help\n`);
    return 64;
  }
}

/** Writes the files and returns what to do with them. */
async function write(out: string, name: string, days: number): Promise<string> {
  const made = await makeClientCertificate({ names: [name], days, now: Date.now() });
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'client-ca.crt'), made.ca);
  writeFileSync(join(out, 'client.crt'), made.certificate);
  writeFileSync(join(out, 'client.key'), made.key, { mode: 0o600 });
  return `wrote client-ca.crt, client.crt and client.key to ${out}

1. Copy client.crt and client.key to /etc/kubernetes/gatehouse on every control plane node, with the two files of deploy/api-server,
   and start kube-apiserver with --admission-control-config-file=/etc/kubernetes/gatehouse/admission.yaml.
2. Then let Gatehouse know the CA (its key is gone, so this is no secret):

  kubectl -n gatehouse-system create configmap gatehouse-client-ca --from-file=${join(out, 'client-ca.crt')}

   name it in ConfigMap gatehouse-config as tls: {clientCA: /etc/gatehouse/client-ca/client-ca.crt}, and restart:

  kubectl -n gatehouse-system rollout restart deployment/gatehouse
`;
}

process.exitCode = await main(process.argv.slice(2));
