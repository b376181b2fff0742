/** Kinds of others that hold pods or names of images, as data: a kind is a row, and users add rows of their own in the configuration. */
import { place } from '../../text/place.ts';
import type { Place } from '../../text/place.ts';

/** Where the objects of one resource describe pods and name images; all versions of it alike. */
export interface KindRow {
  readonly group: string;
  readonly resource: string;
  /** Places of PodSpecs; parts of one count too. */
  readonly podSpecs: readonly Place[];
  /** Places of texts that name images. */
  readonly images: readonly ImageText[];
  /** Places of whole objects, as they are or as text: read as if they came by themselves. */
  readonly objects?: readonly Place[];
  /** Places of which it is known that nothing in them names an image that is run. */
  readonly noImages?: readonly Place[];
}

/** A text that names an image; with a scheme only texts that begin with it do, and the rest is the name. */
export interface ImageText {
  readonly place: Place;
  readonly scheme?: string;
}

/** Rows by `group/resource`. */
export type KindTable = ReadonlyMap<string, KindRow>;

interface Besides {
  readonly objects?: string;
  readonly noImages?: string;
}

type Written = readonly [group: string, resources: string, podSpecs: string, images?: string, besides?: Besides];

const TEMPLATE = 'spec.template.spec';

/** Frameworks that a predictor or explainer of KServe is written for, each with an image and a model of its own. */
const KSERVE = [
  ...['model', 'sklearn', 'xgboost', 'tensorflow', 'pytorch', 'triton', 'onnx', 'huggingface', 'pmml', 'lightgbm', 'paddle']
    .map((framework) => `spec.predictor.${framework}`),
  'spec.explainer.art', 'spec.explainer.alibi',
].map((one) => `${one}.image oci://!${one}.storageUri`).join(' ');

/** As the kinds' own definitions have it; several resources and places are separated by blanks, a scheme stands before `!`. */
const WRITTEN: readonly Written[] = [
  ['serving.knative.dev', 'services configurations', TEMPLATE],
  ['serving.knative.dev', 'revisions', 'spec'],
  ['sources.knative.dev', 'containersources', TEMPLATE],
  ['sinks.knative.dev', 'jobsinks', 'spec.job.spec.template.spec'],
  ['argoproj.io', 'rollouts', TEMPLATE],
  ['argoproj.io', 'experiments', 'spec.templates[].template.spec'],
  ['argoproj.io', 'analysistemplates clusteranalysistemplates analysisruns', 'spec.metrics[].provider.job.spec.template.spec'],
  [
    'argoproj.io',
    'sensors',
    'spec.template',
    'spec.template.container.image',
    {
      objects:
        'spec.triggers[].template.k8s.source.resource spec.triggers[].template.k8s.source.inline spec.triggers[].template.argoWorkflow.source.resource spec.triggers[].template.argoWorkflow.source.inline',
    },
  ],
  ['argoproj.io', 'eventsources', 'spec.template', 'spec.template.container.image'],
  ['argoproj.io', 'eventbus', '', 'spec.nats.native.containerTemplate.image'],
  ['triggers.tekton.dev', 'triggers', '', '', { objects: 'spec.template.spec.resourcetemplates[]' }],
  [
    'triggers.tekton.dev',
    'eventlisteners',
    'spec.resources.kubernetesResource.spec.template.spec',
    '',
    { objects: 'spec.triggers[].template.spec.resourcetemplates[]' },
  ],
  ['work.open-cluster-management.io', 'manifestworks', '', '', { objects: 'spec.workload.manifests[]' }],
  ['work.karmada.io', 'works', '', '', { objects: 'spec.workload.manifests[]' }],
  ['kubernetes.crossplane.io', 'objects', '', '', { objects: 'spec.forProvider.manifest' }],
  ['template.openshift.io', 'templates', '', '', { objects: 'objects[]' }],
  ['kubeflow.org', 'experiments', '', '', { objects: 'spec.trialTemplate.trialSpec' }],
  [
    'apps.kruise.io',
    'clonesets statefulsets daemonsets broadcastjobs uniteddeployments',
    `${TEMPLATE} spec.template.statefulSetTemplate.spec.template.spec spec.template.cloneSetTemplate.spec.template.spec spec.template.deploymentTemplate.spec.template.spec spec.template.advancedStatefulSetTemplate.spec.template.spec`,
  ],
  [
    'apps.kruise.io',
    'advancedcronjobs',
    'spec.template.jobTemplate.spec.template.spec spec.template.broadcastJobTemplate.spec.template.spec',
  ],
  ['apps.kruise.io', 'sidecarsets', 'spec'],
  ['apps.kruise.io', 'imagepulljobs', '', 'spec.image'],
  ['apps.kruise.io', 'imagelistpulljobs', '', 'spec.images[]'],
  ['jobset.x-k8s.io', 'jobsets', 'spec.replicatedJobs[].template.spec.template.spec'],
  [
    'leaderworkerset.x-k8s.io',
    'leaderworkersets',
    'spec.leaderWorkerTemplate.leaderTemplate.spec spec.leaderWorkerTemplate.workerTemplate.spec',
  ],
  ['kubeflow.org', 'tfjobs', 'spec.tfReplicaSpecs{}.template.spec'],
  ['kubeflow.org', 'pytorchjobs', 'spec.pytorchReplicaSpecs{}.template.spec'],
  ['kubeflow.org', 'mpijobs', 'spec.mpiReplicaSpecs{}.template.spec'],
  ['kubeflow.org', 'xgboostjobs', 'spec.xgbReplicaSpecs{}.template.spec'],
  ['kubeflow.org', 'mxjobs', 'spec.mxReplicaSpecs{}.template.spec'],
  ['kubeflow.org', 'paddlejobs', 'spec.paddleReplicaSpecs{}.template.spec'],
  ['kubeflow.org', 'jaxjobs', 'spec.jaxReplicaSpecs{}.template.spec'],
  ['kubeflow.org', 'notebooks', TEMPLATE],
  ['trainer.kubeflow.org', 'trainingruntimes clustertrainingruntimes', 'spec.template.spec.replicatedJobs[].template.spec.template.spec'],
  [
    'trainer.kubeflow.org',
    'trainjobs',
    'spec.runtimePatches[].trainingRuntimeSpec.template.spec.replicatedJobs[].template.spec.template.spec spec.podTemplateOverrides[].spec',
    'spec.trainer.image',
  ],
  [
    'kubevirt.io',
    'virtualmachines virtualmachineinstancereplicasets',
    '',
    'spec.template.spec.volumes[].containerDisk.image spec.template.spec.domain.firmware.kernelBoot.container.image docker://!spec.dataVolumeTemplates[].spec.source.registry.url',
  ],
  ['kubevirt.io', 'virtualmachineinstances', '', 'spec.volumes[].containerDisk.image spec.domain.firmware.kernelBoot.container.image'],
  [
    'pool.kubevirt.io',
    'virtualmachinepools',
    '',
    'spec.virtualMachineTemplate.spec.template.spec.volumes[].containerDisk.image spec.virtualMachineTemplate.spec.template.spec.domain.firmware.kernelBoot.container.image docker://!spec.virtualMachineTemplate.spec.dataVolumeTemplates[].spec.source.registry.url',
  ],
  ['cdi.kubevirt.io', 'datavolumes', '', 'docker://!spec.source.registry.url'],
  ['cdi.kubevirt.io', 'dataimportcrons', '', 'docker://!spec.template.spec.source.registry.url'],
  [
    'serving.kserve.io',
    'inferenceservices',
    'spec.predictor spec.transformer spec.explainer spec.predictor.workerSpec',
    KSERVE,
  ],
  ['serving.kserve.io', 'servingruntimes clusterservingruntimes', 'spec spec.workerSpec', 'spec.builtInAdapter.image'],
  ['serving.kserve.io', 'clusterstoragecontainers', '', 'spec.container.image'],
  [
    'serving.kserve.io',
    'llminferenceservices llminferenceserviceconfigs',
    'spec.template spec.worker spec.prefill.template spec.prefill.worker spec.router.scheduler.template',
    'oci://!spec.model.uri',
  ],
  ['ray.io', 'rayclusters', 'spec.headGroupSpec.template.spec spec.workerGroupSpecs[].template.spec', 'spec.autoscalerOptions.image'],
  [
    'ray.io',
    'rayjobs',
    'spec.rayClusterSpec.headGroupSpec.template.spec spec.rayClusterSpec.workerGroupSpecs[].template.spec spec.submitterPodTemplate.spec',
    'spec.rayClusterSpec.autoscalerOptions.image',
  ],
  [
    'ray.io',
    'rayservices',
    'spec.rayClusterConfig.headGroupSpec.template.spec spec.rayClusterConfig.workerGroupSpecs[].template.spec',
    'spec.rayClusterConfig.autoscalerOptions.image',
  ],
  [
    'sparkoperator.k8s.io',
    'sparkapplications',
    'spec.driver spec.executor spec.driver.template.spec spec.executor.template.spec',
    'spec.image spec.driver.image spec.executor.image spec.driver.sidecars[].image spec.executor.sidecars[].image',
  ],
  ['sparkoperator.k8s.io', 'sparkconnects', 'spec.server.template.spec spec.executor.template.spec', 'spec.image'],
  [
    'sparkoperator.k8s.io',
    'scheduledsparkapplications',
    'spec.template.driver spec.template.executor spec.template.driver.template.spec spec.template.executor.template.spec',
    'spec.template.image spec.template.driver.image spec.template.executor.image spec.template.driver.sidecars[].image spec.template.executor.sidecars[].image',
  ],
  [
    'flink.apache.org',
    'flinkdeployments',
    'spec.podTemplate.spec spec.jobManager.podTemplate.spec spec.taskManager.podTemplate.spec',
    'spec.image',
  ],
  [
    'flink.apache.org',
    'flinkbluegreendeployments',
    'spec.template.spec.podTemplate.spec spec.template.spec.jobManager.podTemplate.spec spec.template.spec.taskManager.podTemplate.spec',
    'spec.template.spec.image',
  ],
  ['batch.volcano.sh', 'jobs', 'spec.tasks[].template.spec'],
  ['kueue.x-k8s.io', 'workloads', 'spec.podSets[].template.spec'],
  ['keda.sh', 'scaledjobs', 'spec.jobTargetRef.template.spec'],
  ['apps.openshift.io', 'deploymentconfigs', TEMPLATE],
  [
    'kafka.strimzi.io',
    'kafkas',
    '',
    'spec.kafka.image spec.zookeeper.image spec.entityOperator.topicOperator.image spec.entityOperator.userOperator.image spec.cruiseControl.image spec.kafkaExporter.image spec.kafka.brokerRackInitImage spec.entityOperator.tlsSidecar.image spec.zookeeper.tlsSidecar.image spec.kafka.tlsSidecar.image spec.cruiseControl.tlsSidecar.image',
  ],
  ['kafka.strimzi.io', 'kafkamirrormakers kafkamirrormaker2s kafkabridges', '', 'spec.image spec.clientRackInitImage'],
  ['kafka.strimzi.io', 'kafkaconnects', '', 'spec.image spec.clientRackInitImage', { noImages: 'spec.build.output' }],
  ['monitoring.coreos.com', 'prometheuses alertmanagers thanosrulers prometheusagents', 'spec', 'spec.image spec.thanos.image spec.baseImage spec.thanos.baseImage'],
  ['elasticsearch.k8s.elastic.co', 'elasticsearches', 'spec.nodeSets[].podTemplate.spec', 'spec.image'],
  ['kibana.k8s.elastic.co', 'kibanas', 'spec.podTemplate.spec', 'spec.image'],
  ['apm.k8s.elastic.co', 'apmservers', 'spec.podTemplate.spec', 'spec.image'],
  ['enterprisesearch.k8s.elastic.co', 'enterprisesearches', 'spec.podTemplate.spec', 'spec.image'],
  ['maps.k8s.elastic.co', 'elasticmapsservers', 'spec.podTemplate.spec', 'spec.image'],
  ['logstash.k8s.elastic.co', 'logstashes', 'spec.podTemplate.spec', 'spec.image'],
  ['beat.k8s.elastic.co', 'beats', 'spec.daemonSet.podTemplate.spec spec.deployment.podTemplate.spec', 'spec.image'],
  [
    'agent.k8s.elastic.co',
    'agents',
    'spec.daemonSet.podTemplate.spec spec.deployment.podTemplate.spec spec.statefulSet.podTemplate.spec',
    'spec.image',
  ],
  ['acid.zalan.do', 'postgresqls', 'spec', 'spec.dockerImage spec.sidecars[].image'],
  ['postgresql.cnpg.io', 'clusters', '', 'spec.imageName'],
  ['postgresql.cnpg.io', 'poolers', TEMPLATE],
  ['postgresql.cnpg.io', 'imagecatalogs clusterimagecatalogs', '', 'spec.images[].image'],
  ['rabbitmq.com', 'rabbitmqclusters', 'spec.override.statefulSet.spec.template.spec', 'spec.image'],
  ['minio.min.io', 'tenants', 'spec', 'spec.image'],
  ['ceph.rook.io', 'cephclusters', '', 'spec.cephVersion.image'],
  [
    'opentelemetry.io',
    'opentelemetrycollectors',
    'spec',
    'spec.image spec.targetAllocator.image spec.additionalContainers[].image',
  ],
  [
    'opentelemetry.io',
    'instrumentations',
    '',
    'spec.java.image spec.nodejs.image spec.python.image spec.dotnet.image spec.go.image spec.apacheHttpd.image spec.nginx.image',
  ],
  ['hive.openshift.io', 'clusterimagesets', '', 'spec.releaseImage'],
  ['pkg.crossplane.io', 'providers configurations functions', '', 'spec.package'],
  ['pkg.crossplane.io', 'providerrevisions configurationrevisions functionrevisions', '', 'spec.image'],
  ['pkg.crossplane.io', 'deploymentruntimeconfigs', 'spec.deploymentTemplate.spec.template.spec'],
  ['pkg.crossplane.io', 'controllerconfigs', 'spec', 'spec.image'],
  ['extensions.istio.io', 'wasmplugins', '', 'oci://!spec.url'],
  ['operators.coreos.com', 'catalogsources', '', 'spec.image'],
  ['olm.operatorframework.io', 'clustercatalogs', '', 'spec.source.image.ref'],
  ['operators.coreos.com', 'clusterserviceversions', 'spec.install.spec.deployments[].spec.template.spec', 'spec.relatedImages[].image'],
  ['agones.dev', 'gameservers', TEMPLATE],
  ['agones.dev', 'fleets gameserversets', 'spec.template.spec.template.spec'],
  ['actions.github.com', 'autoscalingrunnersets ephemeralrunnersets', 'spec.template.spec spec.ephemeralRunnerSpec.spec'],
  ['actions.github.com', 'ephemeralrunners', 'spec.spec spec.template.spec'],
];

/** Every kind that is known by its places. */
export const KIND_TABLE: KindTable = new Map(WRITTEN.flatMap(rowsOf));

/** A row for each resource. */
function rowsOf([group, resources, podSpecs, images = '', { objects = '', noImages = '' } = {}]: Written): readonly [string, KindRow][] {
  const places = {
    podSpecs: words(podSpecs).map(place), images: words(images).map(imageText),
    objects: words(objects).map(place), noImages: words(noImages).map(place),
  };
  return resources.split(' ').map((resource) => [`${group}/${resource}`, { group, resource, ...places }]);
}

/** A row as the operator writes it (`extractors[]` of the configuration); its paths have been checked. */
export interface WrittenRow {
  readonly group: string;
  readonly resource: string;
  readonly podSpecs: readonly string[];
  readonly images: readonly string[];
  readonly noImages?: readonly string[];
}

/** The table with rows of the operator's: these are looked at besides what is known of the same resource, and take nothing from it. */
export function withRows(written: readonly WrittenRow[]): KindTable {
  if (written.length === 0) return KIND_TABLE;
  const table = new Map(KIND_TABLE);
  for (const { group, resource, podSpecs, images, noImages = [] } of written) {
    const row: KindRow = {
      group, resource, podSpecs: podSpecs.map(place), images: images.map((text) => ({ place: place(text) })),
      noImages: noImages.map(place),
    };
    const key = `${row.group}/${row.resource}`;
    const known = table.get(key);
    table.set(
      key,
      known === undefined ? row : {
        ...known, podSpecs: [...known.podSpecs, ...row.podSpecs], images: [...known.images, ...row.images],
        noImages: [...(known.noImages ?? []), ...(row.noImages ?? [])],
      },
    );
  }
  return table;
}

function words(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ');
}

function imageText(text: string): ImageText {
  const mark = text.indexOf('!');
  return mark < 0 ? { place: place(text) } : { place: place(text.slice(mark + 1)), scheme: text.slice(0, mark) };
}
