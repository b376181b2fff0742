// Provenance (SLSA 1.x predicate) of an image that release.sh built: the commit and the base images by digest, by environment
// of the pipeline. What signs it vouches for it: on a laptop that is a person, and the builder says so.
const [commit = '', ...bases] = process.argv.slice(2);
const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_WORKFLOW_REF, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT } = process.env;
const run = GITHUB_REPOSITORY === undefined ? undefined : `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`;
const material = (image) => ({ uri: `docker://${image.split('@')[0]}`, digest: { sha256: image.split('@sha256:')[1] } });

process.stdout.write(`${JSON.stringify({
  buildDefinition: {
    buildType: 'https://gatehouse.dev/image/release.sh/v1',
    externalParameters: { buildImage: bases[0], runtimeImage: bases[1] },
    resolvedDependencies: [{ uri: `git+${run ?? 'local'}`, digest: { gitCommit: commit } }, ...bases.map(material)],
  },
  runDetails: {
    builder: { id: GITHUB_WORKFLOW_REF === undefined ? 'https://gatehouse.dev/image/by-hand' : `${GITHUB_SERVER_URL}/${GITHUB_WORKFLOW_REF}` },
    ...(run === undefined ? {} : { metadata: { invocationId: `${run}/actions/runs/${GITHUB_RUN_ID}/attempts/${GITHUB_RUN_ATTEMPT}` } }),
  },
}, null, 2)}\n`);
