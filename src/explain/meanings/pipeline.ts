/** What the reason codes about builds mean; part of `MEANINGS`. */
import type { PIPELINE_REASONS } from '../../domain/decision/catalogue/pipeline-reasons.ts';

/** As `MEANINGS`, which holds them all. */
export const PIPELINE_MEANINGS: Readonly<Record<keyof typeof PIPELINE_REASONS, string>> = {
  INPUT_IMAGE_DEFERRED:
    'The image of a step or template is made of a parameter without a value, of the result of an earlier task, or of an expression that the engine evaluates later. It is never taken for a name. Without a policy about pipelines it is admitted with a warning where the pods of the namespace are judged as well, and denied where they are not.',
  INPUT_IMAGE_UNPLACED:
    'The kind is not one that Gatehouse knows, and the object has a text that reads like the name of an image, at a place of which nobody said that it is one. It is treated as an image that no policy speaks about: "unmatched" in the configuration decides.',
  INPUT_TOO_MANY_TASKS:
    'The object holds more tasks, steps or nested pipelines than are looked at for one request. The limit keeps one object from occupying the gate; nothing beyond it is taken for judged.',
  INPUT_REFERENCE_CYCLE:
    'A pipeline, template or step refers to itself through others, or stands deeper inside others than is followed. No engine could run it to its end.',
  INPUT_PARAMETER_LIMIT:
    'Filling in the parameters makes a text that is longer, or fans out into more values, than is looked at. Such an object is made to exhaust its reader.',
  POLICY_DEFINITION_INLINE:
    'The run brings its own task or pipeline along (taskSpec, pipelineSpec, inline templates), which nobody has signed. The policy admits runs of stored definitions only. A TaskRun that the engine makes for an admitted PipelineRun is compared with the pipeline that it belongs to instead.',
  POLICY_DEFINITION_UNSIGNED:
    'The task, pipeline or step carries no signature that could be verified. That is the annotation gatehouse.dev/signature (any kind; gatehouse definition canonical prints the bytes to sign), or tekton.dev/signature (tkn); a bundle is signed as an image. docs/reference/signed-definitions.md has the commands.',
  POLICY_DEFINITION_CHANGED:
    'The content differs from the bytes that the signature covers, from what the resolver brought, or from the pipeline that the run was admitted with. Adding a label, an annotation or a namespace changes what is signed as well. Of a signature over canonical JSON "expected" is the sha256 of what the definition says now, "found" that of what was signed.',
  POLICY_DEFINITION_UNPINNED:
    'The reference names a tag, a branch, or a version of a hub, which may mean something else by the time it is resolved. Pinned are bundles with a digest, repositories with a full commit, and URLs with a digest.',
  POLICY_DEFINITION_SOURCE:
    'The definition is fetched from a bundle, repository, hub, URL or namespace that the policy does not list, or by a resolver that is not known. "expected" lists the sources.',
  POLICY_DEFINITION_MISSING: 'The run refers to a definition by name, and there is none of that name where it would be looked for.',
  POLICY_TASK_REQUIRED:
    'The policy demands a task by the name of its verified definition, on every way to what comes after it. A task that may be passed over (when), whose failure is ignored (onError), or that runs beside the way does not count.',
  POLICY_TASK_ORDER: 'The required task is there, but nothing makes the tasks before which it must run wait for it.',
  POLICY_PARAMETER:
    'The policy says which parameters whoever starts a run may set, and to what. Names are compared by anchored globs, values by anchored expressions; of a list or an object every value counts.',
  POLICY_IMAGE_DEFERRED:
    'The image is made of a parameter without a value, of a result, or of an expression. The policy denies that, or allows it only where the pods of the namespace are judged as well, and they are not.',
  POLICY_IMAGE_UNPINNED: 'The policy wants images of builds by digest, since a tag may mean something else when the task runs.',
  POLICY_HYGIENE_PRIVILEGED: 'A step, sidecar or template asks for a privileged container, which can take over its node.',
  POLICY_HYGIENE_HOST: 'The pod of the run would share network, processes or IPC with its node.',
  POLICY_HYGIENE_HOST_PATH: 'A volume of the task or its pod is a path of the node.',
  POLICY_HYGIENE_MOUNT:
    'A volume is mounted over, or into, the folder by which the engine controls steps (/tekton). Paths are compared after . and .. are resolved.',
  POLICY_HYGIENE_DEBUG: 'Breakpoints hold containers open for whoever can enter them, and change what runs.',
  POLICY_HYGIENE_SECRET:
    'A parameter, argument, environment value or script holds text in the form of a private key or a token of a known kind. Whoever may read the object has it.',
  POLICY_HYGIENE_WORKSPACE:
    'A task that runs user code, and one that does not, write to the same workspace; what the first leaves there the other would trust.',
  POLICY_HYGIENE_RESOLVER:
    'A resolver would be given a server URL, an option in place of a revision, a path that leads out of the repository, or something else that is known to be abused.',
  POLICY_HYGIENE_CAPABILITY: 'The container adds Linux capabilities, or under the restricted profile does not drop all of them.',
  POLICY_HYGIENE_ESCALATION: 'The restricted profile wants it to be denied in words.',
  POLICY_HYGIENE_ROOT: 'The restricted profile wants builds not to run as root.',
  POLICY_HYGIENE_SECCOMP: 'The restricted profile wants RuntimeDefault or Localhost; Unconfined is denied by the baseline as well.',
  POLICY_HYGIENE_POD:
    'The pod template sets something by which a run gets out of what was reviewed: a runtime class, a hosts file, DNS, a patch that cannot be read.',
  POLICY_SERVICE_ACCOUNT:
    'The run, one of its tasks, or its pod names a service account that is not listed. Without a name it is "default".',
  POLICY_RESERVED:
    'Labels and annotations by which the engine, Tekton Chains and Gatehouse know what belongs to what are theirs alone on runs and pods. Definitions keep the annotations of catalogs and signatures.',
  POLICY_WRITER:
    "Engines execute what they find in the status of their objects (status.taskSpec, status.pipelineSpec, resolved data, stored templates). Only the engine's own accounts, as configured, may write it.",
  POLICY_OWNER:
    'The owner reference says that a run made this object. Either somebody else than the engine made it, or there is no such run with that uid, or it asks for something else than the run does. The API server does not check owner references.',
  POLICY_ENGINE_SETTING:
    'A ConfigMap by which the engine, its resolvers or Tekton Chains are set gets a value by which what the policies rely on no longer holds. Administrators may, with a warning, since an upgrade must work.',
  POLICY_JAIL_NETWORK:
    'No NetworkPolicy of the namespace isolates the pod in both directions. A policy without policyTypes isolates Ingress, and Egress only if it has rules for it.',
  POLICY_JAIL_OPEN: 'NetworkPolicies add up: one that selects the pod and has any rule opens what another one closes.',
  POLICY_JAIL_HERMETIC: 'The policy demands hermetic execution. The annotation is missing, or the engine\'s feature flags ignore it.',
  POLICY_JAIL_BYPASS: 'The environment sets TEKTON_RESOURCE_NAME, or may set it by envFrom, which makes the entrypoint keep the network.',
  POLICY_JAIL_POD:
    'The pod shares the network of its node or of a sidecar, mounts a path of the node, a workload identity or a token, or is privileged: a NetworkPolicy does not hold it.',
  POLICY_JAIL_BREACH:
    'A NetworkPolicy is changed or removed, or a pod relabelled, so that user code that runs now would get a network.',
  POLICY_PUBLISH_RESULTS: 'Tekton Chains makes evidence of what results name. Without them, what is published is never signed.',
  POLICY_PUBLISH_PROVENANCE: 'The live configuration of Tekton Chains does not sign, or does not store where admission looks for it.',
  POLICY_RUN_UNPROVEN:
    'The policy demands that the artifact comes from a run that was admitted. What proves that is the signed summary of the run, which is not there.',
  POLICY_FACT_UNKNOWN:
    'A rule about builds needs to look at the cluster or at a definition: a NetworkPolicy, the TaskRun of a pod, the content of a bundle. It could not, or what it knows is too old to be believed. "found" names what was asked for.',
};
