/** A question to the gate, made a review like every other. */
import type { ArtifactRef } from '../../domain/artifact/artifact.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { callerName } from '../../domain/gate/caller.ts';
import type { GateQuestion } from '../../domain/gate/question.ts';

/** The review of a question. The namespace is that of the proven caller; credentials of pull secrets are not its to use. */
export function questionReview(
  question: GateQuestion, artifacts: readonly ArtifactRef[], { dryRun, uid }: { readonly dryRun: boolean; readonly uid: string },
): ReviewRequest {
  const { caller } = question;
  const [group, version] = ['gatehouse.dev', 'v1alpha1'];
  return {
    surface: 'gate',
    caller: { proof: 'token', credentials: 'own' },
    uid,
    operation: 'CREATE',
    kind: { group, version, kind: 'Question' },
    resource: { group, version, resource: 'questions' },
    subResource: '',
    namespace: caller.namespace,
    name: question.run.found === 'run' ? question.run.run.name : '',
    user: { username: callerName(caller), groups: [] },
    dryRun,
    object: null,
    oldObject: null,
    artifacts,
    question,
  };
}
