# A server in one static program, and nothing else.
ARG BASE
FROM ${BASE}
COPY server /server
USER 1001:1001
