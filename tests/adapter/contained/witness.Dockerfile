# Carries the witness into images that have never heard of it.
FROM scratch
COPY witness /witness
USER 65532:65532
ENTRYPOINT ["/witness/witness"]
