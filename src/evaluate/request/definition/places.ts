/** All tasks that an object runs, nested pipelines included, each with what it surely comes after. */
import type { BuildRequest } from '../../../domain/build/build-request.ts';
import type { BuildTask, TaskPlace } from '../../../domain/build/task.ts';
import type { DefinitionNode, Level } from './graph.ts';

/** A task, or a pipeline that stands among tasks. */
export interface Placed {
  /** Names of what holds it, and its own, joined by `/`. */
  readonly name: string;
  readonly node: DefinitionNode;
  /** JSON path in the object under review. */
  readonly path: string;
  /** The content, where it is known; of a pipeline none. */
  readonly task?: BuildTask;
  /** What holds it; absent at the top. */
  readonly group?: Placed;
  /** What stands in it, also what stands in that; of tasks none. */
  readonly members: Placed[];
  /** What has ended well before it starts. */
  readonly after: Placed[];
  /** It stands in the order of its level. */
  readonly isPlace: boolean;
  /** It runs after everything of its group, whether that went well or not. */
  readonly isFinally: boolean;
  /** It may be passed over, or what holds it may. */
  readonly isConditional: boolean;
  /** The run goes on when it fails, or when what holds it does. */
  readonly isIgnored: boolean;
  /** The level in which it is placed: whose results are surfaced from here. */
  readonly level: Level;
}

/** What an object runs. */
export interface Plan {
  /** Everything in the order of the objects; what holds others comes before them. */
  readonly placed: readonly Placed[];
  /** Pipelines and templates whose content is not known: what they run is not in `placed`. */
  readonly hidden: readonly DefinitionNode[];
  /** The level that says in which order tasks run, and which results come out of all: of a run by reference that of its pipeline. */
  readonly top: Level;
}

/** True for what runs itself, and is not only a holder of tasks. */
export function isTask({ members, node }: Placed): boolean {
  return members.length === 0 && node.use.kind !== 'pipeline';
}

/** Lays out all that an object runs. Bounded by what the graph has followed. */
export function planOf(level: Level): Plan {
  const placed: Placed[] = [];
  const hidden: DefinitionNode[] = [];
  const top = lay(level, undefined, placed, hidden);
  return { placed, hidden, top };
}

function lay(level: Level, group: Placed | undefined, placed: Placed[], hidden: DefinitionNode[]): Level {
  const { order } = level.request;
  if (order.length > 0) {
    layOrder(level, group, placed, hidden);
    return level;
  }
  let top = level;
  const contents = contentsOf(level.request);
  for (const [index, node] of level.nodes.entries()) {
    if (node.use.usedBy !== undefined || node.use.kind === 'stepAction') continue;
    // A template that holds others is no task besides them.
    if (node.use.form === 'self' && node.use.kind === 'template') continue;
    if (node.inside !== undefined && holdsTasks(node)) top = lay(node.inside, group, placed, hidden);
    else if (node.use.kind === 'pipeline') {
      if (node.state !== 'here') hidden.push(node);
    } else add({ level, node, index, name: level.request.name, group, contents }, placed);
  }
  return top;
}

function holdsTasks({ use, inside }: DefinitionNode): boolean {
  return use.kind === 'pipeline' || (inside !== undefined && inside.request.order.length > 0);
}

function layOrder(level: Level, group: Placed | undefined, placed: Placed[], hidden: DefinitionNode[]): void {
  const contents = contentsOf(level.request);
  const byName = new Map<string, Placed>();
  const waiting: (readonly [Placed, TaskPlace])[] = [];
  // What holds others comes before them here, wherever it stands.
  const outerFirst = level.request.order.toSorted((a, b) => depthOf(a) - depthOf(b));
  for (const place of outerFirst) {
    const node = level.nodes[place.definition];
    if (node === undefined) continue;
    const { name, definition: index } = place;
    const within = name.slice(0, Math.max(0, name.lastIndexOf('/')));
    const holder = byName.get(within);
    // What stands in something that nothing starts may never run.
    const isLoose = within !== '' && holder === undefined;
    const made = add({ level, node, index, name, group: holder ?? group, place, prefix: group?.name, contents, isLoose }, placed);
    byName.set(place.name, made);
    waiting.push([made, place]);
    if (node.inside !== undefined && holdsTasks(node)) lay(node.inside, made, placed, hidden);
    else if (node.use.kind === 'pipeline' && node.state !== 'here') hidden.push(node);
  }
  for (const [made, { name, after }] of waiting) {
    const prefix = name.slice(0, name.lastIndexOf('/') + 1);
    for (const other of after) {
      const before = byName.get(prefix + other) ?? byName.get(other);
      if (before !== undefined && before !== made) made.after.push(before);
    }
  }
}

function depthOf({ name }: TaskPlace): number {
  return name.split('/').length;
}

interface Adding {
  readonly level: Level;
  readonly node: DefinitionNode;
  readonly index: number;
  readonly name: string;
  readonly group: Placed | undefined;
  readonly place?: TaskPlace;
  readonly prefix?: string | undefined;
  readonly contents: ReadonlyMap<number, BuildTask>;
  readonly isLoose?: boolean;
}

/** Only a part of what it holds runs, and which is not looked at: one template of several, or another than the definition starts with. */
function isPart({ node: { use }, isPlace }: Placed): boolean {
  return (use.form === 'local' && use.entry !== undefined) || (isPlace && use.usedBy === undefined && use.form !== 'inline');
}

/** Tasks whose content stands in the object, by the definition that they are instances of. */
function contentsOf({ tasks }: BuildRequest): ReadonlyMap<number, BuildTask> {
  return new Map(tasks.map((task) => [task.definition, task]));
}

function add({ level, node, index, name, group, place, prefix, contents, isLoose = false }: Adding, placed: Placed[]): Placed {
  const task = node.inside === undefined ? contents.get(index) : node.inside.request.tasks[0];
  const made: Placed = {
    name: prefix === undefined ? name : `${prefix}/${name}`,
    node, level,
    path: node.path,
    members: [], after: [],
    isFinally: place?.isFinally ?? false,
    isPlace: place !== undefined,
    isConditional: isLoose || (place?.conditional ?? false) || (group !== undefined && (group.isConditional || isPart(group))),
    isIgnored: (place?.failureIgnored ?? false) || (group?.isIgnored ?? false),
    ...(group === undefined ? {} : { group }),
    ...(task === undefined ? {} : { task }),
  };
  for (let holder = group; holder !== undefined; holder = holder.group) holder.members.push(made);
  placed.push(made);
  return made;
}
