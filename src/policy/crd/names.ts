/** How each kind is called in a cluster, and what `kubectl get` shows of it. */
import type { Kind } from '../read/catalogue.ts';

/** The group of all kinds. */
export const GROUP = 'gatehouse.dev';
/** The only version of them. */
export const VERSION = 'v1alpha1';

/** A column of `kubectl get`; those with a priority are shown with `-o wide`. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description?: string;
  readonly priority?: number;
}

/** Names of one kind. */
export interface ResourceNames {
  readonly plural: string;
  /** Not a name that Kubernetes, Tekton (`tr`, `pr`), Argo or Karmada (`pp`) have taken. */
  readonly short: string;
  readonly scope: 'Cluster' | 'Namespaced';
  /** Between Ready and Reason. */
  readonly columns: readonly Column[];
}

const condition = (type: string, field: string): string => `.status.conditions[?(@.type=="${type}")].${field}`;

/** Of no mode nothing is shown, and it means enforce: a schema with a default would change what a signed document says. */
const MODE: Column = { name: 'Mode', type: 'string', jsonPath: '.spec.mode', description: 'What becomes of a failure; empty means enforce.' };
const COUNTS: readonly Column[] = [
  { name: 'Matched', type: 'integer', jsonPath: '.status.activity.matched', description: 'Artifacts and requests lately that the policy spoke about.' },
  { name: 'Denied', type: 'integer', jsonPath: '.status.activity.denied', description: 'Those of them that failed it.' },
  { name: 'Would Deny', type: 'integer', jsonPath: '.status.forecast.wouldDeny', description: 'What runs now and would be denied under enforce.', priority: 1 },
];
const ENDS: Column = { name: 'Ends', type: 'string', jsonPath: '.status.expires[0].at', description: 'When the first of what it relies on ends.', priority: 1 };

const READY: Column = { name: 'Ready', type: 'string', jsonPath: condition('Ready', 'status'), description: 'True: it is in force as it is written.' };
const LAST: readonly Column[] = [
  { name: 'Reason', type: 'string', jsonPath: condition('Ready', 'reason'), description: 'Why it is ready, or not.' },
  { name: 'Message', type: 'string', jsonPath: condition('Ready', 'message'), description: 'What is wrong, and where.', priority: 1 },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

/** Names of every kind; a kind without them does not compile. */
export const RESOURCES: Readonly<Record<Kind, ResourceNames>> = {
  Signer: { plural: 'signers', short: 'sgn', scope: 'Cluster', columns: [ENDS] },
  ClusterArtifactPolicy: { plural: 'clusterartifactpolicies', short: 'cap', scope: 'Cluster', columns: [MODE, ...COUNTS] },
  ArtifactPolicy: { plural: 'artifactpolicies', short: 'ap', scope: 'Namespaced', columns: [MODE, ...COUNTS] },
  TrustRoot: {
    plural: 'trustroots', short: 'troot', scope: 'Cluster',
    columns: [
      { name: 'Fresh', type: 'string', jsonPath: condition('TrustRootFresh', 'status'), description: 'Whether what is published was read lately.' },
      ENDS,
    ],
  },
  RevocationList: { plural: 'revocationlists', short: 'revl', scope: 'Cluster', columns: [] },
  PipelinePolicy: { plural: 'pipelinepolicies', short: 'pipol', scope: 'Cluster', columns: [MODE, ...COUNTS] },
  AdmissionException: {
    plural: 'admissionexceptions', short: 'aex', scope: 'Cluster',
    columns: [
      { name: 'Requested By', type: 'string', jsonPath: '.spec.requestedBy', priority: 1 },
      { name: 'Approved By', type: 'string', jsonPath: '.spec.approvedBy', description: 'Empty: it does not act yet.' },
      { name: 'Expires', type: 'string', jsonPath: '.spec.expiresAt' },
    ],
  },
};

/** The columns of a kind, in their order. */
export function columnsOf(kind: Kind): readonly Column[] {
  return [READY, ...RESOURCES[kind].columns, ...LAST];
}
