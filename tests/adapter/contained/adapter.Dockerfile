# The adapter as a Pod runs it: our wheel, what it needs, and the launcher to install.
FROM python:3.13-slim
COPY packages /packages
RUN python -m compileall -q /packages
COPY launcher /launcher
ENV PYTHONPATH=/packages PYTHONUNBUFFERED=1
USER 65532:65532
ENTRYPOINT ["python", "-m", "adapter"]
