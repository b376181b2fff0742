// npm run token -- --rotate | --finish | --status: the token in the path by which the API server shows itself to Gatehouse.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { fingerprintOf, OLD_TOKEN_DAYS } from '../src/platform/tokens.ts';
import { kubectl } from './cluster.ts';
import type { Kubectl } from './cluster.ts';
import { isSwitched, newToken, nextStep, readTokens, shownToken, usedToken, withNew, withToken, writeTokens } from './rotation.ts';
import type { PathToken, RotationState } from './rotation.ts';

const HELP = `Makes and exchanges the token in the path by which the API server shows itself to Gatehouse
(docs/operate/callers.md), with kubectl and its rights. No token is ever printed, written to a file or applied.

  npm run token -- --rotate     put a new token beside the old one, wait until the servers take it, let the webhook use it
  npm run token -- --finish     drop the old one: it is dead within two minutes
  npm run token -- --status     which there are, how old they are, which is used; exit code 2 when one is older than ${OLD_TOKEN_DAYS} days

  --namespace NAME     of Gatehouse (default gatehouse-system)
  --secret NAME        Secret that holds the tokens under the key "tokens" (default gatehouse-path-tokens)
  --webhook NAME       ValidatingWebhookConfiguration (default gatehouse)
  --wait SECONDS       how long a new token may take to reach the servers, where they cannot be asked (default 180)
  --ops-port NUMBER    operations port at which they are asked (default 8080)
  --context NAME, --kubeconfig FILE, --kubectl COMMAND    as kubectl takes them, and which kubectl

Each of them can be run again at any time: what was cut short is taken up, what is done is left alone.
`;

interface Options {
  readonly action: 'rotate' | 'finish' | 'status';
  readonly namespace: string;
  readonly secret: string;
  readonly webhook: string;
  readonly waitMs: number;
  readonly opsPort: string;
  readonly cluster: Kubectl;
}

type Json = { readonly [key: string]: unknown };
interface Secret extends Json {
  readonly metadata: Json & { readonly annotations?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
}
interface ClientConfig extends Json {
  readonly url?: string;
  readonly service?: Json & { readonly path?: string };
}
interface Webhooks extends Json {
  readonly webhooks: readonly (Json & { readonly clientConfig: ClientConfig })[];
}
interface Found {
  readonly state: RotationState;
  readonly secret: Secret | undefined;
  readonly webhooks: Webhooks;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Runs the command; returns the exit code (0; 1 when it could not be done; 2 for an old token; 64 for wrong usage). */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'string') {
    process.stderr.write(options);
    return options === HELP ? 0 : 64;
  }
  const secrets: string[] = [];
  try {
    const found = await look(options);
    secrets.push(...found.state.tokens.map(({ token }) => token), ...found.state.used.flatMap((token) => token ?? []));
    return await ({ rotate, finish, status }[options.action])(options, found, secrets);
  } catch (cause) {
    // kubectl repeats what the API server says, and that may name the path.
    const told = cause instanceof Error ? cause.message : String(cause);
    process.stderr.write(`gatehouse token: ${secrets.reduce((text, secret) => text.replaceAll(secret, '<token>'), told)}\n`);
    return 1;
  }
}

/** The one that changes pods is of a kind of its own. */
function kindOf(webhook: string): string {
  return webhook === 'gatehouse-mutate' ? 'mutatingwebhookconfiguration' : 'validatingwebhookconfiguration';
}

async function look({ cluster, namespace, secret, webhook }: Options): Promise<Found> {
  const held = (await cluster.read(['-n', namespace, 'get', 'secret', secret, '--ignore-not-found', '-o', 'json'])) as Secret | undefined;
  const webhooks = (await cluster.read(['get', kindOf(webhook), webhook, '-o', 'json'])) as Webhooks;
  const tokens = readTokens(Buffer.from(held?.data?.['tokens'] ?? '', 'base64').toString('utf8'));
  // Webhooks of the same configuration that lead elsewhere are none of ours.
  const paths = webhooks.webhooks.map(({ clientConfig }) => pathOf(clientConfig)).filter((path) => withToken(path, '') !== undefined);
  if (paths.length === 0) throw new Error(`no webhook of ${webhook} leads to /validate or /mutate; name another configuration with --webhook`);
  return { state: { tokens, used: paths.map(usedToken) }, secret: held, webhooks };
}

async function rotate(options: Options, found: Found, secrets: string[]): Promise<number> {
  const step = nextStep(found.state);
  if (step.kind === 'done') {
    say('Rotated already: the webhook uses the newest token. --finish drops the old one.');
    return 0;
  }
  if (step.kind === 'switch') return switchTo(step.to, options, found);
  const made = newToken(Date.now());
  secrets.push(made.token);
  const tokens = withNew(made, found.state);
  await store(tokens, options, found.secret);
  say(`Token ${shownToken(made)} is in Secret ${options.secret}${tokens.length === 1 ? '' : ', beside the old one'}.`);
  return switchTo(made, options, found);
}

async function switchTo(token: PathToken, options: Options, { webhooks }: Found): Promise<number> {
  if (!(await isTaken(token, options))) {
    say('A server has not taken the new token, and would refuse the API server: the webhook stays as it is.');
    say('Do the servers read the Secret (callers.pathTokens), and were they restarted since? Run --rotate again, it goes on here.');
    return 1;
  }
  const redirectedOnes = webhooks.webhooks.map((one) => ({ ...one, clientConfig: redirected(one.clientConfig, token.token) }));
  await options.cluster.put(`/apis/admissionregistration.k8s.io/v1/${kindOf(options.webhook)}s/${options.webhook}`, { ...webhooks, webhooks: redirectedOnes });
  say(`The webhook uses token ${shownToken(token)}. In a minute, when every API server has seen it: npm run token -- --finish`);
  return 0;
}

/** Waits until every ready server says that it takes the token; where none can be asked, for the stated time. */
async function isTaken(token: PathToken, options: Options): Promise<boolean> {
  const until = performance.now() + options.waitMs;
  for (let told = false; ; ) {
    const answers = await ask(token, options);
    if (answers.length > 0 && answers.every((answer) => answer === 'yes')) {
      say(`All ${answers.length} servers take it.`);
      return true;
    }
    const left = until - performance.now();
    if (left <= 0) return !answers.includes('no');
    if (!told) say(`Waiting until the servers take it, at most ${Math.ceil(left / 1000)} s …`);
    told = true;
    await sleep(Math.min(5000, left));
  }
}

async function ask({ token }: PathToken, { cluster, namespace, opsPort }: Options): Promise<readonly ('yes' | 'no' | 'unknown')[]> {
  const selector = 'app.kubernetes.io/name=gatehouse,app.kubernetes.io/component=server';
  const pods = ((await cluster.read(['-n', namespace, 'get', 'pods', '-l', selector, '-o', 'json'])) as { items: { metadata: { name: string } }[] }).items;
  return Promise.all(pods.map(async ({ metadata: { name } }) => {
    for (const scheme of ['', 'https:']) {
      const raw = `/api/v1/namespaces/${namespace}/pods/${scheme}${name}:${opsPort}/proxy/metrics`;
      const metrics = await cluster.text(['get', '--raw', raw]).catch(() => '');
      if (metrics.includes('gatehouse_build_info')) return metrics.includes(`fingerprint="${fingerprintOf(token)}"`) ? 'yes' : 'no';
    }
    return 'unknown';
  }));
}

async function finish(options: Options, { state, secret }: Found): Promise<number> {
  const [newest] = state.tokens;
  if (newest === undefined || !isSwitched(state)) {
    say('The webhook does not use the newest token yet: npm run token -- --rotate');
    return 1;
  }
  if (state.tokens.length === 1) say(`There is nothing to drop: token ${shownToken(newest)} is the only one.`);
  else {
    await store([newest], options, secret);
    say(`Only token ${shownToken(newest)} is left; the servers refuse the old one within two minutes.`);
  }
  return 0;
}

async function status(_options: Options, { state }: Found): Promise<number> {
  if (state.tokens.length === 0) say('There is no token.');
  let old = false;
  for (const one of state.tokens) {
    const days = Math.floor((Date.now() - Date.parse(one.madeAt)) / 86_400_000);
    old ||= days > OLD_TOKEN_DAYS;
    say(`${shownToken(one)}${Number.isNaN(days) ? ', nobody knows how old' : `, ${days} days old`}${state.used.includes(one.token) ? ', used by the webhook' : ''}`);
  }
  if (state.used.some((token) => token === undefined)) say('A webhook uses no token: npm run token -- --rotate');
  if (old) say(`Older than ${OLD_TOKEN_DAYS} days: npm run token -- --rotate`);
  return old ? 2 : 0;
}

/** Writes the Secret whole. A copy that `kubectl apply` once left in an annotation is taken away with it. */
async function store(tokens: readonly PathToken[], { cluster, namespace, secret: name }: Options, held: Secret | undefined): Promise<void> {
  const labels = { 'app.kubernetes.io/name': 'gatehouse', 'app.kubernetes.io/part-of': 'gatehouse', 'app.kubernetes.io/component': 'server' };
  const data = { ...held?.data, tokens: Buffer.from(writeTokens(tokens)).toString('base64') };
  if (held === undefined) return cluster.create({ apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name, namespace, labels }, data });
  const { 'kubectl.kubernetes.io/last-applied-configuration': _copy, ...annotations } = held.metadata.annotations ?? {};
  return cluster.put(`/api/v1/namespaces/${namespace}/secrets/${name}`, { ...held, metadata: { ...held.metadata, annotations }, data });
}

function pathOf({ url, service }: ClientConfig): string {
  return url ?? service?.path ?? '';
}

function redirected(config: ClientConfig, token: string): ClientConfig {
  const path = withToken(pathOf(config), token);
  if (path === undefined) return config;
  return config.url === undefined ? { ...config, service: { ...config.service, path } } : { ...config, url: path };
}

function readOptions(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args], strict: true, allowPositionals: false,
      options: {
        rotate: { type: 'boolean', default: false }, finish: { type: 'boolean', default: false }, status: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false },
        namespace: { type: 'string', default: 'gatehouse-system' }, secret: { type: 'string', default: 'gatehouse-path-tokens' }, webhook: { type: 'string', default: 'gatehouse' },
        wait: { type: 'string', default: '180' }, 'ops-port': { type: 'string', default: '8080' }, context: { type: 'string' }, kubeconfig: { type: 'string' }, kubectl: { type: 'string', default: 'kubectl' },
      },
    });
    if (values.help) return HELP;
    const actions = (['rotate', 'finish', 'status'] as const).filter((name) => values[name]);
    const [action] = actions;
    if (action === undefined || actions.length > 1) return usage('expected one of --rotate, --finish and --status');
    if (!/^\d{1,4}$/.test(values.wait)) return usage(`--wait: expected seconds, found ${values.wait}`);
    const own = (['context', 'kubeconfig'] as const).flatMap((name) => (values[name] === undefined ? [] : [`--${name}`, values[name]]));
    const { namespace, secret, webhook, 'ops-port': opsPort } = values;
    return { action, namespace, secret, webhook, waitMs: Number(values.wait) * 1000, opsPort, cluster: kubectl(values.kubectl, own) };
  } catch (cause) {
    return usage(cause instanceof Error ? cause.message : String(cause));
  }
}

function usage(problem: string): string {
  return `gatehouse token: ${problem}\nTry: npm run token -- --help\n`;
}

process.exitCode = await main(process.argv.slice(2));
