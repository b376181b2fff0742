/** The command line of `npm run certs`: one thing to do, and how. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** What `npm run certs -- --help` prints. */
export const HELP = `Serving certificates for Gatehouse (RSA 2048) from a development CA, and the manifest with its CA filled in.

  npm run --silent certs -- --secret | kubectl create -f -     once: make a CA and a certificate, as a Secret
  npm run --silent certs -- --install | kubectl apply -f -     the gate and its guard, at first and at every upgrade
  npm run certs -- --rotate                                    a new certificate, trusted before it is served
  npm run certs -- --rotate --finish                           five minutes later: forget the old CA
  npm run certs -- --out DIR                                   or only write ca.crt, tls.crt and tls.key

--install makes nothing: it fills in the CA that the cluster trusts already (read by kubectl), or that of --ca.

  --pipelines         --install: the gate of pipelines as well (docs/operate/pipelines.md)
  --mutate            --install: the webhook that pins tags and sets the label as well (docs/concepts/verified-label.md)
  --resources         --install: policies as resources as well: their webhook, guards and roles (docs/operate/who-may.md)
  --ca FILE           --install: the CA of your own certificate, in PEM, in place of what the cluster holds
  --name NAME         further DNS name or IP address, may be repeated (for example 127.0.0.1)
  --days N            validity, 1 to 3650 (default 365)
  --wait SECONDS      --rotate: how long API servers get to learn the new CA (default 30); with --finish: how long
                      replicas get to serve the new certificate (default 300)
  --service NAME      --out: Service in front of Gatehouse (default gatehouse)
  --namespace NAME    --out: its namespace (default gatehouse-system)

The key of the CA is thrown away: to renew, make both anew. For production use cert-manager or your own PKI
(docs/operate/certificates.md).
`;

/** What to do, with everything checked that can be checked without doing it. */
export interface Options {
  readonly mode: 'out' | 'secret' | 'install' | 'rotate' | 'finish';
  /** Folder of `--out`. */
  readonly out: string;
  readonly service: string;
  readonly namespace: string;
  readonly names: readonly string[];
  readonly days: number;
  /** Whether `--install` gives the gate of pipelines as well. */
  readonly pipelines: boolean;
  /** Whether it gives the webhook that changes pods as well. */
  readonly mutate: boolean;
  /** Whether it gives the webhook, the guards and the roles of policies as resources as well. */
  readonly resources: boolean;
  /** Text of the file of `--ca`; empty without it. */
  readonly ca: string;
  readonly waitMs: number | undefined;
}

/** Wrong usage; its message is for the person at the keyboard. */
export class UsageError extends Error {}

/** Reads the arguments; `undefined` when help is asked for. Throws {@link UsageError}. */
export function readOptions(args: readonly string[]): Options | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const modes = (['out', 'secret', 'install', 'rotate'] as const).filter((name) => values[name] !== false && values[name] !== undefined);
  const [only] = modes;
  if (only === undefined || modes.length > 1) throw new UsageError('expected one of --out DIR, --secret, --install and --rotate');
  if (values.finish && only !== 'rotate') throw new UsageError('--finish goes with --rotate');
  if (values.ca !== undefined && only !== 'install') throw new UsageError('--ca goes with --install');
  if (values.pipelines && only !== 'install') throw new UsageError('--pipelines goes with --install');
  if (values.mutate && only !== 'install') throw new UsageError('--mutate goes with --install');
  if (values.resources && only !== 'install') throw new UsageError('--resources goes with --install');
  if (only !== 'out' && (values.service !== 'gatehouse' || values.namespace !== 'gatehouse-system')) {
    throw new UsageError(`--${only} is for the shipped manifest: its Service is gatehouse in gatehouse-system; use --out DIR for others`);
  }
  return {
    mode: values.finish ? 'finish' : only, pipelines: values.pipelines, mutate: values.mutate, resources: values.resources, out: values.out ?? '', service: values.service, namespace: values.namespace, names: values.name,
    days: whole('--days', values.days, 1, 3650), ca: values.ca === undefined ? '' : readCa(values.ca),
    waitMs: values.wait === undefined ? undefined : whole('--wait', values.wait, 0, 3600) * 1000,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args], strict: true, allowPositionals: false,
      options: {
        out: { type: 'string' }, secret: { type: 'boolean', default: false }, install: { type: 'boolean', default: false },
        rotate: { type: 'boolean', default: false }, finish: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        service: { type: 'string', default: 'gatehouse' }, namespace: { type: 'string', default: 'gatehouse-system' },
        name: { type: 'string', multiple: true, default: [] }, days: { type: 'string', default: '365' },
        pipelines: { type: 'boolean', default: false }, mutate: { type: 'boolean', default: false }, resources: { type: 'boolean', default: false }, ca: { type: 'string' }, wait: { type: 'string' },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}

function whole(flag: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least || number > most) {
    throw new UsageError(`${flag}: expected a whole number from ${least} to ${most}, found ${text}`);
  }
  return number;
}

function readCa(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch (cause) {
    throw new UsageError(`--ca: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  throw new UsageError(`--ca: expected certificates in PEM, found none in ${file}`);
}
