/** The gate's server with everything behind it made up: who asks, what is decided, what is signed. */
import { request } from 'node:https';
import type { Agent } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Decision } from '../../../src/domain/decision/decision.ts';
import type { GateCaller, RunOfCaller } from '../../../src/domain/gate/caller.ts';
import type { Issued, ReadReceipt } from '../../../src/domain/gate/receipt.ts';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { developmentCertificate } from '../../../src/platform/tls/development.ts';
import { newDecisionId } from '../../../src/platform/decisions/id.ts';
import type { GateDeps } from '../../../src/surfaces/gate/deps.ts';
import { createKeptAnswers } from '../../../src/surfaces/gate/kept-answers.ts';
import { createGateServer } from '../../../src/surfaces/gate/server.ts';
import { Connections } from '../../../src/surfaces/http/shares/connections.ts';
import { admission } from './support.ts';

export interface GateAnswered {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Record<string, unknown>;
}

export interface ServedGate {
  readonly app: FastifyInstance;
  readonly port: number;
  /** What tests change while it runs. */
  readonly state: {
    now: number;
    may: boolean | Error;
    runs: Record<string, RunOfCaller>;
    issued: Issued;
    later: Issued | undefined;
    read: ReadReceipt;
    draining: boolean;
    /** Told of every token that is looked at. */
    asked: () => void;
    decide: (review: ReviewRequest, budget: Parameters<GateDeps['admit']>[1]) => Decision | Promise<Decision>;
  };
  readonly faults: unknown[];
  /** Asks as the service account `ci/NAME`; the empty name shows no token. */
  ask(name: string, method: string, path: string, body?: unknown, agent?: Agent): Promise<GateAnswered>;
  /** The same for a body that announces no length. */
  askChunked(name: string, path: string, body: unknown): Promise<GateAnswered>;
  close(): Promise<void>;
}

/** A decision in which everything that was asked about is satisfied. */
export function satisfied(review: ReviewRequest, over: Partial<Decision> = {}): Decision {
  const artifacts = (review.artifacts ?? []).map((artifact) => ({ ...artifact, vouched: { policies: ['p'], inputs: [], levels: [] } }));
  const findings = artifacts.map(({ path, raw }) => ({ verdict: 'satisfied', code: 'POLICY_SATISFIED', path, artifact: raw, policy: 'p', mode: 'enforce' }) as const);
  return admission(review, { artifacts, findings, ...over });
}

/** Tokens are names: `fetcher` is the service account `ci/fetcher`, `nobody` is nobody, `github/7/main` a job of repository 7. */
function callerOf(token: string): GateCaller {
  const [system, id, branch] = token.split('/');
  if (system !== undefined && id !== undefined) {
    const claim = system === 'github' ? 'repository_id' : system === 'gitlab' ? 'project_id' : 'job';
    const issuer = `https://${system}.example`;
    return { kind: 'ci', issuer, subject: `of ${id} on ${branch}`, claims: { [claim]: id }, run: `${system}:${id}/1/1`, namespace: '' };
  }
  return { kind: 'serviceAccount', namespace: 'ci', name: token, uid: `uid-${token}` };
}

export async function serveGate(limits: Partial<GateDeps['limits']> = {}, clients?: GateDeps['clients']): Promise<ServedGate> {
  const { options: tls } = await developmentCertificate();
  const faults: unknown[] = [];
  const state: ServedGate['state'] = {
    now: Date.parse('2026-11-30T00:00:00Z'), may: false, runs: {}, issued: { state: 'none', why: 'no key' }, later: undefined,
    read: { ok: false, code: 'VERIFY_RECEIPT_UNTRUSTED' }, draining: false, asked: () => undefined, decide: (review) => satisfied(review),
  };
  const deps: GateDeps = {
    admit: (review, budget) => state.decide(review, budget),
    clock: { now: () => state.now },
    newId: newDecisionId,
    authenticator: {
      authenticate: (token) => (state.asked(), Promise.resolve(token === 'nobody' ? { ok: false, status: 401, code: 'INPUT_TOKEN_INVALID', message: 'nobody' } : { ok: true, caller: callerOf(token) })),
    },
    runOf: (caller) => Promise.resolve((caller.kind === 'serviceAccount' ? state.runs[caller.name] : undefined) ?? { found: 'none' }),
    issuer: { issue: () => state.issued, issued: () => state.later, keys: () => ({ keys: [] }) },
    receipts: { read: () => state.read },
    readEvidence: () => ({ evidence: [], problems: [] }),
    limits: { bodyBytes: 1024 * 1024, callerInFlight: 2, callerPerMinute: 600, ...limits },
    budget: 30_000,
    draining: () => state.draining,
    ...(clients === undefined ? {} : { clients }),
    kept: createKeptAnswers(100),
    mayRead: () => (state.may instanceof Error ? Promise.reject(state.may) : Promise.resolve(state.may)),
    events: { rejected: () => undefined, fault: (cause) => void faults.push(cause) },
  };
  const app = createGateServer(deps, { tls, connections: new Connections({ most: 1000, ageMs: 600_000 }) });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const send = (name: string, method: string, path: string, body: unknown, { agent, chunked = false }: { agent?: Agent | undefined; chunked?: boolean } = {}): Promise<GateAnswered> => new Promise((resolve, reject) => {
    const headers = { connection: 'keep-alive', ...(name === '' ? {} : { authorization: `Bearer ${name}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(chunked ? { 'transfer-encoding': 'chunked' } : {}) };
    const sending = request({ host: '127.0.0.1', port, path, method, headers, rejectUnauthorized: false, agent: agent ?? false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => void resolve({
        status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>,
      }));
    });
    sending.on('error', reject);
    sending.end(body === undefined ? undefined : JSON.stringify(body));
  });
  return {
    app, port, state, faults,
    ask: (name, method, path, body, agent) => send(name, method, path, body, { agent }),
    askChunked: (name, path, body) => send(name, 'POST', path, body, { chunked: true }),
    close: () => app.close(),
  };
}
