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
  readonly description: string;
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

const column = (name: string, type: Column['type'], jsonPath: string, description: string, more: Partial<Column> = {}): Column =>
  ({ name, type, jsonPath, description, ...more });
const WIDE: Partial<Column> = { priority: 1 };

/** Of no mode nothing is shown, and it means enforce: a schema with a default would change what a signed document says. */
const POLICY: readonly Column[] = [
  column('Mode', 'string', '.spec.mode', 'What becomes of a failure; empty means enforce.'),
  column('Matched', 'integer', '.status.activity.matched', 'Artifacts and requests lately that the policy spoke about.'),
  column('Denied', 'integer', '.status.activity.denied', 'Those of them that failed it.'),
  column('Would Deny', 'integer', '.status.forecast.wouldDeny', 'What runs now and would be denied under enforce.', WIDE),
];
const ENDS = column('Ends', 'string', '.status.expires[0].at', 'When the first of what it relies on ends.', WIDE);
const FRESH = column('Fresh', 'string', condition('TrustRootFresh', 'status'), 'Whether what is published was read lately.');

const READY = column('Ready', 'string', condition('Ready', 'status'), 'True: it is in force as it is written.');
const LAST: readonly Column[] = [
  column('Reason', 'string', condition('Ready', 'reason'), 'Why it is ready, or not.'),
  column('Message', 'string', condition('Ready', 'message'), 'What is wrong, and where.', WIDE),
  column('Age', 'date', '.metadata.creationTimestamp', 'How long it has been there.'),
];

/** Names of every kind; a kind without them does not compile. */
export const RESOURCES: Readonly<Record<Kind, ResourceNames>> = {
  Signer: { plural: 'signers', short: 'sgn', scope: 'Cluster', columns: [ENDS] },
  ClusterArtifactPolicy: { plural: 'clusterartifactpolicies', short: 'cap', scope: 'Cluster', columns: POLICY },
  ArtifactPolicy: { plural: 'artifactpolicies', short: 'ap', scope: 'Namespaced', columns: POLICY },
  TrustRoot: { plural: 'trustroots', short: 'troot', scope: 'Cluster', columns: [FRESH, ENDS] },
  RevocationList: { plural: 'revocationlists', short: 'revl', scope: 'Cluster', columns: [] },
  PipelinePolicy: { plural: 'pipelinepolicies', short: 'pipol', scope: 'Cluster', columns: POLICY },
  AdmissionException: {
    plural: 'admissionexceptions', short: 'aex', scope: 'Cluster',
    columns: [
      column('Requested By', 'string', '.spec.requestedBy', 'Who asked for it.', WIDE),
      column('Approved By', 'string', '.spec.approvedBy', 'Empty: it does not act yet.'),
      column('Expires', 'string', '.spec.expiresAt', 'When it ends.'),
    ],
  },
};

/** The columns of a kind, in their order. */
export function columnsOf(kind: Kind): readonly Column[] {
  return [READY, ...RESOURCES[kind].columns, ...LAST];
}
