/** What an engine of builds is asked for: one model for all engines, so that no rule asks which one it was. */
import type { Finding } from '../decision/finding.ts';
import type { DefinitionUse } from './definition.ts';
import type { BuildImage } from './image.ts';
import type { BuildTask, PodSettings, TaskPlace } from './task.ts';

/** What runs builds; by it the object of a request is read. */
export type BuildEngine = 'tekton' | 'argo' | 'shipwright';

/** Somebody who asks, as the API server authenticated it. */
export interface Requester {
  readonly username: string;
  readonly groups: readonly string[];
  /** Set where objects are judged that nobody has asked for yet: rules about who asks say nothing then. */
  readonly unknown?: true;
}

/**
 * What the object is to its engine: `run` starts a build (PipelineRun, TaskRun, Workflow, BuildRun …), `definition` is stored
 * for runs to come (Task, Pipeline, WorkflowTemplate …), `schedule` starts runs later (CronWorkflow, TriggerTemplate …).
 */
export type BuildRole = 'run' | 'definition' | 'schedule';

/**
 * An object of an engine of builds, read from a request. All of it is as the request says and unsigned, unless a definition is
 * verified later; only the requester was authenticated, by the API server.
 *
 * What the object only names (a task by reference) is not in `tasks`: it is a definition, whose content is a fact to be asked for.
 */
export interface BuildRequest {
  readonly engine: BuildEngine;
  readonly role: BuildRole;
  /** As the request names it; the resource decides, not the object. */
  readonly kind: string;
  readonly namespace: string;
  /** Empty for one with `generateName`. */
  readonly name: string;
  readonly operation: 'CREATE' | 'UPDATE';
  readonly dryRun: boolean;
  /** Who starts it: a person, or the service account of whatever starts builds for somebody. */
  readonly requester: Requester;
  /** The controlling owner reference, if the object has one of its own engine: a claim that anybody can write. */
  readonly owner?: OwnerClaim;
  /** Every owner reference, controlling or not, that it did not have before: claims as well. Absent: none. */
  readonly newOwners?: readonly OwnerClaim[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** On UPDATE: what stood there before, to tell what was changed. */
  readonly before?: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  /** JSON paths of executed status that this request sets or changes, of engines without a status subresource. */
  readonly executedStatus?: readonly string[];
  /** Every definition that the object is, holds or names, in the order of the object; nested ones after what holds them. */
  readonly definitions: readonly DefinitionUse[];
  /** Tasks whose content stands in the object, nested pipelines included, in the order of the object; `finally` last. */
  readonly tasks: readonly BuildTask[];
  /** The order of every pipeline whose content stands in the object; nested ones carry the name of the task that holds them before a `/`. */
  readonly order: readonly TaskPlace[];
  /** Parameters as the request sets them: at most one for each name and place. */
  readonly parameters: readonly GivenParameter[];
  /** Service accounts that the object names for what it runs. */
  readonly accounts: readonly Named[];
  /** Settings of pods that hold for the whole object or for one of its tasks (podTemplate, podSpecPatch, …). */
  readonly pods: readonly PodSettings[];
  /** Results that the object as a whole surfaces: of a pipeline its results, of a task too. */
  readonly results: readonly SurfacedResult[];
  /** Where it asks to be stopped for somebody to look into its containers. */
  readonly debug?: string;
  /** Every image of the object, also those that are no artifacts yet. */
  readonly images: readonly BuildImage[];
  /** Where the object says where its products go (Shipwright's `output.image`). */
  readonly targets: readonly Named[];
  /** Text in which secrets could stand: scripts, arguments, default values and values of parameters. */
  readonly texts: readonly WrittenText[];
  /** On UPDATE: nothing of what is executed changes. Only metadata and status may, and whether the run is stopped or goes on. */
  readonly isUnchanged?: true;
  /** It is being deleted, and only waits for its finalizers: the API server alone can say so. */
  readonly isEnding?: true;
}

/** A name that the object writes, and where. */
export interface Named {
  readonly name: string;
  /** JSON path. */
  readonly path: string;
}

/** A result that an object surfaces, with the results of its tasks that it takes its value from. */
export interface SurfacedResult extends Named {
  /** `string`, `array` or `object`; absent where none is written. */
  readonly type?: string;
  /** Results of tasks (by their name in the pipeline) that the value takes; absent where the reader does not look for them. */
  readonly takes?: readonly { readonly task: string; readonly result: string }[];
}

/** A text that the object writes, and where; cut to what is looked at. */
export interface WrittenText {
  readonly text: string;
  readonly path: string;
}

/** An owner reference of the object, as written. */
export interface OwnerClaim {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly path: string;
}

/** A parameter that whoever asks has set. */
export interface GivenParameter {
  readonly name: string;
  /** Texts: one, those of a list, or the values of an object's members. */
  readonly values: readonly string[];
  /** Of an object its members, whose values are among `values`; what uses them names each by itself. */
  readonly members?: readonly { readonly name: string; readonly values: readonly string[] }[];
  readonly path: string;
  /** Some value of it is not in the object: it comes from a Secret, a ConfigMap, or from nowhere in sight. */
  readonly isOpen?: boolean;
}

/** What an engine's reader made of an object. */
export interface BuildReading {
  readonly request: BuildRequest;
  /** What could not be read, or must not be there; each denies. */
  readonly problems: readonly Finding[];
}
