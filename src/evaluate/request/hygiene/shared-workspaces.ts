/** What user code leaves in a workspace, no task with more rights may find there. */
import type { BuildRequest } from '../../../domain/build/build-request.ts';
import type { DefinitionUse } from '../../../domain/build/definition.ts';
import type { TaskWorkspace } from '../../../domain/build/task.ts';
import { keptText } from '../../../domain/decision/kept-text.ts';
import type { TaskClass, TaskClasses } from '../../../domain/policy/request-policy.ts';
import { classedTasks } from '../classes.ts';
import type { RequestOutcome } from '../question.ts';
import type { HygieneJudge, HygieneSubject } from './rule.ts';

/** A task as far as it is asked for here. */
interface Sharer {
  readonly name: string;
  readonly path: string;
  readonly definition: DefinitionUse | undefined;
  readonly workspaces: readonly TaskWorkspace[];
}

interface Share {
  readonly sharer: Sharer;
  readonly use: TaskWorkspace;
}

/**
 * Every task that is no user code, and shares a workspace with one that is, unless it surely has ended before any such task starts:
 * then it can find nothing of theirs. Reading is enough to be told; a task of users that cannot write leaves nothing.
 *
 * Classes are those that tasks claim, verified or not: by the names that the policy knows, and by the label. To claim to be user code
 * gains nothing but the jail. Definitions are asked for only where a workspace is shared and the name alone does not tell.
 */
export const judgeSharedWorkspaces: HygieneJudge = (subject) => {
  const { matter } = subject;
  if (matter.about !== 'build') return [];
  const shared = sharesOf(matter.request);
  if (shared.size === 0) return [];
  const { isUserCode, open } = claims(matter.request, [...shared.values()].flat(), subject);
  const before = ancestors(matter.request);
  const told = [...shared].flatMap(([workspace, shares]) => {
    const users = shares.filter(({ sharer, use }) => isUserCode(sharer) && use.readOnly !== true);
    return shares.filter(({ sharer }) => !isUserCode(sharer)).flatMap(({ sharer, use }): RequestOutcome[] => {
      const leaver = users.find((user) => !before(user.sharer.name).has(sharer.name));
      return leaver === undefined ? [] : [{
        code: 'POLICY_HYGIENE_WORKSPACE', path: use.path, artifact: `task ${keptText(sharer.name)}, workspace ${keptText(use.name)}`,
        expected: ['a workspace that user code does not write'],
        found: [`workspace ${keptText(workspace)} of task ${keptText(leaver.sharer.name)}`],
      }];
    });
  });
  return [...told, ...open];
};

/** The workspaces of a run behind which more than one task stands. */
function sharesOf({ order, tasks, definitions }: BuildRequest): ReadonlyMap<string, readonly Share[]> {
  const contents = new Map(tasks.map((task) => [task.name, task]));
  const placed = order.map(({ name, path, definition, workspaces: handed = [] }): Sharer => {
    // An embedded task sees workspaces of its pipeline without being handed them.
    const bound = new Set(handed.map(({ boundTo }) => boundTo));
    const seen = (contents.get(name)?.workspaces ?? []).filter(({ boundTo }) => !bound.has(boundTo));
    return { name, path, definition: definitions[definition], workspaces: [...handed, ...seen] };
  });
  const shares = new Map<string, Share[]>();
  for (const sharer of placed) {
    for (const use of sharer.workspaces) {
      const key = use.boundTo === '' ? use.name : use.boundTo;
      const list = shares.get(key);
      if (list === undefined) shares.set(key, [{ sharer, use }]);
      else list.push({ sharer, use });
    }
  }
  return new Map([...shares].filter(([, list]) => list.length > 1));
}

/** What tasks that share claim to be; `open`: what is not known of them, so that it is not known what they are. */
function claims(
  request: BuildRequest, shares: readonly Share[], { classes, question }: HygieneSubject,
): { readonly isUserCode: (sharer: Sharer) => boolean; readonly open: readonly RequestOutcome[] } {
  const unnamed = shares.filter(({ sharer }) => namedClass(sharer.definition, classes) === undefined).map(({ sharer }) => sharer.path);
  const { tasks, open } = unnamed.length === 0 ? { tasks: [], open: [] } : classedTasks(request, { classes }, question);
  const claimed = new Map(tasks.map((task) => [task.name, task.claims]));
  return {
    isUserCode: ({ name, definition }) => classes.userCode.has(namedClass(definition, classes) ?? claimed.get(name) ?? 'build'),
    open: open.filter(({ path = '' }) => unnamed.some((place) => path.startsWith(place))),
  };
}

/** The class that the policy gives to the name under which a definition is asked for. */
function namedClass(use: DefinitionUse | undefined, { definitions }: TaskClasses): TaskClass | undefined {
  const name = use === undefined ? undefined : nameOf(use);
  return name === undefined ? undefined : definitions.find(({ task }) => task.test(name))?.class;
}

function nameOf(use: DefinitionUse): string | undefined {
  if (use.form === 'local' || use.form === 'custom') return use.name;
  if (use.form === 'remote') return use.source.from === 'bundle' ? use.source.entry : use.params['name'];
  return undefined;
}

/** Names of the tasks that have surely ended before one starts; each is worked out once. */
function ancestors({ order }: BuildRequest): (name: string) => ReadonlySet<string> {
  const direct = new Map(order.map(({ name, after }) => [name, after]));
  const known = new Map<string, ReadonlySet<string>>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const found = new Set<string>();
    const open = [...(direct.get(name) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(...(direct.get(next) ?? []));
    }
    known.set(name, found);
    return found;
  };
}
