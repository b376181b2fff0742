/** Reasons that concern builds and their engines; part of the catalogue. */
import { undetermined, violated } from '../reason.ts';

/** As `REASONS`, which holds them all. */
export const PIPELINE_REASONS = {
  INPUT_IMAGE_DEFERRED: violated(
    'image is known only when the run is on its way',
    'write the image, or give the parameter that it comes from a value; where the pods are gated it is judged with the pod',
  ),
  INPUT_IMAGE_UNPLACED: violated(
    'object names an image at a place that is not known',
    'ask an administrator of Gatehouse to add a row for the kind to extractors, so that the image is judged',
    'add a row to extractors in the configuration: group, resource and the place as images or podSpecs, or as noImages where it names none that runs',
  ),
  INPUT_TOO_MANY_TASKS: violated('run has more tasks than are judged', 'split the pipeline, and start its parts one by one'),
  INPUT_REFERENCE_CYCLE: violated('definitions refer to each other in a circle', 'remove the circle'),
  INPUT_PARAMETER_LIMIT: violated('parameters grow beyond what is read', 'shorten the values of the parameters'),
  POLICY_DEFINITION_INLINE: violated(
    'definition stands in the run itself',
    'start the run from a definition that is signed and stored (taskRef, pipelineRef, workflowTemplateRef)',
  ),
  POLICY_DEFINITION_UNSIGNED: violated(
    'definition is not signed',
    'have a signer of the policy sign it (docs/reference/signed-definitions.md), and apply or publish it again',
  ),
  POLICY_DEFINITION_CHANGED: violated(
    'definition is not what was signed or resolved',
    'undo the change, or have a signer of the policy sign the definition as it is now',
  ),
  POLICY_DEFINITION_UNPINNED: violated(
    'definition is named by something that can move',
    'pin it: a bundle by digest, a repository by commit',
  ),
  POLICY_DEFINITION_SOURCE: violated(
    'definition comes from a place that the policy does not allow',
    'use a definition from one of the allowed sources, or add the source to the policy',
  ),
  POLICY_DEFINITION_MISSING: violated('definition does not exist', 'apply the definition first, or mend the name'),
  POLICY_TASK_REQUIRED: violated(
    'run lacks a task that the policy demands',
    'add the task to the pipeline, by a signed definition of that name',
  ),
  POLICY_TASK_ORDER: violated(
    'tasks run in another order than the policy demands',
    'have the later task run after the required one, by runAfter or by taking its results',
  ),
  POLICY_PARAMETER: violated(
    'parameter has a value that the policy does not allow',
    'give the parameter a value that the policy allows, or leave it out',
  ),
  POLICY_IMAGE_DEFERRED: violated(
    'image is known only when the run is on its way',
    'write the image, or give the parameter that it comes from a value',
  ),
  POLICY_IMAGE_UNPINNED: violated('image of a build is named by tag', 'pin the image: name@sha256:…'),
  POLICY_HYGIENE_PRIVILEGED: violated('container of a build is privileged', 'leave privileged out'),
  POLICY_HYGIENE_HOST: violated('build shares namespaces with its node', 'leave hostNetwork, hostPID, hostIPC, hostUsers and hostPort out'),
  POLICY_HYGIENE_HOST_PATH: violated('build mounts a path of its node', 'use a workspace or an emptyDir'),
  POLICY_HYGIENE_MOUNT: violated('build mounts over a path of its engine', 'mount it elsewhere'),
  POLICY_HYGIENE_DEBUG: violated('run asks to be stopped for debugging', 'leave debug out'),
  POLICY_HYGIENE_SECRET: violated(
    'secret is written into the build',
    'take the value from a Secret, by a workspace or an environment variable',
  ),
  POLICY_HYGIENE_WORKSPACE: violated(
    'user code shares a workspace with a task that has more rights',
    'give the tasks workspaces of their own, and hand over by results',
  ),
  POLICY_HYGIENE_RESOLVER: violated('parameter of a resolver is not safe', 'use a plain path, a commit, and no server of your own'),
  POLICY_HYGIENE_CAPABILITY: violated('container of a build has capabilities that it may not have', 'leave capabilities.add out, and drop ALL'),
  POLICY_HYGIENE_ESCALATION: violated('container of a build may gain privileges', 'set allowPrivilegeEscalation: false'),
  POLICY_HYGIENE_ROOT: violated('container of a build may run as root', 'set runAsNonRoot: true, and no runAsUser: 0'),
  POLICY_HYGIENE_SECCOMP: violated('container of a build has no seccomp profile', 'set seccompProfile.type: RuntimeDefault'),
  POLICY_HYGIENE_POD: violated('pod of a build is set up in a way that is not allowed', 'leave the setting out'),
  POLICY_SERVICE_ACCOUNT: violated(
    'build runs as an account that the policy does not allow',
    'name one of the accounts of the policy as the service account of the run',
  ),
  POLICY_RESERVED: violated("label or annotation is not the requester's to write", 'leave it out'),
  POLICY_WRITER: violated(
    'somebody else than the engine writes what it executes',
    'have the engine write it: change the run or the definition instead',
  ),
  POLICY_OWNER: violated('object claims to belong to a run that it does not belong to', 'leave the owner reference out'),
  POLICY_ENGINE_SETTING: violated(
    'setting of the engine would weaken the factory',
    'leave the setting as it is, or have an administrator change it',
  ),
  POLICY_JAIL_NETWORK: violated(
    'user code would run with a network',
    'apply the NetworkPolicy that isolates it (deploy/network/deny-all.yaml)',
  ),
  POLICY_JAIL_OPEN: violated(
    'a network policy lets user code out',
    'narrow the selector of that policy, so that it does not select the pod',
  ),
  POLICY_JAIL_HERMETIC: violated(
    'user code would run without hermetic execution',
    'set the annotation experimental.tekton.dev/execution-mode: hermetic on the run',
  ),
  POLICY_JAIL_BYPASS: violated('hermetic execution is undone', 'leave out the variable, or the envFrom that may bring it'),
  POLICY_JAIL_POD: violated('pod gives user code a way out', 'leave it out of the task and its pod template'),
  POLICY_JAIL_BREACH: violated('the change would open the jail of pods that run', 'wait until the pods have ended, or stop them'),
  POLICY_PUBLISH_RESULTS: violated(
    'task that publishes does not say what it published',
    'declare IMAGE_URL and IMAGE_DIGEST (or ARTIFACT_OUTPUTS) as results, and have the pipeline surface them',
  ),
  POLICY_PUBLISH_PROVENANCE: violated('nobody would sign what is published', 'have an administrator set signer, storage and format in chains-config as expected'),
  POLICY_RUN_UNPROVEN: undetermined('that the run was admitted cannot be proven', 'could not verify, retry once runs are summarised'),
  POLICY_FACT_UNKNOWN: undetermined(
    'what the rule rests on is not known now',
    'could not verify, retry; when it lasts, check that Gatehouse may read what is named',
  ),
} as const;
