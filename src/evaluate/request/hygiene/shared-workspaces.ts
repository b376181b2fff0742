/** What code of users leaves in a workspace, no task with more rights may find there. */
import type { BuildRequest } from '../../../domain/build/build-request.ts';
import type { DefinitionUse } from '../../../domain/build/definition.ts';
import type { TaskWorkspace } from '../../../domain/build/task.ts';
import { keptText } from '../../../domain/decision/kept-text.ts';
import type { TaskClass, TaskClasses } from '../../../domain/policy/request-policy.ts';
import { field, isObject } from '../../../text/json/fields.ts';
import type { RequestOutcome } from '../question.ts';
import type { HygieneJudge } from './rule.ts';

/** A task as far as it is asked for here. */
interface Sharer {
  readonly name: string;
  readonly isUserCode: boolean;
  readonly workspaces: readonly TaskWorkspace[];
}

/**
 * Every task that is no code of users and shares a workspace with one that is, unless it surely has ended before any such task starts:
 * then it can find nothing of theirs. Reading is enough to be told; a task of users that cannot write leaves nothing.
 *
 * Classes are those that definitions claim, by the names that the policy knows and by the label: nothing is verified here, and a claim can
 * only be told of. To claim to be code of users gains nothing but the jail.
 */
export const judgeSharedWorkspaces: HygieneJudge = ({ matter, classes }) => {
  if (matter.about !== 'build') return [];
  const { request } = matter;
  const sharers = sharersOf(request, classes);
  const byWorkspace = new Map<string, { readonly sharer: Sharer; readonly use: TaskWorkspace }[]>();
  for (const sharer of sharers) {
    for (const use of sharer.workspaces) {
      const key = use.boundTo === '' ? use.name : use.boundTo;
      byWorkspace.set(key, [...(byWorkspace.get(key) ?? []), { sharer, use }]);
    }
  }
  const before = ancestors(request);
  return [...byWorkspace].flatMap(([workspace, uses]) => {
    const users = uses.filter(({ sharer, use }) => sharer.isUserCode && use.readOnly !== true);
    return uses.filter(({ sharer }) => !sharer.isUserCode).flatMap(({ sharer, use }): RequestOutcome[] => {
      const leaver = users.find((user) => !before(user.sharer.name).has(sharer.name));
      return leaver === undefined ? [] : [{
        code: 'POLICY_HYGIENE_WORKSPACE', path: use.path, artifact: `task ${keptText(sharer.name)}, workspace ${keptText(use.name)}`,
        found: [`workspace ${keptText(workspace)} of task ${keptText(leaver.sharer.name)}`],
      }];
    });
  });
};

function sharersOf({ order, tasks, definitions }: BuildRequest, classes: TaskClasses): readonly Sharer[] {
  const contents = new Map(tasks.map((task) => [task.name, task]));
  const labelOf = (name: string): string | undefined => {
    const labels = contents.get(name)?.labels ?? {};
    return Object.hasOwn(labels, classes.label) ? labels[classes.label] : undefined;
  };
  const isUserCode = (name: string, definition: number): boolean => classes.userCode.has(claimedClass(definitions[definition], labelOf(name), classes));
  const placed = order.map(({ name, definition, workspaces: handed = [] }) => {
    // An embedded task sees workspaces of its pipeline without being handed them.
    const bound = new Set(handed.map(({ boundTo }) => boundTo));
    const seen = (contents.get(name)?.workspaces ?? []).filter(({ boundTo }) => !bound.has(boundTo));
    return { name, isUserCode: isUserCode(name, definition), workspaces: [...handed, ...seen] };
  });
  const names = new Set(placed.map(({ name }) => name));
  const others = tasks.filter(({ name }) => !names.has(name))
    .map(({ name, definition, workspaces }) => ({ name, isUserCode: isUserCode(name, definition), workspaces }));
  return [...placed, ...others];
}

/** The class that a definition claims: by the name under which it is asked for, else by its label; without either it is a build. */
function claimedClass(use: DefinitionUse | undefined, label: string | undefined, classes: TaskClasses): TaskClass {
  const name = use === undefined ? undefined : nameOf(use);
  const named = name === undefined ? undefined : classes.definitions.find(({ task }) => task.test(name));
  if (named !== undefined) return named.class;
  return label === 'fetch' || label === 'test' || label === 'publish' ? label : 'build';
}

function nameOf(use: DefinitionUse): string | undefined {
  if (use.form === 'local' || use.form === 'custom') return use.name;
  if (use.form === 'remote') return use.source.from === 'bundle' ? use.source.entry : use.params['name'];
  if (use.form === 'inline' || !isObject(use.object)) return undefined;
  const metadata = field(use.object, 'metadata');
  const name = isObject(metadata) ? field(metadata, 'name') : undefined;
  return typeof name === 'string' ? name : undefined;
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
