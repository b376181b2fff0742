/** Policy tests run: policies compiled, their worlds made, every case judged by the engine that judges everything else. */
import { dirname, isAbsolute, join } from 'node:path';
import type { PolicySet } from '../../domain/policy/policy.ts';
import type { PolicyDocument, PolicyText } from '../../policy/read/documents.ts';
import { listPolicyFiles, readPolicyFiles } from '../../feeds/policies/files.ts';
import { compilePolicies, formatProblem, PUBLIC_GOOD } from '../../policy/index.ts';
import type { CompiledPolicies } from '../../policy/index.ts';
import { LIMITS, makeCasting, makeStandIns, problemAt, readTests, UnusableTest, worldOf } from '../../rehearse/index.ts';
import type { PolicyTest, TestCase } from '../../rehearse/index.ts';
import { UsageError } from '../../surfaces/cli/context.ts';
import type { CliRooms, Rehearsal, RehearsedCase } from '../../surfaces/cli/context.ts';
import { createTrustReader } from '../../trust/index.ts';
import { createJudge } from './rehearse-judge.ts';
import type { Judge } from './rehearse-judge.ts';
import { asUsageError } from './usage.ts';

/** The present of a test that does not say when it happens. */
export const DEFAULT_AT = Date.UTC(2026, 0, 1, 12);

/** `gatehouse test`: every case of every test of the files and folders that is wanted. Throws {@link UsageError}. */
export const rehearse: CliRooms['rehearse'] = async (paths, wanted) => {
  const { tests, problems: unreadable } = await testsIn(paths);
  const problems = [...unreadable];
  const cases: RehearsedCase[] = [];
  for (const test of tests) {
    const chosen = test.spec.cases.filter(({ name }) => wanted(test.name, name));
    if (chosen.length === 0) continue;
    try {
      cases.push(...(await runTest(test, chosen)));
    } catch (cause) {
      if (!(cause instanceof UnusableTest)) throw cause;
      problems.push(...cause.problems);
    }
  }
  return { tests: tests.length, cases, problems, lines: problems.map(formatProblem) };
};

type Found = Pick<Rehearsal, 'problems'> & { readonly tests: readonly PolicyTest[] };

async function testsIn(paths: readonly string[]): Promise<Found> {
  const files = await listPolicyFiles(paths).then((listing) => readPolicyFiles(listing)).catch(asUsageError);
  const read = files.map((file) => ({ file, ...readTests(file) }));
  for (const { file, isOther } of read) {
    // What is named is meant; folders also hold the policies that are tested.
    if (isOther && paths.includes(file.path)) throw new UsageError(`${file.path}: holds no PolicyTest`);
  }
  const tests = read.flatMap((one) => one.tests);
  if (tests.length > LIMITS.tests) throw new UsageError(`${paths.join(', ')}: more than ${LIMITS.tests} policy tests; run them in parts`);
  return { tests, problems: read.filter(({ isOther }) => !isOther).flatMap(({ problems }) => problems) };
}

async function runTest(test: PolicyTest, chosen: readonly TestCase[]): Promise<readonly RehearsedCase[]> {
  const now = test.spec.at ?? DEFAULT_AT;
  const judge = await prepared(test, now);
  const results: RehearsedCase[] = [];
  for (const one of chosen) results.push(await judge(one));
  return results;
}

/** Policies compiled twice: as they are written, so that what is wrong is told, and with keys and roots that the test can sign by. */
async function prepared(test: PolicyTest, now: number): Promise<Judge> {
  const files = await policiesOf(test);
  const documents: PolicyDocument[] = [];
  const trust = createTrustReader();
  const keep = (document: PolicyDocument): PolicyDocument => {
    const placed = placedIn(test, document);
    documents.push(placed);
    return placed;
  };
  const standIns = makeStandIns(documents, setOf(test, compilePolicies(files, { trust, replaced: keep })), now);
  const world = worldOf(test, makeCasting(documents, standIns), now);
  const publicGood = standIns.rootFor(PUBLIC_GOOD).trustedRoot;
  const replaced = (document: PolicyDocument): PolicyDocument => standIns.replaced(placedIn(test, document));
  const set = setOf(test, compilePolicies(files, { trust: { ...trust, publicGood }, replaced }));
  return createJudge(test, { set, world, now, told: standIns.told });
}

function setOf(test: PolicyTest, { set, problems }: CompiledPolicies): PolicySet {
  if (set !== undefined) return set;
  const errors = problems.filter(({ severity }) => severity === 'error');
  throw new UnusableTest(errors.length > 0 ? errors : [problemAt(test, ['spec', 'policies'], 'cannot be compiled')]);
}

const INLINE = '#spec.policies.';

/** A policy that stands in the test itself has its places there. */
function placedIn({ file, document: around }: PolicyTest, document: PolicyDocument): PolicyDocument {
  if (!document.file.startsWith(`${file}${INLINE}`)) return document;
  const at = ['spec', 'policies', Number(document.file.slice(file.length + INLINE.length))];
  return {
    file,
    value: document.value,
    position: (path, part) => around.position([...at, ...path], part),
    positionIn: (path, offset) => around.positionIn([...at, ...path], offset),
  };
}

/** The policies that a test names, by paths from its own folder, and those that it writes itself. */
async function policiesOf(test: PolicyTest): Promise<readonly PolicyText[]> {
  const texts: PolicyText[] = [];
  for (const [index, entry] of test.spec.policies.entries()) {
    if (typeof entry !== 'string') texts.push({ path: `${test.file}${INLINE}${index}`, text: JSON.stringify(entry) });
    else texts.push(...(await filesAt(test, entry, index)));
  }
  // Two entries may name one file.
  return [...new Map(texts.map((text) => [text.path, text])).values()];
}

async function filesAt(test: PolicyTest, entry: string, index: number): Promise<readonly PolicyText[]> {
  const path = isAbsolute(entry) ? entry : join(dirname(test.file), entry);
  const unusable = (message: string): never => {
    throw new UnusableTest([problemAt(test, ['spec', 'policies', index], message)]);
  };
  const files = await listPolicyFiles([path]).then((listing) => readPolicyFiles(listing)).catch((cause: Error) => unusable(cause.message));
  return files.length > 0 ? files : unusable(`${path}: no policy files (*.yaml, *.yml, *.json) found`);
}
