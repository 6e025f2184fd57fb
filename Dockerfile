# One image for the four apps; which of them runs is the command (docker-compose.yml). Its last stage holds what
# `npm run build` makes of them, the packages they need to run, and nothing else: no sources, no specs, no libs/testing.
#
# Node is pinned to the patch level of the long-term support line; CI starts every app on that line too.

FROM node:24.21.0-bookworm-slim AS base
WORKDIR /srv/retention
COPY package.json package-lock.json ./

FROM base AS build
# No package that the build needs has anything to do after it is installed.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY nest-cli.json tsconfig.json ./
COPY apps apps
COPY libs libs
RUN npm run build

FROM base AS packages
# The optional packages are the PostgreSQL servers that npm start brings with it, 60 MB: in a container DATABASE_URL names
# one, and without it an app says so and ends. Maps and typings of packages are almost half of what is left.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

FROM base
# Below the memory of the smallest service. A trace points into the built files, which are the sources without their types;
# NODE_OPTIONS=--enable-source-maps, which costs time at every error, points into the sources.
ENV NODE_ENV=production NODE_OPTIONS=--max-old-space-size=512
COPY --from=packages /srv/retention/node_modules node_modules
COPY --from=build /srv/retention/dist/libs dist/libs
COPY --from=build /srv/retention/dist/apps/api dist/apps/api
COPY --from=build /srv/retention/dist/apps/ingest dist/apps/ingest
COPY --from=build /srv/retention/dist/apps/ops dist/apps/ops
COPY --from=build /srv/retention/dist/apps/projector dist/apps/projector
USER node
