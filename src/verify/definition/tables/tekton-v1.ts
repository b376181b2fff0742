/** Definitions of Tekton in v1, field by field in the order in which Go declares them. */

/** In the notation of `types.ts` (tektoncd/pipeline 3ee1745a, pkg/apis/pipeline/v1). */
export const TEKTON_V1 = `
TaskSpec: params?:[]ParamSpec displayName? description? steps?:[]Step volumes?:[]Volume
  stepTemplate?:*StepTemplate sidecars?:[]Sidecar workspaces?:[]WorkspaceDeclaration results?:[]TaskResult
ParamSpec: name type? description? properties?:map[string]PropertySpec default?:*ParamValue enum?:[]string
Step: name displayName? image? command?:[]string args?:[]string workingDir? envFrom?:[]EnvFromSource
  env?:[]EnvVar computeResources?:ResourceRequirements volumeMounts?:[]VolumeMount volumeDevices?:[]VolumeDevice
  imagePullPolicy? securityContext?:*SecurityContext script? timeout?:*Duration workspaces?:[]WorkspaceUsage
  onError? stdoutConfig?:*StepOutputConfig stderrConfig?:*StepOutputConfig ref?:*Ref params?:[]Param
  results?:[]StepResult when?:[]WhenExpression
WorkspaceUsage: name mountPath
StepOutputConfig: path?
Ref: name? <ResolverRef>
ResolverRef: resolver? params?:[]Param
Param: name value:ParamValue
StepResult: name type? properties?:map[string]PropertySpec description?
StepTemplate: image? command?:[]string args?:[]string workingDir? envFrom?:[]EnvFromSource env?:[]EnvVar
  computeResources?:ResourceRequirements volumeMounts?:[]VolumeMount volumeDevices?:[]VolumeDevice
  imagePullPolicy? securityContext?:*SecurityContext
Sidecar: name image? command?:[]string args?:[]string workingDir? ports?:[]ContainerPort
  envFrom?:[]EnvFromSource env?:[]EnvVar computeResources?:ResourceRequirements volumeMounts?:[]VolumeMount
  volumeDevices?:[]VolumeDevice livenessProbe?:*Probe readinessProbe?:*Probe startupProbe?:*Probe
  lifecycle?:*Lifecycle terminationMessagePath? terminationMessagePolicy? imagePullPolicy?
  securityContext?:*SecurityContext stdin?:bool stdinOnce?:bool tty?:bool script? workspaces?:[]WorkspaceUsage
  restartPolicy?:*string
WorkspaceDeclaration: name description? mountPath? readOnly?:bool optional?:bool
TaskResult: name type? properties?:map[string]PropertySpec description? value?:*ParamValue
PipelineSpec: displayName? description? tasks?:[]PipelineTask params?:[]ParamSpec
  workspaces?:[]PipelineWorkspaceDeclaration results?:[]PipelineResult finally?:[]PipelineTask
PipelineTask: name? displayName? description? taskRef?:*TaskRef taskSpec?:*EmbeddedTask when?:[]WhenExpression
  retries?:int runAfter?:[]string params?:[]Param matrix?:*Matrix workspaces?:[]WorkspacePipelineTaskBinding
  timeout?:*Duration pipelineRef?:*PipelineRef pipelineSpec?:*PipelineSpec onError?
TaskRef: name? kind? apiVersion? <ResolverRef>
EmbeddedTask: <RuntimeTypeMeta> spec?:Raw metadata?:PipelineTaskMetadata <TaskSpec>
PipelineTaskMetadata: labels?:map[string]string annotations?:map[string]string
WhenExpression: input? operator? values?:[]string cel?
Matrix: params?:[]Param include?:[]IncludeParams
IncludeParams: name? params?:[]Param
WorkspacePipelineTaskBinding: name workspace? subPath?
PipelineRef: name? apiVersion? <ResolverRef>
PipelineWorkspaceDeclaration: name description? optional?:bool
PipelineResult: name type? description value:ParamValue
PropertySpec: type?
RuntimeTypeMeta: apiVersion? kind?
`;
