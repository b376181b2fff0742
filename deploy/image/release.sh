#!/usr/bin/env bash
# Builds the image, pushes it, and attaches to its digest what its users verify: a signature, an SBOM and provenance.
#
#   deploy/image/release.sh IMAGE:TAG
#
# For example ghcr.io/gatehouse-dev/gatehouse:0.1.0. Needs docker with buildx, npm and cosign 3, and a login at the registry. Both base
# images have to be given by digest; what they are decides what runs:
#
#   BUILD_IMAGE    node:24-bookworm-slim@sha256:…                     compiles
#   RUNTIME_IMAGE  gcr.io/distroless/nodejs24-debian12:nonroot@sha256:…
#   PLATFORMS      linux/amd64,linux/arm64 by default
#   COSIGN_KEY     a key file or KMS; without it cosign signs as the pipeline's own identity (keyless)
#   COSIGN_FLAGS   further flags for cosign, separated by spaces
#
# Everything is attached to the digest that the push answered with, never to a tag, which may have moved by then. The
# last line of the output is the image to write into the manifest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

stop() { echo "release.sh: $*" >&2; exit 64; }

image=${1:-}
[[ $# -eq 1 && $image =~ ^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+:[A-Za-z0-9._-]+$ ]] || stop "expected REGISTRY/PATH:TAG, found '$image'"
version=$(node -p 'require("./package.json").version')
[[ ${image##*:} == "$version" ]] || stop "the tag is ${image##*:}, and package.json says $version"
for name in BUILD_IMAGE RUNTIME_IMAGE; do
  [[ ${!name:-} =~ @sha256:[0-9a-f]{64}$ ]] || stop "$name: expected an image by digest (…@sha256:…), found '${!name:-}'"
done
[[ -z $(git status --porcelain) ]] || stop 'the checkout has changes that no commit knows'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
commit=$(git rev-parse HEAD)
key=()
[[ -z ${COSIGN_KEY:-} ]] || key=(--key "$COSIGN_KEY")
read -r -a flags <<<"${COSIGN_FLAGS:-}"

# The time of the commit, so that the same commit makes the same layers.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) docker buildx build . \
  --platform "${PLATFORMS:-linux/amd64,linux/arm64}" --build-arg "BUILD_IMAGE=$BUILD_IMAGE" --build-arg "RUNTIME_IMAGE=$RUNTIME_IMAGE" \
  --label "org.opencontainers.image.revision=$commit" --label "org.opencontainers.image.version=$version" \
  --provenance=mode=max --sbom=true --output type=registry,rewrite-timestamp=true --tag "$image" --metadata-file "$work/metadata.json"
digest=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"))["containerimage.digest"]' "$work/metadata.json")
[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || stop "the build answered with no digest: '$digest'"
pinned=${image%:*}@$digest

# What the runtime holds, by the lock: production dependencies, no optional ones.
npm sbom --sbom-format spdx --omit dev --omit optional --package-lock-only >"$work/sbom.json"
node deploy/image/provenance.mjs "$commit" "$BUILD_IMAGE" "$RUNTIME_IMAGE" >"$work/provenance.json"

cosign sign --yes ${key[@]+"${key[@]}"} ${flags[@]+"${flags[@]}"} "$pinned"
cosign attest --yes ${key[@]+"${key[@]}"} ${flags[@]+"${flags[@]}"} --type spdxjson --predicate "$work/sbom.json" "$pinned"
cosign attest --yes ${key[@]+"${key[@]}"} ${flags[@]+"${flags[@]}"} --type slsaprovenance1 --predicate "$work/provenance.json" "$pinned"
echo "$pinned"
