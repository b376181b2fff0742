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
}

/** A text that names an image; with a scheme only texts that begin with it do, and the rest is the name. */
export interface ImageText {
  readonly place: Place;
  readonly scheme?: string;
}

/** Rows by `group/resource`. */
export type KindTable = ReadonlyMap<string, KindRow>;

type Written = readonly [group: string, resources: string, podSpecs: string, images?: string];

const TEMPLATE = 'spec.template.spec';

/** As the kinds' own definitions have it; several resources and places are separated by blanks, a scheme stands before `!`. */
const WRITTEN: readonly Written[] = [
  ['serving.knative.dev', 'services configurations', TEMPLATE],
  ['serving.knative.dev', 'revisions', 'spec'],
  ['sources.knative.dev', 'containersources', TEMPLATE],
  ['sinks.knative.dev', 'jobsinks', 'spec.job.spec.template.spec'],
  ['argoproj.io', 'rollouts', TEMPLATE],
  ['argoproj.io', 'experiments', 'spec.templates[].template.spec'],
  ['argoproj.io', 'analysistemplates clusteranalysistemplates analysisruns', 'spec.metrics[].provider.job.spec.template.spec'],
  ['argoproj.io', 'sensors', 'spec.template spec.triggers[].template.k8s.source.resource.spec'],
  ['argoproj.io', 'eventsources', 'spec.template'],
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
  [
    'serving.kserve.io',
    'inferenceservices',
    'spec.predictor spec.transformer spec.explainer spec.predictor.workerSpec',
    'spec.predictor.model.image oci://!spec.predictor.model.storageUri spec.predictor.sklearn.image spec.predictor.xgboost.image spec.predictor.tensorflow.image spec.predictor.pytorch.image spec.predictor.triton.image spec.predictor.onnx.image spec.predictor.huggingface.image spec.predictor.pmml.image spec.predictor.lightgbm.image spec.predictor.paddle.image',
  ],
  ['serving.kserve.io', 'servingruntimes clusterservingruntimes', 'spec spec.workerSpec'],
  ['ray.io', 'rayclusters', 'spec.headGroupSpec.template.spec spec.workerGroupSpecs[].template.spec'],
  [
    'ray.io',
    'rayjobs',
    'spec.rayClusterSpec.headGroupSpec.template.spec spec.rayClusterSpec.workerGroupSpecs[].template.spec spec.submitterPodTemplate.spec',
  ],
  ['ray.io', 'rayservices', 'spec.rayClusterConfig.headGroupSpec.template.spec spec.rayClusterConfig.workerGroupSpecs[].template.spec'],
  ['sparkoperator.k8s.io', 'sparkapplications', 'spec.driver spec.executor', 'spec.image spec.driver.image spec.executor.image'],
  [
    'sparkoperator.k8s.io',
    'scheduledsparkapplications',
    'spec.template.driver spec.template.executor',
    'spec.template.image spec.template.driver.image spec.template.executor.image',
  ],
  [
    'flink.apache.org',
    'flinkdeployments',
    'spec.podTemplate.spec spec.jobManager.podTemplate.spec spec.taskManager.podTemplate.spec',
    'spec.image',
  ],
  ['batch.volcano.sh', 'jobs', 'spec.tasks[].template.spec'],
  ['kueue.x-k8s.io', 'workloads', 'spec.podSets[].template.spec'],
  ['keda.sh', 'scaledjobs', 'spec.jobTargetRef.template.spec'],
  ['apps.openshift.io', 'deploymentconfigs', TEMPLATE],
  [
    'kafka.strimzi.io',
    'kafkas',
    '',
    'spec.kafka.image spec.zookeeper.image spec.entityOperator.topicOperator.image spec.entityOperator.userOperator.image spec.cruiseControl.image spec.kafkaExporter.image',
  ],
  ['kafka.strimzi.io', 'kafkaconnects kafkamirrormaker2s kafkabridges', '', 'spec.image'],
  ['monitoring.coreos.com', 'prometheuses alertmanagers thanosrulers prometheusagents', 'spec', 'spec.image spec.thanos.image'],
  ['elasticsearch.k8s.elastic.co', 'elasticsearches', 'spec.nodeSets[].podTemplate.spec', 'spec.image'],
  ['kibana.k8s.elastic.co', 'kibanas', 'spec.podTemplate.spec', 'spec.image'],
  ['pkg.crossplane.io', 'providers configurations functions', '', 'spec.package'],
  ['extensions.istio.io', 'wasmplugins', '', 'oci://!spec.url'],
  ['operators.coreos.com', 'catalogsources', '', 'spec.image'],
  ['operators.coreos.com', 'clusterserviceversions', 'spec.install.spec.deployments[].spec.template.spec', 'spec.relatedImages[].image'],
  ['agones.dev', 'gameservers', TEMPLATE],
  ['agones.dev', 'fleets gameserversets', 'spec.template.spec.template.spec'],
  ['actions.github.com', 'autoscalingrunnersets ephemeralrunnersets', 'spec.template.spec spec.ephemeralRunnerSpec.spec'],
  ['actions.github.com', 'ephemeralrunners', 'spec.spec spec.template.spec'],
];

/** Every kind that is known by its places. */
export const KIND_TABLE: KindTable = new Map(WRITTEN.flatMap(([group, resources, podSpecs, images = '']) =>
  resources.split(' ').map((resource): readonly [string, KindRow] => [
    `${group}/${resource}`,
    { group, resource, podSpecs: words(podSpecs).map(place), images: words(images).map(imageText) },
  ])));

/** A row as the operator writes it (`extractors[]` of the configuration); its paths have been checked. */
export interface WrittenRow {
  readonly group: string;
  readonly resource: string;
  readonly podSpecs: readonly string[];
  readonly images: readonly string[];
}

/** The table with rows of the operator's: these are looked at besides what is known of the same resource, and take nothing from it. */
export function withRows(written: readonly WrittenRow[]): KindTable {
  if (written.length === 0) return KIND_TABLE;
  const table = new Map(KIND_TABLE);
  for (const { group, resource, podSpecs, images } of written) {
    const row: KindRow = { group, resource, podSpecs: podSpecs.map(place), images: images.map((text) => ({ place: place(text) })) };
    const key = `${row.group}/${row.resource}`;
    const known = table.get(key);
    table.set(
      key,
      known === undefined ? row : { ...row, podSpecs: [...known.podSpecs, ...row.podSpecs], images: [...known.images, ...row.images] },
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
