# A C library with its loader and nothing else: no shell, no package, no user.
FROM debian:trixie-slim AS whole
RUN mkdir /least && cp --parents --dereference \
    $(ldd /bin/cat | grep -o '/[^ ]*') /least
FROM scratch
COPY --from=whole /least /
USER 65532:65532
