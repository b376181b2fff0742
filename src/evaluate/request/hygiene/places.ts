/** What rules of hygiene look at: every container, pod and volume of a build or of a pod, with what it inherits and how people call it. */
import type { Matter } from '../../../domain/build/matter.ts';
import type { BuildContainer, BuildVolume, PodSettings, SecuritySettings } from '../../../domain/build/task.ts';
import { keptText } from '../../../domain/decision/kept-text.ts';

/** A container with all security contexts that hold for it, the nearest first. */
export interface PlacedContainer {
  readonly container: BuildContainer;
  /** `task build, step compile`; cut, not escaped. */
  readonly who: string;
  /** It only says what steps inherit. */
  readonly isTemplate: boolean;
  /** Its own, then that of the step template. */
  readonly own: readonly SecuritySettings[];
  /** Those of its pod, as far as the object holds them. */
  readonly pod: readonly SecuritySettings[];
  /** Whether what is not written in `own` may still be written elsewhere: by the task that uses a step, … */
  readonly ownIsOpen: boolean;
  /** … or, for `pod`, by the run that uses a definition. */
  readonly podIsOpen: boolean;
}

/** Settings of a pod, and whose. */
export interface PlacedPod {
  readonly settings: PodSettings;
  readonly who: string;
}

/** Everything of a matter that is looked at. */
export interface Places {
  readonly containers: readonly PlacedContainer[];
  readonly pods: readonly PlacedPod[];
  readonly volumes: readonly { readonly volume: BuildVolume; readonly who: string }[];
}

/**
 * The places of a build or pod; of nothing else, which is `undefined`. Of a pod that is there already only ephemeral containers: nothing
 * else of what is looked at can change in it.
 */
export function placesOf(matter: Matter): Places | undefined {
  if (matter.about === 'pod') {
    const { containers, settings, operation } = matter;
    if (operation === 'CREATE') return placesOfPod(settings, containers);
    const ephemeral = containers.filter(({ path }) => path.startsWith('spec.ephemeralContainers['));
    return operation === 'DELETE' || ephemeral.length === 0 ? undefined : { ...placesOfPod(settings, ephemeral), pods: [], volumes: [] };
  }
  if (matter.about !== 'build') return undefined;
  const { tasks, pods, definitions, role } = matter.request;
  const placed = pods.map((settings) => ({
    settings,
    who: settings.task === undefined ? 'pod of the run' : taskName(settings.task, 'pod'),
  }));
  const containers = tasks.flatMap((task): PlacedContainer[] => {
    const { name, template, steps, sidecars } = task;
    const inherited = template === undefined ? [] : [template.security];
    const ofTask = pods.filter((settings) => settings.task === name).concat(pods.filter((settings) => settings.task === undefined));
    const common = {
      pod: ofTask.map(({ security }) => security),
      podIsOpen: role === 'definition',
      ownIsOpen: definitions[task.definition]?.kind === 'stepAction',
    };
    const place = (container: BuildContainer, own: readonly SecuritySettings[], isTemplate = false): PlacedContainer =>
      ({ container, who: taskName(name, container.holder), isTemplate, own: [container.security, ...own], ...common });
    return [
      ...(template === undefined ? [] : [place(template, [], true)]),
      ...steps.map((step) => place(step, inherited)),
      ...sidecars.map((sidecar) => place(sidecar, [])),
    ];
  });
  const volumes = [
    ...tasks.flatMap(({ name, volumes: own }) => own.map((volume) => ({ volume, who: taskName(name, `volume ${volume.name}`) }))),
    ...volumesOf(placed),
  ];
  return { containers, pods: placed, volumes };
}

function placesOfPod(settings: PodSettings, containers: readonly BuildContainer[]): Places {
  const pods = [{ settings, who: 'pod' }];
  return {
    containers: containers.map((container) => ({
      container,
      who: keptText(container.holder),
      isTemplate: false,
      own: [container.security],
      pod: [settings.security],
      ownIsOpen: false,
      podIsOpen: false,
    })),
    pods,
    volumes: volumesOf(pods),
  };
}

function volumesOf(pods: readonly PlacedPod[]): Places['volumes'] {
  return pods.flatMap(({ settings, who }) =>
    settings.volumes.map((volume) => ({ volume, who: `${who}, volume ${keptText(volume.name)}` })),
  );
}

/** How people call a place in a task; a task without a name is left out. */
export function taskName(task: string, place: string): string {
  return [task === '' ? '' : `task ${keptText(task)}`, keptText(place)].filter((part) => part !== '').join(', ');
}

/** A path below another; the object itself has an empty one. */
export function below(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}

/** The first of these settings that says something; `undefined` when none does. */
export function nearest<T>(settings: readonly SecuritySettings[], read: (one: SecuritySettings) => T | undefined): T | undefined {
  for (const one of settings) {
    const value = read(one);
    if (value !== undefined) return value;
  }
  return undefined;
}
