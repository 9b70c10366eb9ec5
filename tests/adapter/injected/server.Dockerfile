# A stdio server in the image that its author would choose; it has never heard of an adapter.
ARG BASE
FROM ${BASE}
COPY server /server
USER 1001:1001
