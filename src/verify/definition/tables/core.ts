/** What containers are made of in Kubernetes, field by field in the order in which Go declares them. */

/**
 * Structs of `core/v1` that signed definitions hold (k8s.io/api v0.36.3), in the notation of `types.ts`. Of the metadata of a
 * claim's template only what an author writes is known.
 */
export const CORE = `
EnvVar: name value? valueFrom?:*EnvVarSource
EnvFromSource: prefix? configMapRef?:*ConfigMapEnvSource secretRef?:*SecretEnvSource
ResourceRequirements: limits?:map[string]Quantity requests?:map[string]Quantity claims?:[]ResourceClaim
VolumeMount: name readOnly?:bool recursiveReadOnly?:*string mountPath subPath? mountPropagation?:*string
  subPathExpr?
VolumeDevice: name devicePath
SecurityContext: capabilities?:*Capabilities privileged?:*bool seLinuxOptions?:*SELinuxOptions
  windowsOptions?:*WindowsSecurityContextOptions runAsUser?:*int runAsGroup?:*int runAsNonRoot?:*bool
  readOnlyRootFilesystem?:*bool allowPrivilegeEscalation?:*bool procMount?:*string
  seccompProfile?:*SeccompProfile appArmorProfile?:*AppArmorProfile
ContainerPort: name? hostPort?:int containerPort:int protocol? hostIP?
Probe: <ProbeHandler> initialDelaySeconds?:int timeoutSeconds?:int periodSeconds?:int successThreshold?:int
  failureThreshold?:int terminationGracePeriodSeconds?:*int
Lifecycle: postStart?:*LifecycleHandler preStop?:*LifecycleHandler stopSignal?:*string
EnvVarSource: fieldRef?:*ObjectFieldSelector resourceFieldRef?:*ResourceFieldSelector
  configMapKeyRef?:*ConfigMapKeySelector secretKeyRef?:*SecretKeySelector fileKeyRef?:*FileKeySelector
ConfigMapEnvSource: <LocalObjectReference> optional?:*bool
SecretEnvSource: <LocalObjectReference> optional?:*bool
ResourceClaim: name request?
Capabilities: add?:[]string drop?:[]string
SELinuxOptions: user? role? type? level?
WindowsSecurityContextOptions: gmsaCredentialSpecName?:*string gmsaCredentialSpec?:*string
  runAsUserName?:*string hostProcess?:*bool
SeccompProfile: type localhostProfile?:*string
AppArmorProfile: type localhostProfile?:*string
ProbeHandler: exec?:*ExecAction httpGet?:*HTTPGetAction tcpSocket?:*TCPSocketAction grpc?:*GRPCAction
LifecycleHandler: exec?:*ExecAction httpGet?:*HTTPGetAction tcpSocket?:*TCPSocketAction sleep?:*SleepAction
ObjectFieldSelector: apiVersion? fieldPath
ResourceFieldSelector: containerName? resource divisor?:Quantity
ConfigMapKeySelector: <LocalObjectReference> key optional?:*bool
SecretKeySelector: <LocalObjectReference> key optional?:*bool
FileKeySelector: volumeName path key optional?:*bool
LocalObjectReference: name?
ExecAction: command?:[]string
HTTPGetAction: path? port:IntOrString host? scheme? httpHeaders?:[]HTTPHeader
TCPSocketAction: port:IntOrString host?
GRPCAction: port:int service:*string
SleepAction: seconds:int
HTTPHeader: name value
ObjectMeta: name? generateName? namespace? creationTimestamp?:Stamp labels?:map[string]string
  annotations?:map[string]string
`;
