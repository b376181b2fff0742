/** An answer once more: for the caller that asked, or for who may read decisions of its namespace. */
import type { FastifyRequest } from 'fastify';
import { callerName } from '../../../domain/gate/caller.ts';
import { receiptOf } from '../answer.ts';
import type { AdmissionDocument } from '../answer.ts';
import type { GateDeps } from '../deps.ts';
import { GateError } from '../gate-error.ts';
import type { KeptAnswer } from '../kept-answers.ts';
import { gateRoute } from '../route.ts';
import type { Asked } from '../route.ts';
import { admitAnswer } from '../schema.ts';

/** `GET /v1/decisions/:id`. */
export const decisionRoute = gateRoute({
  method: 'GET',
  path: '/v1/decisions/:id',
  summary: 'The answer to an earlier question of this caller, with its receipt when that was pending and is there by now.',
  asker: 'caller',
  answer: admitAnswer,
  handle,
});

const NO_DECISION = 'no such decision for you: of others, another replica, a dry run, or no longer kept';

/** One that is not theirs is to others as one that there is not: nobody learns of it by being refused. */
async function handle(asked: Asked, deps: GateDeps): Promise<AdmissionDocument> {
  const kept = deps.kept.find(idOf(asked.request));
  if (kept === undefined || !(await mayHave(kept, asked, deps)))
    throw new GateError(404, 'INPUT_QUESTION_INVALID', NO_DECISION, { fix: 'ask the question anew, or as the caller that asked it' });
  return upToDate(kept.document, deps);
}

function idOf(request: FastifyRequest): string {
  return (request.params as { readonly id: string }).id;
}

async function mayHave({ caller: owner, namespace }: KeptAnswer, { caller }: Asked, deps: GateDeps): Promise<boolean> {
  if (callerName(caller) === owner) return true;
  try {
    return await deps.mayRead(caller, namespace);
  } catch (cause) {
    // To say that it cannot be said now would tell that it is there.
    deps.events.fault(cause);
    return false;
  }
}

/** Keyless receipts come after the answer. */
function upToDate(document: AdmissionDocument, { issuer }: GateDeps): AdmissionDocument {
  const { artifacts } = document;
  if (![document, ...artifacts].some(({ receiptPending }) => receiptPending)) return document;
  const issued = issuer.issued(document.id);
  if (issued === undefined || issued.state === 'pending') return document;
  // Of one question there is one: of the whole, or with `each` of the first.
  const settled = <Of extends { readonly receiptPending?: true }>({ receiptPending, ...rest }: Of) =>
    (receiptPending === true ? { ...rest, ...receiptOf(issued) } : rest);
  return { ...settled(document), artifacts: artifacts.map(settled) };
}
