/** A question answered by an engine in this process: as a gate would, but for nobody's run, and without receipts. */
import { SELF } from '../../../domain/decision/review.ts';
import type { ReviewRequest } from '../../../domain/decision/review.ts';
import type { ArtifactRef } from '../../../domain/artifact/artifact.ts';
import { readAsked } from '../../../intake/gate-artifacts.ts';
import { UsageError } from '../context.ts';
import type { CliContext, LocalOptions } from '../context.ts';
import { answerOf } from './answer.ts';
import type { Judge } from './answer.ts';

/** Opens the engine; one question may take `timeoutMs`. */
export async function localJudge(
  options: LocalOptions, { namespace, timeoutMs }: { readonly namespace: string; readonly timeoutMs: number }, context: CliContext,
): Promise<Judge> {
  const engine = await context.rooms.openEngine(options);
  return {
    async ask(asked) {
      const artifacts = asked.map((one, index) => {
        const read = readAsked(one, `artifacts[${index}]`);
        if (!read.ok) throw new UsageError(`${one.uri}: ${read.problem.message}`);
        return read.artifact;
      });
      const budget = { deadline: context.now() + timeoutMs, signal: AbortSignal.timeout(timeoutMs) };
      return answerOf(await engine.admit(question(artifacts, namespace), budget));
    },
    close: () => engine.close(),
  };
}

/** As the gate makes it of a question, but that nobody has called. */
function question(artifacts: readonly ArtifactRef[], namespace: string): ReviewRequest {
  const [group, version] = ['gatehouse.dev', 'v1alpha1'];
  return {
    surface: 'gate', caller: SELF, uid: '', operation: 'CREATE',
    kind: { group, version, kind: 'Question' }, resource: { group, version, resource: 'questions' }, subResource: '',
    namespace, name: '', user: { username: '', groups: [] }, dryRun: true, object: null, oldObject: null, artifacts,
  };
}
