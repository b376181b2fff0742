/** Volumes of Kubernetes, field by field in the order in which Go declares them. */

/** As `core.ts`; k8s.io/api v0.36.3. */
export const VOLUMES = `
Volume: name <VolumeSource>
VolumeSource: hostPath?:*HostPathVolumeSource emptyDir?:*EmptyDirVolumeSource
  gcePersistentDisk?:*GCEPersistentDiskVolumeSource awsElasticBlockStore?:*AWSElasticBlockStoreVolumeSource
  gitRepo?:*GitRepoVolumeSource secret?:*SecretVolumeSource nfs?:*NFSVolumeSource iscsi?:*ISCSIVolumeSource
  glusterfs?:*GlusterfsVolumeSource persistentVolumeClaim?:*PersistentVolumeClaimVolumeSource
  rbd?:*RBDVolumeSource flexVolume?:*FlexVolumeSource cinder?:*CinderVolumeSource cephfs?:*CephFSVolumeSource
  flocker?:*FlockerVolumeSource downwardAPI?:*DownwardAPIVolumeSource fc?:*FCVolumeSource
  azureFile?:*AzureFileVolumeSource configMap?:*ConfigMapVolumeSource
  vsphereVolume?:*VsphereVirtualDiskVolumeSource quobyte?:*QuobyteVolumeSource azureDisk?:*AzureDiskVolumeSource
  photonPersistentDisk?:*PhotonPersistentDiskVolumeSource projected?:*ProjectedVolumeSource
  portworxVolume?:*PortworxVolumeSource scaleIO?:*ScaleIOVolumeSource storageos?:*StorageOSVolumeSource
  csi?:*CSIVolumeSource ephemeral?:*EphemeralVolumeSource image?:*ImageVolumeSource
HostPathVolumeSource: path type?:*string
EmptyDirVolumeSource: medium? sizeLimit?:*Quantity
GCEPersistentDiskVolumeSource: pdName fsType? partition?:int readOnly?:bool
AWSElasticBlockStoreVolumeSource: volumeID fsType? partition?:int readOnly?:bool
GitRepoVolumeSource: repository revision? directory?
SecretVolumeSource: secretName? items?:[]KeyToPath defaultMode?:*int optional?:*bool
NFSVolumeSource: server path readOnly?:bool
ISCSIVolumeSource: targetPortal iqn lun:int iscsiInterface? fsType? readOnly?:bool portals?:[]string
  chapAuthDiscovery?:bool chapAuthSession?:bool secretRef?:*LocalObjectReference initiatorName?:*string
GlusterfsVolumeSource: endpoints path readOnly?:bool
PersistentVolumeClaimVolumeSource: claimName readOnly?:bool
RBDVolumeSource: monitors:[]string image fsType? pool? user? keyring? secretRef?:*LocalObjectReference
  readOnly?:bool
FlexVolumeSource: driver fsType? secretRef?:*LocalObjectReference readOnly?:bool options?:map[string]string
CinderVolumeSource: volumeID fsType? readOnly?:bool secretRef?:*LocalObjectReference
CephFSVolumeSource: monitors:[]string path? user? secretFile? secretRef?:*LocalObjectReference readOnly?:bool
FlockerVolumeSource: datasetName? datasetUUID?
DownwardAPIVolumeSource: items?:[]DownwardAPIVolumeFile defaultMode?:*int
FCVolumeSource: targetWWNs?:[]string lun?:*int fsType? readOnly?:bool wwids?:[]string
AzureFileVolumeSource: secretName shareName readOnly?:bool
ConfigMapVolumeSource: <LocalObjectReference> items?:[]KeyToPath defaultMode?:*int optional?:*bool
VsphereVirtualDiskVolumeSource: volumePath fsType? storagePolicyName? storagePolicyID?
QuobyteVolumeSource: registry volume readOnly?:bool user? group? tenant?
AzureDiskVolumeSource: diskName diskURI cachingMode?:*string fsType?:*string readOnly?:*bool kind?:*string
PhotonPersistentDiskVolumeSource: pdID fsType?
ProjectedVolumeSource: sources:[]VolumeProjection defaultMode?:*int
PortworxVolumeSource: volumeID fsType? readOnly?:bool
ScaleIOVolumeSource: gateway system secretRef:*LocalObjectReference sslEnabled?:bool protectionDomain?
  storagePool? storageMode? volumeName? fsType? readOnly?:bool
StorageOSVolumeSource: volumeName? volumeNamespace? fsType? readOnly?:bool secretRef?:*LocalObjectReference
CSIVolumeSource: driver readOnly?:*bool fsType?:*string volumeAttributes?:map[string]string
  nodePublishSecretRef?:*LocalObjectReference
EphemeralVolumeSource: volumeClaimTemplate?:*PersistentVolumeClaimTemplate
ImageVolumeSource: reference? pullPolicy?
KeyToPath: key path mode?:*int
DownwardAPIVolumeFile: path fieldRef?:*ObjectFieldSelector resourceFieldRef?:*ResourceFieldSelector mode?:*int
VolumeProjection: secret?:*SecretProjection downwardAPI?:*DownwardAPIProjection configMap?:*ConfigMapProjection
  serviceAccountToken?:*ServiceAccountTokenProjection clusterTrustBundle?:*ClusterTrustBundleProjection
  podCertificate?:*PodCertificateProjection
PersistentVolumeClaimTemplate: metadata?:ObjectMeta spec:PersistentVolumeClaimSpec
SecretProjection: <LocalObjectReference> items?:[]KeyToPath optional?:*bool
DownwardAPIProjection: items?:[]DownwardAPIVolumeFile
ConfigMapProjection: <LocalObjectReference> items?:[]KeyToPath optional?:*bool
ServiceAccountTokenProjection: audience? expirationSeconds?:*int path
ClusterTrustBundleProjection: name?:*string signerName?:*string labelSelector?:*LabelSelector optional?:*bool
  path
PodCertificateProjection: signerName? keyType? maxExpirationSeconds?:*int credentialBundlePath? keyPath?
  certificateChainPath? userAnnotations?:map[string]string
PersistentVolumeClaimSpec: accessModes?:[]string selector?:*LabelSelector resources?:VolumeResourceRequirements
  volumeName? storageClassName?:*string volumeMode?:*string dataSource?:*TypedLocalObjectReference
  dataSourceRef?:*TypedObjectReference volumeAttributesClassName?:*string
LabelSelector: matchLabels?:map[string]string matchExpressions?:[]LabelSelectorRequirement
VolumeResourceRequirements: limits?:map[string]Quantity requests?:map[string]Quantity
TypedLocalObjectReference: apiGroup:*string kind name
TypedObjectReference: apiGroup:*string kind name namespace?:*string
LabelSelectorRequirement: key operator values?:[]string
`;
