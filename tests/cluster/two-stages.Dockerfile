FROM python:3.13-slim AS builder
RUN python -c "print('import os; print(os.getuid(), flush=True); import time; time.sleep(3600)')" > /app.py
FROM python:3.13-slim
COPY --from=builder /app.py /app.py
USER 10001:10001
ENTRYPOINT ["python", "/app.py"]
