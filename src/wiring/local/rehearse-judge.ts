/** One case of a policy test judged: in this thread, at the test's present, with nothing around it but the test's world. */
import { dirname, isAbsolute, join } from 'node:path';
import type { Decision } from '../../domain/decision/decision.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import type { PolicySet } from '../../domain/policy/policy.ts';
import { createAdmit } from '../../engine/admit.ts';
import type { Admit } from '../../engine/admit.ts';
import { createConditionRunner, runExamination } from '../../examine/index.ts';
import { denialText, warningLines } from '../../explain/index.ts';
import { readEncryption } from '../../fetch/oci/layer-encryption.ts';
import { readDocumentSteps } from '../../policy/read/documents.ts';
import { finished } from '../../policy/steps.ts';
import { readInputText } from '../../platform/input-file.ts';
import { actualOf, differences, namedArtifact, problemAt, sourceOf, UnusableTest } from '../../rehearse/index.ts';
import type { PolicyTest, TestCase, TestWorld } from '../../rehearse/index.ts';
import { localObject, reviewOf } from '../../surfaces/cli/apply/review.ts';
import type { RehearsedCase } from '../../surfaces/cli/context.ts';
import { isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { runVerificationJob } from '../../verify/index.ts';
import { toOutcome } from '../../verify/verified.ts';
import { factsOf } from './objects.ts';

/** Judges one case. Throws {@link UnusableTest} for one that cannot be asked. */
export type Judge = (one: TestCase) => Promise<RehearsedCase>;

/** What a test is judged in; `now` in epoch milliseconds. */
export interface Stage {
  readonly set: PolicySet;
  readonly world: TestWorld;
  readonly now: number;
  /** Puts the real names back into a message. */
  readonly told: (text: string) => string;
}

/** How long one case may take, in milliseconds: nothing is waited for but the processor. */
const BUDGET = 60_000;
/** As the API server asks, which is who asks in the end. */
const AS_ASKED = { surface: 'webhook', caller: { proof: 'certificate', credentials: 'all' }, dryRun: false } as const;

/** A judge for the cases of a test. */
export function createJudge(test: PolicyTest, stage: Stage): Judge {
  const faults: unknown[] = [];
  const admit = engineOf(test, stage, faults);
  return async (one) => {
    const review = await reviewOfCase(test, one, stage.world);
    const began = performance.now();
    const decision = await admit(review, { deadline: stage.now + BUDGET, signal: new AbortController().signal });
    const actual = actualOf(decision, stage.told(messageOf(decision)));
    const { line } = test.document.position(['spec', 'cases', test.spec.cases.indexOf(one), 'name']);
    const fault = faults.splice(0).at(0);
    return {
      file: test.file, line, test: test.name, name: one.name, expected: { decision: one.expect.decision, reasons: one.expect.reasons },
      actual, differences: differences(one, actual), seconds: (performance.now() - began) / 1000,
      ...(fault === undefined ? {} : { fault: fault instanceof Error ? (fault.stack ?? fault.message) : String(fault) }),
    };
  };
}

function engineOf({ spec }: PolicyTest, { set, world, now }: Stage, faults: unknown[]): Admit {
  const conditions = createConditionRunner();
  const source = sourceOf(world, now, readEncryption);
  const labels = (name: string): Readonly<Record<string, string>> =>
    ({ ...spec.namespaces?.[name], 'kubernetes.io/metadata.name': name });
  return createAdmit({
    clock: { now: () => now },
    policies: { current: () => ({ ready: true, set }) },
    source,
    resolver: source,
    verifier: {
      known: () => undefined,
      verify: async (job) => (await runVerificationJob(job)).map((raw, index) => toOutcome(raw, job.evidence[index]?.source ?? '')),
    },
    examiner: { known: () => undefined, examine: (examination) => Promise.resolve(runExamination(examination, conditions)) },
    namespaces: { labels: (name) => Promise.resolve(labels(name)) },
    facts: factsOf((spec.cluster ?? []).map((object) => localObject(reviewOf(object, { namespace: 'default' })))),
    recorder: { record: () => undefined },
    certificates: world.certificates,
    unmatched: spec.unmatched ?? 'deny',
    newId: () => '01JD0000000000000000000000',
    onFault: (fault) => void faults.push(fault),
  });
}

/** What the user is told; the last line of a denial names the decision, which is made up here. */
function messageOf(decision: Decision): string {
  return decision.outcome === 'deny' ? denialText(decision).split('\n').slice(0, -1).join('\n') : warningLines(decision).join('\n');
}

async function reviewOfCase(test: PolicyTest, one: TestCase, world: TestWorld): Promise<ReviewRequest> {
  const who = { as: one.user, asGroup: one.groups, namespace: one.namespace ?? 'default' };
  if (one.object !== undefined) return { ...reviewOf(one.object, who), ...AS_ASKED };
  const index = test.spec.cases.indexOf(one);
  if (one.file !== undefined) return { ...reviewOf(await objectAt(test, one.file, index), who), ...AS_ASKED };
  const read = namedArtifact(one, one.usedAs);
  if (!read.ok) throw new UnusableTest([problemAt(test, ['spec', 'cases', index], read.problem)]);
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app' } };
  const { ref } = read.value;
  // A repository has the commit that the world made in it, if it made one.
  const made = ref.kind === 'git' && one.digest === undefined ? world.named(ref)?.digest : undefined;
  return { ...reviewOf(pod, who), ...AS_ASKED, object: null, artifacts: [made === undefined ? ref : { ...ref, digest: made }] };
}

/** The one object of a file, whose path is from the folder of the test. */
async function objectAt(test: PolicyTest, file: string, index: number): Promise<JsonObject> {
  const path = isAbsolute(file) ? file : join(dirname(test.file), file);
  const unusable = (message: string): never => {
    throw new UnusableTest([problemAt(test, ['spec', 'cases', index, 'file'], message)]);
  };
  const text = await readInputText(path).catch((cause: Error) => unusable(cause.message));
  const { documents, problems } = finished(readDocumentSteps({ path, text }));
  if (problems[0] !== undefined) return unusable(`${path}: ${problems[0].message}`);
  const [object] = documents.map(({ value }) => value);
  return documents.length === 1 && isObject(object) ? object : unusable(`${path}: expected one object, found ${documents.length} documents`);
}
