# syntax=docker/dockerfile:1
# Pin both images by digest in your own builds. The second one has no shell and no package manager.
ARG BUILD_IMAGE=node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
# No install scripts run. Optional packages are needed here: the TypeScript compiler is one of them.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

FROM ${BUILD_IMAGE} AS dependencies
WORKDIR /dependencies
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM ${RUNTIME_IMAGE}
LABEL org.opencontainers.image.title="gatehouse" \
      org.opencontainers.image.description="Admits only artifacts whose signatures and attestations it has verified" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /dependencies/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY bin ./bin
COPY package.json LICENSE ./
USER 10001:10001
EXPOSE 8443 8080
ENTRYPOINT ["/nodejs/bin/node", "/app/bin/gatehouse.js"]
CMD ["serve"]
