/** The tasks of a build, with everything in them that decides what may happen when they run. */

/** A task whose content stands in the object under review. */
export interface BuildTask {
  /** Name in its pipeline; of a task by itself, of the object. */
  readonly name: string;
  /** JSON path of its content. */
  readonly path: string;
  /** Index into `definitions` of what it is an instance of. */
  readonly definition: number;
  /** Labels and annotations that it gives to what runs it. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly steps: readonly BuildContainer[];
  readonly sidecars: readonly BuildContainer[];
  /** What steps inherit; a container without a name. */
  readonly template?: BuildContainer;
  readonly volumes: readonly BuildVolume[];
  /** Names of its workspaces, each with the workspace of the run that stands behind it. */
  readonly workspaces: readonly TaskWorkspace[];
  /** Results that it declares: name, and its type (`string` where none is written). */
  readonly results: readonly {
    readonly name: string;
    readonly type: string;
    readonly path: string;
    readonly properties: readonly string[];
  }[];
  readonly parameters: readonly { readonly name: string; readonly path: string }[];
}

/** A workspace of a task. */
export interface TaskWorkspace {
  readonly name: string;
  /** Name of the workspace of the run that stands behind it. */
  readonly boundTo: string;
  readonly path: string;
  /** Where the task mounts it, if it says so; as written. */
  readonly mountPath?: string;
  /** The task cannot write to it. */
  readonly readOnly?: boolean;
}

/** A task's place among the others, in a pipeline whose content stands in the object: also of tasks that are only named. */
export interface TaskPlace {
  /** Name in the pipeline. */
  readonly name: string;
  readonly path: string;
  /** Index into `definitions`. */
  readonly definition: number;
  /** Names of the tasks after which it surely runs: by order and by the results that it takes. */
  readonly after: readonly string[];
  readonly isFinally: boolean;
  /** It may be passed over (`when`, Argo's `when`). */
  readonly conditional: boolean;
  /** Its failure does not stop the run (`onError: continue`, `continueOn`). */
  readonly failureIgnored: boolean;
  readonly serviceAccount?: string;
  /** Workspaces that its pipeline gives it, also when it is only named. */
  readonly workspaces?: readonly TaskWorkspace[];
}

/** A step, sidecar or container. */
export interface BuildContainer {
  /** As people say it: `step build`, `sidecar docker`. */
  readonly holder: string;
  readonly path: string;
  readonly image: string;
  /** Command, arguments and script, cut to what is looked at. */
  readonly command: readonly string[];
  readonly environment: readonly EnvironmentName[];
  /** Whether names of its environment come from elsewhere (`envFrom`), and where that stands. */
  readonly environmentFrom?: string;
  readonly security: SecuritySettings;
  /** Mount paths as written. */
  readonly mounts: readonly { readonly volume: string; readonly at: string; readonly path: string }[];
  /** Ports of the node that it takes (`ports[].hostPort`), but 0. */
  readonly hostPorts?: readonly { readonly port: number; readonly path: string }[];
}

/** A variable of an environment, in the order of the object: of equal names the last counts. */
export interface EnvironmentName {
  readonly name: string;
  readonly path: string;
  /** As written, where it is short and was kept: of containers of pods. Absent: not kept, or it comes from elsewhere. */
  readonly value?: string;
}

/** A volume of a task or pod. */
export interface BuildVolume {
  readonly name: string;
  readonly path: string;
  /** The member that makes it what it is: `hostPath`, `emptyDir`, `csi`, `projected`, `image` … */
  readonly type: string;
  /**
   * Of `csi` the driver, of `hostPath` the path, of `secret` its name; of `projected` its sources by name, joined by commas
   * (`serviceAccountToken,configMap`), empty where they were not read.
   */
  readonly detail: string;
}

/** What a security context asks for, as far as rules look at it. */
export interface SecuritySettings {
  readonly path: string;
  readonly privileged: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly addedCapabilities: readonly string[];
  readonly droppedCapabilities: readonly string[];
  readonly seccomp?: string;
  readonly procMount?: string;
  /** `seLinuxOptions`; absent members are empty text. */
  readonly seLinux?: { readonly type: string; readonly user: string; readonly role: string };
  /** `appArmorProfile.type`. */
  readonly appArmor?: string;
  /** Names in `sysctls`, of pods. */
  readonly sysctls?: readonly string[];
}

/** Settings of the pods of a run, or of one of its tasks. */
export interface PodSettings {
  /** JSON path of the template. */
  readonly path: string;
  /** Task that it holds for; absent: all. */
  readonly task?: string;
  readonly hostNetwork: boolean;
  readonly hostPID: boolean;
  readonly hostIPC: boolean;
  readonly hostUsers?: boolean;
  readonly automountServiceAccountToken?: boolean;
  readonly serviceAccount?: string;
  readonly runtimeClass?: string;
  readonly security: SecuritySettings;
  readonly volumes: readonly BuildVolume[];
  readonly environment: readonly EnvironmentName[];
  readonly environmentFrom?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations that it gives to pods. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Those of {@link FURTHER_POD_SETTINGS} that are written; `value` is text to compare and to show, cut. */
  readonly further?: readonly { readonly name: string; readonly value: string; readonly path: string }[];
}

/** Settings by which a pod comes to run elsewhere, or otherwise, than was reviewed. */
export const FURTHER_POD_SETTINGS = [
  'hostAliases', 'dnsConfig', 'dnsPolicy', 'schedulerName', 'nodeName', 'shareProcessNamespace', 'priorityClassName',
] as const;
