/** What is asked about an installation in a cluster, and what is found. */

/** One line about an installation in a cluster; `fix` is there where it is not ok. */
export interface ClusterFinding {
  readonly level: 'ok' | 'warn' | 'fail' | 'unknown';
  readonly what: string;
  readonly text: string;
  readonly fix?: string;
}

/** What is to be looked at in a cluster. */
export interface ClusterCheck {
  readonly kubeconfig?: string | undefined;
  /** Everything that is installed; without it only the gate is tried. */
  readonly isInstallation: boolean;
  /** Images of pods that are sent as dry runs. */
  readonly probe: {
    readonly namespace: string;
    readonly denied?: { readonly image: string; readonly reason?: string | undefined };
    readonly admitted?: string;
  };
}
