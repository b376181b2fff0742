/** A gate asked over HTTPS by a command: its certificate is checked, the token is read anew for every request and goes nowhere else. */
import { request as plainRequest } from 'node:http';
import type { Agent as PlainAgent } from 'node:http';
import { request, Agent } from 'node:https';
import { caProblem } from '../../platform/config/texts/ca-text.ts';
import { readInputText } from '../../platform/input-file.ts';
import { VERSION } from '../../platform/version.ts';
import { UsageError } from '../../surfaces/cli/context.ts';
import type { GateClient, GateReply, GateRequest } from '../../surfaces/cli/context.ts';
import { asUsageError } from './usage.ts';

/** Answers are larger than questions: 5,000 artifacts with all their findings. */
const MOST_BYTES = 256 * 1024 * 1024;
const LONGEST_TOKEN = 64 * 1024;
const LONGEST_WAIT_S = 3600;

/** Where a gate is, who asks, and what its certificate is checked by: files by their paths. */
export interface GateAddress {
  readonly url: string;
  readonly tokenFile?: string | undefined;
  readonly ca?: string | undefined;
  /** Plain HTTP to this machine will do (a port that is forwarded): no token is sent there. */
  readonly loopback?: boolean;
}

/** Opens one. Throws {@link UsageError} for an address that is none, and for files that cannot be used. */
export async function openGateClient({ url, tokenFile, ca, loopback = false }: GateAddress): Promise<GateClient> {
  const base = addressOf(url, loopback);
  const isPlain = base.startsWith('http:');
  if (isPlain && (tokenFile !== undefined || ca !== undefined))
    throw new UsageError('--server: a token is sent over https:// only, and plain HTTP has no CA; leave --token-file and --ca out');
  if (!isPlain && tokenFile === undefined) throw new UsageError('--token-file: a server is asked with a token over https://');
  const own = ca === undefined ? undefined : await readInputText(ca).catch(asUsageError);
  const problem = own === undefined ? undefined : caProblem(own);
  if (problem !== undefined) throw new UsageError(`--ca ${String(ca)}: ${problem}`);
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ...(own === undefined ? {} : { ca: own }) });
  return {
    url: base,
    send: async (asked) => exchange(
      new URL(`${base}${asked.path}`), asked, tokenFile === undefined ? {} : { agent, token: await tokenOf(tokenFile) },
    ),
    close: async () => agent.destroy(),
  };
}

/** `localhost` is left out: a name can lead anywhere. */
const LOOPBACK = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/** Without user, query and fragment, which would send something to somebody else; HTTPS, for it carries a token. */
function addressOf(text: string, loopback: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHere = loopback && url?.protocol === 'http:' && LOOPBACK.test(url.hostname);
  if (loopback && url?.protocol === 'http:' && !isHere)
    throw new UsageError('--server: expected https://HOST[:PORT]; http:// is for 127.0.0.1 and [::1] alone');
  const isWrongScheme = url?.protocol !== 'https:' && !isHere;
  if (url === undefined || isWrongScheme || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new UsageError('--server: expected https://HOST[:PORT], without user, query and fragment');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** The token as it is now: a projected one is replaced while the pod lives. It is never repeated in a message. */
async function tokenOf(file: string): Promise<string> {
  const token = (await readInputText(file).catch(asUsageError)).trim();
  if (!/^[\x21-\x7e]+$/.test(token) || token.length > LONGEST_TOKEN)
    throw new UsageError(`--token-file ${file}: expected one token and nothing else`);
  return token;
}

interface Sending {
  readonly agent?: Agent | PlainAgent;
  /** Absent over plain HTTP. */
  readonly token?: string;
}

/** One request and its answer; never rejects. Redirects are answers like others: the token does not follow them. */
function exchange(url: URL, { method, body, timeoutMs }: GateRequest, { agent, token }: Sending): Promise<GateReply> {
  return new Promise((resolve) => {
    const failed = (cause: string, isTls = false): void => resolve({ kind: 'failed', cause, isTls });
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), accept: 'application/json', 'user-agent': `gatehouse/${VERSION}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    };
    const over = url.protocol === 'https:' ? request : plainRequest;
    const sending = over(url, { method, headers, ...(agent === undefined ? {} : { agent }) }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= MOST_BYTES) chunks.push(chunk);
        else sending.destroy(new Error('the answer is too large'));
      });
      response.on('error', (error) => failed(error.message));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ kind: 'answer', status: response.statusCode ?? 0, text, ...waitIn(response.headers['retry-after']) });
      });
    });
    const timer = setTimeout(() => sending.destroy(new Error(`no answer within ${Math.round(timeoutMs / 1000)} s`)), timeoutMs);
    sending.on('close', () => clearTimeout(timer));
    sending.on('error', (error: NodeJS.ErrnoException) => failed(error.message, isCertificateProblem(error.code ?? '')));
    sending.end(body);
  });
}

/** `Retry-After` in seconds; a date is not what a gate sends. */
function waitIn(seconds: string | undefined): { readonly retryAfterMs?: number } {
  return seconds !== undefined && /^\d{1,6}$/.test(seconds) ? { retryAfterMs: 1000 * Math.min(Number(seconds), LONGEST_WAIT_S) } : {};
}

/** Of the certificate that was shown: asking again changes nothing. */
function isCertificateProblem(code: string): boolean {
  return /CERT|^UNABLE_TO_|^HOSTNAME_MISMATCH|^ERR_TLS_/.test(code);
}
